"""Applications, their doors, timelines, step times, opinions and calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.onboarding.types import (
    LIVE,
    Application,
    ApplicationId,
    Call,
    Moment,
    Opinion,
    QueueLine,
    State,
    Step,
    Verdict,
    Way,
)

applications = sa.Table(
    "onboarding_application",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("done", sa.String(120), nullable=False),
    sa.Column("way", sa.String(8), nullable=False),
    sa.Column("locale", sa.String(8), nullable=False),
    sa.Column("channel", sa.String(12), nullable=False),
    sa.Column("device_kind", sa.String(40), nullable=False),
    sa.Column("mobile_masked", sa.String(20), nullable=False),
    sa.Column("name_masked", sa.String(60), nullable=False),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("grade", sa.String(12), nullable=False),
    sa.Column("flags", sa.Text, nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
    sa.Column("submitted_at_ms", sa.BigInteger, nullable=False),
    sa.Column("decided_at_ms", sa.BigInteger, nullable=False),
    sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
    sa.Column("active_at_ms", sa.BigInteger, nullable=False),
    sa.Column("due_at_ms", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # The keyed digest of the number while the application lives, afterwards its own id: of one
    # phone one lives, in the database's own words.
    sa.Column("live", sa.String(64), nullable=False, unique=True),
    sa.Column("mobile", sa.String(64), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("waits", sa.String(8), nullable=False),
    sa.Column("first_by", sa.String(60), nullable=False),
    sa.Column("taken_by", sa.String(60), nullable=False),
    sa.Column("taken_until_ms", sa.BigInteger, nullable=False),
    sa.Column("call_state", sa.String(12), nullable=False),
    sa.Column("call_due_ms", sa.BigInteger, nullable=False),
    sa.Index("onboarding_application_queue", "state", "due_at_ms", "id"),
    sa.Index("onboarding_application_client", "client"),
    sa.Index("onboarding_application_begun", "begun_at_ms"),
    sa.Index("onboarding_application_calls", "call_state", "call_due_ms", "id"),
)
doors = sa.Table(
    "onboarding_door",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("application", sa.String(40), nullable=False),
    sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ends_at_ms", sa.BigInteger, nullable=False),
    sa.Index("onboarding_door_application", "application"),
)
moments = sa.Table(
    "onboarding_moment",
    metadata,
    sa.Column("application", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("act", sa.String(20), nullable=False),
    sa.Column("step", sa.String(12), nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
)
times = sa.Table(
    "onboarding_step",
    metadata,
    sa.Column("application", sa.String(40), primary_key=True),
    sa.Column("step", sa.String(12), primary_key=True),
    sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
    sa.Column("done_at_ms", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
)
opinions = sa.Table(
    "onboarding_opinion",
    metadata,
    sa.Column("application", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("verdict", sa.String(8), nullable=False),
    sa.Column("codes", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
calls = sa.Table(
    "onboarding_call",
    metadata,
    sa.Column("application", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("answers", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
LATEST: Final = 2**53
_own = frozenset(Application.__slots__)
_shown = [column for column in applications.c if column.name in _own]
_facts = msgspec.json.Decoder(dict[str, int | str])
_answers = msgspec.json.Decoder(dict[str, bool])


def _application(row: Any) -> Application:
    values = {name: getattr(row, name) for name in Application.__slots__}
    values["id"] = ApplicationId(row.id)
    values["state"], values["way"] = State(row.state), Way(row.way)
    values["done"] = tuple(Step(name) for name in row.done.split())
    values["flags"] = tuple(row.flags.split())
    return Application(**values)


def _values(one: Application) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(one, name) for name in Application.__slots__}
    values["id"], values["state"], values["way"] = str(one.id), one.state.value, one.way.value
    values["done"] = " ".join(step.value for step in one.done)
    values["flags"] = " ".join(one.flags)
    return values


def insert_application(tx: Tx, one: Application, mobile: str, sealed: bytes) -> bool:
    """Whether no other of this phone lives."""
    more = {"live": mobile, "mobile": mobile, "sealed": sealed, "waits": "", "first_by": ""}
    more |= {"taken_by": "", "taken_until_ms": 0, "call_state": "", "call_due_ms": 0}
    found = tx.execute(sa.select(applications.c.id).where(applications.c.live == mobile)).first()
    if found is not None:
        return False
    tx.execute(applications.insert().values(_values(one) | more))
    return True


def find_live(tx: ReadTx, mobile: str) -> Application | None:
    row = tx.execute(sa.select(*_shown).where(applications.c.live == mobile)).one_or_none()
    return _application(row) if row else None


def find_latest(tx: ReadTx, mobile: str) -> Application | None:
    """The newest of a phone, living or not."""
    asked = sa.select(*_shown).where(applications.c.mobile == mobile)
    row = tx.execute(asked.order_by(applications.c.begun_at_ms.desc()).limit(1)).one_or_none()
    return _application(row) if row else None


def find_application(tx: ReadTx, application: str) -> Application | None:
    row = tx.execute(sa.select(*_shown).where(applications.c.id == application)).one_or_none()
    return _application(row) if row else None


def lock(tx: Tx, application: str) -> tuple[Application, bytes] | None:
    """An application and what is sealed of it, nobody else's until the transaction ends."""
    asked = sa.select(*_shown, applications.c.sealed).where(applications.c.id == application)
    row = tx.execute(asked.with_for_update()).one_or_none()
    return (_application(row), row.sealed) if row else None


