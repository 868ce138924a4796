"""What a client still owes, as they read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from yunquan.clearing import store
from yunquan.clearing.types import DueLine
from yunquan.kernel.money import fen_to_text
from yunquan.kernel.transaction import ReadTx

WHY: Final = {
    "fee": "clearing.due.fee",
    "dividend_tax": "clearing.due.dividend_tax",
    "rights_payment": "clearing.due.rights_payment",
    "interest": "clearing.due.interest",
}


def list_dues(tx: ReadTx, account: str, text: Callable[..., str]) -> list[DueLine]:
    """What an account owes now, oldest first. text: sentences by code in the reader's language."""
    return [
        DueLine(
            due.id,
            due.day,
            due.kind,
            text(WHY.get(due.kind, "clearing.due.other")),
            due.ref,
            fen_to_text(due.amount),
            fen_to_text(due.left),
        )
        for due in sorted(store.load_dues(tx, account), key=lambda due: (due.day, due.id))
        if due.left > 0
    ]
