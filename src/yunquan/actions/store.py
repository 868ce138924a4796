"""The tables of actions, entitlements, lots and taxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from yunquan.actions.types import (
    Action,
    ActionState,
    Entitlement,
    Lot,
    Quarantined,
    Standing,
    TaxTaken,
    Version,
)
from yunquan.kernel.transaction import ReadTx, Tx, metadata

actions = sa.Table(
    "actions_action",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("symbol", sa.String(12), nullable=False),
    sa.Column("record_day", sa.String(10), nullable=False),
    sa.Column("ex_day", sa.String(10), nullable=False),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("actions_action_by_record_day", "record_day"),
    sa.Index("actions_action_by_symbol", "symbol", "ex_day"),
)
versions = sa.Table(
    "actions_version",
    metadata,
    sa.Column("action", sa.String(40), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("batch", sa.String(160), nullable=False),
    sa.Column("wanted", sa.String(10), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("entered_by", sa.String(60), nullable=False),
    sa.Column("entered_at_ms", sa.BigInteger, nullable=False),
    sa.Column("agreed_by", sa.String(60), nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Index("actions_version_by_batch", "batch"),
)
quarantine = sa.Table(
    "actions_quarantine",
    metadata,
    sa.Column("batch", sa.String(160), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("code", sa.String(60), nullable=False),
    sa.Column("text", sa.String(300), nullable=False),
)
entitlements = sa.Table(
    "actions_entitlement",
    metadata,
    sa.Column("action", sa.String(40), primary_key=True),
    sa.Column("account", sa.String(40), primary_key=True),
    sa.Column("counter", sa.String(10), nullable=False),
    sa.Column("symbol", sa.String(12), nullable=False),
    *(
        sa.Column(name, sa.BigInteger, nullable=False)
        for name in ("quantity", "cash_fen", "bonus", "capital", "rights", "lost_shares_e7")
    ),
    *(
        sa.Column(name, sa.String(10), nullable=False)
        for name in ("pay_day", "listing_day", "cash_on", "shares_on")
    ),
    sa.Index("actions_entitlement_by_account", "account", "action"),
    sa.Index("actions_entitlement_by_cash", "counter", "cash_on", "pay_day"),
    sa.Index("actions_entitlement_by_shares", "counter", "shares_on", "listing_day"),
    sqlite_with_rowid=False,
)
lots = sa.Table(
    "actions_lot",
    metadata,
    sa.Column("account", sa.String(40), primary_key=True),
    sa.Column("symbol", sa.String(12), primary_key=True),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("lots", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
taxes = sa.Table(
    "actions_tax",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("account", sa.String(40), primary_key=True),
    sa.Column("symbol", sa.String(12), primary_key=True),
    sa.Column("counter", sa.String(10), nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("tax_fen", sa.BigInteger, nullable=False),
    sa.Index("actions_tax_by_account", "account", "day"),
    sqlite_with_rowid=False,
)
acted = sa.Table(
    "actions_day",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("counter", sa.String(10), primary_key=True),
    sa.Column("done", sa.Boolean, nullable=False),
)

Key = tuple[str, str]
_AT_ONCE: Final = 10_000
_lots = msgspec.msgpack.Decoder(tuple[Lot, ...])
_action = msgspec.json.Decoder(Action)
_due_columns = [entitlements.c[name] for name in Entitlement.__struct_fields__]
_tax_columns = [taxes.c[name] for name in TaxTaken.__struct_fields__]


def _body(action: Action) -> str:
    return msgspec.json.encode(action).decode()


# Actions and their versions.


def _standing(row: Any) -> Standing:
    return Standing(_action.decode(row.body), row.version, ActionState(row.state), row.source)


def find_action(tx: ReadTx, action: str) -> Standing | None:
    row = tx.execute(sa.select(actions).where(actions.c.id == action)).one_or_none()
    return _standing(row) if row else None


def save_action(tx: Tx, found: Standing) -> None:
    """Put an agreed version in force."""
    action = found.action
    values = {
        "version": found.version,
        "state": found.state.value,
        "symbol": action.symbol,
        "record_day": action.record_day,
        "ex_day": action.ex_day,
        "source": found.source,
        "body": _body(action),
    }
    done = tx.execute(actions.update().where(actions.c.id == action.id).values(**values))
    if not done.rowcount:
        tx.execute(actions.insert().values(id=action.id, **values))


def recording_on(tx: ReadTx, day: str) -> list[Action]:
    """Actions whose record day it is, by id."""
    live = (ActionState.ANNOUNCED.value, ActionState.RECORDED.value)
    mine = (actions.c.record_day == day, actions.c.state.in_(live))
    rows = tx.execute(sa.select(actions.c.body).where(*mine).order_by(actions.c.id))
    return [_action.decode(row.body) for row in rows]


def on_ex_day(tx: ReadTx, symbol: str, day: str) -> Action | None:
    """What a security gives on this ex day, if it is in force."""
    live = (ActionState.ANNOUNCED.value, ActionState.RECORDED.value)
    mine = (actions.c.symbol == symbol, actions.c.ex_day == day, actions.c.state.in_(live))
    row = tx.execute(sa.select(actions.c.body).where(*mine)).one_or_none()
    return _action.decode(row.body) if row else None


def recorded_since(tx: ReadTx, day: str) -> list[Action]:
    """Actions whose record day closed on or after a day, by id."""
    mine = (actions.c.state == ActionState.RECORDED.value, actions.c.record_day >= day)
    rows = tx.execute(sa.select(actions.c.body).where(*mine).order_by(actions.c.id))
    return [_action.decode(row.body) for row in rows]


def save_recorded(tx: Tx, day: str) -> None:
    """From now on nothing about the day's actions may change."""
    mine = (actions.c.record_day == day, actions.c.state == ActionState.ANNOUNCED.value)
    tx.execute(actions.update().where(*mine).values(state=ActionState.RECORDED.value))


