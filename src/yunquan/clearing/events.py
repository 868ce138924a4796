"""What a day end publishes."""

from __future__ import annotations

import msgspec


class DayClosed(msgspec.Struct, frozen=True, array_like=True, tag="clearing.day_closed@1"):
    """A trading day is cleared: its books are proved and its statements can be made. figures:
    totals in fen by name; digest: SM3 over every account's row, in hex.
    """

    day: str
    accounts: int
    trades: int
    figures: dict[str, int]
    digest: str


EVENTS = (DayClosed,)
