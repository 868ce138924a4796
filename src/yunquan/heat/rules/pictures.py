"""What stands out now, among accounts and among instruments, from the kernel's sums of the day.
Pure.

A number of an account is held against the account's own days where it has three or more; otherwise,
and for instruments always, against all others that did anything this day: the distance of its
logarithm from their median, in deviations estimated from the median distance. A deviation is at
the least a factor of 1.65, so that where all are alike a trifle doesn't stand out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from yunquan.heat.types import HeatBase, HeatCell, HeatLine, HeatPicture, HeatStrip
from yunquan.indicators.rules.catalogue import MEASURES
from yunquan.indicators.rules.update import CLOSE, DAYS, LAST, LOWER, MEANS, UPPER, VARIANCES
from yunquan.indicators.types import Family

ACCOUNTS: Final = 24
INSTRUMENTS: Final = 16
OWN_DAYS: Final = 3
FEWEST_PEERS: Final = 5
LEAST_DEVIATION: Final = 0.5
# Of a normal distribution: the deviation over the median distance.
NORMAL: Final = 1.4826
MOST_DEVIATION: Final = 99.0
DAY_MS: Final = 86_400_000
ZONE_MS: Final = 8 * 3_600_000
_A: Final = {name: place for place, name in enumerate(MEASURES[Family.ACCOUNT])}
_I: Final = {name: place for place, name in enumerate(MEASURES[Family.INSTRUMENT])}
Values = Any  # an array, one value a key
# numpy's own types say no more of these than that they are arrays.
_where: Final[Any] = np.where
_clip: Final[Any] = np.clip


@dataclass(frozen=True, slots=True)
class HeatKind:
    """A column of the heat map. own: its place among the account's own baselines, -1 for none.
    small: what counts as nothing, added before the logarithm.
    """

    code: str
    unit: str
    own: int
    small: float
    of: Callable[[Any], Values]


def _ratio(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole != 0)


def _day(name: str) -> Callable[[Any], Values]:
    return lambda keys: keys["day"][:, _A[name]]


def _move(keys: Any) -> Values:
    return np.abs(_ratio(keys["beside"][:, LAST], keys["beside"][:, CLOSE]) - 1.0)


ACCOUNT_KINDS: Final = (
    HeatKind("orders", "count", 0, 1, _day("orders")),
    HeatKind("amount", "fen", 1, 1_000_000, _day("order_amount")),
    HeatKind("cancels", "count", 2, 1, _day("cancels")),
    HeatKind("quick", "count", -1, 1, _day("quick_cancels")),
    HeatKind("refused", "count", -1, 1, _day("refused")),
    HeatKind("matched", "fen", -1, 1_000_000, _day("matched_amount")),
    HeatKind(
        "cash",
        "fen",
        3,
        1_000_000,
        lambda k: k["day"][:, _A["cash_in"]] + k["day"][:, _A["cash_out"]],
    ),
    HeatKind("failed", "count", -1, 1, _day("failed_logins")),
)
INSTRUMENT_KINDS: Final = (
    HeatKind("move", "share", -1, 0.002, _move),
    HeatKind("volatility", "share", -1, 0.001, lambda k: np.sqrt(k["day"][:, _I["return_sq"]])),
    HeatKind("turnover", "fen", -1, 10_000_000, lambda k: k["day"][:, _I["turnover"]]),
    HeatKind(
        "spread",
        "bp",
        -1,
        1,
        lambda k: _ratio(k["day"][:, _I["spread_bp"]], k["day"][:, _I["quotes"]]),
    ),
    HeatKind(
        "imbalance",
        "share",
        -1,
        0.05,
        lambda k: np.abs(_ratio(k["day"][:, _I["imbalance"]], k["day"][:, _I["quotes"]])),
    ),
    HeatKind("own_orders", "count", -1, 1, lambda k: k["day"][:, _I["own_orders"]]),
    HeatKind(
        "own_share",
        "share",
        -1,
        0.001,
        lambda k: _ratio(k["day"][:, _I["own_qty"]], 2.0 * k["day"][:, _I["volume"]]),
    ),
)


def of_today(keys: Any, minute_ms: int) -> Any:
    """The keys that did anything on the market's day."""
    return keys[keys["day_no"] == (minute_ms + ZONE_MS) // DAY_MS]


def picture(
    accounts: Any, instruments: Any, minute_ms: int, names: Callable[[str, int], str]
) -> HeatPicture:
    """accounts, instruments: keys in use of the kernel's tables. names: of a number."""
    active, traded = of_today(accounts, minute_ms), of_today(instruments, minute_ms)
    # An index has no limits and nobody trades it.
    traded = traded[traded["beside"][:, CLOSE] > 0]
    return HeatPicture(
        minute_ms,
        strip_of(active, traded),
        _lines(active, ACCOUNT_KINDS, ACCOUNTS, lambda key: names("accounts", key)),
        _lines(traded, INSTRUMENT_KINDS, INSTRUMENTS, lambda key: names("symbols", key)),
    )


def strip_of(active: Any, traded: Any) -> HeatStrip:
    """Market and firm added up."""
    beside, day = traded["beside"], traded["day"]
    last, close = beside[:, LAST], beside[:, CLOSE]
    known = (last > 0) & (close > 0)

    def total(name: str) -> int:
        return int(active["day"][:, _A[name]].sum())

    return HeatStrip(
        instruments=len(traded),
        rising=int((known & (last > close)).sum()),
        falling=int((known & (last < close)).sum()),
        at_upper=int(((last > 0) & (last == beside[:, UPPER])).sum()),
        at_lower=int(((last > 0) & (last == beside[:, LOWER])).sum()),
        turnover_fen=int(day[:, _I["turnover"]].sum()),
        active=len(active),
        orders=total("orders"),
        order_fen=total("order_amount"),
        fill_fen=total("fill_amount"),
        cancels=total("cancels"),
        refused=total("refused"),
        cash_in_fen=total("cash_in"),
        cash_out_fen=total("cash_out"),
    )


def deviations(keys: Any, kind: HeatKind, values: Values) -> tuple[Values, Values]:
    """(deviations, whether each is against its own days); NaN where nothing tells."""
    found: Values = peers_of(values, kind.small)
    own: Values = np.zeros(len(values), bool)
    if kind.own >= 0:
        beside = keys["beside"]
        variance = beside[:, VARIANCES + kind.own]
        own = (beside[:, DAYS] >= OWN_DAYS) & (variance > 0)
        distance = values - beside[:, MEANS + kind.own]
        spread = np.sqrt(np.where(own, variance, 1.0))
        found = _where(own, distance / spread, found)
    bounded: Values = _clip(found, -MOST_DEVIATION, MOST_DEVIATION)
    return bounded, own


def peers_of(values: Values, small: float) -> Values:
    """Against all others of this day."""
    known = np.isfinite(values)
    if known.sum() < FEWEST_PEERS:
        return np.full(len(values), np.nan)
    with np.errstate(invalid="ignore"):
        logs = np.log(values + small)
    middle = np.median(logs[known])
    spread = NORMAL * np.median(np.abs(logs[known] - middle))
    return (logs - middle) / max(spread, LEAST_DEVIATION)


def _lines(
    keys: Any, kinds: tuple[HeatKind, ...], most: int, name: Callable[[int], str]
) -> tuple[HeatLine, ...]:
    if not len(keys):
        return ()
    values = [kind.of(keys) for kind in kinds]
    told = [deviations(keys, kind, of) for kind, of in zip(kinds, values, strict=True)]
    table = np.nan_to_num(np.stack([found for found, _ in told], axis=1))
    peaks = table.max(axis=1)
    # The furthest first; among equals the busiest, as the first kind has it.
    order = np.lexsort((-np.nan_to_num(values[0]), -peaks))[:most]
    lines = list[HeatLine]()
    for at in order:
        cells = tuple(
            _cell(kind, float(of[at]), float(found[at]), own=bool(by_own[at]))
            for kind, of, (found, by_own) in zip(kinds, values, told, strict=True)
        )
        lines.append(HeatLine(name(int(keys["key"][at])), float(peaks[at]), cells))
    return tuple(lines)


def _cell(kind: HeatKind, value: float, deviation: float, *, own: bool) -> HeatCell:
    if not np.isfinite(value):
        return HeatCell(kind.code, 0.0, kind.unit, 0.0, HeatBase.NONE)
    if not np.isfinite(deviation):
        return HeatCell(kind.code, value, kind.unit, 0.0, HeatBase.NONE)
    base = HeatBase.OWN if own else HeatBase.PEERS
    return HeatCell(kind.code, value, kind.unit, round(deviation, 2), base)