def list_actions(tx: ReadTx, limit: int, before: str = "") -> list[Standing]:
    """Newest ex day first. before: "EX_DAY ID" of the last one seen."""
    query = sa.select(actions)
    if before:
        day, _, name = before.partition(" ")
        earlier = sa.and_(actions.c.ex_day == day, actions.c.id > name)
        query = query.where(sa.or_(actions.c.ex_day < day, earlier))
    rows = tx.execute(query.order_by(actions.c.ex_day.desc(), actions.c.id).limit(limit))
    return [_standing(row) for row in rows]


def list_of_symbols(
    tx: ReadTx, symbols: Sequence[str], from_day: str, limit: int
) -> list[Standing]:
    """Announced or recorded actions of securities, ex days from a day on, soonest first."""
    live = (ActionState.ANNOUNCED.value, ActionState.RECORDED.value)
    mine = (actions.c.symbol.in_(symbols), actions.c.ex_day >= from_day, actions.c.state.in_(live))
    rows = tx.execute(sa.select(actions).where(*mine).order_by(actions.c.ex_day).limit(limit))
    return [_standing(row) for row in rows]


def _version(row: Any) -> Version:
    return Version(
        _action.decode(row.body),
        row.version,
        row.batch,
        ActionState(row.wanted),
        ActionState(row.state),
        row.source,
        row.entered_by,
        row.entered_at_ms,
        row.agreed_by,
        row.code,
    )


def insert_versions(tx: Tx, found: Sequence[Version]) -> None:
    values = [
        {
            "action": one.action.id,
            "version": one.version,
            "batch": one.batch,
            "wanted": one.wanted.value,
            "state": one.state.value,
            "source": one.source,
            "body": _body(one.action),
            "entered_by": one.entered_by,
            "entered_at_ms": one.entered_at_ms,
            "agreed_by": one.agreed_by,
            "code": one.code,
        }
        for one in found
    ]
    if values:
        tx.execute(versions.insert(), values)


