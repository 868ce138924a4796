"""Fees on a trade. Pure integers: amounts in fen, rates per 10^8 of the amount, each rounded half
up to the fen.

What a client pays: commission (which already contains handling fee and levy), stamp duty on sales,
transfer fee. Source: China securities rules reference, section 2.
"""

from __future__ import annotations

from typing import Final

PER_E8: Final = 100_000_000
_HALF_E8: Final = 50_000_000


def notional_fen(price_milli: int, qty: int) -> int:
    """Price times quantity in fen. Exact on a tick of 0.01 CNY; rounded half up on finer ones."""
    return (price_milli * qty + 5) // 10


def worth_fen(worth: int) -> int:
    """A sum of prices in milli times shares as fen, rounded half up."""
    return (worth + 5) // 10


def part_fen(amount_fen: int, rate_e8: int) -> int:
    """A rate of an amount, rounded half up to the fen. amount_fen: not negative."""
    return (amount_fen * rate_e8 + _HALF_E8) // PER_E8


def commission_fen(amount_fen: int, rate_e8: int, floor_fen: int) -> int:
    """Commission on everything one order has traded so far, at least the floor; nothing traded,
    nothing due.

    The floor is per order: a fill costs commission_fen(total after it) - commission_fen(total
    before it).
    """
    if amount_fen <= 0:
        return 0
    fee = (amount_fen * rate_e8 + _HALF_E8) // PER_E8
    return fee if fee > floor_fen else floor_fen


def stamp_fen(amount_fen: int, rate_e8: int) -> int:
    """Stamp duty on the amount of a sale; the seller alone pays. Call once per fill, as the
    depository clears.
    """
    return (amount_fen * rate_e8 + _HALF_E8) // PER_E8


def transfer_fen(amount_fen: int, rate_e8: int) -> int:
    """Transfer fee on the amount, paid by both sides. Call once per fill, as the depository
    clears.
    """
    return (amount_fen * rate_e8 + _HALF_E8) // PER_E8
