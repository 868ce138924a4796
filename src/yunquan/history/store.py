"""The tables of what happened at the counters, and their queries.

Amounts in fen, prices in milli, quantities in shares. They can be dropped and rebuilt from the
first event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from yunquan.history.types import EVERYTHING, Place, Span, Turnover, Wanted, WantedPostings
from yunquan.kernel.readers import offsets
from yunquan.kernel.transaction import ReadTx, metadata

LONGEST_EVENT: Final = 2000
ENDLESS: Final = 2**62
REJECTED_STATES: Final = (9,)
OPEN_STATES: Final = frozenset((0, 1, 2, 3, 7))
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


def _narrowed(table: sa.Table, wanted: Wanted) -> list[Any]:
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
    query = sa.select(orders).where(orders.c.account == account, *_narrowed(orders, wanted))
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
    query = sa.select(fills).where(fills.c.account == account, *_narrowed(fills, wanted))
    if wanted.from_day or wanted.to_day:
        # The trading day is the order's; an order's executions are all of its day.
        query = query.join(orders, orders.c.id == fills.c.order_id)
        query = query.where(*_days(orders.c.day, wanted))
    if order:
        query = query.where(fills.c.order_id == order)
    if before:
        query = query.where(fills.c.seq < before)
    return list(tx.execute(query.order_by(fills.c.seq.desc()).limit(limit)))


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
    p, f, b, t = postings.c, fills.c, bookings.c, booked_lines.c
    joined = (
        postings.outerjoin(fills, sa.and_(f.stream == p.stream, f.seq == p.seq))
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
    query = (
        sa.select(postings, *columns)
        .select_from(joined)
        .where(
            sa.or_(p.source == account, p.target == account),
            sa.or_(p.seq > after[0], sa.and_(p.seq == after[0], p.line > after[1])),
        )
        .order_by(p.seq, p.line)
        .limit(limit)
    )
    return list(tx.execute(query))


# --- staff's search: any account's, by an index whatever is asked


def search_orders(
    tx: ReadTx,
    wanted: Wanted,
    accounts: Sequence[str] | None,
    before: str,
    limit: int,
) -> list[Any]:
    """Rows of orders newest first: of some accounts, None for all. before: an id, excluded.

    An order's id begins with its day, so that days are a range of ids.
    """
    bounds = _narrowed(orders, wanted)
    if accounts is not None:
        bounds.append(orders.c.account.in_(accounts))
    if wanted.from_day:
        bounds.append(orders.c.id >= f"ord_{wanted.from_day.replace('-', '')}")
    if wanted.to_day:
        bounds.append(orders.c.id < f"ord_{wanted.to_day.replace('-', '')}~")
    if wanted.states:
        bounds.append(orders.c.state.in_(wanted.states))
    if wanted.states == REJECTED_STATES:
        bounds.append(REJECTED)
    elif wanted.states and set(wanted.states) <= OPEN_STATES:
        bounds.append(OPEN_SQLITE if _is_sqlite(tx) else OPEN_POSTGRES)
    if before:
        bounds.append(orders.c.id < before)
    query = sa.select(orders).where(*bounds).order_by(orders.c.id.desc()).limit(limit)
    return list(tx.execute(query))


def _is_sqlite(tx: ReadTx) -> bool:
    return tx.connection.dialect.name == "sqlite"


def orders_of_execution(tx: ReadTx, execution: str) -> list[Any]:
    """Rows of the orders that have an execution of this number; the exchange may repeat one on
    another day.
    """
    mine = sa.select(fills.c.order_id).where(fills.c.execution == execution)
    return list(tx.execute(sa.select(orders).where(orders.c.id.in_(mine)).limit(50)))


def _side_of(wanted: WantedPostings, column: Any, before: Place | None) -> Any:
    """Postings that have the account at one end, newest first; by that end's index."""
    p = postings.c
    bounds: list[Any] = [column == wanted.account]
    if column is p.target:
        # One within the account stands at its source already.
        bounds.append(p.source != wanted.account)
    if wanted.asset:
        bounds.append(p.asset == wanted.asset)
    if wanted.event:
        bounds.append(p.event == wanted.event)
    if wanted.spans:
        bounds.append(sa.or_(*(_within(span) for span in wanted.spans)))
        bounds.append(p.seq <= max(span.last_seq for span in wanted.spans))
        bounds.append(p.seq >= min(span.first_seq for span in wanted.spans))
    if before:
        at = sa.tuple_(*(sa.literal(part) for part in (before.seq, before.stream, before.line)))
        bounds += [p.seq <= before.seq, sa.tuple_(p.seq, p.stream, p.line) < at]
    return sa.select(postings).where(*bounds)


