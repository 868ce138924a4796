"""The process of long processes: day ends and account openings. It dies and comes back without
anything done twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from typing import Any

from prometheus_client import Counter, Gauge

from yunquan.actions import DayActions, load_tax_rates
from yunquan.app import workflows
from yunquan.app.links import sealing
from yunquan.app.locale import catalogue
from yunquan.app.opening import OpeningOffices, opening_offices
from yunquan.app.processes.role import serve_status
from yunquan.app.settings import Settings
from yunquan.clearing import Clearing
from yunquan.clearing.adapters.booking import CounterBooker
from yunquan.clearing.jobs import DayEnds
from yunquan.counter import Counters, Journal, SocketClient
from yunquan.kernel.clock import SystemClock, to_ms
from yunquan.kernel.errors import Unavailable, YunquanError
from yunquan.kernel.transaction import Database
from yunquan.market import load_rule_book
from yunquan.onboarding import CounterThread, Openings
from yunquan.onboarding.jobs import OpeningJobs
from yunquan.rights import DayRights
from yunquan.suitability import Suitability
from yunquan.vision import PoolVision

logger = logging.getLogger("yunquan.jobs")

LOOK_EVERY_S = 1.0
# A day end may take its time; an order may not.
NICENESS = 5
CLEARED = Counter("yunquan_day_ends", "Trading days cleared")
OPENED = Counter("yunquan_accounts_opened", "Applications whose account trades everywhere")
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
    await asyncio.to_thread(workflows.configure, workflows.NAME, settings.workflows_url())
    day_ends = DayEnds(office)
    openings = _openings(settings, rooms, Counters(sockets))
    await asyncio.to_thread(workflows.launch)
    opening = asyncio.create_task(_go_on(openings, stop))
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
    opening.cancel()
    await asyncio.to_thread(workflows.destroy)
    for database in (rooms, *sources):
        database.dispose()
    return 0


class _Openings:
    """Chores of account opening, each harmless to repeat."""

    def __init__(self, offices: OpeningOffices, jobs: OpeningJobs) -> None:
        self.offices = offices
        self.jobs = jobs

    def look(self) -> None:
        """Go on with openings; take new lists, and look at everybody anew under them; end what
        nobody has gone on with.
        """
        for application in self.jobs.run_due():
            OPENED.inc()
            logger.info("account active", extra={"application": application})
        self.offices.onboarding.doors.lapse_stale()
        self._look_at_recordings()
        try:
            taken = self.offices.screening.lists.take()
        except Unavailable as trouble:
            logger.info("no list", extra={"code": trouble.code})
            return
        if taken is not None and not taken.code:
            after = ""
            while True:
                _, after = self.offices.screening.screen_everybody(after)
                if not after:
                    break

    def _look_at_recordings(self) -> None:
        witness = self.offices.witness
        with witness.database.read() as tx:
            waiting = witness.one_way.to_check(tx)
        for script in waiting:
            witness.one_way.check(script)
        witness.tidy()


def _openings(settings: Settings, rooms: Database, counters: Counters) -> _Openings:
    suitability = Suitability(
        rooms, catalogue(), sealing(settings), lambda: rooms.clock.now().date().isoformat()
    )
    vision = PoolVision(settings.vision_python, 1, settings.vision_memory_mb)
    offices = opening_offices(settings, rooms, suitability, vision, {})
    line = CounterThread(counters, asyncio.get_running_loop())
    acts = Openings(offices.onboarding.desk, line)
    return _Openings(offices, OpeningJobs(acts, lambda: to_ms(rooms.clock.now())))


async def _go_on(openings: _Openings, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await asyncio.to_thread(openings.look)
        except Exception:
            logger.exception("openings")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await stop.wait()


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
