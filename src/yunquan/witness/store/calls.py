"""Who may witness, shifts, who is on duty, the queue, signals between browsers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.witness.rules.calls import HELD, OPEN
from yunquan.witness.store.recordings import insert_or_ignore
from yunquan.witness.types import Call, CallId, CallState, Shift, ShiftId

members = sa.Table(
    "witness_member",
    metadata,
    sa.Column("staff", sa.String(60), primary_key=True),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    # 0 while off duty.
    sa.Column("signed_on_at_ms", sa.BigInteger, nullable=False),
    sa.Column("seen_at_ms", sa.BigInteger, nullable=False),
)
shifts = sa.Table(
    "witness_shift",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("staff", sa.String(60), nullable=False),
    sa.Column("from_ms", sa.BigInteger, nullable=False),
    sa.Column("to_ms", sa.BigInteger, nullable=False),
    sa.Column("planned_by", sa.String(60), nullable=False),
    sa.Index("witness_shift_by_end", "to_ms"),
)
calls = sa.Table(
    "witness_call",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(60), nullable=False),
    sa.Column("locale", sa.String(10), nullable=False),
    sa.Column("rank", sa.BigInteger, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("staff", sa.String(60), nullable=False),
    sa.Column("joined_at_ms", sa.BigInteger, nullable=False),
    sa.Column("seen_at_ms", sa.BigInteger, nullable=False),
    sa.Column("taken_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ticks", sa.JSON, nullable=False),
    sa.Column("snapshot", sa.String(40), nullable=False),
    sa.Column("recording", sa.String(40), nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    # The owner while it is open, the staff while they have it: one each. NULL otherwise.
    sa.Column("open_of", sa.String(60), unique=True),
    sa.Column("held_by", sa.String(60), unique=True),
    sa.Index("witness_call_by_owner", "owner", "joined_at_ms"),
    sa.Index("witness_call_by_state", "state", "rank"),
    sa.Index("witness_call_by_end", "ended_at_ms"),
)
signals = sa.Table(
    "witness_signal",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("call", sa.String(40), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("side", sa.String(10), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("body_sealed", sa.LargeBinary, nullable=False),
    sa.Index("witness_signal_by_call", "call", "round", "number"),
)
_told = [calls.c[name] for name in Call.__slots__]


def _call(row: Any) -> Call:
    values = dict(row._mapping)
    values["id"], values["state"] = CallId(row.id), CallState(row.state)
    values["reasons"], values["ticks"] = tuple(row.reasons), dict(row.ticks)
    return Call(**values)


def _one(tx: ReadTx, query: Any) -> Call | None:
    row = tx.execute(query.limit(1)).one_or_none()
    return _call(row) if row else None


# --- members of staff


def set_member(tx: Tx, staff: str, by: str, may: bool) -> bool:
    """Whether that is new."""
    if not may:
        return bool(tx.execute(members.delete().where(members.c.staff == staff)).rowcount)
    values = {"staff": staff, "by": by, "at_ms": tx.now_ms(), "signed_on_at_ms": 0, "seen_at_ms": 0}
    return bool(tx.execute(insert_or_ignore(tx, members), values).rowcount)


def is_member(tx: ReadTx, staff: str) -> bool:
    return (
        tx.execute(sa.select(members.c.staff).where(members.c.staff == staff)).first() is not None
    )


def list_members(tx: ReadTx) -> list[tuple[str, int, int]]:
    """(staff, signed on at, last sign)."""
    rows = tx.execute(sa.select(members).order_by(members.c.staff))
    return [(row.staff, row.signed_on_at_ms, row.seen_at_ms) for row in rows]


def save_duty(tx: Tx, staff: str, signed_on_at_ms: int) -> None:
    values = {"signed_on_at_ms": signed_on_at_ms, "seen_at_ms": tx.now_ms()}
    tx.execute(members.update().where(members.c.staff == staff).values(values))


def touch_staff(tx: Tx, staff: str) -> bool:
    """Whether they are on duty."""
    mine = (members.c.staff == staff, members.c.signed_on_at_ms > 0)
    return bool(tx.execute(members.update().where(*mine).values(seen_at_ms=tx.now_ms())).rowcount)


def on_duty(tx: ReadTx, seen_since_ms: int) -> set[str]:
    fresh = (members.c.signed_on_at_ms > 0, members.c.seen_at_ms > seen_since_ms)
    return {row.staff for row in tx.execute(sa.select(members.c.staff).where(*fresh))}


def sign_off_silent(tx: Tx, seen_since_ms: int) -> list[str]:
    """Whoever has been silent is off duty from here on."""
    gone = (members.c.signed_on_at_ms > 0, members.c.seen_at_ms <= seen_since_ms)
    update = members.update().where(*gone).values(signed_on_at_ms=0).returning(members.c.staff)
    return sorted(row.staff for row in tx.execute(update))


def insert_shift(tx: Tx, shift: Shift) -> None:
    tx.execute(shifts.insert().values({name: getattr(shift, name) for name in Shift.__slots__}))


def delete_shift(tx: Tx, shift: str) -> str | None:
    """Whose it was."""
    gone = shifts.delete().where(shifts.c.id == shift).returning(shifts.c.staff)
    return tx.execute(gone).scalar()


def shifts_after(tx: ReadTx, now_ms: int, limit: int) -> list[Shift]:
    """Those that end later than now, in order."""
    query = sa.select(shifts).where(shifts.c.to_ms > now_ms)
    rows = tx.execute(query.order_by(shifts.c.from_ms, shifts.c.id).limit(limit))
    return [Shift(ShiftId(r.id), r.staff, r.from_ms, r.to_ms, r.planned_by) for r in rows]


# --- the queue


def insert_call(tx: Tx, call: Call) -> bool:
    """False when the owner has a place already."""
    values = {name: getattr(call, name) for name in Call.__slots__}
    values |= {"reasons": list(call.reasons), "open_of": call.owner, "held_by": None}
    return bool(tx.execute(insert_or_ignore(tx, calls), values).rowcount)


def open_call(tx: ReadTx, owner: str) -> Call | None:
    return _one(tx, sa.select(*_told).where(calls.c.open_of == owner))


def latest_call(tx: ReadTx, owner: str) -> Call | None:
    mine = sa.select(*_told).where(calls.c.owner == owner)
    return _one(tx, mine.order_by(calls.c.joined_at_ms.desc(), calls.c.id.desc()))


def find_call(tx: ReadTx, call: str, *, to_change: bool = False) -> Call | None:
    query = sa.select(*_told).where(calls.c.id == call)
    return _one(tx, query.with_for_update() if to_change else query)


def held_by(tx: ReadTx, staff: str) -> Call | None:
    return _one(tx, sa.select(*_told).where(calls.c.held_by == staff))


def next_waiting(tx: Tx, seen_since_ms: int) -> Call | None:
    """The first whose applicant is here; nobody else gets it before this transaction ends."""
    waiting = (calls.c.state == CallState.WAITING, calls.c.seen_at_ms > seen_since_ms)
    query = sa.select(*_told).where(*waiting).order_by(calls.c.rank, calls.c.id)
    return _one(tx, query.with_for_update(skip_locked=True))


def save_call(tx: Tx, call: Call) -> None:
    values = {name: getattr(call, name) for name in Call.__slots__ if name != "id"}
    values["reasons"] = list(call.reasons)
    values["open_of"] = call.owner if call.state in OPEN else None
    values["held_by"] = call.staff if call.state in HELD else None
    tx.execute(calls.update().where(calls.c.id == call.id).values(values))


def touch_call(tx: Tx, call: str) -> None:
    tx.execute(calls.update().where(calls.c.id == call).values(seen_at_ms=tx.now_ms()))


def calls_in(tx: ReadTx, states: Sequence[CallState], limit: int) -> list[Call]:
    """In the queue's order."""
    query = sa.select(*_told).where(calls.c.state.in_(states))
    rows = tx.execute(query.order_by(calls.c.rank, calls.c.id).limit(limit))
    return [_call(row) for row in rows]


