"""What an order must be: refusals, and the price cage of continuous trading."""

from __future__ import annotations

from yunquan_world.rules.instruments import Instrument, half_up
from yunquan_world.rules.rows import KNOWN_KINDS, BoardRule
from yunquan_world.rules.sessions import (
    AT_ONCE,
    after_hours,
    cage,
    kinds,
    mode,
    order_range,
)

LIMIT, AFTER = "limit", "after_hours"


def refusal(
    instrument: Instrument | None, phase: str, *, kind: str, side: str, price_milli: int, qty: int
) -> str:
    """The code with which an order is rejected; empty if it is valid whatever the book holds.

    price_milli: the limit; of a market order its protection price, or 0 where there is none.
    """
    if instrument is None or instrument.product == "index":
        return "V105_unknown_security"
    rule = instrument.rule
    return (
        _phase_refusal(instrument, phase, kind)
        or _price_refusal(instrument, phase, kind, price_milli)
        or ("V108_max_size" if qty > rule.most(kind) else "")
        or ("" if _size_allowed(rule, side, qty) else "V103_lot")
    )


def outside_cage(
    instrument: Instrument,
    side: str,
    price_milli: int,
    *,
    opposite_milli: int,
    own_milli: int,
    last_milli: int,
) -> bool:
    """Whether a limit order asks for a price too far from the market. 0 stands for no such price.

    The reference is the best price of the other side, else that of the own side, else the last
    trade, else the previous close.
    """
    row = cage(instrument)
    if row is None:
        return False
    reference_milli = opposite_milli or own_milli or last_milli or instrument.prev_close_milli
    tick_milli = instrument.rule.tick_milli
    ticks = max(row.floor_ticks, 1) * tick_milli
    percent = 100 + row.percent if side == "B" else 100 - row.percent
    bound = half_up(reference_milli * percent, 100 * tick_milli) * tick_milli
    if side == "B":
        return price_milli > max(bound, reference_milli + ticks)
    return price_milli < min(bound, reference_milli - ticks)


def _phase_refusal(instrument: Instrument, phase: str, kind: str) -> str:
    now = mode(instrument, phase)
    after = after_hours(instrument)
    taken_after = after is not None and phase in after.takes_in
    row = kinds(instrument)
    if not now.orders and not taken_after:
        return "V104_closed"
    if instrument.halted:
        return "V107_halted"
    if kind == AFTER:
        if after is None:
            return "V109_kind"
        return "" if taken_after else "V113_phase_kind"
    if kind not in KNOWN_KINDS or kind not in row.kinds:
        return "V109_kind"
    if not now.orders:
        return "V113_phase_kind"
    if kind != LIMIT:
        if now.matching != AT_ONCE:
            return "V113_phase_kind"
        if not instrument.has_limit and not row.markets_unlimited:
            return "V113_phase_kind"
    return ""


def _price_refusal(instrument: Instrument, phase: str, kind: str, price_milli: int) -> str:
    inside = instrument.limit_down_milli <= price_milli <= instrument.limit_up_milli
    on_tick = price_milli % instrument.rule.tick_milli == 0
    if kind in (LIMIT, AFTER):
        if not inside or not _in_range(instrument, phase, price_milli):
            return "V101_price_limit"
        return "" if on_tick else "V102_tick"
    if kinds(instrument).protected:
        return "" if inside and on_tick else "V114_protection"
    return "V114_protection" if price_milli else ""


def _in_range(instrument: Instrument, phase: str, price_milli: int) -> bool:
    """Whether a price is in the range for securities that have no price limit."""
    row = None if instrument.has_limit else order_range(instrument)
    if row is None or (row.in_calls and mode(instrument, phase).matching == AT_ONCE):
        return True
    close_milli = instrument.prev_close_milli
    return close_milli * row.least_percent <= price_milli * 100 <= close_milli * row.most_percent


def _size_allowed(rule: BoardRule, side: str, qty: int) -> bool:
    if side == "S":
        # An odd balance may be sold in one go. Only the depository knows the balance, so the
        # matching host takes any size and the member answers for it.
        return qty >= 1
    return qty >= rule.buy_min and (qty - rule.buy_min) % rule.buy_step == 0
