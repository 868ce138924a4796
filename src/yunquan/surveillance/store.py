"""Tables of surveillance: alerts, and the order in which the stream was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.kernel.zone import day_of
from yunquan.surveillance.types import AlertView, Skipped

alerts = sa.Table(
    "surveillance_alert",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("raised_at_ms", sa.BigInteger, nullable=False),
    sa.Column("rule", sa.String(60), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("grade", sa.Integer, nullable=False),
    sa.Column("shadow", sa.Boolean, nullable=False),
    sa.Column("subject", sa.String(20), nullable=False),
    sa.Column("account", sa.String(60), nullable=False),
    sa.Column("symbol", sa.String(20), nullable=False),
    sa.Column("other", sa.String(60), nullable=False),
    sa.Column("device", sa.String(200), nullable=False),
    sa.Column("began_ms", sa.BigInteger, nullable=False),
    sa.Column("flood", sa.Boolean, nullable=False),
    sa.Column("values", sa.LargeBinary, nullable=False),
    sa.Index("surveillance_alert_by_time", "at_ms"),
    sa.Index("surveillance_alert_by_writing", "raised_at_ms", "id"),
    sa.Index("surveillance_alert_by_account", "account", "at_ms"),
    sa.Index("surveillance_alert_by_rule", "rule", "at_ms"),
)
batches = sa.Table(
    "surveillance_batch",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first_row", sa.BigInteger, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("runs", sa.LargeBinary, nullable=False),
    sa.Index("surveillance_batch_by_time", "at_ms"),
)
places = sa.Table(
    "surveillance_place",
    metadata,
    sa.Column("source", sa.String(40), primary_key=True),
    sa.Column("next_seq", sa.BigInteger, nullable=False),
)
told = sa.Table(
    "surveillance_told",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("symbol", sa.String(20), primary_key=True),
    sa.Column("close", sa.BigInteger, nullable=False),
    sa.Column("upper", sa.BigInteger, nullable=False),
    sa.Column("lower", sa.BigInteger, nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False, server_default="0"),
)
skipped = sa.Table(
    "surveillance_skipped",
    metadata,
    sa.Column("source", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("what", sa.String(60), nullable=False),
    sa.Column("why", sa.String(200), nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False, server_default="0"),
)
# Pieces of one batch that are named when all of it is wrong.
NAMED: Final = 50
EVER = 2**62
# Ids in one question.
AT_ONCE = 400
# (source, first sequence number, how many in a row), in the order they were read.
Runs = list[tuple[str, int, int]]


class Batch(msgspec.Struct, frozen=True):
    """One step of the stream: which pieces of which source, in order. at_ms: when it was read."""

    number: int
    first_row: int
    at_ms: int
    runs: Runs


def insert_alerts(tx: Tx, found: Sequence[AlertView], raised_at_ms: int) -> None:
    if found:
        rows = [
            msgspec.structs.asdict(one)
            | {"values": msgspec.msgpack.encode(one.values), "raised_at_ms": raised_at_ms}
            for one in found
        ]
        tx.execute(alerts.insert(), rows)


def list_alerts(
    tx: ReadTx,
    *,
    before_ms: int,
    limit: int,
    account: str = "",
    rule: str = "",
    least_grade: int = 1,
    shadow: bool = False,
    since_ms: int = 0,
    known_by_ms: int = EVER,
) -> list[AlertView]:
    """Newest first. Empty arguments don't narrow. known_by_ms: only what was raised by then."""
    query = alerts.select().where(
        alerts.c.at_ms < before_ms,
        alerts.c.at_ms >= since_ms,
        alerts.c.grade >= least_grade,
        alerts.c.shadow == shadow,
    )
    if known_by_ms < EVER:
        query = query.where(alerts.c.raised_at_ms <= known_by_ms)
    if account:
        query = query.where(alerts.c.account == account)
    if rule:
        query = query.where(alerts.c.rule == rule)
    query = query.order_by(alerts.c.at_ms.desc(), alerts.c.id.desc()).limit(limit)
    return [_alert(row) for row in tx.execute(query)]


