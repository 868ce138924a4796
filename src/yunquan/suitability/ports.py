"""What suitability needs from rooms above it; the wiring fulfils it."""

from __future__ import annotations

from typing import Protocol

from yunquan.kernel.transaction import ReadTx
from yunquan.suitability.types import AverageAssets


class AssetDays(Protocol):
    """What a client's accounts were worth at past closes, money borrowed for margin left out."""

    def average_before(self, tx: ReadTx, client: str, day: str, days: int) -> AverageAssets:
        """Over the last `days` trading days before a day; one without an account counts as 0."""
        ...


class FirstTrades(Protocol):
    """Since when a client trades, as our own records say."""

    def first_trade(self, tx: ReadTx, client: str) -> str:
        """The day, "" for never."""
        ...


class PermissionLine(Protocol):
    """Where a granted permission takes effect."""

    async def grant(self, command: str, account: str, permission: str, basis: str) -> str:
        """Why not, "" if it did or had. Raises Unavailable when nobody knows; again is harmless."""
        ...


class NoHistory:
    """Nothing is known: for rooms and tools that only ask and score."""

    def average_before(self, tx: ReadTx, client: str, day: str, days: int) -> AverageAssets:
        """No close."""
        del tx, client, day, days
        return AverageAssets(0, 0)

    def first_trade(self, tx: ReadTx, client: str) -> str:
        """Never."""
        del tx, client
        return ""
