"""Where the stream comes from: streams of the log, and the market tape."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

import msgspec

from yunquan.clients.events import ClientRegistered
from yunquan.counter.events import AccountOpened
from yunquan.kernel.events import EventCodec, UnknownEvent
from yunquan.kernel.log import Record, read_records
from yunquan.kernel.transaction import Database
from yunquan.quotes import TapeReader
from yunquan.quotes.types import TapeHole
from yunquan.rulebook.events import RuleStateSet
from yunquan.security.events import LoggedIn
from yunquan.surveillance.service.encoding import KNOWN
from yunquan.surveillance.types import Unreadable

# Records fetched at once; more are, until there are as many events as were asked for.
RECORDS: Final = 200
# Events fetched at once by who reads what is over.
PAGE: Final = 16_000
# Tells who is who: their encoded names are looked for before a record is decoded.
IDENTITIES: Final = (ClientRegistered, AccountOpened, LoggedIn)
WATCHED: Final = KNOWN | {RuleStateSet}
# What reading a record or an event that isn't what it should be comes to.
BROKEN: Final = (msgspec.MsgspecError, UnknownEvent, ValueError, TypeError)
_pieces = msgspec.msgpack.Decoder(list[msgspec.Raw])
# An array of one, as msgpack writes it: in front of an event it makes a record of it.
_ALONE: Final = b"\x91"


class Item(msgspec.Struct, frozen=True, gc=False):
    """One event or tick with its place in its source. at_ms: when it was committed or heard. event:
    None of what surveillance has no use for.
    """

    source: str
    seq: int
    at_ms: int
    event: Any


class Source(Protocol):
    """Something with events in an order of its own."""

    name: str

    def take(self, from_seq: int, most: int) -> Sequence[Item]:
        """Of its next events those that are watched, in order, and the last one in any case, which
        says how far this is. A record is never cut short; beyond that, `most` at the most.
        """
        ...


class LogSource:
    """One stream of the log. What can't be read of it comes as `Unreadable` in its place."""

    def __init__(self, name: str, database: Database, codec: EventCodec) -> None:
        self.name = name
        self._database = database
        self._codec = codec

    def take(self, from_seq: int, most: int) -> Sequence[Item]:
        found, name, watched = list[Item](), self.name, WATCHED
        next_seq, at_ms = from_seq, 0
        for record in self._records(from_seq, most):
            seq, next_seq, at_ms = record.first_seq, record.next_seq, record.at_ms
            for event in self._events(record):
                if type(event) in watched:
                    found.append(Item(name, seq, at_ms, event))
                seq += 1
        if found and found[0].seq < from_seq:
            found = [item for item in found if item.seq >= from_seq]
        if next_seq > from_seq and not (found and found[-1].seq == next_seq - 1):
            found.append(Item(name, next_seq - 1, at_ms, None))
        return found

    def identities(self, before_ms: int) -> Iterator[Item]:
        """Who opened which account and logged in from where, of all that was committed before."""
        tags = [str(kind.__struct_config__.tag).encode() for kind in IDENTITIES]
        from_seq = 1
        while True:
            with self._database.read() as tx:
                page = read_records(tx.connection, self.name, from_seq, limit=RECORDS)
            for record in page:
                if record.at_ms >= before_ms:
                    return
                if not any(tag in record.body for tag in tags):
                    continue
                for seq, event in enumerate(self._events(record), record.first_seq):
                    if isinstance(event, IDENTITIES):
                        yield Item(self.name, seq, record.at_ms, event)
            if not page:
                return
            from_seq = page[-1].next_seq

    def _records(self, from_seq: int, most: int) -> Iterator[Record]:
        """Page by page: a record is one event or a hundred."""
        until = from_seq + most
        while from_seq < until:
            with self._database.read() as tx:
                page = read_records(tx.connection, self.name, from_seq, limit=RECORDS)
            for record in page:
                if from_seq >= until:
                    return
                yield record
                from_seq = record.next_seq
            if len(page) < RECORDS:
                return

    def _events(self, record: Record) -> Sequence[Any]:
        try:
            return self._codec.decode(record.body)
        except BROKEN:
            return self._one_by_one(record)

    def _one_by_one(self, record: Record) -> Sequence[Any]:
        """One that can't be read mustn't keep its neighbours from anybody."""
        try:
            pieces = _pieces.decode(record.body)
        except BROKEN as error:
            return [Unreadable("", str(error), record.count)]
        found = list[Any]()
        for piece in pieces:
            try:
                found += self._codec.decode(_ALONE + bytes(piece))
            except BROKEN as error:
                found.append(Unreadable(_tag_of(piece), str(error), 1))
        return found


def _tag_of(piece: msgspec.Raw) -> str:
    """What it calls itself: an event's first field is its name."""
    try:
        fields = msgspec.msgpack.decode(piece)
    except BROKEN:
        return ""
    return fields[0] if isinstance(fields, list) and fields and isinstance(fields[0], str) else ""


class TapeSource:
    """The market tape. Its holes have no event; whoever writes it says that they were."""

    name = "tape"

    def __init__(self, reader: TapeReader, due: Callable[[], bool] = lambda: True) -> None:
        """due: whether it is worth looking again where there was nothing: the tape is written once
        a second.
        """
        self._reader = reader
        self._due = due
        self._empty_from = -1

    def take(self, from_seq: int, most: int) -> Sequence[Item]:
        found = list[Item]()
        if from_seq == self._empty_from and not self._due():
            return found
        for seq, tick in self._reader.read(from_seq=from_seq):
            if not isinstance(tick, TapeHole):
                found.append(Item(self.name, seq, tick.heard_ms, tick))
            if len(found) >= most:
                break
        self._empty_from = -1 if found else from_seq
        return found


class Cursor:
    """Reads a source from front to back by runs, each event once; what is gone is left out."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._items: deque[Item] = deque()

    def take(self, first: int, count: int) -> list[Item]:
        """Those of `count` events from `first` on that are still there. A run never begins before
        the one that was taken last.
        """
        found, wanted = list[Item](), first
        while wanted < first + count:
            while self._items and self._items[0].seq < wanted:
                self._items.popleft()
            if not self._items:
                self._items.extend(self._source.take(wanted, PAGE))
                if not self._items:
                    break
            if self._items[0].seq >= first + count:
                break
            one = self._items.popleft()
            if one.event is not None:
                found.append(one)
            wanted = one.seq + 1
        return found
