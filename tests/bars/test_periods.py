"""Longer bars from shorter ones, and prices as they would have been."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.bars.rules.adjust import adjusted_days, factors, times
from yunquan.bars.rules.periods import MINUTES, joined_days, joined_minutes
from yunquan.bars.types import Adjustment, DayBar, MinuteBar

S = "600519.SH"


def minute(name: str, price: int = 10, volume: int = 1) -> MinuteBar:
    return MinuteBar(name, price, price + 1, price - 1, price, volume, volume * price)


def day(name: str, close: int, volume: int | None = 1, opened: int | None = 5) -> DayBar:
    return DayBar(S, name, opened, None, None, close, volume, None, "import", adjusted=False)


@pytest.mark.parametrize(
    ("minutes", "span", "named"),
    [
        (["09:31", "09:35", "09:36"], 5, ["09:35", "09:40"]),
        (["09:30", "09:31"], 5, ["09:35"]),
        (["11:29", "11:30", "13:01"], 15, ["11:30", "13:15"]),
        (["10:30", "10:31"], 60, ["10:30", "11:30"]),
        (["14:00", "14:01", "15:00"], 60, ["14:00", "15:00"]),
        (["09:31"], 1, ["09:31"]),
        ([], 30, []),
    ],
)
def test_minutes_join_by_trading_time(minutes: list[str], span: int, named: list[str]) -> None:
    found = joined_minutes([minute(name) for name in minutes], span)
    assert [bar.minute for bar in found] == named


@given(st.lists(st.integers(1, 240), unique=True, min_size=1), st.sampled_from([*MINUTES.values()]))
def test_joining_keeps_volume_and_reach(numbers: list[int], span: int) -> None:
    clocks = [570 + n if n <= 120 else 660 + n for n in sorted(numbers)]
    bars = [
        minute(f"{clock // 60:02d}:{clock % 60:02d}", 100 + clock % 7, clock) for clock in clocks
    ]
    joined = joined_minutes(bars, span)
    assert sum(bar.volume for bar in joined) == sum(bar.volume for bar in bars)
    assert max(bar.high_milli for bar in joined) == max(bar.high_milli for bar in bars)
    assert joined[0].open_milli == bars[0].open_milli
    assert joined[-1].close_milli == bars[-1].close_milli
    assert [bar.minute for bar in joined] == sorted({bar.minute for bar in joined})


def test_days_join_by_week_and_month() -> None:
    days = [day("2026-06-30", 1), day("2026-07-03", 9), day("2026-07-06", 4), day("2026-07-10", 2)]
    weeks, months = joined_days(days, "week"), joined_days(days, "month")
    assert [(bar.trading_day, bar.close_milli) for bar in weeks] == [
        ("2026-07-03", 9),
        ("2026-07-10", 2),
    ]
    assert [(bar.trading_day, bar.high_milli, bar.volume) for bar in months] == [
        ("2026-06-30", 1, 1),
        ("2026-07-10", 9, 3),
    ]
    (unknown,) = joined_days([day("2026-07-06", 4), day("2026-07-07", 2, volume=None)], "week")
    assert unknown.volume is None


STEPS = [Adjustment(S, "2026-07-14", 2, 1, ""), Adjustment(S, "2026-07-16", 3, 2, "")]
DAYS = [f"2026-07-{number}" for number in (13, 14, 15, 16, 17)]


@pytest.mark.parametrize(
    ("way", "found"),
    [
        ("none", [1, 1, 1, 1, 1]),
        ("forward", [Fraction(1, 3), Fraction(2, 3), Fraction(2, 3), 1, 1]),
        ("backward", [1, 2, 2, 3, 3]),
    ],
)
def test_factors(way: str, found: list[Fraction]) -> None:
    assert factors(DAYS, STEPS, way) == found


@given(st.integers(1, 10**8), st.fractions(min_value=Fraction(1, 50), max_value=50))
def test_a_price_times_a_factor_rounds_half_up(milli: int, factor: Fraction) -> None:
    exact = milli * factor
    assert 0 <= times(milli, factor) - exact + Fraction(1, 2) <= 1


def test_adjusting_says_so_and_leaves_volume() -> None:
    bars = adjusted_days([day(name, 1_000) for name in DAYS], STEPS, "forward")
    assert [bar.close_milli for bar in bars] == [333, 667, 667, 1_000, 1_000]
    assert [bar.adjusted for bar in bars] == [True, True, True, False, False]
    assert {bar.volume for bar in bars} == {1}
