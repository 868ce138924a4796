"""The tables of what happened at the counters, and their queries.

Amounts in fen, prices in milli, quantities in shares. They can be dropped and rebuilt from the
first event.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from yunquan.history.types import ALL_CASH, EVERYTHING, Wanted, WantedCash
from yunquan.kernel.transaction import ReadTx, metadata

# Said literally, here and in queries, so that the database sees that the index will do.
OPEN_SQLITE, OPEN_POSTGRES = sa.text("is_open = 1"), sa.text("is_open")
REJECTED = sa.text("state = 9")

orders = sa.Table(
    "counter_order",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("symbol", sa.String(12), nullable=False),
    sa.Column("side", sa.Integer, nullable=False),
    sa.Column("price", sa.BigInteger, nullable=False),
    sa.Column("qty", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Integer, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("filled", sa.BigInteger, nullable=False),
    sa.Column("cancelled", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("commission", sa.BigInteger, nullable=False),
    sa.Column("cancel_wanted", sa.Boolean, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("reason", sa.String(60), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False, server_default="limit"),
    sa.Column("asked", sa.BigInteger, nullable=False, server_default="-1"),
    sa.Column("clock_s", sa.Integer, nullable=False, server_default="0"),
    sa.Index("counter_order_by_account", "account", "id"),
    sa.Index("counter_order_by_symbol", "symbol", "id"),
    # Few among many: the rest is found by walking back from the newest.
    sa.Index("counter_order_open", "id", sqlite_where=OPEN_SQLITE, postgresql_where=OPEN_POSTGRES),
    sa.Index("counter_order_rejected", "id", sqlite_where=REJECTED, postgresql_where=REJECTED),
)
steps = sa.Table(
    "counter_order_step",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("order_id", sa.String(40), primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("event", sa.String(40), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("counter_order_step_by_order", "order_id", "seq"),
)
fills = sa.Table(
    "counter_fill",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("order_id", sa.String(40), nullable=False),
    sa.Column("account", sa.String(40), nullable=False),
    sa.Column("symbol", sa.String(12), nullable=False),
    sa.Column("side", sa.Integer, nullable=False),
    sa.Column("execution", sa.String(40), nullable=False),
    sa.Column("price", sa.BigInteger, nullable=False),
    sa.Column("qty", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("commission", sa.BigInteger, nullable=False),
    sa.Column("stamp", sa.BigInteger, nullable=False),
    sa.Column("transfer", sa.BigInteger, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Index("counter_fill_by_account", "account", "seq"),
    sa.Index("counter_fill_by_order", "order_id"),
    sa.Index("counter_fill_by_execution", "execution"),
)
postings = sa.Table(
    "counter_posting",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("source", sa.String(40), nullable=False),
    sa.Column("source_bucket", sa.Integer, nullable=False),
    sa.Column("target", sa.String(40), nullable=False),
    sa.Column("target_bucket", sa.Integer, nullable=False),
    sa.Column("asset", sa.String(12), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    # What moved it; "" in rows from before it was written down.
    sa.Column("event", sa.String(24), nullable=False, server_default=""),
    sa.Index("counter_posting_by_source", "source", "seq"),
    sa.Index("counter_posting_by_target", "target", "seq"),
)
costs = sa.Table(
    "counter_cost",
    metadata,
    sa.Column("account", sa.String(40), primary_key=True),
    sa.Column("symbol", sa.String(12), primary_key=True),
    sa.Column("qty", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.BigInteger, nullable=False),
    sa.Column("realised", sa.BigInteger, nullable=False),
    sa.Column("prepaid", sa.BigInteger, nullable=False, server_default="0"),
)
day_ends = sa.Table(
    "counter_day_end",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
)
bookings = sa.Table(
    "counter_booking",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("basis", sa.String(200), nullable=False),
)

# Of bookings whose postings don't name the security they are for.
booked_lines = sa.Table(
    "counter_booked_line",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("symbol", sa.String(12), nullable=False),
)


def narrowed(table: sa.Table, wanted: Wanted) -> list[Any]:
    bounds: list[Any] = []
    if wanted.symbol:
        bounds.append(table.c.symbol == wanted.symbol)
    if wanted.side:
        bounds.append(table.c.side == wanted.side)
    return bounds


def _days(day: Any, wanted: Wanted) -> list[Any]:
    bounds: list[Any] = [day >= wanted.from_day] if wanted.from_day else []
    return [*bounds, day <= wanted.to_day] if wanted.to_day else bounds


def load_orders(
    tx: ReadTx,
    account: str,
    *,
    before: str | None = None,
    limit: int = 50,
    wanted: Wanted = EVERYTHING,
) -> list[Any]:
    """Rows of an account's orders, newest first. before: an order id, excluded."""
    query = sa.select(orders).where(orders.c.account == account, *narrowed(orders, wanted))
    query = query.where(*_days(orders.c.day, wanted))
    if wanted.states:
        query = query.where(orders.c.state.in_(wanted.states))
    if before:
        query = query.where(orders.c.id < before)
    return list(tx.execute(query.order_by(orders.c.id.desc()).limit(limit)))


