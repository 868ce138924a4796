"""The table of what staff did. It can be dropped and rebuilt from the first event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from yunquan.audit.types import AuditFilter, Sequel
from yunquan.kernel.transaction import ReadTx, Tx, metadata

# The name under which the table's reader keeps its place.
READER = "audit"

deeds = sa.Table(
    "audit_deed",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.String(60), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("what", sa.String(60), nullable=False),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("ref", sa.String(60), nullable=False),
    sa.Column("why", sa.String(600), nullable=False),
    sa.Column("second", sa.String(60), nullable=False),
    sa.Column("outcome", sa.String(60), nullable=False),
    sa.Index("audit_deed_by_time", "at_ms", "seq"),
    *(
        sa.Index(f"audit_deed_by_{name}", name, "at_ms", "seq")
        for name in ("actor", "kind", "client", "account", "ref")
    ),
)


def insert_deeds(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    tx.execute(deeds.insert(), list(rows))


def save_sequel(tx: Tx, sequel: Sequel) -> None:
    """Keep with a proposal what became of it."""
    values = {"outcome": sequel.outcome} | ({"second": sequel.second} if sequel.second else {})
    made = (deeds.c.ref == sequel.ref, deeds.c.kind == "propose")
    tx.execute(deeds.update().where(*made).values(**values))


def page_of_deeds(
    tx: ReadTx,
    asked: AuditFilter,
    span: tuple[int, int],
    after: tuple[int, int] | None,
    limit: int,
) -> list[Any]:
    """Newest first. after: (at_ms, seq), excluded."""
    c = deeds.c
    bounds: list[Any] = [c.at_ms >= span[0], c.at_ms < span[1]]
    bounds += [
        column == value for column, value in ((c.actor, asked.actor), (c.kind, asked.kind)) if value
    ]
    if after:
        place = sa.tuple_(c.at_ms, c.seq) < sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
        bounds += [c.at_ms <= after[0], place]

    def newest(*more: Any) -> Any:
        query = sa.select(deeds).where(*bounds, *more)
        return query.order_by(c.at_ms.desc(), c.seq.desc()).limit(limit)

    if not asked.q:
        return list(tx.execute(newest()))
    # Each by its own index, cut before they are put together.
    ends = [sa.select(newest(x == asked.q).subquery()) for x in (c.client, c.account, c.ref)]
    found = sa.union(*ends).subquery()
    query = sa.select(found).order_by(found.c.at_ms.desc(), found.c.seq.desc()).limit(limit)
    return list(tx.execute(query))
