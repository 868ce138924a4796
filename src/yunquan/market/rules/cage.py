"""The price cage (有效申报价格范围): how far a limit order in continuous trading may reach.

Reference section 1.5. Integers of 0.001 CNY; sides 1 buy, 2 sell.
"""

from __future__ import annotations

from typing import Final

from yunquan.market.rules.limits import BP, round_to_tick

BUY: Final = 1

# What is wrong with a price; "" is nothing.
ABOVE_CAGE: Final = "above_cage"
BELOW_CAGE: Final = "below_cage"


def cage_reference(side: int, best_bid: int, best_ask: int, last: int, prev_close: int) -> int:
    """The price the cage is built around: best opposite, best own, last trade, previous close; the
    first there is. 0 stands for none.
    """
    if side == BUY:
        return best_ask or best_bid or last or prev_close
    return best_bid or best_ask or last or prev_close


def cage_bounds(
    side: int, reference_milli: int, cage_bp: int, cage_ticks: int, tick_milli: int
) -> int:
    """The highest price a buy, or the lowest a sale may name around a reference price.

    cage_bp: part of the reference in basis points. cage_ticks: so many ticks are always allowed.
    Rounded half up to the tick, and never nearer than one tick (the limits' own rule, SSE 3.3.17).
    """
    least = (cage_ticks or 1) * tick_milli
    if side == BUY:
        bound = round_to_tick(reference_milli * (BP + cage_bp), BP, tick_milli)
        nearest = round_to_tick(reference_milli + least, 1, tick_milli)
        return bound if bound > nearest else nearest
    if reference_milli <= least:
        return tick_milli
    bound = round_to_tick(reference_milli * (BP - cage_bp), BP, tick_milli)
    nearest = round_to_tick(reference_milli - least, 1, tick_milli)
    return bound if bound < nearest else nearest


def cage_fault(
    side: int,
    price_milli: int,
    reference_milli: int,
    cage_bp: int,
    cage_ticks: int,
    tick_milli: int,
) -> str:
    """What is wrong with a limit price in continuous trading: "", "above_cage" or "below_cage".

    A buy has no lower bound and a sale no upper one: such an order waits, it moves no price.
    """
    if not cage_bp and not cage_ticks:
        return ""
    bound = cage_bounds(side, reference_milli, cage_bp, cage_ticks, tick_milli)
    if side == BUY:
        return ABOVE_CAGE if price_milli > bound else ""
    return BELOW_CAGE if price_milli < bound else ""
