"""Movements of an account out of history."""

from __future__ import annotations

from typing import Final

from yunquan.history import load_day_ends, load_movements
from yunquan.kernel.transaction import ReadTx
from yunquan.statements.rules.days import in_order, movement_of
from yunquan.statements.types import Movement

_A_TURN: Final = 5_000


def load_account(
    tx: ReadTx, account: str, stream: str, open_day: str
) -> tuple[list[str], list[Movement]]:
    """The days that ended, and everything an account ever moved, in order. open_day: the trading
    day that hasn't ended.
    """
    ends = load_day_ends(tx, stream)
    found: list[Movement] = []
    after = (0, -1)
    while True:
        rows = load_movements(tx, account, after, _A_TURN)
        found.extend(movement_of(row, account, ends, open_day) for row in rows)
        if len(rows) < _A_TURN:
            return [day for day, _ in ends], in_order(found)
        after = (rows[-1].seq, rows[-1].line)
