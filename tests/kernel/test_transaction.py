"""Transactions: all or nothing, on both databases."""

from __future__ import annotations

import threading

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError

from yunquan.kernel.errors import Unavailable
from yunquan.kernel.log import PLAIN, heads, read_head, read_records, records
from yunquan.kernel.transaction import ROOMS_STREAM, Database


class NoteWritten(msgspec.Struct, frozen=True, array_like=True, tag="test.note_written@1"):
    text: str


notes = sa.table("notes", sa.column("text", sa.String))


@pytest.fixture
def noted(database: Database) -> Database:
    with database.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE notes (text VARCHAR(20) UNIQUE)"))
    return database


def written(database: Database) -> list[str]:
    with database.read() as tx:
        return [row.text for row in tx.execute(sa.select(notes))]


def emitted(database: Database) -> list[str]:
    with database.read() as tx:
        return [
            event[1]
            for record in read_records(tx.connection, ROOMS_STREAM)
            for event in msgspec.msgpack.decode(record.body)
        ]


def test_rows_and_events_are_kept_together(noted: Database) -> None:
    with noted.transaction(actor="staff:stf_1") as tx:
        tx.execute(notes.insert(), {"text": "a"})
        tx.emit(NoteWritten("a"))
        tx.emit(NoteWritten("b"))
        assert tx.actor == "staff:stf_1"
    assert written(noted) == ["a"]
    assert emitted(noted) == ["a", "b"]


def test_rollback_leaves_no_trace(noted: Database) -> None:
    called: list[str] = []
    noted.on_emit.append(lambda: called.append("wake"))
    with pytest.raises(KeyError), noted.transaction() as tx:
        tx.execute(notes.insert(), {"text": "a"})
        tx.emit(NoteWritten("a"))
        tx.after_commit(lambda: called.append("after"))
        raise KeyError("changed its mind")
    assert written(noted) == []
    assert emitted(noted) == []
    assert called == []
    with noted.read() as tx:
        assert read_head(tx.connection, ROOMS_STREAM).next_seq == 1


def test_callbacks_run_after_the_commit_and_only_once(noted: Database) -> None:
    called: list[list[str]] = []
    noted.on_emit.append(lambda: called.append(["wake"]))
    with noted.transaction() as tx:
        tx.execute(notes.insert(), {"text": "a"})
        tx.emit(NoteWritten("a"))
        tx.after_commit(lambda: called.append(written(noted)))
        assert called == []
    assert called == [["a"], ["wake"]]
    with noted.transaction() as tx:
        tx.execute(notes.insert(), {"text": "b"})
    assert called == [["a"], ["wake"]], "nothing was emitted, so nobody is woken"


def test_what_a_read_changes_is_rolled_back(noted: Database) -> None:
    with noted.read() as tx:
        tx.execute(notes.insert(), {"text": "a"})
    assert written(noted) == []
    with noted.read() as tx:
        assert not hasattr(tx, "emit")


def test_a_broken_constraint_stays_our_bug(noted: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), noted.transaction() as tx:
        tx.execute(notes.insert(), [{"text": "a"}, {"text": "a"}])
    with pytest.raises((ProgrammingError, Unavailable)), noted.transaction() as tx:
        tx.execute(sa.text("SELECT nothing FROM nowhere"))
    assert written(noted) == []


def test_first_events_of_two_transactions_at_once(database: Database) -> None:
    """The stream has no head row yet: both writers make it, neither fails, both are in the log."""
    together = threading.Barrier(2)
    failures: list[Exception] = []

    def emit(text: str) -> None:
        try:
            with database.transaction() as tx:
                if database.engine.dialect.name != "sqlite":  # SQLite lets only one begin
                    together.wait(5)
                tx.emit(NoteWritten(text))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=emit, args=(text,)) for text in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(emitted(database)) == ["a", "b"]


def test_many_threads_keep_the_sequence_whole(database: Database) -> None:
    def emit(text: str) -> None:
        for number in range(10):
            with database.transaction() as tx:
                tx.emit(NoteWritten(f"{text}{number}"))

    threads = [threading.Thread(target=emit, args=(text,)) for text in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        rows = (
            tx.execute(sa.select(records.c.first_seq).order_by(records.c.first_seq)).scalars().all()
        )
        assert rows == list(range(1, 41))
        assert tx.execute(sa.select(heads.c.next_seq)).scalar() == 41
    found = emitted(database)
    for text in "abcd":
        assert [item for item in found if item[0] == text] == [f"{text}{n}" for n in range(10)]


def test_a_lost_database_is_unavailable_and_comes_back(kind: str, noted: Database) -> None:
    if kind == "sqlite":
        with noted.engine.connect() as reader:
            pages = reader.exec_driver_sql("PRAGMA page_count").scalar()
            reader.rollback()
        with pytest.raises(Unavailable) as caught, noted.transaction() as tx:
            tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            tx.execute(notes.insert(), [{"text": f"{n:020d}"} for n in range(2000)])
        noted.engine.dispose()
    else:
        with pytest.raises(Unavailable) as caught, noted.transaction() as tx:
            tx.execute(notes.insert(), {"text": "lost"})
            backend = tx.execute(sa.text("SELECT pg_backend_pid()")).scalar()
            with noted.engine.connect() as other:
                other.execute(sa.text(f"SELECT pg_terminate_backend({backend})"))
            tx.execute(notes.insert(), {"text": "lost too"})
    assert caught.value.code == "storage.failed"
    assert isinstance(caught.value.__cause__, OperationalError)
    with noted.transaction() as tx:
        tx.execute(notes.insert(), {"text": "back"})
    assert written(noted) == ["back"]


def test_plain_encoding_is_the_struct_as_a_tagged_list() -> None:
    assert msgspec.msgpack.decode(PLAIN.encode([NoteWritten("a")])) == [
        ["test.note_written@1", "a"]
    ]


def test_a_callback_that_fails_takes_no_commit_back(database: Database) -> None:
    told: list[str] = []

    def fail() -> None:
        raise RuntimeError

    with database.transaction() as tx:
        tx.after_commit(fail)
        tx.after_commit(lambda: told.append("second"))
    assert told == ["second"]
