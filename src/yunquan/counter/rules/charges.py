"""What an order costs: worst case when it is placed, exactly when it fills. All integers; every
rounding half up to the fen.
"""

from __future__ import annotations

from yunquan.counter.rules.state import BUY, Fees
from yunquan.market.rules.fees import (
    PER_E8,
    commission_fen,
    notional_fen,
    stamp_fen,
    transfer_fen,
    worth_fen,
)


def worst_case_buy(
    price: int, qty: int, commission_e8: int, commission_min: int, transfer_e8: int
) -> int:
    """Fen a buy can cost at most, however it is split into fills.

    Half-up rounding of one fill's transfer fee at most doubles it (half a fen becomes one), so
    twice the exact fee bounds
    the sum over any split.
    """
    notional = notional_fen(price, qty)
    return (
        notional
        + commission_fen(notional, commission_e8, commission_min)
        + 2 * notional * transfer_e8 // PER_E8
    )


class FillCharges:
    """Amounts of one fill in fen. commission: what it adds to the order's; unpaid: commission the
    account couldn't pay.
    """

    __slots__ = ("amount", "commission", "stamp", "transfer", "unpaid")

    def __init__(
        self, amount: int, commission: int, stamp: int, transfer: int, unpaid: int
    ) -> None:
        self.amount: int = amount
        self.commission: int = commission
        self.stamp: int = stamp
        self.transfer: int = transfer
        self.unpaid: int = unpaid


def fill_charges(
    fees: Fees, side: int, worth_before: int, charged_before: int, price: int, qty: int, cash: int
) -> FillCharges:
    """Charges of a fill. worth_before: what of the order has traded, in milli times shares.
    charged_before: its commission so far in fen.

    A fill is worth what it adds to the order's rounded total: on a tick below a fen, many small
    fills each rounded up would cost more than was frozen. cash: usable fen of the account, for the
    commission of a sale whose proceeds are smaller than the floor.
    """
    total = worth_fen(worth_before + price * qty)
    amount = total - worth_fen(worth_before)
    transfer = transfer_fen(amount, fees.transfer_e8)
    due = commission_fen(total, fees.commission_e8, fees.commission_min) - charged_before
    if side == BUY:
        return FillCharges(amount, due, 0, transfer, 0)
    stamp = stamp_fen(amount, fees.stamp_e8)
    payable = cash + amount - stamp - transfer
    commission = due if due <= payable else payable
    return FillCharges(amount, commission, stamp, transfer, due - commission)
