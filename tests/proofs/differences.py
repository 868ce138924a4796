"""Where the two readings may come to different ends, and the sentence of the rules that says why.

Whatever is not in this table is a fault of one side. Sections are those of the rules reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.proofs.readings import BUY, SELL, Case


@dataclass(frozen=True)
class Difference:
    """name; why: what the rules say of it, or leave open; holds: whether a case is one of it."""

    name: str
    why: str
    holds: Callable[[Case], bool]


def _odd_balance(case: Case) -> bool:
    """Refused here; the exchange takes any size of a sale."""
    return (case.ours, case.theirs, case.side) == ("order.odd_lot", "", SELL)


def _daily_cap(case: Case) -> bool:
    most = 200_000 if case.instrument.board == "bse" else 500_000
    warned = case.instrument.risk_warned and case.side == BUY and case.qty > most
    return warned and (case.ours, case.theirs) == ("order.daily_cap", "")


def _nobody_there(case: Case) -> bool:
    market_order = case.kind not in ("limit", "after_hours")
    return market_order and (case.ours, case.theirs) == ("sent", "V112_no_opposite")


def _order_range(case: Case) -> bool:
    """Only where no price limit holds, and only outside the range."""
    if (case.ours, case.theirs) != ("sent", "V101_price_limit") or case.instrument.has_limit:
        return False
    close_milli = case.instrument.prev_close_milli
    least, most = (70, 150) if case.instrument.board == "bond" else (50, 900)
    return not close_milli * least <= case.price * 100 <= close_milli * most


DIFFERENCES = (
    Difference(
        "odd balance",
        "1.4: a balance below one lot is sold once and whole. Only the depository and the member"
        " know the balance: the member answers for it, the host takes any size.",
        _odd_balance,
    ),
    Difference(
        "daily cap",
        "1.4: one investor buys at most 500,000 (Beijing 200,000) of a risk-warned share a day,"
        " in all ways together. The member adds them up; the host sees single orders.",
        _daily_cap,
    ),
    Difference(
        "nobody on the other side",
        "1.6: a market order trades with the other side's prices, or takes the own side's best."
        " Which side is empty is known for certain at the host alone.",
        _nobody_there,
    ),
    Difference(
        "range without a price limit",
        "The texts of 2023 bound orders of securities without price limit to 50 to 900 % of the"
        " previous close, bonds to 70 to 150 %. Section 1 does not have it and no text of 2026 is"
        " verified: the exchange applies it, the counter leaves it to the exchange.",
        _order_range,
    ),
)


def named(case: Case) -> str:
    """The difference that explains a case, "" if none does."""
    return next((one.name for one in DIFFERENCES if one.holds(case)), "")
