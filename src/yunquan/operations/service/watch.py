"""What is wrong with the brokerage: streams of the log and what its parts say, once a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from yunquan.clearing import load_runs
from yunquan.clearing.types import RunState
from yunquan.custody import load_differences
from yunquan.funding import load_doubts
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import read_head, read_records
from yunquan.kernel.readers import recorded
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.operations.rules.numbers import numbers_on
from yunquan.operations.rules.orders import OrderFacts
from yunquan.operations.rules.parts import TapeFacts, pulse_figures, stored_figures
from yunquan.operations.rules.people import PeopleFacts
from yunquan.operations.types import Gauge, OperationsPicture, Pulse, Stored
from yunquan.surveillance import is_settled, settle
from yunquan.surveillance.types import AlertView
from yunquan.thresholds import keep_picture
from yunquan.thresholds.rules.watches import watches_on
from yunquan.thresholds.types import Measured

ROOM: Final = "operations"
PICTURE: Final = "operations"
ACTOR: Final = "operations"
SECOND: Final = 1_000
RECORDS: Final = 200
# What is read again at the start: windows and open orders are in memory alone.
BACK: Final = 20_000
MOST_DOUBTS: Final = 1_000
PICTURE_MS: Final = 3_000
STORED_MS: Final = 5_000


@dataclass
class Stream:
    """A stream of the log, and what takes its events. next_seq: 0 before it was looked at."""

    name: str
    database: Database
    codec: EventCodec
    apply: Callable[[Any, int], None]
    next_seq: int = 0


class OperationsWatch:
    """One process runs one."""

    def __init__(
        self,
        database: Database,
        counters: Sequence[tuple[str, Database, EventCodec]],
        rooms: tuple[str, Database, EventCodec],
    ) -> None:
        """counters, rooms: streams by name, where they are, and how they are read."""
        self.database = database
        self.orders, self.people, self._tape = OrderFacts(), PeopleFacts(), TapeFacts()
        self._streams = [Stream(*one, self.orders.apply) for one in counters]
        self._streams.append(Stream(*rooms, self.people.apply))
        self._stored = Stored()
        self._stored_at_ms = self._picture_at_ms = 0

    def catch_up(self) -> int:
        """What is new in the log; how many events."""
        return sum(self._read(stream) for stream in self._streams)

    def _read(self, stream: Stream) -> int:
        count = 0
        with stream.database.read() as tx:
            if not stream.next_seq:
                head = read_head(tx.connection, stream.name)
                stream.next_seq = max(head.next_seq - BACK, 1)
            while page := read_records(tx.connection, stream.name, stream.next_seq, limit=RECORDS):
                for record in page:
                    for one in recorded(record, stream.codec, stream.next_seq):
                        stream.apply(one.event, one.at_ms)
                        count += 1
                stream.next_seq = page[-1].next_seq
        return count

    def step(self, pulse: Pulse) -> list[AlertView]:
        """Measure everything, and tell of what is newly wrong."""
        self.catch_up()
        with self.database.read() as tx:
            today, now_ms = tx.today(), tx.now_ms()
            if now_ms - self._stored_at_ms >= STORED_MS:
                self._stored, self._stored_at_ms = _stored(tx), now_ms
        measured, unknown = pulse_figures(pulse)
        measured += self._counted(pulse, today)
        measured += stored_figures(self._stored)
        names = [name for name in watches_on(today, ROOM) if name not in unknown]
        # A counter that doesn't answer leaves what it said before as it was.
        measured = [one for one in measured if one.name not in unknown]
        with self.database.read() as tx:
            quiet = is_settled(tx, ROOM, names, measured)
        if quiet and now_ms - self._picture_at_ms < PICTURE_MS:
            return []
        with self.database.transaction(actor=ACTOR) as tx:
            alerts = settle(tx, ROOM, names, measured)
            if alerts or now_ms - self._picture_at_ms >= PICTURE_MS:
                self._picture_at_ms = now_ms
                gauges = tuple(Gauge(one.name, one.about, one.value) for one in measured)
                picture = OperationsPicture(now_ms, pulse.phase, gauges, unknown)
                keep_picture(tx, PICTURE, picture)
        return alerts

    def _counted(self, pulse: Pulse, today: str) -> list[Measured]:
        numbers, now_ms = numbers_on(today), pulse.at_ms

        def ms(rule: str) -> int:
            return numbers.number(rule) * SECOND

        night = (numbers.number("night_from_hour"), numbers.number("night_to_hour"))
        least = numbers.number("orders_least")
        windows = (ms("doors_window_s"), ms("devices_window_s"), ms("staff_window_s"))
        return [
            *self.orders.figures(now_ms, pulse.phase, ms("orders_window_s"), least),
            *self.people.figures(now_ms, *windows, night),
            self._tape.figure(now_ms, pulse.tape_lost, ms("tape_window_s")),
        ]


def _stored(tx: ReadTx) -> Stored:
    differences: dict[str, int] = {}
    for one in load_differences(tx):
        differences[one.bank] = differences.get(one.bank, 0) + 1
    failed = sum(run.state is RunState.FAILED for run in load_runs(tx))
    return Stored(failed, differences, len(load_doubts(tx, MOST_DOUBTS)))
