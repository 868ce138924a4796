"""Quantities of an order: least, step, odd balance, most. Reference section 1.4."""

from __future__ import annotations

from typing import Final

# What is wrong with a quantity; "" is nothing.
BELOW_MINIMUM: Final = "below_minimum"
NOT_A_LOT: Final = "not_a_lot"
ABOVE_MAXIMUM: Final = "above_maximum"
ODD_BALANCE: Final = "odd_balance"


def buy_fault(qty: int, buy_min: int, buy_step: int, max_qty: int) -> str:
    """What is wrong with buying this many shares: "", "below_minimum", "not_a_lot" or
    "above_maximum".
    """
    if qty > max_qty:
        return ABOVE_MAXIMUM
    if qty < buy_min:
        return BELOW_MINIMUM
    if qty % buy_step:
        return NOT_A_LOT
    return ""


def sell_fault(qty: int, balance: int, sell_step: int, lot: int, max_qty: int) -> str:
    """What is wrong with selling this many shares out of `balance` (sellable now): "" or a reason.

    A balance below one lot goes once and whole. Where sales go in lots (main board, ChiNext) the
    odd part may ride along: of 250 shares, 50, 150 and 250 are fine, 30 and 120 aren't. Whether
    there are enough shares is asked elsewhere.
    """
    if qty > max_qty:
        return ABOVE_MAXIMUM
    if qty <= 0:
        return BELOW_MINIMUM
    if sell_step > 1:
        odd = qty % sell_step
        return "" if odd == 0 or odd == balance % sell_step else ODD_BALANCE
    return "" if qty >= lot or qty == balance else ODD_BALANCE
