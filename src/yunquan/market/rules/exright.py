"""The reference price of an ex-day (除权除息参考价), which stands in for the previous close."""

from __future__ import annotations

from fractions import Fraction

from yunquan.market.rules.limits import round_to_tick


def ex_reference(
    close_milli: int,
    *,
    dividend_milli: Fraction,
    bonus: Fraction,
    rights: Fraction,
    rights_price_milli: int,
    tick_milli: int,
) -> int:
    """(P0 - D + K*r) / (1 + b + r), rounded half up to the tick, at least one tick.

    close_milli: P0, the close before, 0.001 CNY. dividend_milli: D, cash per share before tax.
    bonus: b, new shares per share from profit or reserves. rights: r, shares offered per share, at
    rights_price_milli K each. Source: SSE and SZSE trading rules, ex-rights chapter.
    """
    value = (close_milli - dividend_milli + rights * rights_price_milli) / (1 + bonus + rights)
    if value <= 0:
        return tick_milli
    return max(round_to_tick(value.numerator, value.denominator, tick_milli), tick_milli)
