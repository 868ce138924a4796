"""The world as one asyncio service: the exchange's floor, its two doors, and the bank."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import sqlite3
from collections.abc import Coroutine
from typing import IO, Any

import msgspec

from yunquan_world.bank import Bank, Banks
from yunquan_world.bars import load_bars, sample_bars
from yunquan_world.blotter import StoredReport
from yunquan_world.connection import BadFrameError, Connection
from yunquan_world.control import RefusedError, serve_operator
from yunquan_world.events import (
    ActionsAnnounced,
    DayEnded,
    DayOpened,
    Event,
    MinuteEnded,
    Noticed,
    Repeated,
    StatusChanged,
    TimeAnnounced,
)
from yunquan_world.exchange import Print
from yunquan_world.feed import Feed
from yunquan_world.floor import Floor
from yunquan_world.frames import listen
from yunquan_world.gateways import Gateways
from yunquan_world.market_data import (
    action_message,
    instrument_message,
    market_message,
    status_message,
)
from yunquan_world.messages import Heartbeat, Logon, LogonRefused, Message
from yunquan_world.offices.hall import Offices
from yunquan_world.prices import Prices, with_generated
from yunquan_world.settings import Settings
from yunquan_world.store import Store

log = logging.getLogger(__name__)

_TICK_S = 0.01
# A machine that slept, or a debugger: the market waits rather than racing after it.
_LONGEST_TICK_S = 1.0
_HEARTBEAT_EVERY_S = 5.0
_SILENCE_S = 15.0
_TOLD_EVERY_S = 60.0
_logon_decoder = msgspec.msgpack.Decoder(Logon)


class FolderInUseError(Exception):
    """Another world runs in this folder."""


class World:
    """`start` opens the doors and lets time run; `stop` drains and keeps everything."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self._lock: IO[str] | None = None
        self._servers: list[asyncio.Server] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._sessions: set[asyncio.Task[None]] = set()
        self._awake = False
        self._stopped = False
        self.failure: asyncio.Future[None]

    async def start(self) -> None:
        # Set when the world can't go on, such as with a full disk. It must be started anew then.
        self.failure = asyncio.get_running_loop().create_future()
        settings = self.settings
        settings.data.mkdir(parents=True, exist_ok=True)
        self._take_folder()
        bars = (
            with_generated(sample_bars(), settings.seed)
            if settings.bars is None
            else load_bars(settings.bars)
        )
        self._store = Store(settings.data / "exchange.sqlite", settings.sync)
        prices = Prices(bars, settings.seed, settings.universe_size, settings.first_day)
        self.floor = Floor(settings, self._store, prices)
        self._gateways = Gateways(self.floor, self._wake, self._tell)
        self._feed = Feed(self.floor)
        self.banks = Banks(settings)
        self.offices = Offices(settings)
        self.floor.open()
        self._tell()
        self._tell_of_the_clock()
        self._servers = [
            await listen(settings.venue, self._visit),
            await listen(settings.bank, self._visit_bank),
        ]
        if settings.offices:
            self._servers.append(await listen(settings.offices, self._visit_offices))
        if settings.control:
            self._servers.append(await listen(settings.control, self._visit_operator))
        self._tasks = [asyncio.create_task(self._keep_in_touch())]
        if settings.clock == "real":
            self._tasks.append(asyncio.create_task(self._run()))
        for task in self._tasks:
            task.add_done_callback(self._check)
        log.info("world serves venue=%s bank=%s", settings.venue, settings.bank)

    async def stop(self) -> None:
        """Let in what members have sent, send what they are owed, write everything down."""
        if self._stopped:
            return
        self._stopped = True
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.floor.deliver_all()
        self._tell()
        self._gateways.flush_all()
        self.floor.save()
        lines = [*self._connections(), *self.offices.connections]
        await asyncio.gather(*(connection.close() for connection in lines))
        for session in self._sessions:
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        self._store.close()
        self.banks.close()
        self.offices.close()
        if self._lock is not None:
            self._lock.close()
        log.info("world stops day=%s time=%s", self.floor.trading_day, self.floor.moment.text)

    async def advance(self, real_s: float) -> None:
        """Move time by hand, where the clock is "manual"."""
        assert self.settings.clock == "manual"
        self.floor.advance(real_s)
        self._tell()
        await asyncio.sleep(0)

    @property
    def bank(self) -> Bank:
        """The bank that never closes."""
        return self.banks["simbank"]

    def begin_at_bank(self, bank: str, bank_account: str, direction: str, amount_fen: int) -> str:
        """A customer moves money in the bank's app; the bank's serial, or its refusal."""
        if bank not in self.banks.by_code:
            raise RefusedError("C04_unknown_bank", f"no bank {bank} here")
        kept = self.banks[bank].begin(bank_account, direction, amount_fen)
        if isinstance(kept, str):
            raise RefusedError(kept, "the bank refuses")
        return kept.bank_serial

    def enrol(self, number: str, name: str, photo: bytes, photo_on: str) -> None:
        """Bring somebody, or their photo, into the police's register."""
        try:
            self.offices.police.enrol(number, name, photo, photo_on)
        except ValueError as error:
            raise RefusedError("C05_cannot_enrol", str(error)) from error

    def place_other(self, symbol: str, side: int, price_milli: int, qty: int) -> int:
        """An order of somebody else, for tests and demonstrations; returns its number."""
        number = self.floor.place_other(symbol, side, price_milli, qty)
        self._tell()
        return number

    def break_sessions(self) -> None:
        """Cut every line to the exchange, banks and offices, as a failing network would."""
        for connection in [*self._connections(), *self.offices.connections]:
            connection.abort()

    # Exceptional days.

    def halt_exchange(self, market: str, reason: str = "") -> None:
        """Halt a whole exchange until it is resumed."""
        self.floor.halt_exchange(market, reason)
        self._tell()

    def resume_exchange(self, market: str) -> None:
        self.floor.resume_exchange(market)
        self._tell()

    def halt(self, symbol: str, reason: str = "") -> None:
        """Halt one security until it is resumed."""
        self.floor.halt(self._listed(symbol), reason)
        self._tell()

    def resume(self, symbol: str) -> None:
        self.floor.resume(self._listed(symbol))
        self._tell()

    def change_gateway(self, gateway: str, orders_per_s: int = -1, closed_s: float = 0.0) -> None:
        """Announce that a gateway changes: its quota, or that it is closed for some real seconds.
        Holds until the world ends."""
        if orders_per_s >= 0:
            self.floor.inboxes.quotas[gateway] = orders_per_s
        quota = self.floor.inboxes.quota(gateway)
        self.floor.notice(
            "gateway_change",
            f"网关 {gateway} 调整:每秒 {quota} 笔,关闭 {closed_s:g} 秒",
            f"Gateway {gateway} changes: {quota} orders a second, closed for {closed_s:g} s",
        )
        self._tell()
        if closed_s:
            self._gateways.close(gateway, closed_s)

    def plan_test_day(self, day: str) -> None:
        """Hold a network test on a day that is no trading day."""
        if day <= self.floor.trading_day or self.floor.prices.calendar.from_day(day) == day:
            raise RefusedError("C03_no_test_day", f"{day} is over or a trading day")
        self.floor.plan_test_day(day)
        self._tell()

    def _listed(self, symbol: str) -> str:
        if symbol not in self.floor.instruments:
            raise RefusedError("C01_unknown_security", f"{symbol} is not listed today")
        return symbol

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        before_s = told_at_s = loop.time()
        while True:
            await asyncio.sleep(_TICK_S)
            now_s = loop.time()
            self.floor.advance(min(now_s - before_s, _LONGEST_TICK_S))
            before_s = now_s
            self._tell()
            if now_s - told_at_s >= _TOLD_EVERY_S:
                told_at_s = now_s
                log.info(
                    "market runs day=%s time=%s other_orders=%d open_orders=%d",
                    self.floor.trading_day,
                    self.floor.moment.text,
                    self.floor.crowd_orders,
                    self.floor.exchange.resting_count(),
                )

    def _wake(self) -> None:
        """Look at the inbox once the messages at hand are read: one write to disk for them all."""
        if not self._awake:
            self._awake = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._awake = False
        try:
            self.floor.deliver_due()
            self._tell()
        except Exception as error:
            self._fail(error)
            raise

    def _tell(self) -> None:
        """Hand the floor's events to whom they concern."""
        for event in self.floor.take_events():
            self._tell_one(event)
        self._feed.quote_changed()
        self._gateways.flush()

    def _tell_one(self, event: Event) -> None:
        match event:
            case StoredReport():
                self._gateways.report(event)
            case Print():
                self._feed.trade(event)
            case Repeated():
                self._gateways.repeat(event.gateway, event.order_id)
            case TimeAnnounced():
                message = market_message(
                    event.trading_day, event.moment, self.settings.speed, event.kind_of_day
                )
                self._gateways.announce(event)
                self._feed.tell_all(message)
                self._tell_of_the_clock()
            case MinuteEnded():
                self._feed.end_minute(event)
            case StatusChanged() | Noticed() | ActionsAnnounced():
                self._tell_everybody(event)
            case DayEnded():
                self._gateways.end_day(event)
                self._feed.end_day(event)
                self._tell_of_the_clock(ended=True)
            case DayOpened():
                for instrument in event.instruments:
                    self._gateways.tell_all(instrument_message(instrument))
                self._feed.open_day(event)

    def _tell_of_the_clock(self, *, ended: bool = False) -> None:
        """Banks and offices live by the market's clock; a rehearsal is no day of theirs."""
        floor = self.floor
        if floor.kind_of_day == "trading":
            following = floor.prices.calendar.next_day(floor.trading_day)
            minute = floor.moment.text[:5]
            self.banks.look_at_clock(floor.trading_day, minute, following, ended=ended)
            self.offices.look_at_clock(floor.trading_day, minute, following, ended=ended)

    def _tell_everybody(self, event: StatusChanged | Noticed | ActionsAnnounced) -> None:
        for message in _messages_of(event):
            self._gateways.tell_all(message)
            self._feed.tell_all(message)

    def _check(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self.failure.done():
            self.failure.set_exception(error)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        await self._serve(connection, self._serve_venue(connection))

    async def _visit_bank(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer)
        await self._serve(connection, self.banks.serve(connection))

    async def _visit_offices(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        connection = Connection(reader, writer)
        await self._serve(connection, self.offices.serve(connection))

    async def _visit_operator(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        connection = Connection(reader, writer)
        await self._serve(connection, serve_operator(connection, self))

    async def _serve_venue(self, connection: Connection) -> None:
        logon = await connection.receive_logon(_logon_decoder)
        if logon.role == "member":
            await self._gateways.serve(connection, logon)
        elif logon.role == "feed":
            await self._feed.serve(connection, logon.level)
        else:
            connection.send(LogonRefused("L01_unknown_role", f"role {logon.role!r}"))

    async def _serve(self, connection: Connection, session: Coroutine[Any, Any, None]) -> None:
        """Run a session; whatever way it ends, its connection is closed."""
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        try:
            await session
        except BadFrameError as error:
            log.warning("bad frame code=%s text=%s", error.code, error)
            connection.refuse(error.code, str(error))
        except (asyncio.IncompleteReadError, OSError):
            log.info("peer is gone")
        except sqlite3.Error as error:
            self._fail(error)
            raise
        finally:
            self._sessions.discard(task)
            await connection.close()

    async def _keep_in_touch(self) -> None:
        """Heartbeats both ways: a peer that is silent for too long is taken for dead."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_HEARTBEAT_EVERY_S)
            for connection in self._connections():
                if loop.time() - connection.heard_at_s > _SILENCE_S:
                    log.warning("peer is silent, its session ends")
                    connection.abort()
                else:
                    connection.send(Heartbeat())

    def _connections(self) -> list[Connection]:
        return self._gateways.connections + self._feed.connections + self.banks.connections

    def _take_folder(self) -> None:
        """Keep a second world out of the folder: two would number reports twice."""
        lock = (self.settings.data / "world.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise FolderInUseError(f"another world runs in {self.settings.data}") from error
        self._lock = lock


def _messages_of(event: StatusChanged | Noticed | ActionsAnnounced) -> list[Message]:
    if isinstance(event, Noticed):
        return [event.notice]
    if isinstance(event, StatusChanged):
        return [status_message(event.status)]
    return [action_message(one, event.trading_day) for one in event.announcements]
