"""The two sides of the simulation: the firm's counter and the exchange, each of which can die and
come back.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

import yunquan_world.exchange
from tests.sim.virtual_time import LoopClock
from yunquan.app.migrations import migrate
from yunquan.app.processes.counter import GATEWAY_LABELS
from yunquan.app.processes.floor import Floor
from yunquan.counter import CounterServer, Driver, Journal, SnapshotFiles
from yunquan.kernel.clock import Clock
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database
from yunquan.market.rules import Calendar
from yunquan.market.types import DayKind
from yunquan.venues import ExchangeGateways
from yunquan_world.book import BUY, SELL
from yunquan_world.exchange import Exchange
from yunquan_world.faults import Faults
from yunquan_world.settings import Settings
from yunquan_world.world import World

NAME = "0"
STREAM = f"counter-{NAME}"
MEMBER = "YQ01"
# As the exchange calls them; as the counter does, without the member.
GATEWAYS = {
    label: f"{MEMBER}.counter-{NAME}-{label}" if label else f"{MEMBER}.counter-{NAME}"
    for label in GATEWAY_LABELS
}
# A Monday; the week in which the rules of 2026-07-06 begin to hold; the one of Beijing's cap.
FIRST_DAYS = (date(2026, 7, 13), date(2026, 6, 29), date(2026, 8, 24))
# 24 real seconds of trading a day, and the pauses around it.
SPEED = 600.0
PAUSES_S = {"pre_open": 5.0, "closed": 8.0}
TICK_S = 0.05
# The counter hears of best prices so often: in between they are what they were.
PRICES_EVERY = 10
SHARES = {
    "600519.SH": 12.00,
    "600000.SH": 7.35,
    "000001.SZ": 10.80,
    "688001.SH": 31.00,
    "300001.SZ": 18.50,
    "920002.BJ": 15.20,
}


class PowerCut(BaseException):
    """The process is gone. Not an Exception: no code of ours may live on after it."""


class Journals:
    """What the next append meets: "cut before", "cut after", "fails", "fails after", or nothing."""

    def __init__(self) -> None:
        self.next: str = ""
        self.met = asyncio.Event()

    def arm(self, how: str) -> None:
        self.next = how
        self.met.clear()

    def take(self) -> str:
        how, self.next = self.next, ""
        if how:
            self.met.set()
        return how


class TroubledJournal(Journal):
    """The journal on a bad day."""

    def __init__(self, database: Database, troubles: Journals, dies: Callable[[], None]) -> None:
        super().__init__(database, NAME)
        self._troubles = troubles
        self._dies = dies

    def append(self, events: list[Any], at_ms: int) -> bytes:
        how = self._troubles.take()
        if how == "cut before":
            self._dies()
            raise PowerCut
        if how == "fails":
            raise OperationalError("INSERT", {}, OSError("no space left on device"))
        body = super().append(events, at_ms)
        if how == "cut after":
            self._dies()
            raise PowerCut
        if how == "fails after":
            raise OperationalError("COMMIT", {}, OSError("the answer was lost"))
        return body


def open_database(path: Path, clock: Clock) -> Database:
    """A database whose commits don't wait for the disk: here processes die, machines don't. Its ids
    are the same in every run.
    """
    database = Database(f"sqlite:///{path}", clock, IdSource(clock, 7))

    @event.listens_for(database.engine, "connect")
    def _hurry(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return database


class Days:
    """The firm's calendar: weekdays trade, rehearsals are what staff has noted of them.

    known_to: staff has not brought it further; "" for far enough.
    """

    def __init__(self) -> None:
        first = date(2026, 1, 1)
        days = (first + timedelta(days=number) for number in range(3650))
        self._weekdays = [day.isoformat() for day in days if day.weekday() < 5]
        self.rehearsals: set[str] = set()
        self.known_to = ""

    def calendar(self) -> Calendar:
        known = self.known_to
        days = [day for day in self._weekdays if not known or day <= known]
        return Calendar(days, {day: DayKind.NETWORK_TEST for day in self.rehearsals})


class CounterHouse:
    """The counter's process as `yunquan role counter:0` puts it together, without the process."""

    def __init__(self, folder: Path, clock: LoopClock) -> None:
        self.folder = folder
        self.days = Days()
        self.clock = clock
        self.address = f"unix:{folder / 'counter.sock'}"
        self.troubles = Journals()
        self.on_commit: Callable[[int, bytes, list[Any]], None] = lambda _seq, _body, _events: None
        self.alive = False
        self.starts = 0
        self.reloads = 0
        self.snapshots = SnapshotFiles(folder / "snapshots")
        self.database = open_database(folder / "counter.db", clock)
        migrate(self.database.engine)

    async def start(self) -> None:
        self.starts += 1
        journal = TroubledJournal(self.database, self.troubles, self._gone)
        self.driver = Driver(NAME, journal, self.snapshots, self.clock)
        self.driver.open()
        self.server = CounterServer(self.driver)
        self.floor = Floor(NAME, self.driver, self.server, self.days.calendar)
        self.gateways = ExchangeGateways(
            f"unix:{self.folder / 'venue.sock'}",
            MEMBER,
            f"counter-{NAME}",
            GATEWAY_LABELS,
            self.floor.listener,
        )
        self.driver.gateway = self.floor.gateways = self.gateways
        self.driver.on_commit.append(self.on_commit)
        self.alive = True
        await self.server.start(self.address)
        self.gateways.start()

    def told(self) -> str:
        """Where it stands, for a report of what went wrong."""
        if not self.alive:
            return "the counter is down"
        state, gateways = self.driver.state, self.gateways.by_label
        links = [(label, one.is_up, one._highest_seen) for label, one in gateways.items()]
        return (
            f"the counter is in {state.day}, the exchange in {self.floor.reference(0).day};"
            f" links {links}, marks {[(name, mark.next) for name, mark in state.marks.items()]},"
            f" sound {self.driver.sound}, queue {len(self.server._queue)},"
            f" broken {list(self.driver.broken)}"
        )

    def kill(self) -> None:
        """kill -9: what was in memory or not yet handed to the system is gone."""
        if not self.alive:
            return
        self._gone()
        if self.server._server:
            self.server._server.close()
        for connection in list(self.server.connections):
            if connection._transport:
                connection._transport.abort()
        for gateway in self.gateways.by_label.values():
            if gateway._keeper:
                gateway._keeper.cancel()
            if gateway._sender:
                gateway._sender.cancel()
            if gateway._link:
                gateway._link.abort()
        self.database.dispose()

    def _gone(self) -> None:
        """Nothing that was scheduled may run any more."""
        self.alive = False
        self.reloads += self.driver.reloads
        self.server.failed.set()
        self.server._queue.clear()
        self.driver.gateway = None
        for gateway in self.gateways.by_label.values():
            gateway._heed = lambda _message: None  # type: ignore[method-assign]


