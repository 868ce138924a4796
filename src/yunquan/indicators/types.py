"""Words of the indicators: what an event is to the kernel, who it is about, over which windows.

Times are milliseconds UTC, prices integers of 0.001 CNY, amounts of 0.01 CNY, quantities shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np


class Kind(IntEnum):
    """What happened. The number is kept in snapshots and on the wire: never changed, only added."""

    ORDER = 1
    CANCEL = 2
    FILL = 3
    REFUSED = 4
    CASH_IN = 5
    CASH_OUT = 6
    LOGIN = 7
    LOGIN_FAILED = 8
    MATCH = 9
    QUOTE = 10
    TRADE = 11
    LIMITS = 12


class Family(IntEnum):
    """Whom an indicator is about."""

    ACCOUNT = 0
    POSITION = 1
    PAIR = 2
    DEVICE = 3
    GROUP = 4
    INSTRUMENT = 5


# One row of the stream. account, symbol, other, device, group: numbers the reader gave, -1: none.
# minute: of the exchange's day.
# side: 1 buy, -1 sell, 0 neither; of a LOGIN 1 from a new device, of a QUOTE 1 of an index. Of a
# CANCEL or FILL age is the ms since its order was placed, and `a` that order's price. Of a QUOTE
# price is the last one, qty and amount what traded since the quote before, a to d best bid, best
# ask, shares bid and offered within the best five; of a TRADE side is who took; of LIMITS a is the
# close before, b the upper, c the lower limit, which are not above 0 where there are none; of a
# MATCH account bought from `other`, a second row without it is the seller's.
EVENT: Final = np.dtype(
    [
        ("at_ms", "<i8"),
        ("seq", "<i8"),
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
Rows = Any  # an array of EVENT; numpy's own types say no more than this


@dataclass(frozen=True, slots=True)
class Window:
    """The last `span_ms`, in steps of a fifth: it reaches back its span at the least and its span
    and a step at the most. The day's has no steps: it is the market's calendar day so far.
    """

    code: str
    span_ms: int
    step_ms: int
    zh: str
    en: str


WINDOWS: Final = (
    Window("s1", 1_000, 200, "1 秒", "1 s"),
    Window("m1", 60_000, 12_000, "1 分钟", "1 min"),
    Window("m5", 300_000, 60_000, "5 分钟", "5 min"),
    Window("h1", 3_600_000, 720_000, "1 小时", "1 h"),
    Window("d1", 86_400_000, 86_400_000, "当日", "day"),
)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One number that is kept. place: where it is among all values. unit: count, fen, milli, share
    (a ratio of like things), per_s, ms, bp (1/10,000), sd (deviations), qty. short_zh, short_en:
    its name without whom and when.
    """

    place: int
    code: str
    family: Family
    window: str
    unit: str
    formula: str
    zh: str
    en: str
    owner: str
    short_zh: str
    short_en: str
