"""Tables of plans, their versions and rates, and of accounts that pay by one."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.tariffs.types import Assignment, PlanRate, PlanVersion

versions = sa.Table(
    "tariffs_plan_version",
    metadata,
    sa.Column("plan", sa.String(20), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("effective_day", sa.String(10), nullable=False),
    sa.Column("name_zh", sa.String(40), nullable=False),
    sa.Column("name_en", sa.String(40), nullable=False),
    sa.Column("rates", sa.Text, nullable=False),
    sa.Column("basis", sa.String(200), nullable=False),
    sa.Column("proposal", sa.String(40), nullable=False, unique=True),
    sa.Column("proposed_by", sa.String(60), nullable=False),
    sa.Column("agreed_by", sa.String(60), nullable=False),
    sa.Column("made_at_ms", sa.BigInteger, nullable=False),
)
assignments = sa.Table(
    "tariffs_assignment",
    metadata,
    sa.Column("account", sa.String(40), primary_key=True),
    sa.Column("plan", sa.String(20), nullable=False),
    sa.Column("basis", sa.String(200), nullable=False),
    sa.Column("proposal", sa.String(40), nullable=False),
    sa.Column("assigned_by", sa.String(60), nullable=False),
    sa.Column("agreed_by", sa.String(60), nullable=False),
    sa.Column("assigned_at_ms", sa.BigInteger, nullable=False),
    sa.Column("sent_version", sa.Integer, nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Index("tariffs_assignment_by_plan", "plan", "sent_version"),
)
_ASSIGNED = [field.name for field in fields(Assignment)]


def insert_version(tx: Tx, made: PlanVersion) -> None:
    values = asdict(made) | {"rates": msgspec.json.encode(made.rates).decode()}
    tx.execute(versions.insert().values(**values))


def find_version(tx: ReadTx, proposal: str) -> PlanVersion | None:
    """The version that a proposal made."""
    row = tx.execute(sa.select(versions).where(versions.c.proposal == proposal)).one_or_none()
    return _version(row) if row else None


def load_versions(tx: ReadTx, plan: str = "", limit: int = 500) -> list[PlanVersion]:
    """Of one plan, or of all; oldest version first."""
    query = sa.select(versions).order_by(versions.c.plan, versions.c.version).limit(limit)
    if plan:
        query = query.where(versions.c.plan == plan)
    return [_version(row) for row in tx.execute(query)]


def _version(row: Any) -> PlanVersion:
    rates = msgspec.json.decode(row.rates, type=tuple[PlanRate, ...])
    return PlanVersion(**{**row._mapping, "rates": rates})


def save_assignment(tx: Tx, one: Assignment) -> None:
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    values = asdict(one)
    insert = dialect.insert(assignments).values(**values)
    changed = {name: value for name, value in values.items() if name != "account"}
    tx.execute(insert.on_conflict_do_update(index_elements=["account"], set_=changed))


def find_assignment(tx: ReadTx, account: str) -> Assignment | None:
    query = sa.select(assignments).where(assignments.c.account == account)
    row = tx.execute(query).one_or_none()
    return Assignment(*(getattr(row, name) for name in _ASSIGNED)) if row else None


def page_of_assignments(tx: ReadTx, after: str, limit: int) -> list[Assignment]:
    """By account."""
    query = sa.select(assignments).where(assignments.c.account > after)
    rows = tx.execute(query.order_by(assignments.c.account).limit(limit))
    return [Assignment(*(getattr(row, name) for name in _ASSIGNED)) for row in rows]


def behind(tx: ReadTx, plan: str, version: int, limit: int) -> list[Assignment]:
    """Accounts of a plan whose counter was not told of this version."""
    query = sa.select(assignments).where(
        assignments.c.plan == plan, assignments.c.sent_version != version
    )
    rows = tx.execute(query.order_by(assignments.c.account).limit(limit))
    return [Assignment(*(getattr(row, name) for name in _ASSIGNED)) for row in rows]


def save_sent(tx: Tx, one: Assignment, version: int, code: str) -> None:
    """What the counter answered; nothing if the account was assigned otherwise meanwhile."""
    mine = (assignments.c.account == one.account, assignments.c.proposal == one.proposal)
    tx.execute(assignments.update().where(*mine).values(sent_version=version, code=code))
