"""Facts of quotes worth the audit trail. Ticks aren't: they go to the tape, not the log."""

from __future__ import annotations

import msgspec


class LevelGranted(msgspec.Struct, frozen=True, array_like=True, tag="quotes.level_granted@1"):
    """A client may see a level of market data from a trading day on, until another or "" """

    client: str
    level: int
    effective_from: str
    effective_to: str
    basis: str
    # "" in records from before it was written down.
    by: str = ""


class LevelEnded(msgspec.Struct, frozen=True, array_like=True, tag="quotes.level_ended@1"):
    """A client's entitlement to a level is over from a trading day on."""

    client: str
    level: int
    effective_to: str
    basis: str
    by: str = ""


TYPES = (LevelGranted, LevelEnded)
