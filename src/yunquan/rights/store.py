"""The tables of rights issues: what was subscribed, what was paid, how issues ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.rights.types import Outcome, Payment, Subscription, Totals

subscriptions = sa.Table(
    "rights_subscription",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("qty", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Index("rights_subscription_by_action", "action", "account"),
)
payments = sa.Table(
    "rights_payment",
    metadata,
    sa.Column("action", sa.String(40), primary_key=True),
    sa.Column("account", sa.String(40), primary_key=True),
    sa.Column("counter", sa.String(10), nullable=False),
    sa.Column("symbol", sa.String(12), nullable=False),
    sa.Column("qty", sa.BigInteger, nullable=False),
    sa.Column("paid_fen", sa.BigInteger, nullable=False),
    *(
        sa.Column(name, sa.String(10), nullable=False)
        for name in ("listing_day", "paid_on", "shares_on", "refund_on")
    ),
    sa.Index("rights_payment_by_account", "account", "action"),
    sa.Index("rights_payment_by_paid", "counter", "paid_on"),
    sa.Index("rights_payment_by_shares", "counter", "shares_on", "listing_day"),
    sa.Index("rights_payment_by_refund", "counter", "refund_on"),
    sqlite_with_rowid=False,
)
outcomes = sa.Table(
    "rights_outcome",
    metadata,
    sa.Column("action", sa.String(40), primary_key=True),
    sa.Column("taken_e4", sa.Integer, nullable=False),
    sa.Column("failed", sa.Boolean, nullable=False),
    sa.Column("interest_e6", sa.Integer, nullable=False),
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
acted = sa.Table(
    "rights_day",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("counter", sa.String(10), primary_key=True),
    sa.Column("done", sa.Boolean, nullable=False),
)

Key = tuple[str, str]
_pay = [payments.c[name] for name in Payment.__struct_fields__]
_of = (payments.c.action == sa.bindparam("a"), payments.c.account == sa.bindparam("b"))


def insert_subscriptions(tx: Tx, found: Sequence[Subscription]) -> None:
    if found:
        tx.execute(subscriptions.insert(), [msgspec.structs.asdict(one) for one in found])


def load_subscriptions(tx: ReadTx, action: str, account: str, limit: int) -> list[Subscription]:
    """What an account subscribed of an action, oldest first."""
    mine = (subscriptions.c.action == action, subscriptions.c.account == account)
    query = sa.select(subscriptions).where(*mine).order_by(subscriptions.c.seq).limit(limit)
    return [Subscription(*row) for row in tx.execute(query)]


def totals(tx: ReadTx, action: str) -> Totals:
    """All of an action's rights that were subscribed and paid."""
    sub, pay = subscriptions.c, payments.c
    counted = (sa.func.coalesce(sa.func.sum(sub.qty), 0), sa.func.count(sub.account.distinct()))
    first = tuple[int, ...](tx.execute(sa.select(*counted).where(sub.action == action)).one())
    sums = [sa.func.coalesce(sa.func.sum(one), 0) for one in (pay.qty, pay.paid_fen)]
    then = tuple[int, ...](tx.execute(sa.select(*sums).where(pay.action == action)).one())
    return Totals(int(first[0]), int(first[1]), int(then[0]), int(then[1]))


# How issues ended.


def find_outcome(tx: ReadTx, action: str) -> Outcome | None:
    row = tx.execute(sa.select(outcomes).where(outcomes.c.action == action)).one_or_none()
    return Outcome(*row) if row else None


def insert_outcome(tx: Tx, found: Outcome) -> None:
    tx.execute(outcomes.insert().values(**msgspec.structs.asdict(found)))


# Payments.


def find_payment(tx: ReadTx, action: str, account: str) -> Payment | None:
    mine = (payments.c.action == action, payments.c.account == account)
    row = tx.execute(sa.select(*_pay).where(*mine)).one_or_none()
    return Payment(*row) if row else None


def payments_of(tx: ReadTx, account: str, paid_until: str) -> list[Payment]:
    """What an account had paid by a day, by action."""
    mine = (payments.c.account == account, payments.c.paid_on <= paid_until)
    return [Payment(*row) for row in tx.execute(sa.select(*_pay).where(*mine))]


def insert_payments(tx: Tx, found: Iterable[Payment]) -> None:
    """What is new of these; a payment stays what it was."""
    for one in found:
        if find_payment(tx, one.action, one.account) is None:
            tx.execute(payments.insert().values(**msgspec.structs.asdict(one)))


def shares_due(tx: ReadTx, counter: str, until: str) -> list[Payment]:
    """Paid shares, of issues that succeeded, that may be sold on or before a day: not booked."""
    mine = (payments.c.listing_day <= until, sa.not_(outcomes.c.failed))
    return _waiting(tx, counter, mine)


def refunds_due(tx: ReadTx, counter: str) -> list[Payment]:
    """Money paid to issues that failed: not given back."""
    return _waiting(tx, counter, (outcomes.c.failed,))


def _waiting(tx: ReadTx, counter: str, more: tuple[sa.ColumnElement[bool], ...]) -> list[Payment]:
    table = payments.c
    joined = sa.join(payments, outcomes, table.action == outcomes.c.action)
    mine = (table.counter == counter, table.shares_on == "", table.refund_on == "", *more)
    query = sa.select(*_pay).select_from(joined).where(*mine)
    return [Payment(*row) for row in tx.execute(query.order_by(table.action, table.account))]


def save_shares_on(tx: Tx, found: Iterable[Payment], day: str) -> None:
    """These shares are booked at this day's end."""
    if values := [{"a": one.action, "b": one.account} for one in found]:
        tx.execute(payments.update().where(*_of).values(shares_on=day), values)


def save_refund_on(tx: Tx, found: Iterable[Payment], day: str) -> None:
    """This money comes back at this day's end."""
    if values := [{"a": one.action, "b": one.account} for one in found]:
        tx.execute(payments.update().where(*_of).values(refund_on=day), values)


def booked_on(tx: ReadTx, counter: str, day: str, what: str) -> list[Payment]:
    """What a day's end books: payments (what: paid_on), shares (shares_on), money back (refund_on);
    by action and account.
    """
    table = payments.c
    query = sa.select(*_pay).where(table.counter == counter, table[what] == day)
    return [Payment(*row) for row in tx.execute(query.order_by(table.action, table.account))]


# Days.


def begun(tx: ReadTx, day: str, counter: str) -> tuple[bool, bool]:
    """Whether a day's end is being acted on, and whether that is done."""
    mine = (acted.c.day == day, acted.c.counter == counter)
    row = tx.execute(sa.select(acted.c.done).where(*mine)).one_or_none()
    return row is not None, bool(row and row.done)


def begin_day(tx: Tx, day: str, counter: str) -> None:
    tx.execute(acted.insert().values(day=day, counter=counter, done=False))


def end_day(tx: Tx, day: str, counter: str) -> None:
    """Everything of a day's end at a counter is written down."""
    mine = (acted.c.day == day, acted.c.counter == counter)
    tx.execute(acted.update().where(*mine).values(done=True))
