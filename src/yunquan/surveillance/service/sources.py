"""Where the stream comes from: streams of the log, and the market tape."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from yunquan.clients.events import ClientRegistered
from yunquan.counter.events import AccountOpened
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import read_records
from yunquan.kernel.readers import recorded
from yunquan.kernel.transaction import Database
from yunquan.quotes import TapeReader
from yunquan.quotes.types import TapeHole
from yunquan.security.events import LoggedIn

RECORDS: Final = 200
# Events fetched at once by who reads what is over.
PAGE: Final = 16_000
# Tells who is who: their encoded names are looked for before a record is decoded.
IDENTITIES: Final = (ClientRegistered, AccountOpened, LoggedIn)


@dataclass(frozen=True, slots=True)
class Item:
    """One event or tick with its place in its source. at_ms: when it was committed or heard."""

    source: str
    seq: int
    at_ms: int
    event: Any


class Source(Protocol):
    """Something with events in an order of its own."""

    name: str

    def take(self, from_seq: int, most: int) -> Sequence[Item]:
        """Its next events, in order, `most` at the most; a record is never cut short unless it
        alone is longer.
        """
        ...


class LogSource:
    """One stream of the log."""

    def __init__(self, name: str, database: Database, codec: EventCodec) -> None:
        self.name = name
        self._database = database
        self._codec = codec

    def take(self, from_seq: int, most: int) -> Sequence[Item]:
        with self._database.read() as tx:
            page = read_records(tx.connection, self.name, from_seq, limit=RECORDS)
        found = list[Item]()
        for record in page:
            for one in recorded(record, self._codec, from_seq):
                if len(found) >= most:
                    return found
                found.append(Item(self.name, one.seq, one.at_ms, one.event))
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
                for one in recorded(record, self._codec, from_seq):
                    if isinstance(one.event, IDENTITIES):
                        yield Item(self.name, one.seq, one.at_ms, one.event)
            if not page:
                return
            from_seq = page[-1].next_seq


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
            found.append(one)
            wanted = one.seq + 1
        return found
