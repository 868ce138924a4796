"""The tables of conditions and of their triggers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import msgspec
import sqlalchemy as sa

from yunquan.conditions.types import Condition, ConditionId, ConditionState, Seen, Terms, Trigger
from yunquan.kernel.transaction import ReadTx, Tx, metadata

conditions = sa.Table(
    "conditions_condition",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("client", sa.String(40), nullable=False),
    sa.Column("symbol", sa.String(16), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("base_milli", sa.BigInteger, nullable=False),
    sa.Column("terms", sa.Text, nullable=False),
    sa.Column("set_on", sa.String(10), nullable=False),
    sa.Column("expires_on", sa.String(10), nullable=False),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("risk", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(80), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("request", sa.String(160), nullable=False),
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("account", "request", name="conditions_condition_request"),
    sa.Index("conditions_by_account", "account", "id"),
    sa.Index("conditions_by_change", "changed_at_ms"),
    sa.Index("conditions_by_state", "state", "expires_on"),
)
triggers = sa.Table(
    "conditions_trigger",
    metadata,
    sa.Column("condition", sa.String(40), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("turn", sa.Integer, primary_key=True),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("symbol", sa.String(16), nullable=False),
    sa.Column("side", sa.String(4), nullable=False),
    sa.Column("price_milli", sa.BigInteger, nullable=False),
    sa.Column("qty", sa.BigInteger, nullable=False),
    sa.Column("base_milli", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.Text, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("order_id", sa.String(40), nullable=False),
    sa.Column("code", sa.String(80), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("answered_at_ms", sa.BigInteger, nullable=False),
    sa.Index("conditions_trigger_by_state", "state"),
)


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _condition(row: Any) -> Condition:
    values = dict(row._mapping)
    values["id"] = ConditionId(row.id)
    values["state"] = ConditionState(row.state)
    values["terms"] = msgspec.json.decode(row.terms, type=Terms)
    values["facts"] = msgspec.json.decode(row.facts, type=dict[str, Any])
    return Condition(**values)


def insert_condition(tx: Tx, condition: Condition) -> None:
    values = {name: getattr(condition, name) for name in Condition.__slots__}
    values |= {"id": str(condition.id), "state": condition.state.value}
    values |= {"terms": _text(condition.terms), "facts": _text(condition.facts)}
    tx.execute(conditions.insert().values(**values))


def find_condition(tx: ReadTx, condition: str) -> Condition | None:
    row = tx.execute(sa.select(conditions).where(conditions.c.id == condition)).one_or_none()
    return _condition(row) if row else None


def origins_of(tx: ReadTx, wanted: Iterable[str]) -> dict[str, str]:
    """By condition where it came from."""
    query = sa.select(conditions.c.id, conditions.c.terms)
    rows = tx.execute(query.where(conditions.c.id.in_(list(wanted))))
    return {row.id: msgspec.json.decode(row.terms, type=Terms).origin for row in rows}


def find_request(tx: ReadTx, account: str, request: str) -> Condition | None:
    """What this account's client confirmed under this key."""
    mine = (conditions.c.account == account, conditions.c.request == request)
    row = tx.execute(sa.select(conditions).where(*mine)).one_or_none()
    return _condition(row) if row else None


def list_conditions(
    tx: ReadTx, account: str, states: Iterable[ConditionState], before: str | None, limit: int
) -> list[Condition]:
    """Newest first."""
    query = sa.select(conditions).where(
        conditions.c.account == account,
        conditions.c.state.in_([state.value for state in states]),
    )
    if before is not None:
        query = query.where(conditions.c.id < before)
    return [
        _condition(row) for row in tx.execute(query.order_by(conditions.c.id.desc()).limit(limit))
    ]


def count_live(tx: ReadTx, account: str, states: Iterable[ConditionState]) -> int:
    query = sa.select(sa.func.count()).where(
        conditions.c.account == account,
        conditions.c.state.in_([state.value for state in states]),
    )
    return int(tx.execute(query).scalar_one())


def load_active(tx: ReadTx, after: str, limit: int) -> list[Condition]:
    """A page of all that wait, by id."""
    query = sa.select(conditions).where(
        conditions.c.state == ConditionState.ACTIVE.value, conditions.c.id > after
    )
    return [_condition(row) for row in tx.execute(query.order_by(conditions.c.id).limit(limit))]


def load_changed(tx: ReadTx, since_ms: int) -> list[Condition]:
    """What has changed since then, of any state, oldest change first."""
    query = sa.select(conditions).where(conditions.c.changed_at_ms >= since_ms)
    return [_condition(row) for row in tx.execute(query.order_by(conditions.c.changed_at_ms))]


def list_over(tx: ReadTx, day: str, limit: int) -> list[Condition]:
    """What may have expired before this day."""
    query = sa.select(conditions).where(
        conditions.c.state.in_([ConditionState.ACTIVE.value, ConditionState.PAUSED.value]),
        conditions.c.expires_on < day,
    )
    return [_condition(row) for row in tx.execute(query.order_by(conditions.c.id).limit(limit))]


def save_change(tx: Tx, condition: str, version: int, **values: Any) -> bool:
    """Change a condition that still has this version; whether it had."""
    if "state" in values:
        values["state"] = ConditionState(values["state"]).value
    if "facts" in values:
        values["facts"] = _text(values["facts"])
    same = (conditions.c.id == condition, conditions.c.version == version)
    values |= {"version": version + 1, "changed_at_ms": tx.now_ms()}
    return tx.execute(conditions.update().where(*same).values(**values)).rowcount == 1


def _trigger(row: Any) -> Trigger:
    values = dict(row._mapping)
    values["order"] = values.pop("order_id")
    values["seen"] = Seen(**msgspec.json.decode(row.seen))
    values["facts"] = msgspec.json.decode(row.facts, type=dict[str, Any])
    return Trigger(**values)


def insert_trigger(tx: Tx, trigger: Trigger) -> None:
    values = {name: getattr(trigger, name) for name in Trigger.__slots__ if name != "order"}
    values |= {"order_id": trigger.order, "seen": _text(asdict(trigger.seen))}
    values["facts"] = _text(trigger.facts)
    tx.execute(triggers.insert().values(**values))


def list_triggers(tx: ReadTx, condition: str, limit: int) -> list[Trigger]:
    """Newest first."""
    query = sa.select(triggers).where(triggers.c.condition == condition)
    return [
        _trigger(row) for row in tx.execute(query.order_by(triggers.c.turn.desc()).limit(limit))
    ]


def list_pending(tx: ReadTx, state: str, limit: int) -> list[Trigger]:
    """Triggers in a state, oldest first."""
    query = sa.select(triggers).where(triggers.c.state == state)
    ordered = query.order_by(triggers.c.at_ms, triggers.c.condition).limit(limit)
    return [_trigger(row) for row in tx.execute(ordered)]


def save_answer(tx: Tx, trigger: Trigger, before: str, **values: Any) -> bool:
    """Write down the counter's answer to a trigger in the state `before`; whether it was."""
    if "facts" in values:
        values["facts"] = _text(values["facts"])
    mine = (
        triggers.c.condition == trigger.condition,
        triggers.c.day == trigger.day,
        triggers.c.turn == trigger.turn,
        triggers.c.state == before,
    )
    values["answered_at_ms"] = tx.now_ms()
    return tx.execute(triggers.update().where(*mine).values(**values)).rowcount == 1
