"""The keys of this room, derived from the installation's one secret so that each has a single
use."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

_SHORTEST_SECRET = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """vault: 16 bytes for SM4. csrf: for tokens against forged requests. digest: to find sealed
    values again."""

    vault: bytes = field(repr=False)
    csrf: bytes = field(repr=False)
    digest: bytes = field(repr=False)


def derive_keys(secret: bytes) -> Keys:
    """secret: at least 32 random bytes, kept by the operator; losing it loses everything sealed."""
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(f"the secret needs at least {_SHORTEST_SECRET} bytes")

    def derived(purpose: str) -> bytes:
        return hmac.new(secret, f"yunquan:{purpose}".encode(), hashlib.sha256).digest()

    return Keys(vault=derived("vault")[:16], csrf=derived("csrf"), digest=derived("digest"))
