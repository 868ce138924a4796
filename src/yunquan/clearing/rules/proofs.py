"""What must hold of a day before its statements are let out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from typing import Final

from cryptography.hazmat.primitives import hashes

from yunquan.clearing.types import DayRow, PositionRow, Proof

MOST_FAULTS: Final = 20
FIGURES: Final[tuple[str, ...]] = (
    "opening",
    "deposits",
    "withdrawals",
    "bought",
    "sold",
    "commission",
    "stamp",
    "transfer",
    "dividends",
    "dividend_tax",
    "other",
    "trades",
    "value",
)


def row_faults(row: DayRow, before: int | None) -> list[str]:
    """What is wrong with one account's day. before: its closing the day before, None if it had no
    row then: nothing owned.
    """
    faults: list[str] = []
    if row.opening + row.moved != row.closing:
        faults.append(f"{row.account}: {row.opening} and {row.moved} make not {row.closing}")
    if row.opening != (before or 0):
        faults.append(f"{row.account}: opens with {row.opening}, closed with {before or 0}")
    if min(row.available, row.settling, row.frozen, row.held) < 0:
        faults.append(f"{row.account}: a bucket below zero")
    return faults


def prove(
    rows: Iterable[DayRow], closings: Mapping[str, int], unbalanced: Mapping[str, int]
) -> Proof:
    """All rows together. closings: what each account's cash closed with the day before;
    unbalanced: assets whose debits and credits differ at a counter.
    """
    figures: dict[str, int] = dict.fromkeys((*FIGURES, "closing", "accounts"), 0)
    faults = [f"{asset}: debits and credits differ by {by}" for asset, by in unbalanced.items()]
    for row in rows:
        if len(faults) < MOST_FAULTS:
            faults += row_faults(row, closings.get(row.account))
        for name in FIGURES:
            figures[name] += getattr(row, name)
        figures["closing"] += row.closing
        figures["accounts"] += 1
    return Proof(figures, tuple(faults[:MOST_FAULTS]))


class RowDigest:
    """SM3 over rows in their order."""

    def __init__(self) -> None:
        self._digest = hashes.Hash(hashes.SM3())

    def add(self, row: DayRow | PositionRow) -> None:
        self._digest.update(hashlib.blake2b(repr(astuple(row)).encode(), digest_size=16).digest())

    def hex(self) -> str:
        return self._digest.finalize().hex()