class ExchangeHouse:
    """The simulated exchange: real matching, real sockets, its own durable record."""

    def __init__(self, folder: Path, seed: int, faults: Faults, first: date, quota: int) -> None:
        """first: the day of its first start. quota: orders a second of each gateway, 0 for any."""
        self.bars = folder / "bars.csv"
        self.record = folder / "world" / "exchange.sqlite"
        self.settings = Settings(
            folder / "world",
            f"unix:{folder / 'venue.sock'}",
            f"unix:{folder / 'bank.sock'}",
            seed=seed,
            speed=SPEED,
            first_day=first.isoformat(),
            bars=self.bars,
            universe="small",
            orders_per_s=40.0,
            pauses_s=PAUSES_S,
            gateway_orders_per_s=quota,
            faults=faults,
            clock="manual",
            sync="normal",
        )
        self.alive = False
        write_bars(self.bars, first, random.Random(f"{seed}:bars"))

    async def start(self) -> None:
        self.world = World(self.settings)
        await self.world.start()
        self.alive = True

    async def run(self, house: CounterHouse) -> None:
        """Let its time pass; while it is down, its market stands still. Now and then the counter
        hears of the prices."""
        for tick in itertools.count():
            await asyncio.sleep(TICK_S)
            if not self.alive:
                continue
            await self.world.advance(TICK_S)
            if tick % PRICES_EVERY == 0 and house.alive:
                house.floor.on_best(self.bests())

    async def stop(self) -> None:
        """An orderly stop."""
        if self.alive:
            self.alive = False
            await self.world.stop()

    def kill(self) -> None:
        """kill -9: the disk has what was written, and nothing is said any more."""
        if not self.alive:
            return
        self.alive = False
        world = self.world
        world._stopped = True
        for server in world._servers:
            server.close()
        for task in [*world._tasks, *world._sessions]:
            task.cancel()
        for connection in world._connections():
            connection.abort()
        world._store.close()
        world.banks.close()
        if world._lock is not None:
            world._lock.close()

    def close_gateway(self, label: str, closed_s: float) -> None:
        """Announce it, end its session, take no other for a while."""
        self.world.change_gateway(GATEWAYS[label], closed_s=closed_s)

    @property
    def trading_day(self) -> str:
        return self.world.floor.trading_day

    @property
    def phase(self) -> str:
        return self.world.floor.moment.phase

    @property
    def exchange(self) -> Exchange:
        return self.world.floor.exchange

    def best(self, symbol: str) -> tuple[int, int]:
        """Best bid and ask in milli, 0 for an empty side: what a feed would show."""
        book = self.exchange.books.get(symbol)
        return (book.bid_milli(), book.ask_milli()) if book else (0, 0)

    def bests(self) -> list[tuple[str, int, int, int]]:
        """Best bid, best ask and last trade of everything that trades continuously now."""
        return [
            (symbol, pit.best(BUY), pit.best(SELL), pit.tape.last_milli)
            for symbol, pit in self.exchange.pits.items()
            if pit.instrument.product != "index"
        ]


def write_bars(path: Path, first: date, chance: random.Random) -> None:
    """Some history for a share of each board, and the first days to come; on some of them a share
    has no bar: halted.
    """
    lines = ["symbol,date,close"]
    for symbol, price in SHARES.items():
        close = price
        for number in range(-30, 40):
            day = first + timedelta(days=number)
            if day.weekday() > 4 or (0 < number < 39 and chance.random() < 0.08):
                continue
            close = max(close * (1 + chance.gauss(0, 0.015)), 1.0)
            lines.append(f"{symbol},{day},{close:.2f}")
    path.write_text("\n".join(lines) + "\n")


@contextlib.contextmanager
def rejecting(chance: random.Random, share: float) -> Iterator[None]:
    """The exchange rejects some orders for no reason that the member could have known."""
    known = yunquan_world.exchange.rules.refusal

    def refusal(*arguments: Any, **named: Any) -> str:
        return known(*arguments, **named) or ("V107_halted" if chance.random() < share else "")

    with mock.patch.object(yunquan_world.exchange.rules, "refusal", refusal):
        yield
