"""The table of the heat map: one picture a minute."""

from __future__ import annotations

import zlib

import msgspec
import sqlalchemy as sa

from yunquan.heat.types import HeatPicture
from yunquan.kernel.transaction import ReadTx, Tx, metadata

pictures = sa.Table(
    "heat_picture",
    metadata,
    sa.Column("minute_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)


def save(tx: Tx, picture: HeatPicture) -> None:
    """A minute's picture in the place of an earlier one of the same minute."""
    tx.execute(pictures.delete().where(pictures.c.minute_ms == picture.minute_ms))
    body = zlib.compress(msgspec.msgpack.encode(picture))
    tx.execute(pictures.insert().values(minute_ms=picture.minute_ms, body=body))


def find(tx: ReadTx, at_ms: int) -> HeatPicture | None:
    """The newest picture of a minute that had begun by then."""
    moment = pictures.c.minute_ms
    query = pictures.select().where(moment <= at_ms).order_by(moment.desc())
    row = tx.execute(query.limit(1)).first()
    return msgspec.msgpack.decode(zlib.decompress(row.body), type=HeatPicture) if row else None


def forget(tx: Tx, before_ms: int) -> int:
    """Pictures of earlier minutes go; how many."""
    return tx.execute(pictures.delete().where(pictures.c.minute_ms < before_ms)).rowcount