def load_sealed(tx: ReadTx, application: str) -> bytes | None:
    asked = sa.select(applications.c.sealed).where(applications.c.id == application)
    return tx.execute(asked).scalar_one_or_none()


def save(tx: Tx, one: Application, sealed: bytes | None = None) -> None:
    values = _values(one)
    if sealed is not None:
        values["sealed"] = sealed
    if one.state not in LIVE:
        values["live"] = str(one.id)
    tx.execute(applications.update().where(applications.c.id == str(one.id)).values(values))


def set_waiting(tx: Tx, application: str, waits: str, first_by: str) -> None:
    values = {"waits": waits, "first_by": first_by, "taken_by": "", "taken_until_ms": 0}
    tx.execute(applications.update().where(applications.c.id == application).values(values))


def take(tx: Tx, application: str, by: str, until_ms: int) -> None:
    values = {"taken_by": by, "taken_until_ms": until_ms}
    tx.execute(applications.update().where(applications.c.id == application).values(values))


def set_call(tx: Tx, application: str, state: str, due_ms: int) -> None:
    values = {"call_state": state, "call_due_ms": due_ms}
    tx.execute(applications.update().where(applications.c.id == application).values(values))


_queue = (
    "id",
    "name_masked",
    "mobile_masked",
    "state",
    "waits",
    "taken_by",
    "taken_until_ms",
    "first_by",
    "grade",
    "flags",
    "channel",
    "way",
    "submitted_at_ms",
    "due_at_ms",
)


def list_queue(
    tx: ReadTx, state: State, now_ms: int, after: tuple[int, str], limit: int
) -> list[QueueLine]:
    """Most urgent first, from behind `after` (due, id) on."""
    c = applications.c
    mine = (c.state == state.value, sa.tuple_(c.due_at_ms, c.id) > sa.tuple_(*after))
    asked = sa.select(*(c[name] for name in _queue)).where(*mine)
    rows = tx.execute(asked.order_by(c.due_at_ms, c.id).limit(limit))
    return [_line(row, now_ms) for row in rows]


def list_calls(tx: ReadTx, now_ms: int, after: tuple[int, str], limit: int) -> list[QueueLine]:
    """Clients to be called back, the oldest promise first."""
    c = applications.c
    mine = (c.call_state == "due", sa.tuple_(c.call_due_ms, c.id) > sa.tuple_(*after))
    names = [c[name] for name in _queue if name != "due_at_ms"]
    asked = sa.select(*names, c.call_due_ms.label("due_at_ms")).where(*mine)
    rows = tx.execute(asked.order_by(c.call_due_ms, c.id).limit(limit))
    return [_line(row, now_ms) for row in rows]


def _line(row: Any, now_ms: int) -> QueueLine:
    return QueueLine(
        row.id,
        row.name_masked,
        row.mobile_masked,
        State(row.state),
        row.waits,
        row.taken_by if row.taken_until_ms > now_ms else "",
        row.first_by,
        row.grade,
        tuple(row.flags.split()),
        row.channel,
        Way(row.way),
        row.submitted_at_ms,
        row.due_at_ms,
    )


def find_line(tx: ReadTx, application: str, now_ms: int) -> QueueLine | None:
    c = applications.c
    asked = sa.select(*(c[name] for name in _queue)).where(c.id == application)
    row = tx.execute(asked).one_or_none()
    return _line(row, now_ms) if row else None


def count_states(tx: ReadTx, now_ms: int) -> dict[str, tuple[int, int]]:
    """By state: how many, and how many of them are late."""
    c = applications.c
    late = sa.func.sum(sa.case((c.due_at_ms < now_ms, 1), else_=0))
    asked = sa.select(c.state, sa.func.count().label("all"), late.label("late"))
    rows = tx.execute(asked.group_by(c.state))
    return {row.state: (row.all, int(row.late or 0)) for row in rows}


def ids_in(tx: ReadTx, state: State, after: str, limit: int) -> list[str]:
    c = applications.c
    asked = sa.select(c.id).where(c.state == state.value, c.id > after)
    return list(tx.execute(asked.order_by(c.id).limit(limit)).scalars())


def stale(tx: ReadTx, before_ms: int, limit: int) -> list[str]:
    """Filled in by nobody since then."""
    c = applications.c
    asked = sa.select(c.id).where(c.state == State.FILLING.value, c.changed_at_ms < before_ms)
    return list(tx.execute(asked.limit(limit)).scalars())


