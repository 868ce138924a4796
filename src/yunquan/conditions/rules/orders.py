"""What a condition waits for, and the order a trigger decides. Pure."""

from __future__ import annotations

from typing import Final

from yunquan.conditions.types import (
    Condition,
    ConditionKind,
    Crossing,
    NewTrigger,
    Seen,
    Terms,
    Watch,
)

# What follows the colon in a grid's watches: the line below, the line above, the way back inside.
BUYS: Final = "buy"
SELLS: Final = "sell"
BACK: Final = "back"
LEGS: Final = ("", f":{BUYS}", f":{SELLS}", f":{BACK}")


def arm(condition: Condition) -> list[Watch]:
    """What to wait for now. A timed condition is handed in once its time has come, and then takes
    the first price that may trigger.
    """
    terms = condition.terms
    match terms.kind:
        case ConditionKind.STOP:
            crossing = Crossing(terms.crossing)
            return [Watch(condition.id, terms.symbol, crossing, terms.threshold_milli)]
        case ConditionKind.TIMED:
            return [Watch(condition.id, terms.symbol, Crossing.AT_OR_ABOVE, 0)]
        case ConditionKind.GRID:
            return _lines(condition)


def _lines(condition: Condition) -> list[Watch]:
    terms, base = condition.terms, condition.base_milli
    below, above = base - terms.step_milli, base + terms.step_milli
    found: list[Watch] = []
    if terms.side != SELLS and below >= terms.low_milli:
        name = f"{condition.id}:{BUYS}"
        found.append(Watch(name, terms.symbol, Crossing.AT_OR_BELOW, below))
    if terms.side != BUYS and above <= terms.high_milli:
        name = f"{condition.id}:{SELLS}"
        found.append(Watch(name, terms.symbol, Crossing.AT_OR_ABOVE, above))
    return found


def wait_outside(condition: Condition, last_milli: int) -> Watch | None:
    """What a grid waits for while the price is outside its bounds: the way back. None inside."""
    terms = condition.terms
    name = f"{condition.id}:{BACK}"
    if terms.kind is not ConditionKind.GRID or terms.low_milli <= last_milli <= terms.high_milli:
        return None
    if last_milli < terms.low_milli:
        return Watch(name, terms.symbol, Crossing.AT_OR_ABOVE, terms.low_milli)
    return Watch(name, terms.symbol, Crossing.AT_OR_BELOW, terms.high_milli)


def decide(
    condition: Condition, watch: Watch, day: str, seen: Seen, limits: tuple[int, int]
) -> NewTrigger:
    """The trigger a crossed watch makes. limits: highest and lowest price of the day.

    A gap over several lines of a grid is one order of one step, and the farthest line crossed is
    its line from then on.
    """
    terms = condition.terms
    side, base = terms.side, condition.base_milli
    if terms.kind is ConditionKind.GRID:
        rising = watch.crossing is Crossing.AT_OR_ABOVE
        side = SELLS if rising else BUYS
        way = 1 if rising else -1
        lines = way * (seen.last_milli - base) // terms.step_milli
        base += way * lines * terms.step_milli
    price = order_price(terms, side, seen.last_milli, limits)
    return NewTrigger(condition.id, condition.version, day, seen, side, price, base)


def order_price(terms: Terms, side: str, last_milli: int, limits: tuple[int, int]) -> int:
    """The limit of the order: what the client named, or the price seen moved by the offset and kept
    within the day's limits.
    """
    if terms.price_milli:
        return terms.price_milli
    moved = last_milli + (terms.offset_milli if side == BUYS else -terms.offset_milli)
    return max(limits[1], min(limits[0], moved))
