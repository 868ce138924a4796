"""What a day of surveillance is written in: one row an event, as plain columns, and the truth.

Times are milliseconds since midnight of the exchange's day while a day is made, UTC in its rows;
prices integers of 0.001 CNY, amounts of 0.01 CNY, quantities shares.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

DAY_MS: Final = 86_400_000
ZONE_MS: Final = 28_800_000
BUY, SELL = 1, -1
ORDER, CANCEL, FILL, REFUSED, CASH_IN, CASH_OUT = 1, 2, 3, 4, 5, 6
LOGIN, LOGIN_FAILED, MATCH, QUOTE, TRADE, LIMITS = 7, 8, 9, 10, 11, 12

# account, symbol, other, device, group: numbers, -1 for none. Of a cancel or fill `a` is the
# order's price and age the ms since it was placed; of a quote a to d are bid, ask and the shares
# of the best five on both sides; of limits the close before, the upper and the lower one.
ROW: Final = np.dtype(
    [
        ("at_ms", "<i8"),
        ("price", "<i8"),
        ("qty", "<i8"),
        ("amount", "<i8"),
        ("a", "<i8"),
        ("b", "<i8"),
        ("c", "<i8"),
        ("d", "<i8"),
        ("age", "<i4"),
        ("account", "<i4"),
        ("symbol", "<i4"),
        ("other", "<i4"),
        ("device", "<i4"),
        ("group", "<i4"),
        ("kind", "u1"),
        ("side", "i1"),
        ("minute", "<u2"),
    ]
)


def blank(count: int) -> Any:
    """So many rows about nobody."""
    made = np.zeros(count, ROW)
    for name in ("account", "symbol", "other", "device", "group"):
        made[name] = -1
    return made


@dataclass(frozen=True, slots=True)
class Truth:
    """Somebody did something. kind: what, or of an innocent whom they look like. strength: weak,
    medium, strong. disguise: plain, smaller, slower, split, mixed,
    habit. begin_ms, end_ms: UTC. innocent:
    whether this is a look-alike.
    """

    kind: str
    accounts: tuple[int, ...]
    symbol: int
    device: int
    group: int
    begin_ms: int
    end_ms: int
    strength: str = "medium"
    disguise: str = "plain"
    innocent: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """rows: in order of time. truths: foes and look-alikes."""

    number: int
    rows: Any
    truths: tuple[Truth, ...]


@dataclass(slots=True)
class Span:
    """The time between the first and the last row of a scheme, as they are written."""

    first: int = 2**62
    last: int = 0
    touched: set[int] = field(default_factory=set)

    def see(self, at_ms: int, account: int) -> None:
        self.first = min(self.first, at_ms)
        self.last = max(self.last, at_ms)
        self.touched.add(account)
