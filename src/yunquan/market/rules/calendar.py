"""Trading days: those known from bars, and weekdays where nothing is known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

_SATURDAY: Final = 5
# Longer than any holiday the exchanges close for: between known days so far apart, nothing is
# known.
LONGEST_CLOSURE_DAYS: Final = 15


class Calendar:
    """Trading days as ISO text. Inside the known days only those count; outside, weekdays."""

    def __init__(self, known_days: Iterable[str]) -> None:
        self.days = tuple(sorted(set(known_days)))

    def is_trading_day(self, day: str) -> bool:
        """Whether the exchanges trade on this day, as far as is known."""
        at = bisect_left(self.days, day)
        if at < len(self.days) and self.days[at] == day:
            return True
        inside = 0 < at < len(self.days)
        if inside and days_between(self.days[at - 1], self.days[at]) <= LONGEST_CLOSURE_DAYS:
            return False
        return date.fromisoformat(day).weekday() < _SATURDAY

    def next_trading_day(self, day: str) -> str:
        """The first trading day after this one."""
        following = date.fromisoformat(day) + timedelta(days=1)
        while not self.is_trading_day(following.isoformat()):
            following += timedelta(days=1)
        return following.isoformat()

    def between(self, first: str, last: str) -> tuple[str, ...]:
        """Known trading days from first to last, both included."""
        return self.days[bisect_left(self.days, first) : bisect_right(self.days, last)]


def days_between(first: str, last: str) -> int:
    """Calendar days from first to last."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def is_weekend(day: str) -> bool:
    """Saturday or Sunday; the exchanges never trade then, not even on shifted working days."""
    return date.fromisoformat(day).weekday() >= _SATURDAY
