"""Where the stream comes from: streams of the log, and the market tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import read_records
from yunquan.kernel.readers import recorded
from yunquan.kernel.transaction import Database
from yunquan.quotes import TapeReader
from yunquan.quotes.types import TapeHole

RECORDS: Final = 200


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


class TapeSource:
    """The market tape. Its holes have no event; whoever writes it says that they were."""

    name = "tape"

    def __init__(self, reader: TapeReader, due: Callable[[], bool] = lambda: True) -> None:
        """due: whether it is worth looking for what is new: the tape is written once a second."""
        self._reader = reader
        self._due = due

    def take(self, from_seq: int, most: int) -> Sequence[Item]:
        found = list[Item]()
        if not self._due():
            return found
        for seq, tick in self._reader.read(from_seq=from_seq):
            if not isinstance(tick, TapeHole):
                found.append(Item(self.name, seq, tick.heard_ms, tick))
            if len(found) >= most:
                break
        return found
