"""The table of restrictions and freezes with their bases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.restrictions.types import Standing

standing = sa.Table(
    "restrictions_standing",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("act", sa.String(10), nullable=False),
    sa.Column("scope", sa.String(24), nullable=False),
    sa.Column("asset", sa.String(12), nullable=False),
    sa.Column("left", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("text", sa.String(200), nullable=False),
    sa.Column("document", sa.String(80), nullable=False),
    sa.Column("authority", sa.String(80), nullable=False),
    # Without a last day it sorts behind every other.
    sa.Column("expires_on", sa.String(10), nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("second", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_by", sa.String(40), nullable=False),
    sa.Index("restrictions_standing_by_account", "account", "at_ms"),
    sa.Index("restrictions_standing_in_force", "ended_at_ms", "expires_on", "id"),
)
NO_LAST_DAY = "9999-12-31"
_in_force = standing.c.ended_at_ms == 0


def _standing(row: Any) -> Standing:
    values = dict(row._mapping)
    if values["expires_on"] == NO_LAST_DAY:
        values["expires_on"] = ""
    return Standing(**values)


def has_standing(tx: ReadTx, proposal: str) -> bool:
    return tx.execute(sa.select(standing.c.id).where(standing.c.id == proposal)).first() is not None


def insert_standing(tx: Tx, one: Standing) -> None:
    values = {name: getattr(one, name) for name in Standing.__slots__}
    tx.execute(standing.insert().values(values | {"expires_on": one.expires_on or NO_LAST_DAY}))


def save_left(tx: Tx, left: Mapping[str, int], by: str) -> None:
    """Shorten, or end where nothing is left."""
    for one, amount in left.items():
        values: dict[str, Any] = {"left": amount}
        if not amount:
            values |= {"ended_at_ms": tx.now_ms(), "ended_by": by}
        tx.execute(standing.update().where(standing.c.id == one).values(values))


def load_standing(tx: ReadTx, account: str) -> list[Standing]:
    """What is in force at an account, oldest first."""
    query = sa.select(standing).where(standing.c.account == account, _in_force)
    return [_standing(row) for row in tx.execute(query.order_by(standing.c.at_ms, standing.c.id))]


def page_of_standing(tx: ReadTx, after: tuple[str, str], limit: int) -> list[Standing]:
    """What is in force anywhere, those that run out first on top. after: (last day, id)."""
    place = sa.tuple_(standing.c.expires_on, standing.c.id)
    beyond = sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
    query = sa.select(standing).where(_in_force, place > beyond)
    ordered = query.order_by(standing.c.expires_on, standing.c.id).limit(limit)
    return [_standing(row) for row in tx.execute(ordered)]


def count_expired(tx: ReadTx, day: str) -> int:
    """Those in force whose last day is before this one."""
    gone = (_in_force, standing.c.expires_on < day)
    query = sa.select(sa.func.count()).select_from(standing).where(*gone)
    return tx.execute(query).scalar_one()
