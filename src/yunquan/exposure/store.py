"""The firm's exposure by the minute."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from yunquan.exposure.types import Minute
from yunquan.kernel.transaction import ReadTx, Tx, metadata

minutes = sa.Table(
    "exposure_minute",
    metadata,
    sa.Column("at_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("value_fen", sa.BigInteger, nullable=False),
    sa.Column("var_fen", sa.BigInteger),
    sa.Column("shortfall_fen", sa.BigInteger),
)


def keep_minute(tx: Tx, one: Minute) -> None:
    """The latest of a minute counts."""
    told = msgspec.structs.asdict(one)
    same = minutes.update().where(minutes.c.at_ms == one.at_ms).values(**told)
    if not tx.execute(same).rowcount:
        tx.execute(minutes.insert().values(**told))


def load_minutes(tx: ReadTx, since_ms: int, limit: int) -> list[Minute]:
    """Oldest first, the newest `limit` of them."""
    query = minutes.select().where(minutes.c.at_ms >= since_ms)
    query = query.order_by(minutes.c.at_ms.desc()).limit(limit)
    return [Minute(**row) for row in tx.execute(query).mappings()][::-1]
