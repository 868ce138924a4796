"""Fees read a second time: what each order should have paid, and what the firm owes of it.

Written apart from the counter's own arithmetic, with decimals, so that agreement proves something.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from yunquan.clearing.types import FeeCheck

_FEN: Final = Decimal(1)
_E8: Final = Decimal(100_000_000)


class OrderFees:
    """What an order of the day has traded and paid, and the rates it was placed at."""

    __slots__ = ("account", "charged", "floor_fen", "rate_e8", "worth")

    def __init__(self, account: str, rate_e8: int, floor_fen: int) -> None:
        self.account = account
        self.rate_e8 = rate_e8
        self.floor_fen = floor_fen
        self.worth = 0
        self.charged = 0


def commission_due(worth: int, rate_e8: int, floor_fen: int) -> int:
    """Commission in fen of everything an order traded. worth: prices in milli times shares.

    Source: rules reference, section 2: the minimum is per order, over all its fills.
    """
    if worth <= 0:
        return 0
    amount = (Decimal(worth) / 10).quantize(_FEN, ROUND_HALF_UP)
    fee = (amount * rate_e8 / _E8).quantize(_FEN, ROUND_HALF_UP)
    return max(int(fee), floor_fen)


def wrong_fee(name: str, order: OrderFees) -> FeeCheck | None:
    """An order that ended, if its commission is not what its fills make it."""
    due = commission_due(order.worth, order.rate_e8, order.floor_fen)
    return None if due == order.charged else FeeCheck(name, order.account, order.charged, due)


def levied(amounts: Iterable[int], rate_e8: int) -> int:
    """What a rate takes of many trades in fen, each rounded half up, as the depository clears."""
    return sum((amount * rate_e8 * 2 + 100_000_000) // 200_000_000 for amount in amounts)
