"""The log: append-only records, one per commit, chained by SM3. The only way events travel upward,
and the audit trail.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from yunquan.kernel.errors import Conflict
from yunquan.kernel.ids import plain
from yunquan.kernel.transaction import metadata

heads = sa.Table(
    "log_head",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("next_seq", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
records = sa.Table(
    "log_record",
    metadata,
    sa.Column("stream", sa.String(40), primary_key=True),
    sa.Column("first_seq", sa.BigInteger, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("prev_hash", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)

GENESIS = bytes(32)
PLAIN = msgspec.msgpack.Encoder(enc_hook=plain)
_HEADER = struct.Struct(">QQQQ")

# The body is noise to a compressor; trying costs PostgreSQL a millisecond a record.
event.listen(
    records,
    "after_create",
    sa.DDL("ALTER TABLE log_record ALTER COLUMN body SET STORAGE EXTERNAL").execute_if(
        dialect="postgresql"
    ),
)
# SQLite and PostgreSQL spell this alike; SQLAlchemy has a construct for each, and none for both.
_BEGIN_STREAM = sa.text(
    "INSERT INTO log_head (stream, next_seq, epoch, hash) VALUES (:stream, 1, 0, :hash)"
    " ON CONFLICT DO NOTHING"
).bindparams(sa.bindparam("hash", type_=sa.LargeBinary))
_advance = (
    heads.update()
    .where(heads.c.stream == sa.bindparam("of"), heads.c.epoch == sa.bindparam("mine"))
    .where(heads.c.next_seq == sa.bindparam("expected"))
    .values(next_seq=sa.bindparam("then"), hash=sa.bindparam("becomes"))
)
_content = {
    "stream": sa.bindparam("of", type_=sa.String),
    "first_seq": sa.bindparam("expected", type_=sa.BigInteger),
    "count": sa.bindparam("how_many", type_=sa.BigInteger),
    "epoch": sa.bindparam("mine", type_=sa.BigInteger),
    "at_ms": sa.bindparam("at", type_=sa.BigInteger),
    "body": sa.bindparam("what", type_=sa.LargeBinary),
    "prev_hash": sa.bindparam("before", type_=sa.LargeBinary),
    "hash": sa.bindparam("becomes", type_=sa.LargeBinary),
}
_insert = records.insert().values(_content)
# PostgreSQL does both in one round trip; SQLite has no statement that does, and no round trips.
_moved = _advance.returning(heads.c.stream).cte("moved")
_advance_and_insert = (
    records.insert()
    .from_select(list(_content), sa.select(*_content.values()).select_from(_moved))
    .execution_options(preserve_rowcount=True)
)
# Readers ask this after every commit; putting it together each time took longer than the answer.
_of_stream = records.c.stream == sa.bindparam("of", type_=sa.String)
_begin = (
    sa.select(sa.func.coalesce(sa.func.max(records.c.first_seq), 1))
    .where(_of_stream, records.c.first_seq <= sa.bindparam("wanted", type_=sa.BigInteger))
    .scalar_subquery()
)
_page = (
    sa.select(records)
    .where(_of_stream, records.c.first_seq >= _begin)
    .order_by(records.c.first_seq)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a stream: the next sequence number, the writer's epoch, the hash of the last
    record.
    """

    stream: str
    next_seq: int
    epoch: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One commit: `count` events from `first_seq` on, encoded in `body`. An event's offset is
    (stream, seq).
    """

    stream: str
    first_seq: int
    count: int
    epoch: int
    at_ms: int
    body: bytes
    prev_hash: bytes
    hash: bytes

    @property
    def next_seq(self) -> int:
        return self.first_seq + self.count

    def computed_hash(self) -> bytes:
        """What `hash` must be: SM3 over header, previous hash and body."""
        return chain_hash(
            self.stream,
            self.first_seq,
            self.count,
            self.epoch,
            self.at_ms,
            self.prev_hash,
            self.body,
        )


def chain_hash(
    stream: str, first_seq: int, count: int, epoch: int, at_ms: int, prev_hash: bytes, body: bytes
) -> bytes:
    """SM3 (GB/T 32905) over the length-prefixed stream name, four big-endian u64, the previous hash
    and the body.
    """
    name = stream.encode()
    digest = hashes.Hash(hashes.SM3())
    digest.update(
        len(name).to_bytes(2, "big")
        + name
        + _HEADER.pack(first_seq, count, epoch, at_ms)
        + prev_hash
    )
    digest.update(body)
    return digest.finalize()


def _head_row(connection: Connection, stream: str, *, lock: bool) -> Head | None:
    query = sa.select(heads).where(heads.c.stream == stream)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return Head(row.stream, row.next_seq, row.epoch, bytes(row.hash)) if row else None


def read_head(connection: Connection, stream: str) -> Head:
    """The stream's end as this transaction sees it; an unknown stream is empty."""
    return _head_row(connection, stream, lock=False) or Head(stream, 1, 0, GENESIS)


