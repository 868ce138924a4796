"""The table of letters."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.letters.types import Letter, LetterKind, LetterPaper, LetterState, SealedPaper

letters = sa.Table(
    "letters_letter",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("request", sa.String(140), nullable=False, unique=True),
    sa.Column("case", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("account", sa.String(60), nullable=False),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("basis", sa.String(400), nullable=False),
    sa.Column("papers", sa.LargeBinary, nullable=False),
    sa.Column("proposal", sa.String(40), nullable=False),
    sa.Column("documents", sa.LargeBinary, nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("issued_by", sa.String(60), nullable=False),
    sa.Column("issued_at_ms", sa.BigInteger, nullable=False),
    sa.Index("letters_letter_by_case", "case", "at_ms"),
    sa.Index("letters_letter_by_account", "account", "at_ms"),
)


def insert_letter(tx: Tx, one: Letter, request: str) -> None:
    tx.execute(letters.insert().values(**_row(one), request=request))


def update_letter(tx: Tx, one: Letter) -> None:
    tx.execute(letters.update().where(letters.c.id == one.id).values(**_row(one)))


def find_letter(tx: ReadTx, letter: str) -> Letter | None:
    row = tx.execute(letters.select().where(letters.c.id == letter)).first()
    return _letter(row) if row else None


def find_request(tx: ReadTx, request: str) -> Letter | None:
    row = tx.execute(letters.select().where(letters.c.request == request)).first()
    return _letter(row) if row else None


def letters_of(tx: ReadTx, case: str, limit: int) -> list[Letter]:
    """Of a case, newest first."""
    query = letters.select().where(letters.c.case == case)
    query = query.order_by(letters.c.at_ms.desc(), letters.c.id.desc()).limit(limit)
    return [_letter(row) for row in tx.execute(query)]


def _row(one: Letter) -> dict[str, Any]:
    facts = {name: getattr(one, name) for name in Letter.__struct_fields__}
    coded = {name: msgspec.msgpack.encode(facts[name]) for name in ("papers", "documents")}
    return facts | coded | {"kind": str(one.kind), "state": str(one.state)}


def _letter(row: sa.Row[Any]) -> Letter:
    facts: dict[str, Any] = {name: getattr(row, name) for name in Letter.__struct_fields__}
    facts["papers"] = msgspec.msgpack.decode(row.papers, type=tuple[LetterPaper, ...])
    facts["documents"] = msgspec.msgpack.decode(row.documents, type=tuple[SealedPaper, ...])
    facts["kind"], facts["state"] = LetterKind(row.kind), LetterState(row.state)
    return Letter(**facts)