def versions_of_batch(tx: ReadTx, batch: str, limit: int = 100_000) -> list[Version]:
    """What was entered together, by id."""
    query = sa.select(versions).where(versions.c.batch == batch).order_by(versions.c.action)
    return [_version(row) for row in tx.execute(query.limit(limit))]


def versions_of(tx: ReadTx, action: str) -> list[Version]:
    """All versions of an action, newest first."""
    query = sa.select(versions).where(versions.c.action == action)
    return [_version(row) for row in tx.execute(query.order_by(versions.c.version.desc()))]


def versions_of_source(tx: ReadTx, prefix: str) -> list[Version]:
    """What was entered together under names that begin so."""
    mine = (versions.c.batch >= prefix, versions.c.batch < f"{prefix}~")
    return [_version(row) for row in tx.execute(sa.select(versions).where(*mine))]


def newest_versions(tx: ReadTx, action: str = "") -> dict[str, int]:
    """The highest version of every action ever entered, or of one."""
    query = sa.select(versions.c.action, sa.func.max(versions.c.version).label("top"))
    query = query.where(versions.c.action == action) if action else query
    return {row.action: row.top for row in tx.execute(query.group_by(versions.c.action))}


def save_decided(tx: Tx, version: Version, state: ActionState, code: str = "") -> None:
    """What became of an entered version."""
    mine = (versions.c.action == version.action.id, versions.c.version == version.version)
    values = {"state": state.value, "agreed_by": tx.actor, "code": code}
    tx.execute(versions.update().where(*mine).values(**values))


def insert_quarantined(tx: Tx, batch: str, found: Sequence[Quarantined]) -> None:
    if found:
        tx.execute(
            quarantine.insert(), [{"batch": batch, **msgspec.structs.asdict(one)} for one in found]
        )


def list_quarantined(tx: ReadTx, batch: str, limit: int) -> list[Quarantined]:
    """Rows of a file that were put aside, in their order."""
    query = sa.select(quarantine).where(quarantine.c.batch == batch).order_by(quarantine.c.line)
    return [Quarantined(row.line, row.code, row.text) for row in tx.execute(query.limit(limit))]


# Days.


def begin_day(tx: Tx, day: str, counter: str) -> bool:
    """Note that a day's end is being acted on; whether that is done already."""
    mine = (acted.c.day == day, acted.c.counter == counter)
    row = tx.execute(sa.select(acted.c.done).where(*mine)).one_or_none()
    if row is None:
        tx.execute(acted.insert().values(day=day, counter=counter, done=False))
    return bool(row and row.done)


def end_day(tx: Tx, day: str, counter: str) -> None:
    """Everything of a day's end at a counter is written down."""
    mine = (acted.c.day == day, acted.c.counter == counter)
    tx.execute(acted.update().where(*mine).values(done=True))


def last_acted(tx: ReadTx) -> str:
    """The newest day whose end was acted on at any counter, "" for none."""
    return tx.execute(sa.select(sa.func.max(acted.c.day))).scalar() or ""


# Entitlements.


def _due(row: Any) -> Entitlement:
    return Entitlement(*row)


def insert_entitlements(tx: Tx, found: Sequence[Entitlement]) -> None:
    if found:
        tx.execute(entitlements.insert(), [msgspec.structs.asdict(one) for one in found])


def shares_due(tx: ReadTx, counter: str, until: str) -> list[Entitlement]:
    """New shares that may be sold on or before a day and aren't booked."""
    table = entitlements.c
    mine = (
        table.counter == counter,
        table.shares_on == "",
        table.listing_day <= until,
        table.bonus + table.capital > 0,
    )
    ordered = sa.select(*_due_columns).where(*mine).order_by(table.action, table.account)
    return [_due(row) for row in tx.execute(ordered)]


