"""`log verify`: whatever is done to the log, the first bad record is named."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from yunquan.kernel import log
from yunquan.kernel.log import heads, records
from yunquan.kernel.proof import (
    Fault,
    HeadSigner,
    SignedHead,
    Verified,
    export_head,
    is_authentic,
    load_heads,
    verify,
)
from yunquan.kernel.transaction import Database

STREAM = "counter-0"
# Five records; events 1-2, 3, 4-6, 7, 8-9.
COUNTS = (2, 1, 3, 1, 2)
FIRST = (1, 3, 4, 7, 8)


def body(first: int, count: int) -> bytes:
    return msgspec.msgpack.encode(
        [[f"test.noted_{seq}@1", seq] for seq in range(first, first + count)]
    )


@pytest.fixture
def chain(database: Database) -> Database:
    with database.transaction() as tx:
        head = log.claim(tx.connection, STREAM)
        for first, count in zip(FIRST, COUNTS, strict=True):
            head = log.append(tx.connection, head, body(first, count), count, at_ms=1000 + first)
    return database


def checked(database: Database, witnesses: list[SignedHead] | None = None) -> Verified | Fault:
    with database.read() as tx:
        return verify(tx.connection, STREAM, witnesses or [])


def at(seq: int) -> sa.ColumnElement[bool]:
    return sa.and_(records.c.stream == STREAM, records.c.first_seq == seq)


def change(seq: int, **values: object) -> Callable[[Connection], None]:
    return lambda connection: (
        connection.execute(records.update().where(at(seq)).values(**values)) and None
    )


def remove(*seqs: int) -> Callable[[Connection], None]:
    return lambda connection: (
        [connection.execute(records.delete().where(at(seq))) for seq in seqs] and None
    )


def swap_bodies(one: int, other: int) -> Callable[[Connection], None]:
    def swap(connection: Connection) -> None:
        bodies = {
            seq: connection.execute(sa.select(records.c.body).where(at(seq))).scalar()
            for seq in (one, other)
        }
        for seq, another in ((one, other), (other, one)):
            connection.execute(records.update().where(at(seq)).values(body=bodies[another]))

    return swap


def swap_records(connection: Connection) -> None:
    """3 and 7 hold one event each: their whole rows change places."""
    for was, now in ((3, 300), (7, 3), (300, 7)):
        connection.execute(records.update().where(at(was)).values(first_seq=now))


def regroup(connection: Connection) -> None:
    """Records 3 and 4-6 become one record 3-6, with a hash of its own."""
    row = connection.execute(sa.select(records).where(at(3))).one()
    digest = log.chain_hash(STREAM, 3, 4, row.epoch, row.at_ms, bytes(row.prev_hash), body(3, 4))
    connection.execute(records.delete().where(at(4)))
    connection.execute(records.update().where(at(3)).values(count=4, body=body(3, 4), hash=digest))


def rehash(connection: Connection) -> None:
    """Body of record 3 replaced and its own hash made to fit: the next link shows it."""
    row = connection.execute(sa.select(records).where(at(3))).one()
    digest = log.chain_hash(STREAM, 3, 1, row.epoch, row.at_ms, bytes(row.prev_hash), body(99, 1))
    connection.execute(records.update().where(at(3)).values(body=body(99, 1), hash=digest))


def insert_between(connection: Connection) -> None:
    row = connection.execute(sa.select(records).where(at(4))).one()
    connection.execute(records.insert().values(**{**row._mapping, "first_seq": 5, "count": 1}))


def set_head(**values: object) -> Callable[[Connection], None]:
    return lambda connection: connection.execute(heads.update().values(**values)) and None


TAMPERINGS = {
    "body altered": (change(4, body=body(14, 3)), 4, "altered"),
    "body unreadable": (change(4, body=b"\xc1"), 4, "altered"),
    "body emptied": (change(4, body=b""), 4, "altered"),
    "time altered": (change(4, at_ms=5), 4, "altered"),
    "time made negative": (change(4, at_ms=-5), 4, "altered"),
    "epoch altered": (change(4, epoch=9), 4, "altered"),
    "epoch made negative": (change(4, epoch=-9), 4, "altered"),
    "count raised": (change(4, count=4), 4, "altered"),
    "count lowered": (change(4, count=2), 4, "altered"),
    "count zero": (change(4, count=0), 4, "altered"),
    "count negative": (change(4, count=-3), 4, "altered"),
    "count of the last zero": (change(8, count=0), 8, "altered"),
    "hash altered": (change(4, hash=b"\x01" * 32), 4, "altered"),
    "hash cut": (change(4, hash=b"\x01"), 4, "altered"),
    "link altered": (change(4, prev_hash=b"\x01" * 32), 4, "link"),
    "first removed": (remove(1), 3, "missing"),
    "middle removed": (remove(4), 7, "missing"),
    "two removed": (remove(3, 4), 7, "missing"),
    "end truncated": (remove(8), 8, "missing"),
    "all removed": (remove(*FIRST), 1, "missing"),
    "bodies swapped": (swap_bodies(3, 7), 3, "altered"),
    "records reordered": (swap_records, 3, "link"),
    "inserted between": (insert_between, 5, "missing or out of order"),
    "regrouped": (regroup, 7, "link"),
    "altered and rehashed": (rehash, 4, "link"),
    "head moved back": (set_head(next_seq=4), 10, "head"),
    "head moved on": (set_head(next_seq=20), 10, "head"),
    "head's hash replaced": (set_head(hash=b"\x01" * 32), 10, "head"),
    "head removed": (lambda connection: connection.execute(heads.delete()) and None, 10, "head"),
}


def test_a_whole_log_passes(chain: Database) -> None:
    found = checked(chain)
    assert isinstance(found, Verified)
    assert (found.records, found.events, found.head.next_seq) == (5, 9, 10)


def test_tampering_is_named(chain: Database) -> None:
    """Each is done and undone: the log is the same before the next."""
    wrong: dict[str, Verified | Fault] = {}
    for name, (tamper, first_bad, problem) in TAMPERINGS.items():
        with chain.engine.connect() as connection:
            tamper(connection)
            found = verify(connection, STREAM)
            connection.rollback()
        named = (
            isinstance(found, Fault) and found.first_seq == first_bad and problem in found.problem
        )
        if not named or f"record {first_bad}" not in str(found):
            wrong[name] = found
    assert wrong == {}
    assert isinstance(checked(chain), Verified)


def test_the_events_of_a_bad_record_are_named(chain: Database) -> None:
    with chain.transaction() as tx:
        change(4, at_ms=5)(tx.connection)
    assert checked(chain) == Fault(
        STREAM,
        4,
        "altered: its hash does not match its content",
        ("test.noted_4@1", "test.noted_5@1", "test.noted_6@1"),
    )


def test_a_stream_without_its_head_is_still_listed(chain: Database) -> None:
    with chain.transaction() as tx:
        tx.connection.execute(heads.delete())
    with chain.read() as tx:
        assert log.streams(tx.connection) == [STREAM]


def rewritten(connection: Connection, counts: tuple[int, ...], first_body: int = 1) -> None:
    """A forger with every right: the whole chain and its head made anew, other grouping or other
    content.
    """
    connection.execute(records.delete())
    connection.execute(heads.delete())
    head = log.claim(connection, STREAM)
    for count in counts:
        shift = first_body - 1
        head = log.append(connection, head, body(head.next_seq + shift, count), count, at_ms=1000)


@pytest.fixture
def signer(tmp_path: Path) -> HeadSigner:
    return HeadSigner(tmp_path / "keys" / "log.pem")


def signed(database: Database, signer: HeadSigner, day: str = "2026-07-13") -> SignedHead:
    with database.read() as tx:
        return signer.sign(log.read_head(tx.connection, STREAM), day, 5000)


@pytest.mark.parametrize(
    ("counts", "first_body", "first_bad", "problem"),
    [
        ((2, 1, 3), 1, 7, "ends before sequence 10"),
        ((), 1, 1, "ends before sequence 10"),
        (COUNTS, 100, 8, "differs from the head signed on 2026-07-13"),
        ((9,), 1, 1, "differs from the head signed on 2026-07-13"),
        ((2, 1, 3, 1, 3), 1, 8, "regrouped"),
    ],
    ids=["truncated", "emptied", "other content", "one record", "across the signed head"],
)
def test_a_signed_head_shows_what_a_perfect_forger_did(
    chain: Database,
    signer: HeadSigner,
    counts: tuple[int, ...],
    first_body: int,
    first_bad: int,
    problem: str,
) -> None:
    witness = signed(chain, signer)
    assert isinstance(checked(chain, [witness]), Verified)
    with chain.transaction() as tx:
        rewritten(tx.connection, counts, first_body)
    assert isinstance(checked(chain), Verified), "without a witness the forgery is perfect"
    found = checked(chain, [witness])
    assert isinstance(found, Fault)
    assert found.first_seq == first_bad
    assert problem in found.problem


def test_the_log_may_grow_after_it_was_signed(chain: Database, signer: HeadSigner) -> None:
    witness = signed(chain, signer)
    with chain.transaction() as tx:
        head = log.claim(tx.connection, STREAM)
        log.append(tx.connection, head, body(10, 2), 2, at_ms=2000)
    assert isinstance(checked(chain, [witness, signed(chain, signer, "2026-07-14")]), Verified)


def test_signatures(chain: Database, signer: HeadSigner, tmp_path: Path) -> None:
    witness = signed(chain, signer)
    assert is_authentic(witness, signer.public_pem())
    other = HeadSigner(tmp_path / "other.pem")
    assert not is_authentic(witness, other.public_pem())
    for forged in (
        replace(witness, next_seq=9),
        replace(witness, hash="00" * 32),
        replace(witness, day="2026-07-14"),
        replace(witness, stream="counter-1"),
        replace(witness, at_ms=1),
        replace(witness, signature=""),
        replace(witness, signature="zz"),
        replace(witness, signature=witness.signature[:-2]),
    ):
        assert not is_authentic(forged, signer.public_pem())
    assert not is_authentic(witness, b"no key")


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "log.pem"
    first = HeadSigner(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert HeadSigner(file).public_pem() == first.public_pem()


def test_exported_heads_come_back_and_never_shrink(
    chain: Database, signer: HeadSigner, tmp_path: Path
) -> None:
    folder = tmp_path / "heads"
    late = signed(chain, signer)
    early = signer.sign(log.Head(STREAM, 4, 1, b"\x01" * 32), "2026-07-13", 4000)
    day_before = signer.sign(log.Head(STREAM, 2, 1, b"\x02" * 32), "2026-07-10", 3000)
    for one in (late, day_before, early):
        export_head(one, folder)
    assert load_heads(folder) == [day_before, late]
    assert list(folder.glob("*.draft")) == []
