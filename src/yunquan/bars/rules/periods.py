"""Longer bars from shorter ones: 5, 15, 30 and 60 minutes of minutes, weeks and months of days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Final

from msgspec.structs import replace

from yunquan.bars.types import DayBar, MinuteBar

MINUTES: Final = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "60m": 60}
DAYS: Final = ("day", "week", "month")
PERIODS: Final = (*MINUTES, *DAYS)
# Minutes are named by their end: the first of the morning is 09:31, of the afternoon 13:01.
_MORNING: Final = 9 * 60 + 30
_NOON: Final = 11 * 60 + 30
_AFTERNOON: Final = 13 * 60
_MORNING_MINUTES: Final = 120


def joined_minutes(bars: Sequence[MinuteBar], span: int) -> list[MinuteBar]:
    """Minutes of one day joined by `span` trading minutes, each named by its span's end.

    Spans count trading minutes: a 60-minute span of an unbroken morning ends at 10:30 and 11:30.
    What trades in a call auction belongs to the span that begins or ends with it.
    """
    if span == 1:
        return list(bars)
    found = groupby(bars, lambda bar: (_trading_minute(bar.minute) + span - 1) // span)
    return [_minutes(list(group), _named(number * span)) for number, group in found]


def _trading_minute(minute: str) -> int:
    """1 for 09:31, 120 for 11:30, 121 for 13:01, 240 for 15:00."""
    hour, _, past = minute.partition(":")
    clock = int(hour) * 60 + int(past)
    if clock <= _NOON:
        return max(clock - _MORNING, 1)
    return max(clock - _AFTERNOON, 1) + _MORNING_MINUTES


def _named(number: int) -> str:
    if number <= _MORNING_MINUTES:
        clock = _MORNING + number
    else:
        clock = _AFTERNOON + number - _MORNING_MINUTES
    return f"{clock // 60:02d}:{clock % 60:02d}"


def _minutes(bars: Sequence[MinuteBar], name: str) -> MinuteBar:
    return MinuteBar(
        name,
        bars[0].open_milli,
        max(bar.high_milli for bar in bars),
        min(bar.low_milli for bar in bars),
        bars[-1].close_milli,
        sum(bar.volume for bar in bars),
        sum(bar.turnover_fen for bar in bars),
    )


def joined_days(bars: Sequence[DayBar], period: str) -> list[DayBar]:
    """Days joined by ISO week or by month, each named by its last trading day."""
    if period == "day":
        return list(bars)
    key: Callable[[DayBar], object] = _week if period == "week" else _month
    return [_days(list(group)) for _, group in groupby(bars, key)]


def _week(bar: DayBar) -> tuple[int, int]:
    return date.fromisoformat(bar.trading_day).isocalendar()[:2]


def _month(bar: DayBar) -> str:
    return bar.trading_day[:7]


def _days(bars: Sequence[DayBar]) -> DayBar:
    """A figure that one of the days lacks is taken from its close; a sum that one lacks is None."""
    highs = [bar.close_milli if bar.high_milli is None else bar.high_milli for bar in bars]
    lows = [bar.close_milli if bar.low_milli is None else bar.low_milli for bar in bars]
    return replace(
        bars[-1],
        open_milli=bars[0].open_milli,
        high_milli=max(highs),
        low_milli=min(lows),
        volume=_sum(bar.volume for bar in bars),
        turnover_fen=_sum(bar.turnover_fen for bar in bars),
        adjusted=any(bar.adjusted for bar in bars),
    )


def _sum(figures: Iterable[int | None]) -> int | None:
    total = 0
    for figure in figures:
        if figure is None:
            return None
        total += figure
    return total
