"""Forward 前复权 and backward 后复权 prices, from steps that each say what one day did to a price.

A step's ratio is the price before an ex-day over what it is worth after it, exact. Forward prices
end at today's real one, backward prices begin at the first real one.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from msgspec.structs import replace

from yunquan.bars.types import Adjustment, DayBar, MinuteBar

NONE: Final = "none"
FORWARD: Final = "forward"
BACKWARD: Final = "backward"
WAYS: Final = (NONE, FORWARD, BACKWARD)


def factors(days: Sequence[str], adjustments: Sequence[Adjustment], way: str) -> list[Fraction]:
    """What the prices of each day are multiplied with. days, adjustments: oldest first."""
    if way == NONE or not adjustments:
        return [Fraction(1)] * len(days)
    steps = list(adjustments)
    whole = Fraction(1)
    for step in steps:
        whole *= Fraction(step.numerator, step.denominator)
    found: list[Fraction] = []
    passed, so_far = 0, Fraction(1)
    for day in days:
        while passed < len(steps) and steps[passed].ex_day <= day:
            so_far *= Fraction(steps[passed].numerator, steps[passed].denominator)
            passed += 1
        found.append(so_far if way == BACKWARD else so_far / whole)
    return found


def times(milli: int, factor: Fraction) -> int:
    """A price times a factor, rounded half up to 0.001 CNY."""
    numerator = milli * factor.numerator
    return (2 * numerator + factor.denominator) // (2 * factor.denominator)


def adjusted_days(
    bars: Sequence[DayBar], adjustments: Sequence[Adjustment], way: str
) -> list[DayBar]:
    """Daily bars as they would have been; volume and turnover stay what they were."""
    by_day = factors([bar.trading_day for bar in bars], adjustments, way)
    return [_day(bar, factor) for bar, factor in zip(bars, by_day, strict=True)]


def _day(bar: DayBar, factor: Fraction) -> DayBar:
    if factor == 1:
        return bar
    return replace(
        bar,
        open_milli=None if bar.open_milli is None else times(bar.open_milli, factor),
        high_milli=None if bar.high_milli is None else times(bar.high_milli, factor),
        low_milli=None if bar.low_milli is None else times(bar.low_milli, factor),
        close_milli=times(bar.close_milli, factor),
        adjusted=True,
    )


def adjusted_minutes(bars: Sequence[MinuteBar], factor: Fraction) -> list[MinuteBar]:
    """Minutes of one day as they would have been."""
    if factor == 1:
        return list(bars)
    return [
        replace(
            bar,
            open_milli=times(bar.open_milli, factor),
            high_milli=times(bar.high_milli, factor),
            low_milli=times(bar.low_milli, factor),
            close_milli=times(bar.close_milli, factor),
        )
        for bar in bars
    ]
