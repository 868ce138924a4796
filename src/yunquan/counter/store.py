"""The journal: a counter's stream of the log, one record a batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.exc import DBAPIError

from yunquan.counter.events import codec
from yunquan.kernel import log
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.kernel.transaction import Database


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