def lock_head(connection: Connection, stream: str) -> Head:
    """The stream's end, its row locked until the commit, so that sequence equals commit order."""
    if head := _head_row(connection, stream, lock=True):
        return head
    # Two writers may find the stream new at once: one makes the row, the other waits for it and
    # reads it.
    connection.execute(_BEGIN_STREAM, {"stream": stream, "hash": GENESIS})
    head = _head_row(connection, stream, lock=True)
    assert head is not None
    return head


def claim(connection: Connection, stream: str) -> Head:
    """Become the stream's writer: raises its epoch, which fences out whoever wrote before."""
    head = lock_head(connection, stream)
    mine = Head(stream, head.next_seq, head.epoch + 1, head.hash)
    connection.execute(heads.update().where(heads.c.stream == stream), {"epoch": mine.epoch})
    return mine


def appender(engine: Engine) -> Engine:
    """For transactions that append one record and do nothing else: on PostgreSQL that is a single
    statement, which commits by itself in one round trip.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(writes=True)


def append(connection: Connection, head: Head, body: bytes, count: int, *, at_ms: int) -> Head:
    """Append one record after `head` in the caller's transaction; the new head.

    Raises Conflict log.fenced when another writer has claimed the stream or written to it since
    `head` was read.
    """
    digest = chain_hash(head.stream, head.next_seq, count, head.epoch, at_ms, head.hash, body)
    after = Head(head.stream, head.next_seq + count, head.epoch, digest)
    place = {"of": head.stream, "mine": head.epoch, "expected": head.next_seq, "becomes": digest}
    move = place | {"then": after.next_seq}
    content = place | {"how_many": count, "at": at_ms, "what": body, "before": head.hash}
    if connection.dialect.name == "postgresql":
        written = connection.execute(_advance_and_insert, move | content).rowcount
    else:
        written = connection.execute(_advance, move).rowcount
        if written == 1:
            connection.execute(_insert, content)
    if written != 1:
        raise Conflict("log.fenced", stream=head.stream, epoch=head.epoch, next_seq=head.next_seq)
    return after


def read_records(
    connection: Connection, stream: str, from_seq: int = 1, *, limit: int = 1000
) -> list[Record]:
    """Up to `limit` records in order, beginning with the one that holds `from_seq`."""
    rows = connection.execute(_page, {"of": stream, "wanted": from_seq, "most": limit})
    found = [
        Record(name, seq, count, epoch, at_ms, bytes(body), bytes(prev_hash), bytes(digest))
        for name, seq, count, epoch, at_ms, body, prev_hash, digest in rows
    ]
    # Only the first can lie before `from_seq`. A later one that seems to is damaged: let whoever
    # checks see it.
    return found[1:] if found and found[0].next_seq <= from_seq else found


def each_record(connection: Connection, stream: str, from_seq: int = 1) -> Iterator[Record]:
    """All records from `from_seq` on, fetched a page at a time."""
    while page := read_records(connection, stream, from_seq, limit=500):
        yield from page
        from_seq = max(page[-1].next_seq, page[-1].first_seq + 1)


def streams(connection: Connection) -> list[str]:
    """Names of the streams in this database, those that lost their head included."""
    named = sa.select(heads.c.stream).union(sa.select(records.c.stream))
    return sorted(connection.execute(named).scalars())
