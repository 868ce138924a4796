"""The tables of day ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from yunquan.clearing.types import (
    Batch,
    Closing,
    DayRow,
    Due,
    Obligation,
    PositionRow,
    Run,
    RunState,
    Step,
    StepRun,
)
from yunquan.counter.types import Entry
from yunquan.kernel.transaction import Database, ReadTx, Tx, metadata

ROWS_AT_ONCE: Final = 20_000
MONEY: Final = tuple(name for name in DayRow.__slots__ if name not in ("day", "account", "client"))
BUCKETS: Final = ("available", "settling", "frozen", "held")

runs = sa.Table(
    "clearing_run",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("started_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_at_ms", sa.BigInteger),
)
steps = sa.Table(
    "clearing_step",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("step", sa.String(12), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("started_at_ms", sa.BigInteger),
    sa.Column("ended_at_ms", sa.BigInteger),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
)
closings = sa.Table(
    "clearing_closing",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("counter", sa.String(10), primary_key=True),
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("ended_seq", sa.BigInteger, nullable=False),
)
batches = sa.Table(
    "clearing_batch",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("step", sa.String(12), primary_key=True),
    sa.Column("counter", sa.String(10), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("basis", sa.String(200), nullable=False),
    sa.Column("entries", sa.LargeBinary, nullable=False),
    sa.Column("unpaid", sa.LargeBinary),
)
days = sa.Table(
    "clearing_day",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("account", sa.String(40), primary_key=True),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("counter", sa.String(10), nullable=False),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in MONEY),
    sa.Index("clearing_day_by_account", "account", "day"),
    sqlite_with_rowid=False,
)
positions = sa.Table(
    "clearing_position",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("account", sa.String(40), primary_key=True),
    sa.Column("symbol", sa.String(12), primary_key=True),
    sa.Column("counter", sa.String(10), nullable=False),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in BUCKETS),
    sa.Column("close_milli", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
dues = sa.Table(
    "clearing_due",
    metadata,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("counter", sa.String(10), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("house", sa.String(40), nullable=False),
    sa.Column("ref", sa.String(60), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("left_fen", sa.BigInteger, nullable=False),
    sa.Index("clearing_due_by_account", "account"),
)
obligations = sa.Table(
    "clearing_obligation",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("counter", sa.String(10), primary_key=True),
    sa.Column("market", sa.String(4), primary_key=True),
    sa.Column("net", sa.BigInteger, nullable=False),
    sa.Column("settled_on", sa.String(10), nullable=False),
)
bank_fees = sa.Table(
    "clearing_bank_fee",
    metadata,
    sa.Column("bank", sa.String(20), primary_key=True),
    sa.Column("bank_day", sa.String(10), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("fen", sa.BigInteger, nullable=False),
)
_entries: Final = msgspec.msgpack.Decoder(tuple[Entry, ...])
_unpaid: Final = msgspec.msgpack.Decoder(tuple[int, ...])
_day_columns: Final = [days.c[name] for name in DayRow.__slots__]
_day_names: Final = (*DayRow.__slots__, "counter")
_day_values: Final = attrgetter(*DayRow.__slots__)
_position_names: Final = (*PositionRow.__slots__, "counter")
_position_values: Final = attrgetter(*PositionRow.__slots__)
_position_columns: Final = [positions.c[name] for name in PositionRow.__slots__]


def begin_run(tx: Tx, day: str) -> None:
    """The run of a day with its steps, if there is none yet."""
    if tx.execute(sa.select(runs.c.day).where(runs.c.day == day)).first():
        return
    values = {"day": day, "state": RunState.WAITING.value, "started_at_ms": tx.now_ms()}
    tx.execute(runs.insert().values(**values))
    blank = {"state": RunState.WAITING.value, "tries": 0, "detail": "{}", "code": "", "facts": "{}"}
    tx.execute(steps.insert(), [{"day": day, "step": step.value, **blank} for step in Step])


def save_run(tx: Tx, day: str, state: RunState, ended_at_ms: int | None) -> None:
    values = {"state": state.value, "ended_at_ms": ended_at_ms}
    tx.execute(runs.update().where(runs.c.day == day).values(**values))


def save_step(tx: Tx, day: str, step: StepRun) -> None:
    values = {
        "state": step.state.value,
        "started_at_ms": step.started_at_ms,
        "ended_at_ms": step.ended_at_ms,
        "tries": step.tries,
        "detail": msgspec.json.encode(step.detail).decode(),
        "code": step.code,
        "facts": msgspec.json.encode(step.facts).decode(),
    }
    mine = (steps.c.day == day, steps.c.step == step.step.value)
    tx.execute(steps.update().where(*mine).values(**values))


def _step(row: Any) -> StepRun:
    return StepRun(
        Step(row.step),
        RunState(row.state),
        row.started_at_ms,
        row.ended_at_ms,
        row.tries,
        msgspec.json.decode(row.detail),
        row.code,
        msgspec.json.decode(row.facts),
    )


def load_steps(tx: ReadTx, day: str) -> tuple[StepRun, ...]:
    """A run's steps in their order."""
    found = {row.step: _step(row) for row in tx.execute(sa.select(steps).where(steps.c.day == day))}
    return tuple(found[step.value] for step in Step if step.value in found)