def _within(span: Span) -> Any:
    p = postings.c
    return sa.and_(p.stream == span.stream, p.seq.between(span.first_seq, span.last_seq))


def _newest(query: Any, limit: int) -> Any:
    p = query.subquery()
    return sa.select(p).order_by(p.c.seq.desc(), p.c.stream.desc(), p.c.line.desc()).limit(limit)


def search_postings(
    tx: ReadTx, wanted: WantedPostings, before: Place | None, limit: int
) -> list[Any]:
    """An account's postings newest first. Each end is walked by its own index and cut before they
    are put together.
    """
    ends = [
        sa.select(_newest(_side_of(wanted, column, before), limit).subquery())
        for column in (postings.c.source, postings.c.target)
    ]
    return list(tx.execute(_newest(sa.union_all(*ends), limit)))


def load_turnovers(tx: ReadTx, wanted: WantedPostings, most: int) -> list[Turnover] | None:
    """What went in and out by asset and other account; None where there is more than `most` to add
    up.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for column, other, way in (
        (postings.c.source, postings.c.target, 1),
        (postings.c.target, postings.c.source, 0),
    ):
        few = _side_of(wanted, column, None).limit(most + 1).subquery()
        place = few.c[other.name]
        sums = (sa.func.sum(few.c.amount).label("total"), sa.func.count().label("lines"))
        query = sa.select(few.c.asset, place.label("other"), *sums)
        rows = list(tx.execute(query.group_by(few.c.asset, place)))
        if sum(row.lines for row in rows) > most:
            return None
        for row in rows:
            if row.other != wanted.account:
                found.setdefault((row.asset, row.other), [0, 0])[way] += int(row.total)
    return [Turnover(*key, *moved) for key, moved in sorted(found.items())]


def balances_at(tx: ReadTx, account: str, assets: Iterable[str], place: Place) -> dict[str, int]:
    """What an account owned of some assets once the posting at this place was made."""
    p = postings.c
    upto = sa.tuple_(p.seq, p.stream, p.line) <= sa.tuple_(
        *(sa.literal(part) for part in (place.seq, place.stream, place.line))
    )
    owned = dict.fromkeys(assets, 0)
    for column, sign in ((p.target, 1), (p.source, -1)):
        query = sa.select(p.asset, sa.func.sum(p.amount).label("total")).where(
            column == account, p.seq <= place.seq, upto, p.asset.in_(tuple(owned))
        )
        for row in tx.execute(query.group_by(p.asset)):
            owned[row.asset] += sign * int(row.total)
    return owned


def postings_at(tx: ReadTx, stream: str, seq: int) -> list[Any]:
    """All postings of one place in the log."""
    query = sa.select(postings).where(postings.c.stream == stream, postings.c.seq == seq)
    return list(tx.execute(query.order_by(postings.c.line).limit(LONGEST_EVENT)))


def postings_of_order(tx: ReadTx, order: str, limit: int = 1000) -> list[Any]:
    """All postings an order led to, oldest first."""
    p = postings.c
    joined = steps.join(postings, sa.and_(p.stream == steps.c.stream, p.seq == steps.c.seq))
    query = sa.select(postings).select_from(joined).where(steps.c.order_id == order)
    return list(tx.execute(query.order_by(p.stream, p.seq, p.line).limit(limit)))


def load_spans(tx: ReadTx, from_day: str, to_day: str) -> list[Span]:
    """Where the log of each counter tells of these trading days, "" for no bound; what comes after
    the last day end is of the day that runs.
    """
    ends: dict[str, list[tuple[str, int]]] = {}
    query = sa.select(day_ends.c.stream, day_ends.c.day, day_ends.c.last_seq)
    for row in tx.execute(query.order_by(day_ends.c.last_seq)):
        ends.setdefault(row.stream, []).append((row.day, row.last_seq))
    # Which counters there are, by what readers keep of them: before the first day end too.
    for stream in tx.execute(sa.select(offsets.c.stream).distinct()).scalars():
        if stream.startswith("counter-"):
            ends.setdefault(stream, [])
    spans: list[Span] = []
    for stream, known in sorted(ends.items()):
        first = max((last + 1 for day, last in known if day < from_day), default=1)
        over = [last for day, last in known if to_day and day >= to_day]
        # A running day has no end yet; a day that is to come has nothing.
        last = min(over, default=ENDLESS)
        spans.append(Span(stream, first if from_day else 1, last))
    return [span for span in spans if span.first_seq <= span.last_seq]
