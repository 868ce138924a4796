"""What logging in needs, made once a process by the app."""

from __future__ import annotations

from dataclasses import dataclass, field

from yunquan.kernel.transaction import Database
from yunquan.security.adapters.session_cache import SessionCache
from yunquan.security.ports import Passwords, Vault
from yunquan.security.types import (
    SecurityLimits,
)


@dataclass(frozen=True, slots=True)
class LoginDesk:
    """Database, hash, vault, key and limits, with the sessions in memory."""

    database: Database
    passwords: Passwords
    vault: Vault
    csrf_key: bytes = field(repr=False)
    limits: SecurityLimits = field(default_factory=SecurityLimits)
    cache: SessionCache = field(default_factory=SessionCache)