def find_run(tx: ReadTx, day: str) -> Run | None:
    row = tx.execute(sa.select(runs).where(runs.c.day == day)).one_or_none()
    if row is None:
        return None
    steps_of = load_steps(tx, day)
    return Run(row.day, RunState(row.state), row.started_at_ms, row.ended_at_ms, steps_of)


def list_runs(tx: ReadTx, limit: int) -> list[Run]:
    """Newest first."""
    rows = tx.execute(sa.select(runs).order_by(runs.c.day.desc()).limit(limit))
    return [
        Run(
            row.day,
            RunState(row.state),
            row.started_at_ms,
            row.ended_at_ms,
            load_steps(tx, row.day),
        )
        for row in rows
    ]


def unfinished_days(tx: ReadTx) -> list[str]:
    """Days whose run isn't done, oldest first."""
    query = sa.select(runs.c.day).where(runs.c.state != RunState.DONE.value).order_by(runs.c.day)
    return list(tx.execute(query).scalars())


def day_before(tx: ReadTx, day: str) -> str:
    """The last day before this one that has a run, "" for none."""
    query = sa.select(sa.func.max(runs.c.day)).where(runs.c.day < day)
    return tx.execute(query).scalar() or ""


def save_closing(tx: Tx, closing: Closing) -> None:
    """Note where a counter's day ended; a repeat changes nothing."""
    mine = (closings.c.day == closing.day, closings.c.counter == closing.counter)
    if not tx.execute(sa.select(closings.c.day).where(*mine)).first():
        values = {name: getattr(closing, name) for name in Closing.__slots__}
        tx.execute(closings.insert().values(**values))


def find_closing(tx: ReadTx, day: str, counter: str) -> Closing | None:
    mine = (closings.c.day == day, closings.c.counter == counter)
    row = tx.execute(sa.select(closings).where(*mine)).one_or_none()
    return Closing(**row._mapping) if row else None


def last_closing(tx: ReadTx, counter: str) -> Closing | None:
    """The newest day a counter has ended."""
    query = sa.select(closings).where(closings.c.counter == counter)
    row = tx.execute(query.order_by(closings.c.ended_seq.desc()).limit(1)).one_or_none()
    return Closing(**row._mapping) if row else None


def plan(tx: Tx, found: Sequence[Batch]) -> None:
    """Write down what is to be booked, before any of it is."""
    if found:
        tx.execute(
            batches.insert(),
            [
                {
                    "day": one.day,
                    "step": one.step.value,
                    "counter": one.counter,
                    "number": one.number,
                    "kind": one.kind,
                    "basis": one.basis,
                    "entries": msgspec.msgpack.encode(one.entries),
                }
                for one in found
            ],
        )


