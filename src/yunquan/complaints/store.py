"""The tables of complaints and of the steps taken."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from yunquan.complaints.rules import OPEN
from yunquan.complaints.types import (
    Complaint,
    ComplaintFilter,
    ComplaintId,
    ComplaintState,
    ComplaintStep,
)
from yunquan.kernel.transaction import ReadTx, Tx, metadata

complaints = sa.Table(
    "complaints_complaint",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("order", sa.String(40), nullable=False),
    sa.Column("channel", sa.String(12), nullable=False),
    sa.Column("subject", sa.String(12), nullable=False),
    sa.Column("severity", sa.String(10), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("contact_masked", sa.String(60), nullable=False),
    sa.Column("contact_sealed", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("handler", sa.String(60), nullable=False),
    sa.Column("filed_by", sa.String(60), nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("filed_at_ms", sa.BigInteger, nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("acknowledge_by", sa.String(10), nullable=False),
    sa.Column("answer_by", sa.String(10), nullable=False),
    sa.Column("acknowledged_on", sa.String(10), nullable=False),
    sa.Column("answered_on", sa.String(10), nullable=False),
    sa.Column("extended", sa.Boolean, nullable=False),
    sa.Column("pack", sa.String(40), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # The day by which somebody must move; "9999-12-31" for none: what the list is ordered by.
    sa.Column("due", sa.String(10), nullable=False),
    sa.UniqueConstraint("filed_by", "key", name="complaints_complaint_request"),
    sa.Index("complaints_complaint_by_due", "due", "id"),
    sa.Index("complaints_complaint_by_client", "client", "id"),
    sa.Index("complaints_complaint_by_account", "account", "id"),
    sa.Index("complaints_complaint_by_order", "order", "id"),
    sa.Index("complaints_complaint_by_handler", "handler", "due", "id"),
)
steps = sa.Table(
    "complaints_step",
    metadata,
    sa.Column("complaint", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("act", sa.String(12), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("shown", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.UniqueConstraint("by", "key", name="complaints_step_request"),
)
NO_DUE = "9999-12-31"
_shown = [column for column in complaints.c if column.name not in ("contact_sealed", "key", "due")]
_OPEN = tuple(sorted(state.value for state in OPEN))


def _complaint(row: Any) -> Complaint:
    values = dict(row._mapping)
    values["id"], values["state"] = ComplaintId(row.id), ComplaintState(row.state)
    return Complaint(**values)


def _step(row: Any) -> ComplaintStep:
    return ComplaintStep(**{name: getattr(row, name) for name in ComplaintStep.__slots__})


def _values(one: Complaint, due: str) -> dict[str, Any]:
    said = {"id": str(one.id), "state": one.state.value, "due": due or NO_DUE}
    return asdict(one) | said


def insert_complaint(tx: Tx, one: Complaint, due: str, key: str, sealed: bytes) -> None:
    more = {"key": key, "contact_sealed": sealed}
    tx.execute(complaints.insert().values(_values(one, due) | more))


def save_complaint(tx: Tx, one: Complaint, due: str, was: int) -> bool:
    """Whether it was still at that version."""
    mine = (complaints.c.id == str(one.id), complaints.c.version == was)
    return tx.execute(complaints.update().where(*mine).values(_values(one, due))).rowcount == 1


def insert_step(tx: Tx, step: ComplaintStep, key: str) -> None:
    tx.execute(steps.insert().values(asdict(step) | {"key": key}))


def find_complaint(tx: ReadTx, complaint: str) -> Complaint | None:
    row = tx.execute(sa.select(*_shown).where(complaints.c.id == complaint)).one_or_none()
    return _complaint(row) if row else None


def find_request(tx: ReadTx, filed_by: str, key: str) -> Complaint | None:
    mine = (complaints.c.filed_by == filed_by, complaints.c.key == key)
    row = tx.execute(sa.select(*_shown).where(*mine)).one_or_none()
    return _complaint(row) if row else None


def find_step_request(tx: ReadTx, by: str, key: str) -> ComplaintStep | None:
    row = tx.execute(sa.select(steps).where(steps.c.by == by, steps.c.key == key)).one_or_none()
    return _step(row) if row else None


def load_sealed(tx: ReadTx, complaint: str) -> bytes:
    query = sa.select(complaints.c.contact_sealed).where(complaints.c.id == complaint)
    return bytes(tx.execute(query).scalar_one())


def load_steps(tx: ReadTx, complaint: str) -> list[ComplaintStep]:
    query = sa.select(steps).where(steps.c.complaint == complaint).order_by(steps.c.number)
    return [_step(row) for row in tx.execute(query)]


def count_open_of(tx: ReadTx, client: str) -> int:
    mine = (complaints.c.client == client, complaints.c.state.in_(_OPEN))
    return tx.execute(sa.select(sa.func.count()).select_from(complaints).where(*mine)).scalar_one()


def count_due(tx: ReadTx, before: str) -> int:
    """Open ones that are due before a day."""
    query = sa.select(sa.func.count()).select_from(complaints).where(complaints.c.due < before)
    return tx.execute(query).scalar_one()


def page_of_client(tx: ReadTx, client: str, before: str, limit: int) -> list[Complaint]:
    """A client's own, newest first."""
    query = sa.select(*_shown).where(complaints.c.client == client)
    if before:
        query = query.where(complaints.c.id < before)
    return [
        _complaint(row) for row in tx.execute(query.order_by(complaints.c.id.desc()).limit(limit))
    ]


def page_of(
    tx: ReadTx, asked: ComplaintFilter, day: str, after: tuple[str, str], limit: int
) -> list[tuple[Complaint, str]]:
    """By the day they are due and then by id, each with that day; done ones, without one, behind.
    after: (due, id), excluded.
    """
    c = complaints.c
    bounds: list[Any] = []
    if asked.q:
        # Each by its own index: a firm keeps complaints for many years.
        found_by = (
            sa.select(c.id).where(one == asked.q) for one in (c.id, c.client, c.account, c.order)
        )
        bounds.append(c.id.in_(sa.union(*found_by)))
    if asked.standing in ("open", "overdue"):
        bounds.append(c.due < (day if asked.standing == "overdue" else NO_DUE))
    if asked.standing == "done":
        bounds.append(c.due == NO_DUE)
    for column, value in (
        (c.subject, asked.subject),
        (c.severity, asked.severity),
        (c.channel, asked.channel),
        (c.handler, asked.mine),
    ):
        if value:
            bounds.append(column == value)
    place = sa.tuple_(c.due, c.id) > sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
    query = sa.select(*_shown, c.due).where(place, *bounds).order_by(c.due, c.id).limit(limit)
    found: list[tuple[Complaint, str]] = []
    for row in tx.execute(query):
        values = dict(row._mapping)
        due = values.pop("due")
        values["id"], values["state"] = ComplaintId(row.id), ComplaintState(row.state)
        found.append((Complaint(**values), due))
    return found
