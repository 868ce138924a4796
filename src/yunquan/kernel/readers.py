"""Durable readers of the log: in order, at least once, each with its offset in the database it
writes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import Record, read_head, read_records
from yunquan.kernel.transaction import Database, Tx, metadata

offsets = sa.Table(
    "log_reader",
    metadata,
    sa.Column("reader", sa.String(60), primary_key=True),
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("next_seq", sa.BigInteger, nullable=False),
)
_RECORDS_A_STEP = 200


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event with its place: (stream, seq) is its offset and its id for side effects; at_ms when
    it was committed.
    """

    stream: str
    seq: int
    at_ms: int
    event: Any


@dataclass(frozen=True, slots=True)
class Reader:
    """What a room does with a stream's events. `handle` gets them in order inside one transaction
    with the offset.
    """

    name: str
    handle: Callable[[Tx, Sequence[Recorded]], None]


def load_offset(tx: Any, reader: str, stream: str) -> int:
    """The next sequence this reader wants; 1 if it never ran."""
    query = sa.select(offsets.c.next_seq).where(
        offsets.c.reader == reader, offsets.c.stream == stream
    )
    return tx.execute(query).scalar() or 1


def _save_offset(tx: Tx, reader: str, stream: str, was: int, now: int) -> None:
    where = (offsets.c.reader == reader, offsets.c.stream == stream, offsets.c.next_seq == was)
    moved = tx.execute(offsets.update().where(*where).values(next_seq=now))
    if moved.rowcount == 0:
        # Unique key: two copies of a reader starting together can't both insert, so none runs
        # twice.
        tx.execute(offsets.insert().values(reader=reader, stream=stream, next_seq=now))


def recorded(record: Record, codec: EventCodec, from_seq: int) -> list[Recorded]:
    """The record's events from `from_seq` on, with their places."""
    events = codec.decode(record.body)
    return [
        Recorded(record.stream, record.first_seq + index, record.at_ms, event)
        for index, event in enumerate(events)
        if record.first_seq + index >= from_seq
    ]


def step(reader: Reader, stream: str, source: Database, target: Database, codec: EventCodec) -> int:
    """Handle the next few records; how many events were handled (0 when the reader is up to
    date).
    """
    with target.read() as tx:
        was = load_offset(tx, reader.name, stream)
    with source.read() as tx:
        page = read_records(tx.connection, stream, was, limit=_RECORDS_A_STEP)
    events = [item for record in page for item in recorded(record, codec, was)]
    if events:
        with target.transaction(actor=f"reader:{reader.name}") as tx:
            reader.handle(tx, events)
            _save_offset(tx, reader.name, stream, was, page[-1].next_seq)
    return len(events)


def catch_up(
    reader: Reader, stream: str, source: Database, target: Database, codec: EventCodec
) -> int:
    """Handle everything there is; how many events."""
    handled = 0
    while count := step(reader, stream, source, target, codec):
        handled += count
    return handled


def lag(reader: str, stream: str, source: Database, target: Database) -> int:
    """How many events the reader is behind its stream's head."""
    with target.read() as tx:
        offset = load_offset(tx, reader, stream)
    with source.read() as tx:
        return read_head(tx.connection, stream).next_seq - offset


class ReaderThread(threading.Thread):
    """Runs one reader of one stream until stopped, woken by commits; looks by itself every `idle_s`
    in case a wake was lost. gather_s: from a wake to the look, so that what is committed meanwhile
    shares one transaction.
    """

    def __init__(
        self,
        reader: Reader,
        stream: str,
        source: Database,
        target: Database,
        codec: EventCodec,
        idle_s: float = 1.0,
        gather_s: float = 0.05,
    ) -> None:
        super().__init__(name=f"reader-{reader.name}-{stream}", daemon=True)
        self._work = (reader, stream, source, target, codec)
        self._idle_s = idle_s
        self._gather_s = gather_s
        self._awake = threading.Event()
        self._stopping = False
        self.failure: Exception | None = None

    def wake(self) -> None:
        self._awake.set()

    def stop(self) -> None:
        self._stopping = True
        self._awake.set()

    def run(self) -> None:
        while not self._stopping:
            self._awake.clear()
            try:
                catch_up(*self._work)
                self.failure = None
            except Exception as error:
                self.failure = error
            if self._awake.wait(self._idle_s) and not self._stopping:
                time.sleep(self._gather_s)