def load_batches(tx: ReadTx, day: str, step: Step, counter: str) -> list[tuple[Batch, Any]]:
    """What was planned, with what each entry could not take; None for what isn't booked yet."""
    mine = (
        batches.c.day == day,
        batches.c.step == step.value,
        batches.c.counter == counter,
    )
    return [
        (
            Batch(
                row.day,
                Step(row.step),
                row.counter,
                row.number,
                row.kind,
                row.basis,
                _entries.decode(row.entries),
            ),
            None if row.unpaid is None else _unpaid.decode(row.unpaid),
        )
        for row in tx.execute(sa.select(batches).where(*mine).order_by(batches.c.number))
    ]


def save_unpaid(tx: Tx, batch: Batch, unpaid: tuple[int, ...]) -> None:
    """A batch is booked. unpaid: what each entry could not take."""
    mine = (
        batches.c.day == batch.day,
        batches.c.step == batch.step.value,
        batches.c.counter == batch.counter,
        batches.c.number == batch.number,
    )
    tx.execute(batches.update().where(*mine).values(unpaid=msgspec.msgpack.encode(unpaid)))


def _in_portions(rows: Iterable[Any]) -> Iterator[list[Any]]:
    source = iter(rows)
    while portion := list(islice(source, ROWS_AT_ONCE)):
        yield portion


def clear_rows(database: Database, day: str, counter: str) -> None:
    """Take back what an interrupted step has written, a portion at a time: nobody waits long."""
    for table in (days, positions):
        mine = (table.c.day == day, table.c.counter == counter)
        while True:
            with database.transaction() as tx:
                some = sa.select(table.c.account).where(*mine).limit(ROWS_AT_ONCE)
                gone = tx.execute(table.delete().where(*mine, table.c.account.in_(some))).rowcount
            if not gone:
                break


def write_rows(
    database: Database, counter: str, rows: Iterable[tuple[DayRow, list[PositionRow]]]
) -> tuple[int, int]:
    """Every account's day, in portions; how many accounts and positions."""
    accounts = held = 0
    for portion in _in_portions(rows):
        day_values = [
            dict(zip(_day_names, (*_day_values(row), counter), strict=True)) for row, _ in portion
        ]
        position_values = [
            dict(zip(_position_names, (*_position_values(one), counter), strict=True))
            for _, some in portion
            for one in some
        ]
        with database.transaction() as tx:
            tx.execute(days.insert(), day_values)
            if position_values:
                tx.execute(positions.insert(), position_values)
        accounts += len(day_values)
        held += len(position_values)
    return accounts, held


def each_day_row(tx: ReadTx, day: str, counter: str) -> Iterator[DayRow]:
    """All rows of a day at a counter, by account."""
    query = sa.select(*_day_columns).where(days.c.day == day, days.c.counter == counter)
    result = tx.execute(query.order_by(days.c.account).execution_options(yield_per=ROWS_AT_ONCE))
    for row in result:
        yield DayRow(*row)


def closing_cash(tx: ReadTx, day: str, counter: str) -> dict[str, int]:
    """What each account's cash closed with on a day."""
    total = days.c.available + days.c.settling + days.c.frozen + days.c.held
    mine = (days.c.day == day, days.c.counter == counter)
    query = sa.select(days.c.account, total.label("fen")).where(*mine)
    return {row.account: row.fen for row in tx.execute(query)}


def load_days(tx: ReadTx, account: str, from_day: str, to_day: str) -> list[DayRow]:
    """An account's days, both ends included, oldest first; days on which it owned and did nothing
    have no row.
    """
    mine = (days.c.account == account, days.c.day.between(from_day, to_day))
    query = sa.select(*_day_columns).where(*mine).order_by(days.c.day)
    return [DayRow(*row) for row in tx.execute(query)]


