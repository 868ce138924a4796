"""Durable readers: in order, at least once, never past what they did, whatever dies in between."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import msgspec
import pytest
import sqlalchemy as sa

from tests.fixtures_database import NewDatabase
from yunquan.kernel import log
from yunquan.kernel.events import EventCodec, UnknownEvent
from yunquan.kernel.readers import Reader, ReaderThread, Recorded, catch_up, lag, load_offset, step
from yunquan.kernel.transaction import Database, Tx

STREAM = "counter-0"


class Other(msgspec.Struct, frozen=True, array_like=True, tag="test.other@1"):
    pass


class Noted(msgspec.Struct, frozen=True, array_like=True, tag="test.noted@1"):
    number: int


CODEC = EventCodec([Noted])
seen = sa.table("seen", sa.column("seq", sa.BigInteger), sa.column("number", sa.BigInteger))


@pytest.fixture
def source(database: Database) -> Database:
    """Ten events in records of 3, 3, 3 and 1, and a table for what a reader makes of them."""
    with database.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE seen (seq BIGINT, number BIGINT)"))
        head = log.claim(tx.connection, STREAM)
        for numbers in ((1, 2, 3), (4, 5, 6), (7, 8, 9), (10,)):
            body = CODEC.encode([Noted(number) for number in numbers])
            head = log.append(tx.connection, head, body, len(numbers), at_ms=numbers[0])
    return database


def write_down(tx: Tx, events: Sequence[Recorded]) -> None:
    tx.execute(seen.insert(), [{"seq": item.seq, "number": item.event.number} for item in events])


def written(database: Database) -> list[int]:
    with database.read() as tx:
        rows = tx.execute(sa.select(seen))
        return [row.number for row in rows if row.seq == row.number]


def offset(database: Database, name: str = "r") -> int:
    with database.read() as tx:
        return load_offset(tx, name, STREAM)


def test_all_events_in_order_once(source: Database) -> None:
    reader = Reader("r", write_down)
    assert lag("r", STREAM, source, source) == 10
    assert catch_up(reader, STREAM, source, source, CODEC) == 10
    assert written(source) == list(range(1, 11))
    assert catch_up(reader, STREAM, source, source, CODEC) == 0
    assert (offset(source), lag("r", STREAM, source, source)) == (11, 0)


def test_a_crash_while_handling_leaves_neither_work_nor_offset(source: Database) -> None:
    def die(tx: Tx, events: Sequence[Recorded]) -> None:
        write_down(tx, events)
        raise KeyError("died between its work and the commit")

    with pytest.raises(KeyError):
        step(Reader("r", die), STREAM, source, source, CODEC)
    assert (written(source), offset(source)) == ([], 1)
    catch_up(Reader("r", write_down), STREAM, source, source, CODEC)
    assert written(source) == list(range(1, 11))


def test_it_begins_in_the_middle_of_a_record(source: Database) -> None:
    """An offset inside a record (as after a change of grouping) gives the rest of it, not all of
    it.
    """
    with source.transaction() as tx:
        tx.execute(
            sa.text(
                f"INSERT INTO log_reader (reader, stream, next_seq) VALUES ('r', '{STREAM}', 5)"
            )
        )
    catch_up(Reader("r", write_down), STREAM, source, source, CODEC)
    assert written(source) == [5, 6, 7, 8, 9, 10]


def test_two_copies_of_a_reader_started_together(source: Database) -> None:
    """Both read one offset before either commits: one keeps its work, the other's is undone."""
    together = threading.Barrier(2)
    failures: list[Exception] = []

    def handle(tx: Tx, events: Sequence[Recorded]) -> None:
        if source.engine.dialect.name != "sqlite":
            together.wait(5)
        write_down(tx, events)

    def run() -> None:
        try:
            step(Reader("r", handle), STREAM, source, source, CODEC)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) <= 1
    assert written(source) == list(range(1, 11))
    assert offset(source) == 11


def test_two_copies_that_run_on_end_with_each_event_once(source: Database) -> None:
    threads = [
        ReaderThread(Reader("r", write_down), STREAM, source, source, CODEC, idle_s=0.01)
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    with source.transaction() as tx:
        head = log.claim(tx.connection, STREAM)
    for number in range(11, 41):
        with source.transaction() as tx:
            head = log.append(tx.connection, head, CODEC.encode([Noted(number)]), 1, at_ms=number)
        for thread in threads:
            thread.wake()
    waited = threading.Event()
    for _ in range(500):
        if offset(source) == 41:
            break
        waited.wait(0.02)
    for thread in threads:
        thread.stop()
    for thread in threads:
        thread.join(5)
    assert sorted(written(source)) == list(range(1, 41))


def test_readers_are_apart(source: Database) -> None:
    catch_up(Reader("one", write_down), STREAM, source, source, CODEC)
    assert (offset(source, "one"), offset(source, "other")) == (11, 1)


def test_work_and_offset_live_in_the_target(
    source: Database, kind: str, new_database: NewDatabase
) -> None:
    target = new_database("sqlite" if kind == "postgresql" else "postgresql")
    with target.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE seen (seq BIGINT, number BIGINT)"))
    catch_up(Reader("r", write_down), STREAM, source, target, CODEC)
    assert written(target) == list(range(1, 11))
    assert (offset(target), offset(source)) == (11, 1)


def test_an_event_it_cannot_read_stops_it_there(source: Database) -> None:
    thread = ReaderThread(
        Reader("r", write_down), STREAM, source, source, EventCodec([Other]), idle_s=0.01
    )
    with pytest.raises(UnknownEvent):
        step(Reader("r", write_down), STREAM, source, source, EventCodec([Other]))
    thread.start()
    waited = threading.Event()
    for _ in range(200):
        if thread.failure is not None:
            break
        waited.wait(0.01)
    thread.stop()
    thread.join(5)
    assert isinstance(thread.failure, UnknownEvent)
    assert (written(source), offset(source)) == ([], 1)
