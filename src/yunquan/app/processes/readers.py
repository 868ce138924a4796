"""The back room's process: every room's durable readers, woken by the counters' commits; the
keeper of market data; conditional orders; unfinished transfers; and the demonstration's accounts.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
from typing import Any

from prometheus_client import Gauge

from yunquan.app.event_kinds import event_kinds
from yunquan.app.links import Links, MarketKeeper
from yunquan.app.processes.role import serve_status
from yunquan.app.processes.watching import Watching
from yunquan.app.seed import open_demo
from yunquan.app.settings import Settings
from yunquan.audit.readers import AUDITING
from yunquan.cases import escalate_due
from yunquan.cases.readers import FOLDING
from yunquan.conditions import ConditionEngine
from yunquan.counter import SocketClient
from yunquan.counter.events import codec
from yunquan.custody import take_files
from yunquan.funding import answer_begun, recover
from yunquan.history.readers import PROJECTION
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.events import EventCodec
from yunquan.kernel.readers import ReaderThread, lag
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.messages.readers import TELLING
from yunquan.quotes import TapeRecorder, TapeWriter
from yunquan.rights import SUBSCRIBING

logger = logging.getLogger("yunquan.readers")

LAG = Gauge(
    "yunquan_reader_lag_events", "Events a reader is behind its stream", ["reader", "stream"]
)
TAPE_TICKS = Gauge("yunquan_tape_ticks", "Ticks ever given a number on the market tape")
TAPE_LOST = Gauge("yunquan_tape_lost_ticks", "Ticks the tape could not take since the start")
CONDITIONS = Gauge("yunquan_conditions_waiting", "Conditional orders watched now")
LAG_EVERY_S = 5.0
# History may be a little late; an order may not.
NICENESS = 5
RECOVER_EVERY_S = 3.0
# An alert of the highest grade wants its case at once.
FOLD_EVERY_S = 0.2
PLANS_EVERY_S = 20.0
# What reads each counter's stream.
READERS = (PROJECTION, TELLING, SUBSCRIBING)


async def run_readers(settings: Settings, stop: asyncio.Event) -> int:
    """Project every counter's stream, and do the chores, until `stop`."""
    os.nice(NICENESS)
    clock = SystemClock()
    rooms = Database(settings.rooms_url(), clock)
    followers = [_Follower(settings, number, rooms) for number in range(settings.counters)]
    # What the rooms say of themselves is told too; their own commits come from other processes, so
    # this one looks by itself.
    telling_codec = EventCodec(event_kinds().values())
    telling = ReaderThread(TELLING, ROOMS_STREAM, rooms, rooms, telling_codec)
    auditing = ReaderThread(AUDITING, ROOMS_STREAM, rooms, rooms, telling_codec)
    folding = ReaderThread(FOLDING, ROOMS_STREAM, rooms, rooms, telling_codec, idle_s=FOLD_EVERY_S)
    own = [telling, auditing, folding]
    for thread in own:
        thread.start()
    tape = TapeWriter(settings.tape, retention_days=settings.tape_days)
    links = Links(settings, MarketKeeper(rooms), TapeRecorder(tape, clock))
    for code, bank in links.banks.items():
        bank.take(functools.partial(answer_begun, links.funding, code))
    engine = ConditionEngine(links.database, links.counters, links.quotes)
    links.listeners.append(engine)
    chores = await _begin_chores(settings, links, engine)
    chores.append(asyncio.create_task(_watch_clocks(rooms)))
    watching = Watching(settings, links, lambda: tape.lost)
    chores.append(asyncio.create_task(watching.run()))
    status = await serve_status(
        settings.socket("readers-status"),
        lambda: _health([*own, *(one for f in followers for one in f.threads)]),
    )
    while not stop.is_set():
        for follower in followers:
            await asyncio.to_thread(follower.measure)
        TAPE_TICKS.set(tape.next_seq - 1)
        TAPE_LOST.set(tape.lost)
        CONDITIONS.set(len(engine.room))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAG_EVERY_S):
                await stop.wait()
    for chore in chores:
        chore.cancel()
    await links.stop()
    watching.close()
    for follower in followers:
        await follower.stop()
    await leave(own)
    status.close()
    return 0


