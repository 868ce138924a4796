"""The log: appended by one writer at a time, rolled back without trace, read in order."""

from __future__ import annotations

import threading

import msgspec
import pytest

from yunquan.kernel import log
from yunquan.kernel.errors import Conflict
from yunquan.kernel.transaction import Database

STREAM = "counter-0"


def body(*texts: str) -> bytes:
    return msgspec.msgpack.encode([["test.noted@1", text] for text in texts])


def append(database: Database, head: log.Head, *texts: str) -> log.Head:
    with database.transaction() as tx:
        return log.append(tx.connection, head, body(*texts), len(texts), at_ms=1000)


def claim(database: Database, stream: str = STREAM) -> log.Head:
    with database.transaction() as tx:
        return log.claim(tx.connection, stream)


def everything(database: Database, stream: str = STREAM) -> list[log.Record]:
    with database.read() as tx:
        return list(log.each_record(tx.connection, stream))


def head_of(database: Database, stream: str = STREAM) -> log.Head:
    with database.read() as tx:
        return log.read_head(tx.connection, stream)


def test_an_unknown_stream_is_empty(database: Database) -> None:
    assert head_of(database) == log.Head(STREAM, 1, 0, log.GENESIS)
    assert everything(database) == []
    with database.read() as tx:
        assert log.streams(tx.connection) == []


def test_append_chains_and_counts(database: Database) -> None:
    first = append(database, claim(database), "a", "b")
    second = append(database, first, "c")
    one, two = everything(database)
    assert (one.first_seq, one.count, one.prev_hash) == (1, 2, log.GENESIS)
    assert (two.first_seq, two.count, two.prev_hash) == (3, 1, one.hash)
    assert [record.computed_hash() for record in (one, two)] == [one.hash, two.hash]
    assert second == head_of(database) == log.Head(STREAM, 4, 1, two.hash)


def test_the_hash_is_sm3_over_header_link_and_body() -> None:
    """Computed by the other SM3 at hand, from the layout that the module documents."""
    from tongsuopy.crypto import hashes

    digest = hashes.Hash(hashes.SM3())
    name = b"counter-0"
    numbers = b"".join(number.to_bytes(8, "big") for number in (3, 2, 1, 1000))
    digest.update(len(name).to_bytes(2, "big") + name + numbers + b"\x07" * 32 + b"body")
    assert log.chain_hash("counter-0", 3, 2, 1, 1000, b"\x07" * 32, b"body") == digest.finalize()


def test_the_second_writer_fences_the_first(database: Database) -> None:
    mine = append(database, claim(database), "a")
    theirs = claim(database)
    assert theirs.epoch == mine.epoch + 1
    with pytest.raises(Conflict) as caught:
        append(database, mine, "never")
    assert caught.value.code == "log.fenced"
    assert [record.body for record in everything(database)] == [body("a")]
    after = append(database, theirs, "b")
    assert head_of(database) == after
    with pytest.raises(Conflict):
        append(database, mine, "still never")
    assert [record.epoch for record in everything(database)] == [1, 2]


def test_a_head_is_good_for_one_append(database: Database) -> None:
    head = claim(database)
    append(database, head, "a")
    with pytest.raises(Conflict):
        append(database, head, "again")
    assert len(everything(database)) == 1


def test_two_writers_at_once_never_both_append(database: Database) -> None:
    """Both claim and append as fast as they can; whatever happens, the chain is whole and nothing
    fenced is in it.
    """
    kept: list[bytes] = []
    fenced = 0
    guard = threading.Lock()

    def write(name: str) -> None:
        nonlocal fenced
        head = claim(database)
        for number in range(15):
            try:
                head = append(database, head, f"{name}{number}")
            except Conflict:
                with guard:
                    fenced += 1
                head = claim(database)
            else:
                with guard:
                    kept.append(body(f"{name}{number}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = everything(database)
    assert sorted(record.body for record in records) == sorted(kept)
    assert len(kept) + fenced == 30
    previous, seq = log.GENESIS, 1
    for record in records:
        assert (record.first_seq, record.prev_hash) == (seq, previous)
        previous, seq = record.hash, record.next_seq


def test_rollback_leaves_no_trace(database: Database) -> None:
    head = append(database, claim(database), "a")
    with pytest.raises(KeyError), database.transaction() as tx:
        log.append(tx.connection, head, body("b"), 1, at_ms=1000)
        raise KeyError("changed its mind")
    assert head_of(database) == head
    assert append(database, head, "c").next_seq == 3
    assert [record.body for record in everything(database)] == [body("a"), body("c")]


def test_reading_begins_with_the_record_that_holds_the_event(database: Database) -> None:
    head = claim(database)
    for texts in (("a", "b", "c"), ("d",), ("e", "f")):
        head = append(database, head, *texts)
    with database.read() as tx:
        starts = {
            seq: [r.first_seq for r in log.read_records(tx.connection, STREAM, seq)]
            for seq in range(1, 9)
        }
        assert log.read_records(tx.connection, STREAM, 1, limit=2)[-1].first_seq == 4
    assert starts == {
        1: [1, 4, 5],
        2: [1, 4, 5],
        3: [1, 4, 5],
        4: [4, 5],
        5: [5],
        6: [5],
        7: [],
        8: [],
    }


def test_more_records_than_a_page(database: Database) -> None:
    with database.transaction() as tx:
        head = log.claim(tx.connection, STREAM)
        for number in range(1203):
            head = log.append(tx.connection, head, body(str(number)), 1, at_ms=number)
    assert [record.first_seq for record in everything(database)] == list(range(1, 1204))


def test_streams_are_apart(database: Database) -> None:
    for stream in ("counter-0", "counter-1", "rooms"):
        append(database, claim(database, stream), stream)
    with database.read() as tx:
        assert log.streams(tx.connection) == ["counter-0", "counter-1", "rooms"]
    for stream in ("counter-0", "counter-1", "rooms"):
        assert [record.body for record in everything(database, stream)] == [body(stream)]
