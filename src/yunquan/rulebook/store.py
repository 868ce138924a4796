"""Tables of the rule book: versions of rules, and what they went through."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.rulebook.types import RuleChange, RuleState, RuleText, RuleVersion

rules = sa.Table(
    "surveillance_rule",
    metadata,
    sa.Column("code", sa.String(60), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("text", sa.LargeBinary, nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("basis", sa.String(400), nullable=False),
)
changes = sa.Table(
    "surveillance_change",
    metadata,
    sa.Column("code", sa.String(60), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("basis", sa.String(400), nullable=False),
    sa.Column("effect_ms", sa.BigInteger, nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
)


def insert_rule(tx: Tx, one: RuleVersion) -> None:
    tx.execute(rules.insert().values(**_rule_row(one)))


def update_rule(tx: Tx, one: RuleVersion) -> None:
    where = (rules.c.code == one.text.code, rules.c.version == one.version)
    tx.execute(rules.update().where(*where).values(**_rule_row(one)))


def load_rules(tx: ReadTx, states: Sequence[RuleState]) -> list[RuleVersion]:
    """Versions in these states, by code."""
    query = rules.select().where(rules.c.state.in_(states)).order_by(rules.c.code, rules.c.version)
    return [_rule(row) for row in tx.execute(query)]


def versions_of(tx: ReadTx, code: str) -> list[RuleVersion]:
    """Every version of a rule, newest first."""
    query = rules.select().where(rules.c.code == code).order_by(rules.c.version.desc())
    return [_rule(row) for row in tx.execute(query)]


def add_change(tx: Tx, one: RuleVersion) -> None:
    """The next line of a rule's history."""
    query = sa.select(sa.func.max(changes.c.step)).where(changes.c.code == one.text.code)
    row = _rule_row(one) | {"step": (tx.execute(query).scalar() or 0) + 1}
    names = ("code", "step", "version", "state", "by", "at_ms", "basis")
    tx.execute(changes.insert().values(**{name: row[name] for name in names}, effect_ms=0, batch=0))


def mark_effect(tx: Tx, code: str, version: int, state: str, batch: int) -> None:
    """It was read: from here on in the stream it is so."""
    waiting = (changes.c.code == code, changes.c.version == version, changes.c.state == state)
    first = sa.select(sa.func.min(changes.c.step)).where(*waiting, changes.c.batch == 0)
    this = (changes.c.code == code, changes.c.step == first.scalar_subquery())
    tx.execute(changes.update().where(*this).values(effect_ms=tx.now_ms(), batch=batch))


def changes_of(tx: ReadTx, code: str, limit: int) -> list[RuleChange]:
    """Newest first."""
    query = changes.select().where(changes.c.code == code)
    query = query.order_by(changes.c.step.desc()).limit(limit)
    return [RuleChange(**row._mapping) for row in tx.execute(query)]


def _rule_row(one: RuleVersion) -> dict[str, object]:
    return {
        "code": one.text.code,
        "version": one.version,
        "state": one.state,
        "number": one.number,
        "text": msgspec.msgpack.encode(one.text),
        "by": one.by,
        "at_ms": one.at_ms,
        "basis": one.basis,
    }


def _rule(row: sa.Row[tuple[object, ...]]) -> RuleVersion:
    text = msgspec.msgpack.decode(row.text, type=RuleText)
    return RuleVersion(
        text, row.version, RuleState(row.state), row.number, row.by, row.at_ms, row.basis
    )