def count_alerts(tx: ReadTx, from_ms: int) -> dict[tuple[str, int, bool], int]:
    """How many since then, by rule, version and whether it ran in the shadow."""
    by = (alerts.c.rule, alerts.c.version, alerts.c.shadow)
    query = (
        sa.select(*by, sa.func.count().label("many")).where(alerts.c.at_ms >= from_ms).group_by(*by)
    )
    return {(row.rule, row.version, row.shadow): row.many for row in tx.execute(query)}


def alerts_since(tx: ReadTx, since_ms: int, after: str, limit: int) -> list[tuple[AlertView, int]]:
    """With the moment each was written: at or after one, in the order they were written; behind
    `after` in that moment. Those of the shadow aren't told.
    """
    moment = alerts.c.raised_at_ms
    later = sa.or_(moment > since_ms, sa.and_(moment == since_ms, alerts.c.id > after))
    query = alerts.select().where(later, alerts.c.shadow == sa.false())
    rows = tx.execute(query.order_by(moment, alerts.c.id).limit(limit))
    return [(_alert(row), row.raised_at_ms) for row in rows]


def find_alerts(tx: ReadTx, ids: Sequence[str]) -> dict[str, AlertView]:
    """Those of these ids that there are."""
    found = dict[str, AlertView]()
    for first in range(0, len(ids), AT_ONCE):
        query = alerts.select().where(alerts.c.id.in_(ids[first : first + AT_ONCE]))
        found |= {row.id: _alert(row) for row in tx.execute(query)}
    return found


def tally_alerts(tx: ReadTx, account: str, since_ms: int) -> list[tuple[str, int, int]]:
    """(rule, how many, at_ms of the last) of an account's alerts since then, most first."""
    many, last = sa.func.count(), sa.func.max(alerts.c.at_ms)
    query = (
        sa.select(alerts.c.rule, many.label("many"), last.label("last"))
        .where(alerts.c.account == account, alerts.c.at_ms >= since_ms, ~alerts.c.shadow)
        .group_by(alerts.c.rule)
        .order_by(many.desc(), alerts.c.rule)
    )
    return [(row.rule, row.many, row.last) for row in tx.execute(query)]


def _alert(row: sa.Row[tuple[object, ...]]) -> AlertView:
    facts = {name: getattr(row, name) for name in AlertView.__struct_fields__ if name != "values"}
    return AlertView(**facts, values=msgspec.msgpack.decode(row.values, type=dict[str, float]))


def insert_batch(tx: Tx, one: Batch) -> None:
    tx.execute(
        batches.insert().values(
            number=one.number,
            first_row=one.first_row,
            at_ms=one.at_ms,
            runs=msgspec.msgpack.encode(one.runs),
        )
    )


def load_batches(tx: ReadTx, first: int, limit: int) -> list[Batch]:
    """Batches from a number on, in order."""
    query = batches.select().where(batches.c.number >= first)
    query = query.order_by(batches.c.number).limit(limit)
    return [
        Batch(
            row.number,
            row.first_row,
            row.at_ms,
            msgspec.msgpack.decode(row.runs, type=list[tuple[str, int, int]]),
        )
        for row in tx.execute(query)
    ]


def last_batch(tx: ReadTx) -> int:
    """Number of the newest batch, 0 before the first."""
    return tx.execute(sa.select(sa.func.max(batches.c.number))).scalar() or 0


def first_batch_since(tx: ReadTx, at_ms: int) -> int:
    """Number of the first one read at this moment or later, 0 for none."""
    query = sa.select(sa.func.min(batches.c.number)).where(batches.c.at_ms >= at_ms)
    return tx.execute(query).scalar() or 0


def batch_span(tx: ReadTx) -> tuple[int, int]:
    """When the first and the last batch were read; zeros before the first."""
    least, most = sa.func.min(batches.c.at_ms), sa.func.max(batches.c.at_ms)
    found = tx.execute(sa.select(least.label("least"), most.label("most"))).one()
    return found.least or 0, found.most or 0


