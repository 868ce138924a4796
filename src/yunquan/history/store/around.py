"""An account's day, step by step, and whom it traded with among our own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from yunquan.history.store import fills, orders, steps
from yunquan.kernel.transaction import ReadTx


def steps_between(
    tx: ReadTx, account: str, from_ms: int, to_ms: int, limit: int, symbol: str = ""
) -> list[Any]:
    """Steps of the orders that an account placed in a span, of one instrument or ("") of all, each
    with its order's symbol, side, price, shares and reason; the newest of them, newest first. A
    span is of one day: orders don't outlive it.
    """
    mine = [orders.c.account == account, orders.c.at_ms.between(from_ms, to_ms)]
    if symbol:
        mine.append(orders.c.symbol == symbol)
    o = orders.c
    joined = steps.join(orders, orders.c.id == steps.c.order_id)
    query = (
        sa.select(steps, o.symbol, o.side, o.price, o.qty, o.reason, o.facts)
        .select_from(joined)
        .where(*mine)
        .order_by(steps.c.at_ms.desc(), steps.c.seq.desc(), steps.c.order_id.desc())
        .limit(limit)
    )
    return list(tx.execute(query))


def counterparties(tx: ReadTx, account: str, since_ms: int, limit: int) -> list[Any]:
    """Accounts of ours that were the other side of an account's executions since then: account,
    matches, amount in fen, at_ms of the last; the largest amount first.

    An execution is the other side's too when number, symbol and time are the same; the exchange
    numbers them anew each day.
    """
    mine, theirs = fills.alias("mine"), fills.alias("theirs")
    joined = mine.join(
        theirs,
        sa.and_(
            mine.c.execution == theirs.c.execution,
            mine.c.symbol == theirs.c.symbol,
            mine.c.side != theirs.c.side,
            mine.c.account != theirs.c.account,
            theirs.c.at_ms.between(mine.c.at_ms - SAME_MS, mine.c.at_ms + SAME_MS),
        ),
    )
    amount = sa.func.sum(theirs.c.amount)
    query = (
        sa.select(
            theirs.c.account,
            sa.func.count().label("matches"),
            amount.label("amount"),
            sa.func.max(theirs.c.at_ms).label("last_at_ms"),
        )
        .select_from(joined)
        .where(mine.c.account == account, mine.c.at_ms >= since_ms)
        .group_by(theirs.c.account)
        .order_by(amount.desc(), theirs.c.account)
        .limit(limit)
    )
    return list(tx.execute(query))


def traded_since(tx: ReadTx, account: str, since_ms: int) -> int:
    """What an account traded since then, in fen."""
    total = sa.func.coalesce(sa.func.sum(fills.c.amount), 0)
    mine = (fills.c.account == account, fills.c.at_ms >= since_ms)
    return int(tx.execute(sa.select(total).where(*mine)).scalar_one())


# Both sides of an execution are reported within it.
SAME_MS = 60_000
