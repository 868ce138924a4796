"""What kind a day is, how far the calendar is known, and whether a trading day may begin."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from yunquan.kernel.errors import Refused
from yunquan.market.types import DayKind

_SATURDAY: Final = 5
# Longer than any holiday the exchanges close for: between known days so far apart, nothing is
# known.
LONGEST_CLOSURE_DAYS: Final = 15

# Known trading days left: below the first a person is told, below the second no day begins. The
# exchanges publish next year's days in December, some 15 trading days before they are needed.
WARNS_BELOW: Final = 60
REFUSES_BELOW: Final = 20

# What a venue calls a day of rehearsal.
TEST_DAY: Final = "test"


class Calendar:
    """Days as ISO text. A day whose kind is known is of that kind; between known trading days only
    those trade; beyond them weekdays are taken to trade, but don't count as known.
    """

    def __init__(
        self, known_days: Iterable[str], other_kinds: Mapping[str, DayKind] | None = None
    ) -> None:
        self.days = tuple(sorted(set(known_days)))
        self.other_kinds: Mapping[str, DayKind] = other_kinds or {}

    def known_kind(self, day: str) -> DayKind | None:
        """The kind of a day, None beyond what is known. Weekends are known to be closed."""
        if kind := self.other_kinds.get(day):
            return kind
        at = bisect_left(self.days, day)
        if at < len(self.days) and self.days[at] == day:
            return DayKind.TRADING
        inside = 0 < at < len(self.days)
        if inside and days_between(self.days[at - 1], self.days[at]) <= LONGEST_CLOSURE_DAYS:
            return DayKind.CLOSED
        return DayKind.CLOSED if is_weekend(day) else None

    def is_trading_day(self, day: str) -> bool:
        """Whether the exchanges trade on this day, as far as is known; unknown weekdays do."""
        return self.known_kind(day) in (DayKind.TRADING, None)

    def next_trading_day(self, day: str) -> str:
        """The first trading day after this one."""
        following = date.fromisoformat(day) + timedelta(days=1)
        while not self.is_trading_day(following.isoformat()):
            following += timedelta(days=1)
        return following.isoformat()

    def between(self, first: str, last: str) -> tuple[str, ...]:
        """Known trading days from first to last, both included."""
        return self.days[bisect_left(self.days, first) : bisect_right(self.days, last)]

    @property
    def known_to(self) -> str:
        """The last known trading day, "" when none is."""
        return self.days[-1] if self.days else ""


def horizon(calendar: Calendar, day: str) -> int:
    """Trading days known after this one. Weekdays beyond the known days don't count."""
    return len(calendar.days) - bisect_right(calendar.days, day)


def horizon_fault(days_left: int) -> str:
    """What is wrong with so short a calendar: "", "market.calendar_short" (a person should know) or
    "market.calendar_ends" (no day may begin).
    """
    if days_left < REFUSES_BELOW:
        return "market.calendar_ends"
    return "market.calendar_short" if days_left < WARNS_BELOW else ""


def refuse_test_day(kind_of_day: str) -> Refused | None:
    """Refuses what a venue announces as a rehearsal: its orders, fills and closes are nobody's."""
    return Refused("market.test_day") if kind_of_day == TEST_DAY else None


def decide_roll(calendar: Calendar, day: str, kind_of_day: str) -> Refused | None:
    """Whether this trading day may begin, after what the venue says and what the calendar knows.

    kind_of_day: the venue's word, "trading" or "test". A day the calendar holds for closed may
    begin, as the venue knows better (see contradicts); one it holds for a rehearsal may not.
    """
    if refused := refuse_test_day(kind_of_day):
        return refused
    if calendar.known_kind(day) is DayKind.NETWORK_TEST:
        return Refused("market.test_day")
    left = horizon(calendar, day)
    if left < REFUSES_BELOW:
        return Refused("market.calendar_ends", {"known_to": calendar.known_to, "days_left": left})
    return None


def contradicts(calendar: Calendar, day: str) -> bool:
    """A venue that trades on this day contradicts the calendar: somebody should look."""
    return not calendar.is_trading_day(day)


def day_kind_text(kind: DayKind | None) -> str:
    """Code of the sentence that names a kind of day; None is a day nobody has spoken of."""
    return f"market.day.{kind or 'unknown'}"


def days_after(day: str, days: int) -> str:
    """So many calendar days later; the last day there is when that is beyond it."""
    at = min(date.fromisoformat(day).toordinal() + days, date.max.toordinal())
    return date.fromordinal(at).isoformat()


def is_day(text: str) -> bool:
    """An ISO day that exists ("2026-07-13")."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def days_between(first: str, last: str) -> int:
    """Calendar days from first to last."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def is_weekend(day: str) -> bool:
    """Saturday or Sunday; the exchanges never trade then, not even on shifted working days."""
    return date.fromisoformat(day).weekday() >= _SATURDAY
