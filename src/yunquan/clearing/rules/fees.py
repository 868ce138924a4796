"""Fees read a second time: what each order should have paid, and what the firm owes of it.

Written apart from the counter's own arithmetic, with decimals, so that agreement proves something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from yunquan.clearing.rules.figures import OrderFees
from yunquan.clearing.types import FeeCheck

_FEN: Final = Decimal(1)
_E8: Final = Decimal(100_000_000)


def commission_due(worth: int, rate_e8: int, floor_fen: int) -> int:
    """Commission in fen of everything an order traded. worth: prices in milli times shares.

    Source: rules reference, section 2: the minimum is per order, over all its fills.
    """
    if worth <= 0:
        return 0
    amount = (Decimal(worth) / 10).quantize(_FEN, ROUND_HALF_UP)
    fee = (amount * rate_e8 / _E8).quantize(_FEN, ROUND_HALF_UP)
    return max(int(fee), floor_fen)


def wrong_fees(orders: Mapping[str, OrderFees]) -> list[FeeCheck]:
    """Orders whose commission is not what their fills make it."""
    found: list[FeeCheck] = []
    for name, order in orders.items():
        if not order.worth:
            continue
        due = commission_due(order.worth, order.rate_e8, order.floor_fen)
        if due != order.charged:
            found.append(FeeCheck(name, order.account, order.charged, due))
    return found


def levied(amounts: Iterable[int], rate_e8: int) -> int:
    """What a rate takes of many trades in fen, each rounded half up, as the depository clears."""
    return sum((amount * rate_e8 * 2 + 100_000_000) // 200_000_000 for amount in amounts)