def count_ahead(tx: ReadTx, call: Call, seen_since_ms: int) -> int:
    """Who is here and comes before."""
    before = sa.or_(
        calls.c.rank < call.rank, sa.and_(calls.c.rank == call.rank, calls.c.id < call.id)
    )
    waiting = (calls.c.state == CallState.WAITING, calls.c.seen_at_ms > seen_since_ms, before)
    return tx.execute(sa.select(sa.func.count()).where(*waiting)).scalar_one()


def last_lengths_s(tx: ReadTx, limit: int) -> list[int]:
    """How long the last calls took that ended with a decision."""
    decided = (calls.c.ended_at_ms > 0, calls.c.state.in_((CallState.PASSED, CallState.FAILED)))
    query = sa.select(calls.c.taken_at_ms, calls.c.ended_at_ms).where(*decided)
    rows = tx.execute(query.order_by(calls.c.ended_at_ms.desc()).limit(limit))
    return [max(0, (row.ended_at_ms - row.taken_at_ms) // 1000) for row in rows]


# --- signals


def insert_signal(tx: Tx, call: Call, side: str, kind: str, body_sealed: bytes) -> None:
    values = {"call": call.id, "round": call.round, "side": side, "kind": kind}
    tx.execute(signals.insert().values(**values, body_sealed=body_sealed))


def count_signals(tx: ReadTx, call: Call, side: str) -> int:
    mine = (signals.c.call == call.id, signals.c.round == call.round, signals.c.side == side)
    return tx.execute(sa.select(sa.func.count()).where(*mine)).scalar_one()


def signals_after(
    tx: ReadTx, call: Call, side: str, after: int
) -> list[tuple[int, str, str, bytes]]:
    """(number, side, kind, sealed body) of what the other side sent."""
    mine = (signals.c.call == call.id, signals.c.round == call.round, signals.c.side != side)
    query = sa.select(signals).where(*mine, signals.c.number > after).order_by(signals.c.number)
    return [(r.number, r.side, r.kind, bytes(r.body_sealed)) for r in tx.execute(query)]


def delete_signals(tx: Tx, call: str) -> None:
    tx.execute(signals.delete().where(signals.c.call == call))


def hand_over(tx: Tx, before: str, after: str) -> int:
    done = tx.execute(calls.update().where(calls.c.owner == before).values(owner=after))
    tx.execute(calls.update().where(calls.c.open_of == before).values(open_of=after))
    return done.rowcount
