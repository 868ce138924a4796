"""The process of surveillance: log and tape through the kernel, alerts within milliseconds of the
commit that caused them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from yunquan.app.event_kinds import event_kinds
from yunquan.app.processes.role import keep_what_stays, serve_status
from yunquan.app.processes.rounds import Rounds
from yunquan.app.settings import Settings
from yunquan.counter import SocketClient
from yunquan.counter.events import codec
from yunquan.heat import HeatKeeper
from yunquan.indicators import Sizes, sizes_for
from yunquan.indicators.types import Family
from yunquan.kernel.bell import hear
from yunquan.kernel.broadcast import Broadcast
from yunquan.kernel.clock import Clock, SystemClock, to_ms
from yunquan.kernel.events import EventCodec
from yunquan.kernel.transaction import ROOMS_STREAM, Database, ReadTx
from yunquan.kernel.zone import A_DAY_MS
from yunquan.market import load_instrument_days, load_rule_book
from yunquan.quotes import TapeReader
from yunquan.rulebook import RuleBook
from yunquan.surveillance import as_bytes
from yunquan.surveillance.service.encoding import UNLIMITED
from yunquan.surveillance.service.monitor import Kernel, Monitor
from yunquan.surveillance.service.sources import LogSource, Source, TapeSource
from yunquan.surveillance.types import AlertView, ToldAlert

logger = logging.getLogger("yunquan.surveillance")

NICENESS: Final = 3
TAPE_EVERY_S: Final = 0.5
ALERTS = Counter("yunquan_surveillance_alerts", "Alerts raised", ["grade"])
STEP = Histogram("yunquan_surveillance_step_seconds", "One batch, read, judged and written")
KEYS = Gauge("yunquan_surveillance_keys", "Keys held", ["family"])
EARLY = Gauge("yunquan_surveillance_early", "Keys that lost their windows too early", ["family"])
LEFT_OUT = Gauge("yunquan_surveillance_left_out", "Events there was no room for", ["family"])
UNREAD = Gauge("yunquan_surveillance_unread", "Events that could not be read again at the start")
SKIPPED = Gauge("yunquan_surveillance_skipped", "Events left out, for they can't be read")
AHEAD = Gauge("yunquan_surveillance_ahead", "Events whose time was of later than their reading")


async def run_surveillance(settings: Settings, stop: asyncio.Event) -> int:
    """Watch until `stop`."""
    os.nice(NICENESS)
    clock = SystemClock()
    rooms, rounds = Database(settings.rooms_url(), clock), Rounds(stop)
    status = await serve_status(settings.socket("surveillance-status"), rounds.health)
    server = Broadcast()
    watch = _Watch(settings, rooms, rounds, _Teller(server, clock))
    await server.start(settings.socket("surveillance-alerts"))
    sockets = [
        SocketClient(
            settings.counter_address(number), on_committed=lambda _seq, _body: rounds.wake()
        )
        for number in range(settings.counters)
    ]
    links = [asyncio.create_task(socket.start()) for socket in sockets]
    end_bell = await hear(settings.bell, rounds.wake)
    await asyncio.to_thread(RuleBook(rooms, clock).begin)
    await (watch.apart() if settings.partitions > 1 else watch.whole())
    end_bell()
    server.close()
    status.close()
    for link in links:
        link.cancel()
    for socket in sockets:
        await socket.close()
    rooms.dispose()
    return 0


class _Watch:
    """What is read, into which kernel, and who is told."""

    def __init__(
        self, settings: Settings, rooms: Database, rounds: Rounds, teller: _Teller
    ) -> None:
        self._settings = settings
        self._rooms = rooms
        self._rounds = rounds
        self._teller = teller

    async def whole(self) -> None:
        """With the kernel in this process."""
        monitor = self._monitor(self._settings.data / "surveillance")
        again = await asyncio.to_thread(monitor.start)
        logger.info("surveillance reads", extra={"batches_again": again})
        keep_what_stays()
        heat, kept_ms = HeatKeeper(monitor), self._settings.surveillance_days * A_DAY_MS

        async def step() -> int:
            with STEP.time():
                count = await asyncio.to_thread(monitor.step)
            await asyncio.to_thread(heat.write)
            return count

        async def tidy() -> None:
            await asyncio.to_thread(monitor.snapshot)
            await asyncio.to_thread(monitor.forget, to_ms(self._rooms.clock.now()) - kept_ms)
            _measure(monitor)

        await self._rounds.go(step, tidy)
        await asyncio.to_thread(monitor.snapshot)

    async def apart(self) -> None:
        """With the kernel in partitions."""
        # Ray and NATS are nobody's but a large firm's.
        from yunquan.app.processes.partitions import (  # noqa: PLC0415
            ScaledOut,
            reads_in,
            run_scaled_out,
        )

        def make(relay: Kernel) -> Monitor:
            return self._monitor(reads_in(self._settings), relay)

        sizes = sizes_of(self._settings)
        parts = ScaledOut(self._settings, sizes, make, self._rooms, self._teller.raised)
        await run_scaled_out(parts, self._rounds)

    def _monitor(self, folder: Path, relay: Kernel | None = None) -> Monitor:
        """folder: where its snapshots are."""
        monitor = Monitor(
            self._rooms,
            sources_of(self._settings, self._rooms, _Every(TAPE_EVERY_S).is_due),
            sizes_of(self._settings),
            _DayLimits(self._rooms).of,
            folder,
            self._teller.raised,
            relay,
        )
        self._teller.monitor = monitor
        return monitor


def _measure(monitor: Monitor) -> None:
    for family in Family:
        fill = monitor.own_engine.fill_of(family)
        KEYS.labels(family.name.lower()).set(fill.used)
        EARLY.labels(family.name.lower()).set(fill.early)
        LEFT_OUT.labels(family.name.lower()).set(fill.full)
    UNREAD.set(monitor.unread)
    SKIPPED.set(monitor.skipped)
    AHEAD.set(monitor.ahead)


def sources_of(
    settings: Settings, rooms: Database, due: Callable[[], bool] = lambda: True
) -> list[Source]:
    """All that surveillance reads. due: whether it is worth looking at the tape again."""
    every = EventCodec(event_kinds().values())
    logs = [
        LogSource(f"counter-{number}", Database(settings.counter_url(number), rooms.clock), codec())
        for number in range(settings.counters)
    ]
    tape = TapeSource(TapeReader(settings.tape), due)
    return [*logs, LogSource(ROOMS_STREAM, rooms, every), tape]


def sizes_of(settings: Settings) -> Sizes:
    """Room in the kernel's tables."""
    return sizes_for(settings.watched_accounts, settings.watched_accounts // 4)


class _Teller:
    """Counts alerts once they are written, and tells them to the faces."""

    def __init__(self, server: Broadcast, clock: Clock) -> None:
        self.monitor: Monitor | None = None
        self._server = server
        self._clock = clock
        self._loop = asyncio.get_running_loop()

    def raised(self, found: Sequence[AlertView]) -> None:
        """Called beside the loop, which mustn't be kept waiting."""
        assert self.monitor is not None
        texts = {one.text.code: one.text for _, one in self.monitor.running.values()}
        now_ms, told = to_ms(self._clock.now()), list[ToldAlert]()
        for alert in found:
            ALERTS.labels(str(alert.grade)).inc()
            if not alert.shadow:
                text = texts[alert.rule]
                told.append(ToldAlert(alert, now_ms, text.title_zh, text.title_en))
        for piece in as_bytes(told):
            self._loop.call_soon_threadsafe(self._server.tell, piece)


class _Every:
    """True once in a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def is_due(self) -> bool:
        """At most so often."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


class _DayLimits:
    """Close before, upper and lower limit of the day that was last announced."""

    def __init__(self, rooms: Database) -> None:
        self._rooms = rooms
        self._book = load_rule_book()
        self._known: dict[tuple[str, str], tuple[int, int, int]] = {}

    def of(self, symbol: str, day: str) -> tuple[int, int, int]:
        """Zeros for what nobody announced: its indicators are undefined then. Of an index its close
        before and that it has no limits.
        """
        if (symbol, day) not in self._known:
            with self._rooms.read() as tx:
                self._load(tx)
        return self._known.get((symbol, day), (0, 0, 0))

    def _load(self, tx: ReadTx) -> None:
        for one in load_instrument_days(tx, self._book):
            told = (one.prev_close_milli, one.limit_up_milli, one.limit_down_milli)
            if one.product == "index":
                told = (one.prev_close_milli, UNLIMITED, UNLIMITED)
            self._known[one.symbol, one.trading_day] = told
