"""Phases of a trading day: which orders each takes, which it gives back, when it trades. Reference
section 1.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from typing import Final

from yunquan.market.rules.rows import DayRules, RuleBook
from yunquan.market.types import AFTER_HOURS, LIMIT, Phase

DAY_S: Final = 86_400
CONTINUOUS: Final = "continuous"
CLOSED: Final = Phase("closed", "", 0, DAY_S, False, False, False)

# When the phase of a name begins, for a product whose own day has none of that name: what it then
# does is read off the time. Shanghai funds traded on through the closing call until 2026-07-06.
_BEGINS_S: Final = {
    "pre_open": 0,
    "opening_call": 9 * 3600 + 15 * 60,
    "opening_call_locked": 9 * 3600 + 20 * 60,
    "opening_gap": 9 * 3600 + 25 * 60,
    CONTINUOUS: 9 * 3600 + 30 * 60,
    "lunch": 11 * 3600 + 30 * 60,
    "closing_call": 14 * 3600 + 57 * 60,
    "after_hours_entry": 15 * 3600,
    "after_hours": 15 * 3600 + 5 * 60,
}
PHASE_NAMES: Final = (*_BEGINS_S, "closed")


def phases(rules: DayRules, market: str, board: str, product: str = "stock") -> tuple[Phase, ...]:
    """The phases of a product's day in order, from midnight; the time after them is closed.

    Each says which kinds of orders it takes and gives back. Raises RuleMissing without a session.
    """
    session = rules.phases("session", market, board, product)
    kinds = tuple(rules.words("order_kinds", market, board, product))
    after = rules.spans("after_hours", market, board, product)
    windows = rules.spans("after_hours_entry", market, board, product) if after else ()
    first_s = session[0].start_s
    day = [Phase("pre_open", "", 0, first_s, False, False, False)]
    day.extend(_of_session(phase, kinds, windows) for phase in session)
    for phase in after:
        takes = (AFTER_HOURS,) if phase.accepts_orders else ()
        cancels = (AFTER_HOURS,) if phase.accepts_cancels else ()
        day.append(replace(phase, takes=takes, cancels=cancels))
    return tuple(day)


def _of_session(phase: Phase, kinds: tuple[str, ...], windows: Sequence[Phase]) -> Phase:
    """Market orders go in continuous trading only; orders for the fixed price also where they may
    be entered ahead.
    """
    ahead = next(
        (w for w in windows if w.start_s <= phase.start_s and phase.end_s <= w.end_s), None
    )
    takes: tuple[str, ...] = ()
    if phase.accepts_orders:
        takes = kinds if phase.name == CONTINUOUS else (LIMIT,)
    cancels = kinds if phase.accepts_cancels else ()
    if ahead is not None:
        takes += (AFTER_HOURS,) if ahead.accepts_orders else ()
        cancels += (AFTER_HOURS,) if ahead.accepts_cancels else ()
    return replace(phase, takes=takes, cancels=cancels)


def day_phases(
    book: RuleBook, market: str, board: str, product: str, trading_day: str
) -> tuple[Phase, ...]:
    """The phases of a product on a trading day. Once a day for each of some twenty products."""
    return phases(book.on(trading_day), market, board, product)


def phase_at(
    rules: DayRules, market: str, board: str, local_time: time, product: str = "stock"
) -> Phase:
    """The phase at the exchange's local time. The main board differs by market."""
    second = local_time.hour * 3600 + local_time.minute * 60 + local_time.second
    return phase_at_second(phases(rules, market, board, product), second)


def phase_at_second(day: Sequence[Phase], second: int) -> Phase:
    """The phase of a product's day at a second after midnight."""
    return next((phase for phase in day if phase.start_s <= second < phase.end_s), CLOSED)


def phase_announced(day: Sequence[Phase], name: str, second: int = -1) -> Phase:
    """What a product does while its venue announces a phase by name.

    The phase of that name, of two the one that holds `second` if given; where the product's day
    has none, what it does at the time when that phase begins. A name nobody knows is closed.
    """
    named = [phase for phase in day if phase.name == name]
    if named:
        return next((phase for phase in named if phase.start_s <= second < phase.end_s), named[0])
    begins_s = _BEGINS_S.get(name)
    return CLOSED if begins_s is None else phase_at_second(day, begins_s)


def seconds_of(local_time: str) -> int:
    """Seconds after midnight of "HH:MM:SS"; 0 for what isn't a time."""
    parts = local_time.split(":")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return 0
    hours, minutes, seconds = (int(part) for part in parts)
    return hours * 3600 + minutes * 60 + seconds


def phase_taking(day: Sequence[Phase], kind: str, now: Phase) -> Phase | None:
    """The phase that takes an order of a kind: this one, else the next one of the same day that
    will, else None.
    """
    if kind in now.takes:
        return now
    later = (phase for phase in day if phase.start_s >= now.end_s and kind in phase.takes)
    return next(later, None)


def phase_text(name: str) -> str:
    """Code of the sentence that names a phase, ours or a venue's."""
    return f"market.phase.{name}"