def load_order(tx: ReadTx, account: str, order: str) -> Any:
    """One order's row, or None."""
    return tx.execute(
        sa.select(orders).where(orders.c.id == order, orders.c.account == account)
    ).one_or_none()


def find_order(tx: ReadTx, order: str) -> Any:
    """One order's row, whoever's it is, or None."""
    return tx.execute(sa.select(orders).where(orders.c.id == order)).one_or_none()


def orders_between(tx: ReadTx, account: str, from_ms: int, to_ms: int, limit: int) -> list[Any]:
    """Rows of an account's orders placed in a span, oldest first."""
    mine = (orders.c.account == account, orders.c.at_ms.between(from_ms, to_ms))
    return list(tx.execute(sa.select(orders).where(*mine).order_by(orders.c.id).limit(limit)))


def load_steps(tx: ReadTx, order: str, limit: int = 200) -> list[Any]:
    """What happened to an order, oldest first."""
    query = sa.select(steps).where(steps.c.order_id == order).order_by(steps.c.seq).limit(limit)
    return list(tx.execute(query))


def load_fills(
    tx: ReadTx,
    account: str,
    *,
    order: str | None = None,
    before: int | None = None,
    limit: int = 50,
    wanted: Wanted = EVERYTHING,
) -> list[Any]:
    """Executions of an account (or of one of its orders), newest first. before: a sequence,
    excluded.
    """
    query = sa.select(fills).where(fills.c.account == account, *narrowed(fills, wanted))
    if wanted.from_day or wanted.to_day:
        # The trading day is the order's; an order's executions are all of its day.
        query = query.join(orders, orders.c.id == fills.c.order_id)
        query = query.where(*_days(orders.c.day, wanted))
    if order:
        query = query.where(fills.c.order_id == order)
    if before:
        query = query.where(fills.c.seq < before)
    return list(tx.execute(query.order_by(fills.c.seq.desc()).limit(limit)))


def first_fill_day(tx: ReadTx, account: str) -> str:
    """The trading day of an account's first execution; "" when it never had one."""
    query = sa.select(orders.c.day).join(fills, orders.c.id == fills.c.order_id)
    first = query.where(fills.c.account == account).order_by(fills.c.seq).limit(1)
    return tx.execute(first).scalar() or ""


def load_postings(
    tx: ReadTx, account: str, *, before: int | None = None, limit: int = 50
) -> list[Any]:
    """Postings from or to an account, newest first. before: a sequence, excluded."""
    query = sa.select(postings).where(
        sa.or_(postings.c.source == account, postings.c.target == account)
    )
    if before:
        query = query.where(postings.c.seq < before)
    return list(tx.execute(query.order_by(postings.c.seq.desc(), postings.c.line).limit(limit)))


def load_costs(tx: ReadTx, account: str) -> dict[str, tuple[int, int]]:
    """Per symbol: shares and what was paid for them in fen, fees included."""
    rows = tx.execute(sa.select(costs).where(costs.c.account == account))
    return {row.symbol: (row.qty, row.cost) for row in rows}


def load_day_ends(tx: ReadTx, stream: str) -> list[tuple[str, int]]:
    """The trading days a counter has ended, oldest first, each with the last sequence in it."""
    query = sa.select(day_ends.c.day, day_ends.c.last_seq).where(day_ends.c.stream == stream)
    return [(row.day, row.last_seq) for row in tx.execute(query.order_by(day_ends.c.last_seq))]


def load_movements(tx: ReadTx, account: str, after: tuple[int, int], limit: int) -> list[Any]:
    """Postings from or to an account, oldest first, after a (sequence, line); each with the fill it
    belongs to, if one, and with the day, kind and basis of what clearing booked, if it did, and
    the security where its postings don't name it.
    """
    p = postings.c
    query = (
        _explained(postings)
        .where(
            sa.or_(p.source == account, p.target == account),
            sa.or_(p.seq > after[0], sa.and_(p.seq == after[0], p.line > after[1])),
        )
        .order_by(p.seq, p.line)
        .limit(limit)
    )
    return list(tx.execute(query))


