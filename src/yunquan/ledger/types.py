"""Postings and the buckets they move between."""

from __future__ import annotations

from typing import Final

import msgspec

# The four buckets of every client balance, cash and securities alike, and the single one of a house
# account.
AVAILABLE: Final = 0  # cash: settled, withdrawable 可取; securities: sellable 可卖
SETTLING: Final = 1  # cash: today's proceeds, usable, not withdrawable; securities: bought today
FROZEN: Final = 2  # held by open orders 冻结
HELD: Final = 3  # held by a court or regulator 司法冻结
HOUSE: Final = 4  # the other side: clearing, fees, taxes, banks

BUCKET_NAMES: Final[tuple[str, ...]] = ("available", "settling", "frozen", "held", "house")


class Posting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Move `amount` of `asset` from one account's bucket to another's.

    source, target: a cash account ("6000000001") or a house account ("clearing:SH",
    "firm:commission", "bank:icbc").
    asset: currency ("CNY", amount in fen) or symbol ("600519.SH", amount in shares). amount: more
    than zero.
    """

    source: str
    source_bucket: int
    target: str
    target_bucket: int
    asset: str
    amount: int


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One movement of a client's or house account against `house`. amount in fen or shares: above
    zero into `bucket` (available, settling); below zero out of available, then settling, as far as
    it goes, or with the bucket frozen out of what the account froze for `ref`. ref: what it is for,
    an order or a corporate action.
    """

    account: str
    asset: str
    bucket: int
    amount: int
    house: str
    ref: str = ""
