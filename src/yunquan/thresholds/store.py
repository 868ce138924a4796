"""Tables of thresholds: what is beyond its line, and what was measured last."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.thresholds.types import Standing

standings = sa.Table(
    "surveillance_standing",
    metadata,
    sa.Column("room", sa.String(20), primary_key=True),
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("about", sa.String(120), primary_key=True),
    sa.Column("line", sa.Float, nullable=False),
    sa.Column("grade", sa.Integer, nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("since_ms", sa.BigInteger, nullable=False),
    sa.Column("measured_at_ms", sa.BigInteger, nullable=False),
    sa.Column("account", sa.String(60), nullable=False),
    sa.Column("symbol", sa.String(20), nullable=False),
    sa.Column("device", sa.String(200), nullable=False),
    sa.Column("alert", sa.String(40), nullable=False),
)
# What a process measured last, for the pages of others.
pictures = sa.Table(
    "surveillance_picture",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)


def load_standing(tx: ReadTx, room: str, limit: int | None = None) -> list[Standing]:
    """What is beyond its line now, of one room: most urgent first, then longest."""
    query = standings.select().where(standings.c.room == room)
    query = query.order_by(standings.c.grade.desc(), standings.c.since_ms, standings.c.about)
    return [Standing(**row) for row in tx.execute(query.limit(limit)).mappings()]


def insert_standing(tx: Tx, one: Standing) -> None:
    tx.execute(standings.insert().values(**msgspec.structs.asdict(one)))


def update_standing(tx: Tx, one: Standing) -> None:
    tx.execute(standings.update().where(*_of(one)).values(**msgspec.structs.asdict(one)))


def delete_standing(tx: Tx, one: Standing) -> None:
    tx.execute(standings.delete().where(*_of(one)))


def _of(one: Standing) -> tuple[sa.ColumnElement[bool], ...]:
    columns = standings.c
    return columns.room == one.room, columns.name == one.name, columns.about == one.about


def keep_picture(tx: Tx, name: str, body: bytes) -> None:
    told = {"at_ms": tx.now_ms(), "body": body}
    if not tx.execute(pictures.update().where(pictures.c.name == name).values(**told)).rowcount:
        tx.execute(pictures.insert().values(name=name, **told))


def load_picture(tx: ReadTx, name: str) -> tuple[int, bytes] | None:
    row = tx.execute(pictures.select().where(pictures.c.name == name)).first()
    return (row.at_ms, row.body) if row else None
