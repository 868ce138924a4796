"""The journal (a counter's stream of the log, one record a batch) and the tables its readers
project it into.

Amounts in fen, prices in milli, quantities in shares. The tables can be dropped and rebuilt from
the first event.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from yunquan.counter.events import codec
from yunquan.kernel import log
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.kernel.transaction import Database, ReadTx, metadata


class Journal:
    """Append and replay of one counter's stream. `head` is where the next record goes; None before
    `open`.
    """

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.stream = f"counter-{name}"
        self.codec = codec()
        self.last_at_ms = 0
        self._head: log.Head | None = None
        self._writer = database.engine.execution_options(writes=True)
        self._appender = log.appender(database.engine)

    def open(self) -> None:
        """Become the stream's only writer; whoever wrote before is fenced out from now on."""
        with self._writer.begin() as connection:
            head = log.claim(connection, self.stream)
            last = log.read_records(connection, self.stream, head.next_seq - 1, limit=1)
        self._head = head
        self.last_at_ms = max(self.last_at_ms, *(record.at_ms for record in last), 0)

    def reopen(self) -> None:
        """After a commit with unknown outcome: claim again, so that it can't land any more.

        Raises Conflict log.fenced if another writer has taken over meanwhile: it stays in charge.
        """
        assert self._head is not None, "open the journal first"
        with self._writer.begin() as connection:
            head = log.lock_head(connection, self.stream)
            if head.epoch != self._head.epoch:
                raise Conflict("log.fenced", stream=self.stream, epoch=self._head.epoch)
            claimed = log.claim(connection, self.stream)
        self._head = claimed

    @property
    def next_seq(self) -> int:
        return self._head.next_seq if self._head else 1

    def append(self, events: list[Any], at_ms: int) -> bytes:
        """Write the events as one durable record; its body. Time never goes back within a stream.

        Raises Conflict log.fenced if another writer took over, Unavailable storage.failed if the
        outcome is unknown.
        """
        assert self._head is not None, "open the journal first"
        body = self.codec.encode(events)
        self.last_at_ms = max(at_ms, self.last_at_ms)
        try:
            with self._appender.begin() as connection:
                head = log.append(connection, self._head, body, len(events), at_ms=self.last_at_ms)
        except DBAPIError as error:
            raise Unavailable("storage.failed", reason=str(error.orig)) from error
        self._head = head
        return body

    def replay(self, from_seq: int) -> Iterator[list[Any]]:
        """Events from `from_seq` on, a record at a time.

        Raises Conflict log.altered at a record whose hash or link doesn't hold: no state is built
        on a log that was changed behind us.
        """
        previous: bytes | None = None
        with self.database.engine.connect() as connection:
            for record in log.each_record(connection, self.stream, from_seq):
                linked = previous is None or record.prev_hash == previous
                if not linked or record.computed_hash() != record.hash:
                    raise Conflict("log.altered", stream=self.stream, first_seq=record.first_seq)
                previous = record.hash
                self.last_at_ms = max(self.last_at_ms, record.at_ms)
                events = self.codec.decode(record.body)
                yield events[max(0, from_seq - record.first_seq) :]


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
    sa.Index("counter_order_by_account", "account", "id"),
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
)


def load_orders(tx: ReadTx, account: str, *, before: str | None, limit: int) -> list[Any]:
    """Rows of an account's orders of all days, newest first. before: an order id, excluded."""
    query = sa.select(orders).where(orders.c.account == account)
    if before:
        query = query.where(orders.c.id < before)
    return list(tx.execute(query.order_by(orders.c.id.desc()).limit(limit)))


def load_order(tx: ReadTx, account: str, order: str) -> Any:
    """One order's row, or None."""
    return tx.execute(
        sa.select(orders).where(orders.c.id == order, orders.c.account == account)
    ).one_or_none()


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
) -> list[Any]:
    """Executions of an account (or of one of its orders), newest first. before: a sequence,
    excluded.
    """
    query = sa.select(fills).where(fills.c.account == account)
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
