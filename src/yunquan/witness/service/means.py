"""What every use case of the room works with."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from yunquan.archive import Archive
from yunquan.kernel.errors import Refused, YunquanError
from yunquan.kernel.transaction import Database
from yunquan.security import Vault
from yunquan.witness.adapters.sealed_chunks import SealedChunks
from yunquan.witness.rules.policy import Policy, limits_on, policy_from
from yunquan.witness.types import FirmWay, PolicyLimits


@dataclass(frozen=True, slots=True)
class Means:
    """trades: whether the exchanges trade on a day."""

    database: Database
    archive: Archive
    vault: Vault
    chunks: SealedChunks
    policy: Policy
    firm: FirmWay
    trades: Callable[[str], bool]

    def limits(self, day: str) -> PolicyLimits:
        return limits_on(self.policy, day)


@cache
def load_policy() -> Policy:
    """The room's own tables."""
    folder = importlib.resources.files("yunquan.witness") / "rules" / "tables"
    tables = [
        tomllib.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("policy.toml", "script.toml")
    ]
    return policy_from(*tables)


def refuse(refused: Refused | None, kind: type[YunquanError]) -> None:
    """Raise what was refused."""
    if refused:
        raise kind(refused.code, **refused.facts)