def _explained(moved: Any) -> Any:
    """Postings with the fill they belong to and with what clearing booked."""
    p, f, b, t = moved.c, fills.c, bookings.c, booked_lines.c
    joined = (
        moved.outerjoin(fills, sa.and_(f.stream == p.stream, f.seq == p.seq))
        .outerjoin(bookings, sa.and_(b.stream == p.stream, b.seq == p.seq))
        .outerjoin(
            booked_lines,
            sa.and_(t.stream == p.stream, t.seq == p.seq, t.line == p.line),
        )
    )
    columns = [f.order_id, f.symbol, f.side, f.execution, f.price, f.qty, f.amount.label("worth")]
    columns += [f.commission, f.stamp, f.transfer, f.at_ms.label("filled_at_ms")]
    columns += [b.day.label("booked_day"), b.kind.label("booked_kind"), b.basis]
    columns += [t.symbol.label("booked_symbol")]
    return sa.select(moved, *columns).select_from(joined)


def _crossing(account: str, asset: str, way: int) -> list[Any]:
    """Postings that change what an account owns, into it (1) or out of it (-1)."""
    p = postings.c
    mine, other = (p.target, p.source) if way > 0 else (p.source, p.target)
    return [mine == account, other != account, p.asset == asset]


def _below(seq: Any, line: Any, before: tuple[int, int]) -> Any:
    """Older than a place. The first bound is what the index can use."""
    return sa.and_(seq <= before[0], sa.or_(seq < before[0], line < before[1]))


def load_cash(
    tx: ReadTx,
    account: str,
    asset: str,
    before: tuple[int, int],
    limit: int,
    wanted: WantedCash = ALL_CASH,
) -> list[Any]:
    """Postings that changed the cash an account owns, newest first, older than a (sequence, line);
    with what `load_movements` gives. Each way is a walk along its index, as far as `limit`.
    """
    halves = [
        _half(account, asset, way, before, limit, wanted)
        for way in (1, -1)
        if wanted.way in (0, way)
    ]
    moved = sa.union_all(*halves).subquery("moved")
    query = _explained(moved).order_by(moved.c.seq.desc(), moved.c.line.desc()).limit(limit)
    return list(tx.execute(query))


def _half(
    account: str, asset: str, way: int, before: tuple[int, int], limit: int, wanted: WantedCash
) -> Any:
    p, b = postings.c, bookings.c
    joined = postings.outerjoin(bookings, sa.and_(b.stream == p.stream, b.seq == p.seq))
    query = sa.select(postings).select_from(joined).where(*_crossing(account, asset, way))
    query = query.where(_below(p.seq, p.line, before), *_days_of_cash(wanted))
    if wanted.booked or wanted.houses:
        other = p.source if way > 0 else p.target
        families = [one.family for one in wanted.houses if one.way in (0, way)]
        named = [sa.and_(b.kind.is_(None), other.startswith(f"{one}:")) for one in families]
        query = query.where(sa.or_(sa.false(), b.kind.in_(wanted.booked), *named))
    newest = query.order_by(p.seq.desc(), p.line.desc()).limit(limit).subquery()
    return sa.select(newest)


def _days_of_cash(wanted: WantedCash) -> list[Any]:
    """A movement is of the day in which it stands in the log; what clearing booked, of its own."""
    p, b, bounds = postings.c, bookings.c, []
    if wanted.after_seq is not None:
        own = sa.and_(b.day.is_(None), p.seq > wanted.after_seq)
        bounds.append(sa.or_(own, b.day >= wanted.from_day))
    if wanted.to_seq is not None:
        own = sa.and_(b.day.is_(None), p.seq <= wanted.to_seq)
        bounds.append(sa.or_(own, b.day <= wanted.to_day))
    return bounds


def load_changes(
    tx: ReadTx, account: str, asset: str, newest: tuple[int, int], oldest: tuple[int, int]
) -> list[tuple[int, int, int]]:
    """Sequence, line and what the account gained, of all between two places, newest first."""
    p = postings.c
    halves = [
        sa.select(p.seq, p.line, (p.amount * way).label("gained")).where(
            *_crossing(account, asset, way),
            _below(p.seq, p.line, (newest[0], newest[1] + 1)),
            p.seq >= oldest[0],
            sa.not_(_below(p.seq, p.line, oldest)),
        )
        for way in (1, -1)
    ]
    both = sa.union_all(*halves).subquery()
    query = sa.select(both).order_by(both.c.seq.desc(), both.c.line.desc())
    return [(row.seq, row.line, row.gained) for row in tx.execute(query)]


def sum_newer(tx: ReadTx, account: str, asset: str, than: tuple[int, int], to_seq: int) -> int:
    """What an account gained after a place, up to a sequence."""
    p, total = postings.c, 0
    for way in (1, -1):
        query = sa.select(sa.func.coalesce(sa.func.sum(p.amount), 0)).where(
            *_crossing(account, asset, way),
            p.seq >= than[0],
            p.seq <= to_seq,
            sa.not_(_below(p.seq, p.line, (than[0], than[1] + 1))),
        )
        total += way * int(tx.execute(query).scalar_one())
    return total