# Doors.


def insert_door(tx: Tx, token: str, application: str, ends_at_ms: int) -> None:
    values = {"token": token, "application": application}
    values |= {"opened_at_ms": tx.now_ms(), "ends_at_ms": ends_at_ms}
    tx.execute(doors.insert().values(values))


def find_door(tx: ReadTx, token: str, now_ms: int) -> str | None:
    mine = (doors.c.token == token, doors.c.ends_at_ms > now_ms)
    return tx.execute(sa.select(doors.c.application).where(*mine)).scalar_one_or_none()


def close_doors(tx: Tx, application: str) -> None:
    tx.execute(doors.delete().where(doors.c.application == application))


# Timelines and times.


def add_moment(tx: Tx, application: str, moment: Moment) -> None:
    mine = moments.c.application == application
    newest = sa.select(sa.func.max(moments.c.number)).where(mine)
    number = (tx.execute(newest).scalar_one() or 0) + 1
    values = {name: getattr(moment, name) for name in Moment.__slots__}
    values |= {"application": application, "number": number}
    values["facts"] = msgspec.json.encode(moment.facts).decode()
    tx.execute(moments.insert().values(values))


def timeline(tx: ReadTx, application: str) -> list[Moment]:
    asked = sa.select(moments).where(moments.c.application == application)
    rows = tx.execute(asked.order_by(moments.c.number))
    return [
        Moment(row.at_ms, row.by, row.act, row.step, row.code, _facts.decode(row.facts))
        for row in rows
    ]


def begin_step(tx: Tx, application: str, step: str) -> None:
    """When it was first shown, once; how often it was tried is counted apart."""
    mine = (times.c.application == application, times.c.step == step)
    if tx.execute(sa.select(times.c.tries).where(*mine)).first() is None:
        values = {"application": application, "step": step, "begun_at_ms": tx.now_ms()}
        tx.execute(times.insert().values(values | {"done_at_ms": 0, "tries": 0}))


def try_step(tx: Tx, application: str, step: str, *, done: bool) -> None:
    begin_step(tx, application, step)
    mine = (times.c.application == application, times.c.step == step)
    values: dict[str, Any] = {"tries": times.c.tries + 1}
    if done:
        values["done_at_ms"] = tx.now_ms()
    tx.execute(times.update().where(*mine).values(values))


def step_times(
    tx: ReadTx, since_ms: int, channel: str, device_kind: str
) -> list[tuple[str, str, int, int, int]]:
    """(step, state of its application, begun, done, tries) of applications begun since then."""
    c, a = times.c, applications.c
    mine = [a.begun_at_ms >= since_ms]
    if channel:
        mine.append(a.channel == channel)
    if device_kind:
        mine.append(a.device_kind == device_kind)
    asked = sa.select(c.step, a.state, c.begun_at_ms, c.done_at_ms, c.tries)
    rows = tx.execute(asked.join(applications, a.id == c.application).where(*mine))
    return [tuple(row) for row in rows]


def kinds_since(tx: ReadTx, since_ms: int) -> tuple[list[str], list[str]]:
    """Channels and devices that applications came by."""
    c = applications.c
    mine = c.begun_at_ms >= since_ms
    found = [
        list(tx.execute(sa.select(column).where(mine).distinct().order_by(column)).scalars())
        for column in (c.channel, c.device_kind)
    ]
    return found[0], found[1]


# Opinions and calls.


def add_opinion(tx: Tx, application: str, one: Opinion) -> None:
    values: dict[str, Any] = {name: getattr(one, name) for name in Opinion.__slots__}
    values |= {"application": application, "verdict": one.verdict.value}
    values["codes"] = " ".join(one.codes)
    tx.execute(opinions.insert().values(values))


def opinions_of(tx: ReadTx, application: str) -> list[Opinion]:
    asked = sa.select(opinions).where(opinions.c.application == application)
    return [
        Opinion(
            row.round,
            row.number,
            row.at_ms,
            row.by,
            Verdict(row.verdict),
            tuple(row.codes.split()),
            row.note,
        )
        for row in tx.execute(asked.order_by(opinions.c.number))
    ]


def add_call(tx: Tx, application: str, one: Call) -> None:
    values: dict[str, Any] = {name: getattr(one, name) for name in Call.__slots__}
    values |= {"application": application, "answers": msgspec.json.encode(one.answers).decode()}
    tx.execute(calls.insert().values(values))


def calls_of(tx: ReadTx, application: str) -> Sequence[Call]:
    asked = sa.select(calls).where(calls.c.application == application)
    return [
        Call(row.number, row.at_ms, row.by, row.outcome, _answers.decode(row.answers), row.note)
        for row in tx.execute(asked.order_by(calls.c.number))
    ]
