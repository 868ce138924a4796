"""Tables of what the depository is asked. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.depository.rules import ODD
from yunquan.depository.types import (
    DepositoryAccount,
    LineAnswer,
    OpeningState,
    RequestKind,
    RequestState,
    RequestStep,
    Wanted,
)
from yunquan.kernel.transaction import ReadTx, Tx, metadata

requests = sa.Table(
    "depository_request",
    metadata,
    sa.Column("serial", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False, index=True),
    # Who asked, as it was then: one of a kind that wasn't refused, whoever owns it later.
    sa.Column("asked_for", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("person_sealed", sa.LargeBinary, nullable=False),
    sa.Column("wanted", sa.Text, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("ymt", sa.String(12), nullable=False),
    sa.Column("accounts", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("trouble", sa.String(40), nullable=False),
    sa.Column("asked_at_ms", sa.BigInteger, nullable=False),
    # The newest answer that can't be, as JSON; "" for none.
    sa.Column("odd", sa.Text, nullable=False, server_default=""),
    sa.Index(
        "depository_request_once",
        "asked_for",
        "kind",
        unique=True,
        sqlite_where=sa.text("state <> 'refused'"),
        postgresql_where=sa.text("state <> 'refused'"),
    ),
    sa.Index("depository_request_by_state", "state", "serial"),
)
steps = sa.Table(
    "depository_step",
    metadata,
    sa.Column("serial", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
)
files = sa.Table(
    "depository_file",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    # "" once taken, else why the last try to take it was refused.
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)


def _text(items: Iterable[Any]) -> str:
    return msgspec.json.encode(list(items)).decode()


def _state(row: Any, history: tuple[RequestStep, ...] = ()) -> OpeningState:
    return OpeningState(
        row.serial,
        row.owner,
        RequestKind(row.kind),
        msgspec.json.decode(row.wanted, type=tuple[Wanted, ...]),
        RequestState(row.state),
        row.code,
        row.day,
        row.ymt,
        msgspec.json.decode(row.accounts, type=tuple[DepositoryAccount, ...]),
        row.tries,
        row.trouble,
        row.asked_at_ms,
        history,
        msgspec.json.decode(row.odd, type=LineAnswer) if row.odd else None,
    )


def insert_request(tx: Tx, state: OpeningState, digest: str, person_sealed: bytes) -> bool:
    """Whether it was kept; not where the serial is known, or another that wasn't refused asks for
    the same owner, be it at this very moment."""
    kind = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    kept = tx.execute(
        kind.insert(requests)
        .values(
            serial=state.serial,
            owner=state.owner,
            asked_for=state.owner,
            kind=state.kind.value,
            digest=digest,
            person_sealed=person_sealed,
            wanted=_text(state.wanted),
            state=state.state.value,
            code=state.code,
            day=state.day,
            ymt=state.ymt,
            accounts=_text(state.accounts),
            tries=state.tries,
            trouble=state.trouble,
            asked_at_ms=state.asked_at_ms,
        )
        .on_conflict_do_nothing()
        .returning(requests.c.serial)
    )
    if kept.first() is None:
        return False
    _insert_step(tx, state)
    return True


def find_request(tx: ReadTx, serial: str) -> OpeningState | None:
    """A request with everything that happened to it."""
    row = tx.execute(sa.select(requests).where(requests.c.serial == serial)).one_or_none()
    return _state(row, _history(tx, serial)) if row else None


def find_digest(tx: ReadTx, serial: str) -> str | None:
    query = sa.select(requests.c.digest).where(requests.c.serial == serial)
    return tx.execute(query).scalar()


def is_asked_by_another(tx: ReadTx, owner: str, kind: RequestKind, digest: str) -> bool:
    """Whether one that wasn't refused asks for the same."""
    c = requests.c
    same = (c.kind == kind.value, c.digest == digest, c.state != RequestState.REFUSED.value)
    return tx.execute(sa.select(c.serial).where(*same, c.owner != owner)).first() is not None


def load_person(tx: ReadTx, serial: str) -> tuple[str, bytes]:
    """For whom a request was made, and who that is, sealed."""
    query = sa.select(requests.c.asked_for, requests.c.person_sealed)
    row = tx.execute(query.where(requests.c.serial == serial)).one()
    return row.asked_for, row.person_sealed