def load_positions(tx: ReadTx, account: str, day: str) -> list[PositionRow]:
    """What an account held at a day's end, by symbol."""
    mine = (positions.c.day == day, positions.c.account == account)
    query = sa.select(*_position_columns).where(*mine).order_by(positions.c.symbol)
    return [PositionRow(*row) for row in tx.execute(query)]


def insert_dues(tx: Tx, counter: str, found: Sequence[Due]) -> None:
    """What accounts owe from now on; known ones stay as they are."""
    for due in found:
        if not tx.execute(sa.select(dues.c.id).where(dues.c.id == due.id)).first():
            values = {name: getattr(due, name) for name in Due.__slots__ if name != "left"}
            tx.execute(dues.insert().values(**values, left_fen=due.left, counter=counter))


def _due(row: Any) -> Due:
    return Due(row.id, row.account, row.day, row.kind, row.house, row.ref, row.amount, row.left_fen)


def open_dues(tx: ReadTx, counter: str) -> list[Due]:
    """What is still owed at a counter, oldest first."""
    mine = (dues.c.counter == counter, dues.c.left_fen > 0)
    return [_due(row) for row in tx.execute(sa.select(dues).where(*mine).order_by(dues.c.id))]


def load_dues(tx: ReadTx, account: str) -> list[Due]:
    """What an account owes or has owed."""
    query = sa.select(dues).where(dues.c.account == account).order_by(dues.c.id)
    return [_due(row) for row in tx.execute(query)]


def save_due_left(tx: Tx, due: str, left: int) -> None:
    tx.execute(dues.update().where(dues.c.id == due).values(left_fen=left))


def save_obligations(tx: Tx, found: Sequence[Obligation]) -> None:
    """Net amounts of a day; known ones stay."""
    for one in found:
        mine = (
            obligations.c.day == one.day,
            obligations.c.counter == one.counter,
            obligations.c.market == one.market,
        )
        if not tx.execute(sa.select(obligations.c.day).where(*mine)).first():
            values = {name: getattr(one, name) for name in Obligation.__slots__}
            tx.execute(obligations.insert().values(**values))


def due_obligations(tx: ReadTx, before: str, counter: str) -> list[Obligation]:
    """Net amounts of earlier days that aren't settled yet."""
    mine = (
        obligations.c.day < before,
        obligations.c.counter == counter,
        obligations.c.settled_on == "",
    )
    query = sa.select(obligations).where(*mine).order_by(obligations.c.day, obligations.c.market)
    return [Obligation(**row._mapping) for row in tx.execute(query)]


def load_obligations(tx: ReadTx, day: str) -> list[Obligation]:
    """Net amounts of a day, by market and counter."""
    query = sa.select(obligations).where(obligations.c.day == day)
    ordered = query.order_by(obligations.c.market, obligations.c.counter)
    return [Obligation(**row._mapping) for row in tx.execute(ordered)]


def settle_obligations(tx: Tx, before: str, counter: str, on: str) -> None:
    mine = (
        obligations.c.day < before,
        obligations.c.counter == counter,
        obligations.c.settled_on == "",
    )
    tx.execute(obligations.update().where(*mine).values(settled_on=on))


def booked_bank_fees(tx: ReadTx, since: str) -> dict[tuple[str, str], int]:
    """What day ends have booked of banks' fees from a bank's day on: fen by bank and its day."""
    c, total = bank_fees.c, sa.func.sum(bank_fees.c.fen).label("total")
    query = sa.select(c.bank, c.bank_day, total).where(c.bank_day >= since)
    rows = tx.execute(query.group_by(c.bank, c.bank_day))
    return {(row.bank, row.bank_day): int(row.total) for row in rows}


def save_bank_fee(tx: Tx, bank: str, bank_day: str, day: str, fen: int) -> None:
    """What a day's end has booked of a bank's day; again changes nothing."""
    values = {"bank": bank, "bank_day": bank_day, "day": day}
    known = sa.select(bank_fees.c.fen).filter_by(**values)
    if tx.execute(known).first() is None:
        tx.execute(bank_fees.insert().values(**values, fen=fen))
