"""Who came to the doors, kept by principal and by address for as long as the log; it can be dropped
and rebuilt from the first event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from yunquan.dossier.types import DoorStep
from yunquan.kernel.transaction import ReadTx, Tx, metadata

doors = sa.Table(
    "dossier_door",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("principal", sa.String(40), nullable=False),
    sa.Column("what", sa.String(12), nullable=False),
    sa.Column("address", sa.String(60), nullable=False),
    sa.Column("device", sa.String(200), nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Index("dossier_door_by_principal", "principal", "at_ms"),
    sa.Index("dossier_door_by_address", "address", "at_ms"),
)


def insert_steps(tx: Tx, steps: Sequence[DoorStep]) -> None:
    tx.execute(doors.insert(), [asdict(one) for one in steps])


def steps_of(tx: ReadTx, principal: str, from_ms: int, to_ms: int, limit: int) -> list[DoorStep]:
    """What one principal did at the doors, oldest first."""
    mine = (doors.c.principal == principal, doors.c.at_ms.between(from_ms, to_ms))
    query = sa.select(doors).where(*mine).order_by(doors.c.at_ms, doors.c.seq).limit(limit)
    return [_step(row) for row in tx.execute(query)]


def places_of(tx: ReadTx, principal: str, since_ms: int, limit: int) -> list[tuple[str, str]]:
    """(address, device) a principal came in from since then, the most used first."""
    many = sa.func.count()
    query = (
        sa.select(doors.c.address, doors.c.device)
        .where(doors.c.principal == principal, doors.c.what == "in", doors.c.at_ms >= since_ms)
        .group_by(doors.c.address, doors.c.device)
        .order_by(many.desc(), doors.c.address, doors.c.device)
        .limit(limit)
    )
    return [(row.address, row.device) for row in tx.execute(query)]


def users_of(tx: ReadTx, address: str, since_ms: int, limit: int) -> list[tuple[str, str, int]]:
    """(principal, device, last at_ms) of everybody who came in from an address since then."""
    last = sa.func.max(doors.c.at_ms)
    query = (
        sa.select(doors.c.principal, doors.c.device, last.label("last"))
        .where(doors.c.address == address, doors.c.what == "in", doors.c.at_ms >= since_ms)
        .group_by(doors.c.principal, doors.c.device)
        .order_by(last.desc(), doors.c.principal)
        .limit(limit)
    )
    return [(row.principal, row.device, row.last) for row in tx.execute(query)]


def _step(row: Any) -> DoorStep:
    return DoorStep(**row._mapping)
