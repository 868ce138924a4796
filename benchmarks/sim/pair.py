"""A counter and an exchange in one process: the counter's floor, driver and gateway as they run,
the exchange's floor and record as they run, and between them every message through the wire's
encoding, but no socket.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from yunquan.app.processes.floor import Floor
from yunquan.counter import Driver, Journal
from yunquan.counter import types as c
from yunquan.counter.ports import SnapshotStore
from yunquan.kernel.clock import Clock
from yunquan.kernel.transaction import Database
from yunquan.market.rules import Calendar
from yunquan.venues import ExchangeGateways
from yunquan_world import floor as exchange
from yunquan_world.blotter import StoredReport
from yunquan_world.book import BUY, SELL
from yunquan_world.events import DayEnded, DayOpened, StatusChanged, TimeAnnounced
from yunquan_world.market_data import instrument_message, market_message, status_message
from yunquan_world.messages import DayEnd, LogonOk, MemberMessage, Message
from yunquan_world.prices import Prices
from yunquan_world.settings import Settings
from yunquan_world.store import Store

MEMBER, GATEWAY = "YQ01", "counter-0"
NAME = f"{MEMBER}.{GATEWAY}"
LARGEST_BATCH = 512
_encode = msgspec.msgpack.Encoder().encode
_decode: Any = msgspec.msgpack.Decoder(dict[str, Any]).decode
_decode_member = msgspec.msgpack.Decoder(MemberMessage).decode


class NoSnapshots:
    """The day is replayed, if at all, from its first record."""

    def save(self, state: Any, seq: int) -> None:
        """Keeps nothing."""

    def load(self, name: str) -> tuple[Any, int] | None:
        return None


class _Line:
    """What the counter's gateway sends goes straight to the exchange."""

    def __init__(self, world: exchange.Floor) -> None:
        self._world = world

    def send(self, message: dict[str, Any]) -> None:
        self._world.submit(NAME, _decode_member(_encode(message)))


class Pair:
    """driver: the counter's. world: the exchange's floor. Its time passes by `advance` alone.

    As the server that the counter's floor gives its commands to, it keeps them for the next batch.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Settings,
        prices: Prices,
        first_of_calendar: date = date(2016, 1, 1),
    ) -> None:
        """settings, prices: of the exchange; its record goes to `settings.data`."""
        settings.data.mkdir(parents=True, exist_ok=True)
        self.store = Store(settings.data / "exchange.sqlite", settings.sync)
        self.world = exchange.Floor(settings, self.store, prices)
        self._days = tuple(
            (first_of_calendar + timedelta(days=number)).isoformat() for number in range(6_000)
        )
        self._queue: deque[Any] = deque()
        snapshots: SnapshotStore = NoSnapshots()
        self.driver = Driver("0", Journal(database, "0"), snapshots, clock)
        self.driver.open()
        self.floor = Floor("0", self.driver, self, lambda: Calendar(self._days))  # type: ignore[arg-type]
        self.gateways = ExchangeGateways(
            "unix:/nowhere", MEMBER, GATEWAY, ("",), self.floor.listener
        )
        self.gateway = self.gateways.by_label[""]
        self.driver.gateway = self.floor.gateways = self.gateways
        self.prices: dict[str, tuple[int, int, int]] = {}
        self.reports = self.fills = 0

    def open(self) -> None:
        """Begin the exchange's first day and log the counter on."""
        self.world.open()
        self.gateway._link = _Line(self.world)  # type: ignore[assignment]
        moment, day = self.world.moment, self.world.trading_day
        self._hear(LogonOk(1, day, moment.text, moment.phase, self.world.settings.speed))
        self.exchange_messages()
        self._tell_time()
        self.settle()

    def enqueue(self, command: Any) -> None:
        """A command of the counter's floor; the next `settle` gives it to the driver."""
        self._queue.append(command)

    def do(self, commands: Sequence[Any]) -> list[c.Answer]:
        """One batch of the clients'; what it sends is on its way to the exchange afterwards."""
        return self.driver.process(commands)

    def advance(self, real_s: float) -> None:
        """Let the exchange's time pass, and the counter take everything that came of it."""
        self.world.advance(real_s)
        self.settle()

    def settle(self) -> None:
        """Until neither side has anything more to say."""
        while True:
            self.world.deliver_due()
            self.exchange_messages()
            if not self._queue:
                return
            while self._queue:
                count = min(len(self._queue), LARGEST_BATCH)
                self.driver.process([self._queue.popleft() for _ in range(count)])

    def exchange_messages(self) -> None:
        """Read out to the counter what the exchange has said since the last time."""
        for event in self.world.take_events():
            match event:
                case StoredReport():
                    message = _decode(event.body)
                    self.reports += 1
                    self.fills += message["kind"] == "filled"
                    self.gateway._heed(message)
                case TimeAnnounced():
                    self._tell_time()
                case DayOpened():
                    self.prices.clear()
                    for instrument in event.instruments:
                        self._hear(instrument_message(instrument))
                case StatusChanged():
                    self._hear(status_message(event.status))
                case DayEnded():
                    self._hear(DayEnd(event.trading_day, event.last_reports.get(NAME, 0)))
                case _:
                    pass
        self._tell_prices()

    def _tell_time(self) -> None:
        world = self.world
        last = world.next_report(NAME) - 1
        speed, kind = world.settings.speed, world.kind_of_day
        self._hear(market_message(world.trading_day, world.moment, speed, kind, last))

    def _tell_prices(self) -> None:
        """Best prices of what has changed, as a feed of level 0 tells them."""
        changed = self.world.exchange.changed()
        pits = self.world.exchange.pits
        rows = [
            (symbol, pit.best(BUY), pit.best(SELL), pit.tape.last_milli)
            for symbol, pit in ((symbol, pits[symbol]) for symbol in changed if symbol in pits)
        ]
        changed.clear()
        self.floor.on_best(rows)
        self.prices.update((symbol, (bid, ask, last)) for symbol, bid, ask, last in rows)

    def _hear(self, message: Message) -> None:
        self.gateway._heed(_decode(_encode(message)))

    def close(self) -> None:
        self.store.close()


def settings_of(folder: Path, **chosen: Any) -> Settings:
    """An exchange without other people, delays or doors; chosen: what differs."""
    values: dict[str, Any] = {
        "clock": "manual",
        "orders_per_s": 0.0,
        "order_latency_ms": (0.0, 0.0),
        **chosen,
    }
    return Settings(folder / "world", "unix:/nowhere", "unix:/nowhere", **values)
