"""The process of long processes: day ends. It dies and comes back without anything done twice."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

from prometheus_client import Counter, Gauge

from yunquan.actions import DayActions, load_tax_rates
from yunquan.app.processes.role import serve_status
from yunquan.app.settings import Settings
from yunquan.clearing import Clearing
from yunquan.clearing.adapters.booking import CounterBooker
from yunquan.clearing.jobs import DayEnds
from yunquan.counter import Counters, Journal, SocketClient
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.transaction import Database
from yunquan.market import load_rule_book
from yunquan.rights import DayRights

logger = logging.getLogger("yunquan.jobs")

LOOK_EVERY_S = 1.0
# A day end may take its time; an order may not.
NICENESS = 10
CLEARED = Counter("yunquan_day_ends", "Trading days cleared")
WAITING = Gauge("yunquan_day_end_failed", "1 while a day end waits for somebody")


async def run_jobs(settings: Settings, stop: asyncio.Event) -> int:
    """Clear days as they end, until `stop`."""
    os.nice(NICENESS)
    clock = SystemClock()
    rooms = Database(settings.rooms_url(), clock)
    sources = [Database(settings.counter_url(n), clock) for n in range(settings.counters)]
    sockets = [SocketClient(settings.counter_address(n)) for n in range(settings.counters)]
    links = [asyncio.create_task(socket.start()) for socket in sockets]
    office = Clearing(
        rooms,
        {str(number): Journal(source, str(number)) for number, source in enumerate(sources)},
        CounterBooker(Counters(sockets), asyncio.get_running_loop()),
        DayRights(DayActions(load_tax_rates())),
        load_rule_book(),
        settings.data / "clearing",
    )
    day_ends = DayEnds(office, settings.workflows_url())
    await asyncio.to_thread(day_ends.start)
    state: dict[str, Any] = {"failed": ""}
    status = await serve_status(settings.socket("jobs-status"), lambda: (True, dict(state)))
    while not stop.is_set():
        await _look(day_ends, state)
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await stop.wait()
        except TimeoutError:
            continue
    # A step at hand is not waited for: whoever comes next begins it again.
    status.close()
    for link in links:
        link.cancel()
    for socket in sockets:
        await socket.close()
    await asyncio.to_thread(day_ends.stop)
    for database in (rooms, *sources):
        database.dispose()
    return 0


async def _look(day_ends: DayEnds, state: dict[str, Any]) -> None:
    try:
        for day in await asyncio.to_thread(day_ends.run_due):
            CLEARED.inc()
            logger.info("day cleared", extra={"day": day})
        state["failed"] = ""
    except YunquanError as error:
        state["failed"] = error.code
    except Exception as error:
        # A workflow that gave up says so in an error of its own; the run's row tells why.
        logger.exception("day end failed")
        state["failed"] = repr(error)[:200]
    WAITING.set(bool(state["failed"]))
