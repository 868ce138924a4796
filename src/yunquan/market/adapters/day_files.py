"""Kinds of days from a CSV file that a person names, as copied out of an exchange's notice."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from yunquan.kernel.errors import Invalid
from yunquan.market.types import CalendarDay, DayKind


def read_days(path: Path) -> list[CalendarDay]:
    """Days of a file with the columns day, kind, source. Raises Invalid market.days_unreadable,
    naming the line.
    """
    days: list[CalendarDay] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, restval=""):
                days.append(_day(row))
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError) as error:
        # The head is line 1; what couldn't be read comes after what could.
        reason = f"{type(error).__name__}: {error}"[:120]
        raise Invalid(
            "market.days_unreadable", file=path.name, line=len(days) + 2, reason=reason
        ) from error
    return days


def _day(row: dict[str, str]) -> CalendarDay:
    day = date.fromisoformat(row["day"]).isoformat()
    source = row["source"].strip()
    if not source:
        raise ValueError("no source")
    return CalendarDay(day, DayKind(row["kind"]), source[:120])