class _Follower:
    """The readers of one counter's stream, woken by its commits."""

    def __init__(self, settings: Settings, number: int, rooms: Database) -> None:
        self._stream = f"counter-{number}"
        self._rooms = rooms
        self._source = Database(settings.counter_url(number), rooms.clock)
        self.threads = [
            ReaderThread(reader, self._stream, self._source, rooms, codec()) for reader in READERS
        ]
        self._client = SocketClient(
            settings.counter_address(number), on_committed=lambda _seq, _body: self._wake()
        )
        for thread in self.threads:
            thread.start()
        self._watching = asyncio.create_task(self._client.start())

    def _wake(self) -> None:
        for thread in self.threads:
            thread.wake()

    def measure(self) -> None:
        """Say how far behind the stream they are."""
        for reader in READERS:
            behind = lag(reader.name, self._stream, self._source, self._rooms)
            LAG.labels(reader.name, self._stream).set(behind)

    async def stop(self) -> None:
        """Finish the steps at hand and leave."""
        await leave(self.threads)
        self._watching.cancel()
        await self._client.close()


async def leave(threads: list[ReaderThread]) -> None:
    """Let every reader finish its step."""
    for thread in threads:
        thread.stop()
    for thread in threads:
        await asyncio.to_thread(thread.join, 10)


async def _begin_chores(
    settings: Settings, links: Links, engine: ConditionEngine
) -> list[asyncio.Task[None]]:
    chores = await links.start()
    chores.append(asyncio.create_task(engine.run()))
    chores.append(asyncio.create_task(_finish_transfers(links)))
    chores.append(asyncio.create_task(_follow_plans(links)))
    chores.append(asyncio.create_task(_follow_permissions(links)))
    if settings.demo and settings.world:
        chores.append(asyncio.create_task(open_demo(settings, links)))
    for chore in chores:
        chore.add_done_callback(_tell_end)
    return chores


def _tell_end(chore: asyncio.Task[None]) -> None:
    """A chore that broke says so; it must not vanish."""
    if not chore.cancelled() and (error := chore.exception()):
        logger.error("chore failed", exc_info=error)


async def _finish_transfers(links: Links) -> None:
    """Drive on what a crash left unfinished with the counter, and take the banks' files, which
    decide what is in doubt with them.
    """
    while True:
        try:
            if finished := await recover(links.funding):
                logger.info("transfers finished", extra={"count": finished})
            await take_files(links.funding, links.settings.member)
        except YunquanError as error:
            logger.info("transfers wait", extra={"reason": error.code})
        await asyncio.sleep(RECOVER_EVERY_S)


async def _follow_plans(links: Links) -> None:
    """Tell counters of fee plans that came into force, or that they weren't told of."""
    while True:
        try:
            if told := await links.tariffs.bring_in_line():
                logger.info("fee plans told", extra={"count": told})
        except YunquanError as error:
            logger.info("fee plans wait", extra={"reason": error.code})
        await asyncio.sleep(PLANS_EVERY_S)


async def _follow_permissions(links: Links) -> None:
    """Tell counters of permissions that were granted while they were away."""
    while True:
        try:
            if told := await links.permissions.bring_in_line():
                logger.info("permissions told", extra={"count": told})
        except YunquanError as error:
            logger.info("permissions wait", extra={"reason": error.code})
        await asyncio.sleep(RECOVER_EVERY_S)


async def _watch_clocks(rooms: Database) -> None:
    """Cases that waited too long go to somebody higher."""
    while True:
        for case in await asyncio.to_thread(escalate_due, rooms):
            logger.warning("case escalated", extra={"case": case.id, "times": case.escalated})
        await asyncio.sleep(RECOVER_EVERY_S)


def _health(threads: list[ReaderThread]) -> tuple[bool, dict[str, Any]]:
    failures = {thread.name: repr(thread.failure) for thread in threads if thread.failure}
    alive = all(thread.is_alive() for thread in threads)
    return alive and not failures, {"failures": failures}
