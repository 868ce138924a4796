"""The table of back-tests."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy as sa

from yunquan.backtests.types import (
    Backtest,
    BacktestResult,
    BacktestState,
    NewBacktest,
    RuleRef,
)
from yunquan.kernel.transaction import ReadTx, Tx, metadata

backtests = sa.Table(
    "backtests_backtest",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("asked_at_ms", sa.BigInteger, nullable=False),
    sa.Column("from_day", sa.String(10), nullable=False),
    sa.Column("until_day", sa.String(10), nullable=False),
    sa.Column("warm_days", sa.Integer, nullable=False),
    sa.Column("rules", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("began_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
    sa.Column("failed", sa.String(60), nullable=False),
    sa.Column("result", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("by", "key", name="backtests_backtest_request"),
    sa.Index("backtests_backtest_by_state", "state", "id"),
)
GOING: Final = (BacktestState.WAITING.value, BacktestState.RUNNING.value)


def insert(tx: Tx, one: Backtest, key: str) -> None:
    tx.execute(backtests.insert().values(**_row(one), key=key))


def update(tx: Tx, one: Backtest, was: BacktestState) -> bool:
    """Whether it was still in the state it is thought to have been in."""
    where = (backtests.c.id == one.id, backtests.c.state == was.value)
    return tx.execute(backtests.update().where(*where).values(**_row(one))).rowcount == 1


def save_progress(tx: Tx, backtest: str, done: int, total: int) -> bool:
    """How far it is; False when it shall run no longer."""
    where = (backtests.c.id == backtest, backtests.c.state == BacktestState.RUNNING.value)
    values = {"done": done, "total": total}
    return tx.execute(backtests.update().where(*where).values(**values)).rowcount == 1


def find(tx: ReadTx, backtest: str) -> Backtest | None:
    row = tx.execute(backtests.select().where(backtests.c.id == backtest)).first()
    return _backtest(row) if row else None


def find_request(tx: ReadTx, by: str, key: str) -> Backtest | None:
    """What this person asked for under this key."""
    where = (backtests.c.by == by, backtests.c.key == key)
    row = tx.execute(backtests.select().where(*where)).first()
    return _backtest(row) if row else None


def list_going(tx: ReadTx) -> list[Backtest]:
    """Those that wait or run, the longest first."""
    query = backtests.select().where(backtests.c.state.in_(GOING)).order_by(backtests.c.id)
    return [_backtest(row) for row in tx.execute(query.limit(100))]


def is_waiting(tx: ReadTx) -> bool:
    """Whether anything waits to be run."""
    where = backtests.c.state == BacktestState.WAITING.value
    return tx.execute(sa.select(backtests.c.id).where(where).limit(1)).first() is not None


def list_recent(tx: ReadTx, limit: int) -> list[Backtest]:
    """Newest first."""
    query = backtests.select().order_by(backtests.c.id.desc()).limit(limit)
    return [_backtest(row) for row in tx.execute(query)]


def _row(one: Backtest) -> dict[str, Any]:
    row = msgspec.structs.asdict(one)
    wish = row.pop("wish")
    result = b"" if one.result is None else msgspec.msgpack.encode(one.result)
    return row | {
        "from_day": wish.from_day,
        "until_day": wish.until_day,
        "warm_days": wish.warm_days,
        "rules": msgspec.msgpack.encode(wish.rules),
        "state": one.state.value,
        "result": result,
    }


def _backtest(row: sa.Row[Any]) -> Backtest:
    rules = msgspec.msgpack.decode(row.rules, type=tuple[RuleRef, ...])
    result = msgspec.msgpack.decode(row.result, type=BacktestResult) if row.result else None
    return Backtest(
        row.id,
        row.by,
        row.asked_at_ms,
        NewBacktest(rules, row.from_day, row.until_day, row.warm_days),
        BacktestState(row.state),
        row.tries,
        row.done,
        row.total,
        row.began_at_ms,
        row.ended_at_ms,
        row.failed,
        result,
    )
