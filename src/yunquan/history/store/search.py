"""Staff's search: any account's orders and postings, by an index whatever is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from yunquan.history.store import (
    OPEN_POSTGRES,
    OPEN_SQLITE,
    REJECTED,
    day_ends,
    fills,
    narrowed,
    orders,
    postings,
    steps,
)
from yunquan.history.types import Place, Span, Turnover, Wanted, WantedPostings
from yunquan.kernel.readers import offsets
from yunquan.kernel.transaction import ReadTx

LONGEST_EVENT: Final = 2000
ENDLESS: Final = 2**62
REJECTED_STATES: Final = (9,)
OPEN_STATES: Final = frozenset((0, 1, 2, 3, 7))


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
    bounds = narrowed(orders, wanted)
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
