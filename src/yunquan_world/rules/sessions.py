"""What a security takes and how it is matched in each phase of the day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeVar

from yunquan_world.auction import (
    NEAREST,
    SMALLEST_REST_THEN_MIDDLE,
    SMALLEST_REST_THEN_NEAREST,
)
from yunquan_world.hours import (
    AFTER_HOURS,
    CLOSING_CALL,
    CONTINUOUS,
    OPENING_CALL,
    OPENING_CALL_LOCKED,
)
from yunquan_world.rules.instruments import Instrument
from yunquan_world.rules.rows import (
    AFTER_HOURS_ROWS,
    BETWEEN,
    CAGES,
    CLOSES,
    KINDS,
    ORDER_RANGES,
    VOLATILITIES,
    AfterHours,
    Cage,
    Kinds,
    OrderRange,
    Volatility,
    on,
)

_ROWS_KEPT = 4096

# A security's own phase while it is halted for a move: a call auction in the middle of the day.
VOLATILITY_CALL = "volatility_call"

# How orders meet: at once, at the end of a call, or not in this phase.
AT_ONCE, IN_CALL, NOT_NOW = "at_once", "in_call", "not_now"

# How an exchange decides between auction prices that are equally good. Whether Beijing looks for
# the smallest rest first, as Shenzhen does, is not verified.
TIES = {
    "SH": SMALLEST_REST_THEN_MIDDLE,
    "SZ": SMALLEST_REST_THEN_NEAREST,
    "BJ": NEAREST,
}


class Mode(NamedTuple):
    """What a phase does with orders of the auction kinds: how they meet, and what is taken."""

    matching: str
    orders: bool
    cancels: bool


CLOSED_MODE = Mode(NOT_NOW, orders=False, cancels=False)
_CONTINUOUS_MODE = Mode(AT_ONCE, orders=True, cancels=True)
_MODES = {
    OPENING_CALL: Mode(IN_CALL, orders=True, cancels=True),
    OPENING_CALL_LOCKED: Mode(IN_CALL, orders=True, cancels=False),
    CONTINUOUS: _CONTINUOUS_MODE,
    CLOSING_CALL: Mode(IN_CALL, orders=True, cancels=False),
    VOLATILITY_CALL: Mode(IN_CALL, orders=True, cancels=True),
}


class _Keyed(Protocol):
    @property
    def effective_from(self) -> date: ...

    @property
    def market(self) -> str: ...

    @property
    def key(self) -> str: ...


Row = TypeVar("Row", bound=_Keyed)


def mode(instrument: Instrument, phase: str) -> Mode:
    """How a security trades in a phase that the exchange announces, or in VOLATILITY_CALL."""
    return _mode(instrument.market, instrument.keys, phase, instrument.day)


def after_hours(instrument: Instrument) -> AfterHours | None:
    """The row of trading after hours; None where there is none, or none yet."""
    return _after_hours(instrument.market, instrument.keys, instrument.day)


def cancels_after_hours(phase: str) -> bool:
    """Whether an after-hours order may be withdrawn: not between the close and the matching."""
    return phase in (CONTINUOUS, AFTER_HOURS)


def kinds(instrument: Instrument) -> Kinds:
    """The order kinds of a security's exchange."""
    return _kinds(instrument.market, instrument.keys, instrument.day)


def cage(instrument: Instrument) -> Cage | None:
    """The price cage of continuous trading; None where there is none."""
    return _cage(instrument.market, instrument.keys, instrument.day)


def order_range(instrument: Instrument) -> OrderRange | None:
    """What an order may ask for where no price limit holds."""
    return on((row for row in ORDER_RANGES if row.key in instrument.keys), instrument.day)


def volatility(instrument: Instrument) -> Volatility | None:
    """The row by which large moves halt the security today; None if they don't."""
    row = on((row for row in VOLATILITIES if row.key in instrument.keys), instrument.day)
    if row is None:
        return None
    if row.days:
        return row if 0 < instrument.listing_day <= row.days else None
    return row if not instrument.has_limit else None


# Each order asks for several rows of its security: they are looked for once a day and product.


@lru_cache(maxsize=_ROWS_KEPT)
def _after_hours(market: str, keys: tuple[str, ...], day: date) -> AfterHours | None:
    row = _closest(AFTER_HOURS_ROWS, market, keys, day)
    return row if row and row.operative else None


@lru_cache(maxsize=_ROWS_KEPT)
def _kinds(market: str, keys: tuple[str, ...], day: date) -> Kinds:
    row = _closest(KINDS, market, keys, day)
    assert row is not None
    return row


@lru_cache(maxsize=_ROWS_KEPT)
def _cage(market: str, keys: tuple[str, ...], day: date) -> Cage | None:
    return _closest(CAGES, market, keys, day)


@lru_cache(maxsize=_ROWS_KEPT)
def _mode(market: str, keys: tuple[str, ...], phase: str, day: date) -> Mode:
    if phase == CLOSING_CALL:
        row = _closest(CLOSES, market, keys, day)
        return _MODES[phase] if row and row.by_call else _CONTINUOUS_MODE
    known = _MODES.get(phase)
    if known is not None:
        return known
    rows = (row for row in BETWEEN if row.market == market and row.phase == phase)
    between = on(rows, day)
    if between and between.operative:
        return Mode(NOT_NOW, orders=True, cancels=True)
    return CLOSED_MODE


def _closest(rows: Iterable[Row], market: str, keys: Sequence[str], day: date) -> Row | None:
    """The row of the closest key that has any on that day."""
    known = [row for row in rows if row.market == market]
    for key in keys:
        found = on((row for row in known if row.key == key), day)
        if found is not None:
            return found
    return None
