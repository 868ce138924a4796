"""The back room's process: every room's durable readers, woken by the counters' commits; the
keeper of market data; unfinished transfers; and the demonstration's accounts.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

from prometheus_client import Gauge

from yunquan.app.links import Links, MarketKeeper
from yunquan.app.processes.role import serve_status
from yunquan.app.seed import open_demo
from yunquan.app.settings import Settings
from yunquan.counter import SocketClient
from yunquan.counter.events import codec
from yunquan.counter.readers import PROJECTION
from yunquan.funding import recover
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.readers import ReaderThread, lag
from yunquan.kernel.transaction import Database

logger = logging.getLogger("yunquan.readers")

LAG = Gauge(
    "yunquan_reader_lag_events", "Events a reader is behind its stream", ["reader", "stream"]
)
LAG_EVERY_S = 5.0
# History may be a little late; an order may not.
NICENESS = 5
RECOVER_EVERY_S = 3.0


async def run_readers(settings: Settings, stop: asyncio.Event) -> int:
    """Project every counter's stream until `stop`."""
    os.nice(NICENESS)
    clock = SystemClock()
    rooms = Database(settings.rooms_url(), clock)
    threads: list[ReaderThread] = []
    sources: dict[str, Database] = {}
    clients: list[SocketClient] = []
    for number in range(settings.counters):
        stream = f"counter-{number}"
        sources[stream] = Database(settings.counter_url(number), clock)
        thread = ReaderThread(PROJECTION, stream, sources[stream], rooms, codec())
        thread.start()
        threads.append(thread)
        clients.append(_waking(settings, number, thread))
    watching = [asyncio.create_task(client.start()) for client in clients]
    links = Links(settings, MarketKeeper(rooms))
    chores = await links.start()
    chores.append(asyncio.create_task(_finish_transfers(links)))
    if settings.demo and settings.world:
        chores.append(asyncio.create_task(open_demo(settings, links)))
    for chore in chores:
        chore.add_done_callback(_tell_end)
    status = await serve_status(settings.socket("readers-status"), lambda: _health(threads))
    while not stop.is_set():
        for stream, source in sources.items():
            LAG.labels(PROJECTION.name, stream).set(
                await asyncio.to_thread(lag, PROJECTION.name, stream, source, rooms)
            )
        try:
            await asyncio.wait_for(stop.wait(), LAG_EVERY_S)
        except TimeoutError:
            continue
    for chore in chores:
        chore.cancel()
    await links.stop()
    for thread in threads:
        thread.stop()
    for thread in threads:
        await asyncio.to_thread(thread.join, 10)
    for task, client in zip(watching, clients, strict=True):
        task.cancel()
        await client.close()
    status.close()
    return 0


def _tell_end(chore: asyncio.Task[None]) -> None:
    """A chore that broke says so; it must not vanish."""
    if not chore.cancelled() and (error := chore.exception()):
        logger.error("chore failed", exc_info=error)


async def _finish_transfers(links: Links) -> None:
    """Drive transfers a crash or a silent bank left unfinished; each step is known by its
    serial.
    """
    while True:
        try:
            if finished := await recover(links.funding):
                logger.info("transfers finished", extra={"count": finished})
        except YunquanError as error:
            logger.info("transfers wait", extra={"reason": error.code})
        await asyncio.sleep(RECOVER_EVERY_S)


def _waking(settings: Settings, number: int, thread: ReaderThread) -> SocketClient:
    return SocketClient(
        settings.counter_address(number), on_committed=lambda _seq, _body: thread.wake()
    )


def _health(threads: list[ReaderThread]) -> tuple[bool, dict[str, Any]]:
    failures = {thread.name: repr(thread.failure) for thread in threads if thread.failure}
    alive = all(thread.is_alive() for thread in threads)
    return alive and not failures, {"failures": failures}