def save_shares_on(tx: Tx, found: Iterable[Key], day: str) -> None:
    """New shares of these (action, account) are booked at this day's end."""
    values = [{"a": action, "b": account, "on": day} for action, account in found]
    if values:
        table = entitlements.c
        mine = (table.action == sa.bindparam("a"), table.account == sa.bindparam("b"))
        tx.execute(entitlements.update().where(*mine).values(shares_on=sa.bindparam("on")), values)


def save_cash_on(tx: Tx, counter: str, until: str, day: str) -> None:
    """Cash that is paid on or before `until` and isn't booked is booked at this day's end."""
    table = entitlements.c
    mine = (
        table.counter == counter,
        table.cash_on == "",
        table.pay_day <= until,
        table.cash_fen > 0,
    )
    tx.execute(entitlements.update().where(*mine).values(cash_on=day))


def booked_on(tx: ReadTx, counter: str, day: str) -> tuple[list[Entitlement], list[Entitlement]]:
    """Whose cash, and whose shares, a day's end books; by action and account."""
    table = entitlements.c
    found: list[list[Entitlement]] = []
    for column in (table.cash_on, table.shares_on):
        query = sa.select(*_due_columns).where(table.counter == counter, column == day)
        ordered = query.order_by(table.action, table.account)
        found.append([_due(row) for row in tx.execute(ordered)])
    return found[0], found[1]


def load_entitlements(tx: ReadTx, account: str, limit: int, before: str = "") -> list[Entitlement]:
    """What an account is or was due, newest record day first. before: "RECORD_DAY ID"."""
    table = entitlements.c
    joined = sa.join(entitlements, actions, table.action == actions.c.id)
    query = sa.select(*_due_columns).select_from(joined).where(table.account == account)
    if before:
        day, _, name = before.partition(" ")
        earlier = sa.and_(actions.c.record_day == day, table.action > name)
        query = query.where(sa.or_(actions.c.record_day < day, earlier))
    ordered = query.order_by(actions.c.record_day.desc(), table.action).limit(limit)
    return [_due(row) for row in tx.execute(ordered)]


def find_entitlement(tx: ReadTx, action: str, account: str) -> Entitlement | None:
    """What an account is due on an action, None for nothing."""
    mine = (entitlements.c.action == action, entitlements.c.account == account)
    row = tx.execute(sa.select(*_due_columns).where(*mine)).one_or_none()
    return _due(row) if row else None


def holders(tx: ReadTx, action: str, counter: str, after: str, limit: int) -> list[Entitlement]:
    """Who has rights of an action at a counter, by account, beyond one."""
    table = entitlements.c
    mine = (table.action == action, table.counter == counter, table.rights > 0)
    query = sa.select(*_due_columns).where(*mine, table.account > after)
    return [_due(row) for row in tx.execute(query.order_by(table.account).limit(limit))]


def not_listed(tx: ReadTx, account: str, day: str) -> list[Entitlement]:
    """What an account is due that isn't booked by a day's end, or may be sold only after it."""
    table = entitlements.c
    waits = sa.or_(table.listing_day > day, table.shares_on == "", table.shares_on > day)
    mine = (table.account == account, table.listing_day != "", waits)
    query = sa.select(*_due_columns).where(*mine).order_by(table.action)
    return [_due(row) for row in tx.execute(query)]


def with_rights(tx: ReadTx, account: str, limit: int) -> list[Entitlement]:
    """What an account was offered in windows we know, newest record day first."""
    table = entitlements.c
    joined = sa.join(entitlements, actions, table.action == actions.c.id)
    query = sa.select(*_due_columns).select_from(joined)
    mine = (table.account == account, table.rights > 0)
    ordered = query.where(*mine).order_by(actions.c.record_day.desc(), table.action)
    return [_due(row) for row in tx.execute(ordered.limit(limit))]


def rights_offered(tx: ReadTx, action: str) -> int:
    """All rights of an action, at all counters."""
    total = sa.select(sa.func.coalesce(sa.func.sum(entitlements.c.rights), 0))
    return int(tx.execute(total.where(entitlements.c.action == action)).scalar_one())


