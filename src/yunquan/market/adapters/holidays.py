"""Kinds of days from the public holidays (chinesecalendar) and the exchanges' own closures."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

import chinese_calendar
from chinese_calendar import constants

from yunquan.market.rules.calendar import is_weekend
from yunquan.market.types import CalendarDay, DayKind

_CLOSURES: Final = Path(__file__).parent / "closures.toml"
SOURCE: Final = f"State Council holidays, chinesecalendar {version('chinesecalendar')}"


def known_days() -> Iterator[CalendarDay]:
    """Every day of the years whose holidays are published, but for plain weekends.

    The exchanges trade on weekdays that are no public holiday, but for closures of their own; on
    weekends that were made working days banks work and they don't.
    """
    own = exchange_closures()
    day = date(min(constants.holidays).year, 1, 1)
    end = date(max(constants.holidays).year, 12, 31)
    while day <= end:
        text = day.isoformat()
        works = chinese_calendar.is_workday(day)
        if closure := own.get(text):
            yield closure
        elif not works and not is_weekend(text):
            yield CalendarDay(text, DayKind.CLOSED, SOURCE)
        elif works:
            kind = DayKind.BANK_ONLY if is_weekend(text) else DayKind.TRADING
            yield CalendarDay(text, kind, SOURCE)
        day += timedelta(days=1)


def exchange_closures() -> dict[str, CalendarDay]:
    """Days on which the exchanges close though banks work, by day."""
    found: dict[str, CalendarDay] = {}
    for entry in tomllib.loads(_CLOSURES.read_text("utf-8"))["closure"]:
        for day in entry["days"]:
            found[day] = CalendarDay(day, DayKind(entry["kind"]), entry["source"])
    return found
