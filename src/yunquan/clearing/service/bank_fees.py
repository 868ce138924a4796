"""Transfer fees that banks charge the firm: booked as their files tell them, once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from yunquan.clearing import store
from yunquan.clearing.types import Batch
from yunquan.counter.types import Entry
from yunquan.custody import load_firm_fees
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.ledger.types import AVAILABLE

BASIS: Final = "fees of banks"
EXPENSE: Final = "firm:bank_fees"
# A bank that corrects an older day than this is for people to look at.
LONGEST_LATE: Final = timedelta(days=60)


def to_book(tx: ReadTx, day: str) -> Iterable[tuple[str, str, Entry]]:
    """What the newest files say beyond what is booked, less where a correction lowered it: a file
    comes when the bank has closed, before this day's end or after it.
    """
    since = (date.fromisoformat(day) - LONGEST_LATE).isoformat()
    booked = store.booked_bank_fees(tx, since)
    for (bank, bank_day), fen in sorted(load_firm_fees(tx, since).items()):
        if more := fen - booked.get((bank, bank_day), 0):
            ref = f"{bank}:{bank_day}"
            yield "fee", BASIS, Entry(EXPENSE, "CNY", AVAILABLE, -more, f"payable:{bank}", ref)


def note(tx: Tx, day: str, booked: Iterable[Batch]) -> int:
    """Write down what was booked, in fen."""
    total = 0
    for batch in booked:
        if batch.basis != BASIS:
            continue
        for entry in batch.entries:
            bank, _, bank_day = entry.ref.partition(":")
            store.save_bank_fee(tx, bank, bank_day, day, -entry.amount)
            total -= entry.amount
    return total
