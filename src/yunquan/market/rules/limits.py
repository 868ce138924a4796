"""Price limits and ticks. Integers of 0.001 CNY and basis points of the previous close."""

from __future__ import annotations

from typing import Final

BP: Final = 10_000

# What is wrong with a price; "" is nothing.
OFF_TICK: Final = "off_tick"
ABOVE_LIMIT: Final = "above_limit"
BELOW_LIMIT: Final = "below_limit"


def round_to_tick(numerator: int, denominator: int, tick_milli: int) -> int:
    """numerator/denominator in 0.001 CNY, rounded half up to a whole number of ticks. Both
    positive.
    """
    step = denominator * tick_milli
    return (2 * numerator + step) // (2 * step) * tick_milli


def limit_prices(
    prev_close_milli: int, limit_bp: int, tick_milli: int, least_move_milli: int
) -> tuple[int, int]:
    """(up, down), inclusive: previous close times (1 ± limit), rounded half up to the tick.

    least_move_milli: how far a limit is from the previous close at least: one tick where the
    exchange has that floor, else 0. No limit is below one tick. Source: SSE 3.3.17 and the like,
    reference section 1.3.
    """
    up = round_to_tick(prev_close_milli * (BP + limit_bp), BP, tick_milli)
    down = round_to_tick(prev_close_milli * (BP - limit_bp), BP, tick_milli)
    if up - prev_close_milli < least_move_milli:
        up = round_to_tick(prev_close_milli + least_move_milli, 1, tick_milli)
    if prev_close_milli - down < least_move_milli:
        down = round_to_tick(max(prev_close_milli - least_move_milli, 0), 1, tick_milli)
    return up, max(down, tick_milli)


def price_fault(
    price_milli: int, limit_up_milli: int, limit_down_milli: int, tick_milli: int
) -> str:
    """What is wrong with a limit price: "", "off_tick", "above_limit" or "below_limit"."""
    if price_milli > limit_up_milli:
        return ABOVE_LIMIT
    if price_milli < limit_down_milli:
        return BELOW_LIMIT
    if price_milli % tick_milli:
        return OFF_TICK
    return ""
