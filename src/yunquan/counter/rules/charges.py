"""What an order costs: worst case when it is placed, exactly when it fills. All integers; every rounding half up to the fen."""

from __future__ import annotations

from typing import Final

from yunquan.counter.rules.state import BUY, Fees

E8: Final = 100_000_000
MILLI_PER_FEN: Final = 10


def amount_fen(price: int, qty: int) -> int:
    """Price in milli times shares, in fen."""
    return (price * qty * 2 + MILLI_PER_FEN) // (2 * MILLI_PER_FEN)


def part_e8(amount: int, rate_e8: int) -> int:
    """A fraction in parts per 10^8 of an amount, half up."""
    return (amount * rate_e8 * 2 + E8) // (2 * E8)


def commission_of_order(amount: int, rate_e8: int, floor: int) -> int:
    """Commission on everything an order has filled so far: the rate, at least the floor. Source: 证监发〔2002〕21号."""
    at_rate = part_e8(amount, rate_e8)
    return at_rate if at_rate > floor else floor


def worst_case_buy(price: int, qty: int, commission_e8: int, commission_min: int, transfer_e8: int) -> int:
    """Fen a buy can cost at most, however it is split into fills.

    Half-up rounding of one fill's transfer fee at most doubles it (half a fen becomes one), so twice the exact fee bounds
    the sum over any split.
    """
    notional = amount_fen(price, qty)
    return notional + commission_of_order(notional, commission_e8, commission_min) + 2 * notional * transfer_e8 // E8


class FillCharges:
    """Amounts of one fill in fen. commission: what it adds to the order's; unpaid: commission the account couldn't pay."""

    __slots__ = ("amount", "commission", "stamp", "transfer", "unpaid")

    def __init__(self, amount: int, commission: int, stamp: int, transfer: int, unpaid: int) -> None:
        self.amount: int = amount
        self.commission: int = commission
        self.stamp: int = stamp
        self.transfer: int = transfer
        self.unpaid: int = unpaid


def fill_charges(fees: Fees, side: int, filled_before: int, charged_before: int, price: int, qty: int, cash: int) -> FillCharges:
    """Charges of a fill. filled_before, charged_before: the order's amount and commission so far, in fen.

    cash: usable fen of the account, for the commission of a sale whose proceeds are smaller than the floor.
    """
    amount = amount_fen(price, qty)
    transfer = part_e8(amount, fees.transfer_e8)
    due = commission_of_order(filled_before + amount, fees.commission_e8, fees.commission_min) - charged_before
    if side == BUY:
        return FillCharges(amount, due, 0, transfer, 0)
    stamp = part_e8(amount, fees.stamp_e8)
    payable = cash + amount - stamp - transfer
    commission = due if due <= payable else payable
    return FillCharges(amount, commission, stamp, transfer, due - commission)
