"""Where entitlements to levels of market data are kept."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.quotes.types import Entitlement

entitlement_table = sa.Table(
    "quotes_entitlement",
    metadata,
    sa.Column("client", sa.String(40), primary_key=True),
    sa.Column("level", sa.Integer, primary_key=True),
    sa.Column("effective_from", sa.String(10), primary_key=True),
    sa.Column("effective_to", sa.String(10), nullable=False),
    sa.Column("basis", sa.String(200), nullable=False),
    sa.Column("granted_by", sa.String(60), nullable=False),
    sa.Column("granted_at_ms", sa.BigInteger, nullable=False),
)

_COLUMNS: Final = Entitlement.__struct_fields__


def add_entitlement(tx: Tx, one: Entitlement) -> None:
    """Keep a new entitlement."""
    tx.execute(sa.insert(entitlement_table).values({name: getattr(one, name) for name in _COLUMNS}))


def end_entitlement(tx: Tx, one: Entitlement, effective_to: str) -> None:
    """Let an entitlement end; one that ends before it began is gone."""
    columns = entitlement_table.c
    this = sa.and_(
        columns.client == one.client,
        columns.level == one.level,
        columns.effective_from == one.effective_from,
    )
    if effective_to <= one.effective_from:
        tx.execute(sa.delete(entitlement_table).where(this))
    else:
        tx.execute(sa.update(entitlement_table).where(this).values(effective_to=effective_to))


def load_entitlements(tx: ReadTx, client: str) -> list[Entitlement]:
    """A client's entitlements, past ones too, oldest first."""
    columns = entitlement_table.c
    found = tx.execute(
        sa.select(entitlement_table)
        .where(columns.client == client)
        .order_by(columns.effective_from, columns.level)
    )
    return [Entitlement(**row) for row in found.mappings()]