def last_batch_before(tx: ReadTx, at_ms: int) -> int:
    """When the last one before this moment was read, 0 for none."""
    query = sa.select(sa.func.max(batches.c.at_ms)).where(batches.c.at_ms < at_ms)
    return tx.execute(query).scalar() or 0


def load_told(tx: ReadTx, day: str) -> dict[str, tuple[int, int, int]]:
    """Close before, upper and lower limit of each instrument, as surveillance was told them."""
    query = told.select().where(told.c.day == day)
    return {row.symbol: (row.close, row.upper, row.lower) for row in tx.execute(query)}


def insert_told(tx: Tx, found: Mapping[tuple[str, str], tuple[int, int, int]], batch: int) -> None:
    """By symbol and day; batch: in which they were asked for."""
    rows = [
        {"day": day, "symbol": symbol, "close": close, "upper": upper, "lower": lower}
        | {"batch": batch}
        for (symbol, day), (close, upper, lower) in found.items()
    ]
    if rows:
        tx.execute(told.insert(), rows)


def load_places(tx: ReadTx) -> dict[str, int]:
    """The next sequence number wanted of each source."""
    return {row.source: row.next_seq for row in tx.execute(places.select())}


def save_places(tx: Tx, moved: dict[str, int]) -> None:
    for source, next_seq in moved.items():
        where = places.c.source == source
        if not tx.execute(places.update().where(where).values(next_seq=next_seq)).rowcount:
            tx.execute(places.insert().values(source=source, next_seq=next_seq))


def insert_skipped(tx: Tx, found: Sequence[Skipped], batch: int) -> None:
    """What was left out of a batch; of one that is all wrong, the first pieces and their sum."""
    if not found:
        return
    named: list[dict[str, Any]] = [
        msgspec.structs.asdict(one) | {"batch": batch} for one in found[:NAMED]
    ]
    named[-1]["count"] += sum(one.count for one in found[NAMED:])
    for one in named:
        one["what"], one["why"] = one["what"][:60], one["why"][:200]
    tx.execute(skipped.insert(), named)


def list_skipped(tx: ReadTx, limit: int) -> list[Skipped]:
    """The newest pieces that were left out."""
    columns = [skipped.c[name] for name in Skipped.__struct_fields__]
    query = sa.select(*columns).order_by(skipped.c.at_ms.desc(), skipped.c.seq.desc()).limit(limit)
    return [Skipped(*row) for row in tx.execute(query)]


def count_skipped(tx: ReadTx) -> int:
    """Events left out of the batches that are kept."""
    return int(tx.execute(sa.select(sa.func.sum(skipped.c.count))).scalar() or 0)


def forget_batches(tx: Tx, before_ms: int, before: int, most: int) -> int:
    """Batches read before a moment, up to a number, the oldest first, at most so many; how many
    went.
    """
    oldest = sa.select(batches.c.number).order_by(batches.c.number).limit(most)
    first = tx.execute(oldest).scalars().all()
    if not first:
        return 0
    old = sa.and_(
        batches.c.number <= first[-1], batches.c.number < before, batches.c.at_ms < before_ms
    )
    return tx.execute(batches.delete().where(old)).rowcount


def forget_beside(tx: Tx) -> None:
    """What was written with batches that are gone: pieces left out, and limits. Of those, a day at
    a time, and none of the day of the oldest batch that is left.
    """
    oldest = load_batches(tx, 0, 1)
    if not oldest:
        return
    first, today = oldest[0].number, day_of(oldest[0].at_ms)
    tx.execute(skipped.delete().where(skipped.c.batch < first))
    over = (told.c.batch < first, told.c.day < today)
    day = sa.select(told.c.day).where(*over).order_by(told.c.day).limit(1).scalar_subquery()
    tx.execute(told.delete().where(*over, told.c.day == day))
