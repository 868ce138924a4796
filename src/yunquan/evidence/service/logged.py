"""What the log says about somebody, and the records it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from yunquan.evidence import rules
from yunquan.evidence.types import LoggedEvent, RecordEntry, Scope
from yunquan.kernel.log import Record, read_head, read_records, records
from yunquan.kernel.transaction import Database

PAGE: Final = 500
_raw: Final = msgspec.msgpack.Decoder(list[list[Any]])


def first_since(connection: Any, stream: str, at_ms: int) -> int:
    """The sequence of the first record committed at or after a time, found by halving: the log is
    in the order of time and has no index on it.
    """
    low, high = 1, read_head(connection, stream).next_seq
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(
            sa.select(records.c.first_seq, records.c.count, records.c.at_ms)
            .where(records.c.stream == stream, records.c.first_seq >= middle)
            .order_by(records.c.first_seq)
            .limit(1)
        ).one_or_none()
        if found is None or found.at_ms >= at_ms:
            high = middle
        else:
            low = found.first_seq + found.count
    return low


def events_of(
    database: Database, stream: str, scope: Scope, fields_of: Mapping[str, tuple[str, ...]]
) -> tuple[list[LoggedEvent], list[RecordEntry]]:
    """Events of a stream that concern this scope, oldest first, and their records. fields_of: names
    of an event's fields by its tag.
    """
    names = frozenset(scope.names)
    events: list[LoggedEvent] = []
    entries: list[RecordEntry] = []
    with database.read() as tx:
        seq = first_since(tx.connection, stream, scope.from_ms)
        while page := read_records(tx.connection, stream, seq, limit=PAGE):
            for record in page:
                if record.at_ms > scope.to_ms:
                    return events, entries
                if not rules.mentions(record.body, names):
                    continue
                found = list(_of_record(record, names, fields_of))
                if found:
                    events += found
                    entries.append(entry_of(record))
            seq = page[-1].next_seq
    return events, entries


def _of_record(
    record: Record, names: frozenset[str], fields_of: Mapping[str, tuple[str, ...]]
) -> Iterable[LoggedEvent]:
    for place, (tag, *fields) in enumerate(_raw.decode(record.body)):
        found = rules.about(fields, names)
        if found is None:
            continue
        kept, cut = found
        known = fields_of.get(str(tag), ())
        # Events grow at their end: an old one is shorter than what its type says now.
        labels = [*known, *(f"field_{number}" for number in range(len(known), len(kept)))]
        yield LoggedEvent(
            record.stream,
            record.first_seq + place,
            record.at_ms,
            str(tag),
            dict(zip(labels, kept, strict=False)),
            cut,
        )


def entry_of(record: Record) -> RecordEntry:
    """A record as the manifest lists it."""
    return RecordEntry(
        record.stream,
        record.first_seq,
        record.count,
        record.epoch,
        record.at_ms,
        record.prev_hash.hex(),
        record.hash.hex(),
    )
