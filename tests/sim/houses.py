"""The two sides of the simulation: the firm's counter and the exchange, each of which can die and
come back.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

import yunquan_world.exchange
from tests.counter.desk import every_day
from tests.sim.virtual_time import LoopClock
from yunquan.app.migrations import migrate
from yunquan.app.processes.counter import GATEWAY_LABELS
from yunquan.app.processes.floor import Floor
from yunquan.counter import CounterServer, Driver, Journal, SnapshotFiles
from yunquan.kernel.clock import Clock
from yunquan.kernel.transaction import Database
from yunquan.venues import ExchangeGateways
from yunquan_world.faults import Faults
from yunquan_world.settings import Settings
from yunquan_world.world import World

NAME = "0"
STREAM = f"counter-{NAME}"
MEMBER = "YQ01"
GATEWAY = f"{MEMBER}.counter-{NAME}"
FIRST_DAY = date(2026, 7, 13)
# 24 real seconds of trading a day, and 23 of pauses.
SPEED = 600.0
TICK_S = 0.05
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
    """A database whose commits don't wait for the disk: here processes die, machines don't."""
    database = Database(f"sqlite:///{path}", clock)

    @event.listens_for(database.engine, "connect")
    def _hurry(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return database


class CounterHouse:
    """The counter's process as `yunquan role counter:0` puts it together, without the process."""

    def __init__(self, folder: Path, clock: LoopClock) -> None:
        self.folder = folder
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
        self.floor = Floor(NAME, self.driver, self.server, every_day)
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

    def __init__(self, folder: Path, seed: int, faults: Faults) -> None:
        self.bars = folder / "bars.csv"
        self.record = folder / "world" / "exchange.sqlite"
        self.settings = Settings(
            folder / "world",
            f"unix:{folder / 'venue.sock'}",
            f"unix:{folder / 'bank.sock'}",
            seed=seed,
            speed=SPEED,
            first_day=FIRST_DAY.isoformat(),
            bars=self.bars,
            orders_per_s=40.0,
            faults=faults,
            clock="manual",
            sync="normal",
        )
        self.alive = False
        write_bars(self.bars, random.Random(f"{seed}:bars"))

    async def start(self) -> None:
        self.world = World(self.settings)
        await self.world.start()
        self.alive = True

    async def run(self) -> None:
        """Let its time pass; while it is down, its market stands still."""
        while True:
            await asyncio.sleep(TICK_S)
            if self.alive:
                await self.world.advance(TICK_S)

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
        world.bank.close()
        if world._lock is not None:
            world._lock.close()

    @property
    def trading_day(self) -> str:
        return self.world.floor.trading_day

    @property
    def phase(self) -> str:
        return self.world.floor.moment.phase

    def best(self, symbol: str) -> tuple[int, int]:
        """Best bid and ask in milli, 0 for an empty side: what a feed would show."""
        book = self.world.floor.exchange.books[symbol]
        return book.bid_milli(), book.ask_milli()


def write_bars(path: Path, chance: random.Random) -> None:
    """Some history for a share of each board, and the first days to come; on some of them a share
    has no bar: halted.
    """
    lines = ["symbol,date,close"]
    for symbol, price in SHARES.items():
        close = price
        for number in range(-30, 40):
            day = FIRST_DAY + timedelta(days=number)
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