def list_of(tx: ReadTx, owner: str, limit: int) -> list[OpeningState]:
    """Newest first, each with its steps."""
    query = sa.select(requests).where(requests.c.owner == owner)
    ordered = query.order_by(requests.c.asked_at_ms.desc(), requests.c.serial).limit(limit)
    return [_state(row, _history(tx, row.serial)) for row in tx.execute(ordered)]


def list_unfinished(tx: ReadTx, after: str, limit: int) -> list[str]:
    """Serials of what isn't final, in their order from `after` on."""
    final = (RequestState.DONE.value, RequestState.REFUSED.value)
    query = sa.select(requests.c.serial).where(
        requests.c.state.not_in(final), requests.c.serial > after
    )
    return list(tx.execute(query.order_by(requests.c.serial).limit(limit)).scalars())


def _is_odd() -> sa.ColumnElement[bool]:
    in_doubt = requests.c.state == RequestState.IN_DOUBT.value
    return sa.and_(in_doubt, requests.c.code == ODD, requests.c.odd != "")


def list_odd(tx: ReadTx, limit: int) -> list[OpeningState]:
    """Answered with what can't be, the longest waiting first, each with its steps."""
    query = sa.select(requests).where(_is_odd())
    ordered = query.order_by(requests.c.asked_at_ms, requests.c.serial).limit(limit)
    return [_state(row, _history(tx, row.serial)) for row in tx.execute(ordered)]


def count_odd(tx: ReadTx) -> int:
    return tx.execute(sa.select(sa.func.count()).where(_is_odd())).scalar_one()


def lock(tx: Tx, serial: str) -> OpeningState | None:
    """A request, which nobody else changes until the transaction ends."""
    query = sa.select(requests).where(requests.c.serial == serial).with_for_update()
    row = tx.execute(query).one_or_none()
    return _state(row, _history(tx, serial)) if row else None


def save(tx: Tx, before: OpeningState, now: OpeningState) -> None:
    """How it stands now; a step of its history where that is otherwise than before."""
    mine = requests.c.serial == now.serial
    tx.execute(
        requests.update()
        .where(mine)
        .values(
            state=now.state.value,
            code=now.code,
            day=now.day,
            ymt=now.ymt,
            accounts=_text(now.accounts),
            tries=now.tries,
            trouble=now.trouble,
            odd=msgspec.json.encode(now.odd).decode() if now.odd else "",
        )
    )
    if (before.state, before.code, before.day) != (now.state, now.code, now.day):
        _insert_step(tx, now)


def _insert_step(tx: Tx, state: OpeningState) -> None:
    mine = steps.c.serial == state.serial
    last = tx.execute(sa.select(sa.func.max(steps.c.number)).where(mine)).scalar()
    tx.execute(
        steps.insert().values(
            serial=state.serial,
            number=(last or 0) + 1,
            at_ms=tx.now_ms(),
            state=state.state.value,
            code=state.code,
            day=state.day,
        )
    )


def _history(tx: ReadTx, serial: str) -> tuple[RequestStep, ...]:
    query = sa.select(steps).where(steps.c.serial == serial).order_by(steps.c.number)
    return tuple(
        RequestStep(row.at_ms, RequestState(row.state), row.code, row.day)
        for row in tx.execute(query)
    )


def change_owner(tx: Tx, before: str, after: str) -> None:
    tx.execute(requests.update().where(requests.c.owner == before).values(owner=after))


def is_taken(tx: ReadTx, day: str, version: int) -> bool:
    """Whether this version of a day's file has been taken."""
    mine = (files.c.day == day, files.c.version == version, files.c.code == "")
    return tx.execute(sa.select(files.c.day).where(*mine)).first() is not None


def note_file(tx: Tx, day: str, version: int, digest: str, rows: int, code: str) -> None:
    """What became of a file; one that was taken stays so."""
    if is_taken(tx, day, version):
        return
    tx.execute(files.delete().where(files.c.day == day, files.c.version == version))
    tx.execute(
        files.insert().values(
            day=day, version=version, digest=digest, rows=rows, code=code, at_ms=tx.now_ms()
        )
    )


def refused_files(tx: ReadTx, limit: int) -> list[tuple[str, int, str]]:
    """(day, version, code) of files that could not be believed, newest first."""
    query = sa.select(files.c.day, files.c.version, files.c.code).where(files.c.code != "")
    rows = tx.execute(query.order_by(files.c.day.desc(), files.c.version.desc()).limit(limit))
    return [(row.day, row.version, row.code) for row in rows]