def entitled(tx: ReadTx, action: str, limit: int) -> list[Entitlement]:
    """Who is due something on an action, by account."""
    query = sa.select(*_due_columns).where(entitlements.c.action == action)
    return [_due(row) for row in tx.execute(query.order_by(entitlements.c.account).limit(limit))]


def totals_of(tx: ReadTx, action: str, counter: str = "") -> tuple[int, int, int, int, int]:
    """Accounts, shares held, cash in fen, new shares and rights of an action, at one counter or
    all.
    """
    table = entitlements.c
    sums = [
        sa.func.coalesce(sa.func.sum(column), 0)
        for column in (table.quantity, table.cash_fen, table.bonus + table.capital, table.rights)
    ]
    query = sa.select(sa.func.count(), *sums).where(table.action == action)
    if counter:
        query = query.where(table.counter == counter)
    row = tuple[int, ...](tx.execute(query).one())
    return int(row[0]), int(row[1]), int(row[2]), int(row[3]), int(row[4])


# Lots and taxes.


def load_lots(
    tx: ReadTx, accounts: Sequence[str], symbols: frozenset[str] | None = None
) -> dict[Key, tuple[str, tuple[Lot, ...]]]:
    """By account and symbol: the day they are of, and the lots, first in first. accounts: some
    hundreds at most; symbols: only these, None for all.
    """
    query = sa.select(lots.c.account, lots.c.symbol, lots.c.day, lots.c.lots)
    rows = tx.execute(query.where(lots.c.account.in_(accounts)))
    return {
        (row.account, row.symbol): (row.day, _lots.decode(row.lots))
        for row in rows
        if symbols is None or row.symbol in symbols
    }


def save_lots(tx: Tx, new: dict[Key, tuple[Lot, ...]], known: Iterable[Key], day: str) -> None:
    """The lots of these after a day. known: which of them have a row."""
    having = set(known)
    inserted: list[dict[str, Any]] = []
    updated: list[dict[str, Any]] = []
    for (account, symbol), found in new.items():
        values = {
            "day": day,
            "quantity": sum(lot.quantity for lot in found),
            "lots": msgspec.msgpack.encode(found),
        }
        if (account, symbol) in having:
            updated.append({"b_account": account, "b_symbol": symbol, **values})
        else:
            inserted.append({"account": account, "symbol": symbol, **values})
    if inserted:
        tx.execute(lots.insert(), inserted)
    if updated:
        mine = (
            lots.c.account == sa.bindparam("b_account"),
            lots.c.symbol == sa.bindparam("b_symbol"),
        )
        fresh = {name: sa.bindparam(name) for name in ("day", "quantity", "lots")}
        tx.execute(lots.update().where(*mine).values(**fresh), updated)


def insert_taxes(tx: Tx, found: Sequence[TaxTaken]) -> None:
    if found:
        tx.execute(taxes.insert(), [msgspec.structs.asdict(one) for one in found])


def taxes_on(tx: ReadTx, counter: str, day: str) -> list[TaxTaken]:
    """What is taken at a counter at a day's end, by account and symbol."""
    mine = (taxes.c.day == day, taxes.c.counter == counter)
    query = sa.select(*_tax_columns).where(*mine).order_by(taxes.c.account, taxes.c.symbol)
    rows = tx.execute(query.execution_options(yield_per=_AT_ONCE))
    return [TaxTaken(*row) for row in rows]


def load_taxes(tx: ReadTx, account: str, limit: int) -> list[TaxTaken]:
    """What was taken of an account, newest first."""
    query = sa.select(*_tax_columns).where(taxes.c.account == account)
    ordered = query.order_by(taxes.c.day.desc(), taxes.c.symbol).limit(limit)
    return [TaxTaken(*row) for row in tx.execute(ordered)]
