"""The counter's process: driver, socket, and gateways to the exchange."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

from prometheus_client import Counter, Histogram

from yunquan.app.processes.floor import Floor
from yunquan.app.processes.role import keep_what_stays, serve_status
from yunquan.app.settings import Settings
from yunquan.counter import CounterServer, Driver, Journal, SnapshotFiles
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database
from yunquan.market import load_calendar
from yunquan.market.rules import Calendar
from yunquan.venues import ExchangeGateways
from yunquan.venues.adapters.feed import ExchangeFeed

logger = logging.getLogger("yunquan.counter")

# Each counter has two gateways: the second takes over when staff switch 切换报盘网关.
GATEWAY_LABELS = ("", "b")

EVENTS = Counter("yunquan_counter_events", "Events made durable", ["counter"])
BATCH = Histogram(
    "yunquan_counter_batch_events",
    "Events in one record",
    ["counter"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
)


async def run_counter(settings: Settings, number: int, stop: asyncio.Event) -> int:
    """Serve one counter until `stop`; exit code 3 when another counter took its stream."""
    name = str(number)
    clock = SystemClock()
    database = Database(settings.counter_url(number), clock)
    driver = Driver(name, Journal(database, name), SnapshotFiles(settings.snapshots), clock)
    driver.open()
    keep_what_stays()
    gc.disable()
    server = CounterServer(driver)
    driver.on_commit.append(lambda _seq, _body, events: _count(name, events))
    rooms = Database(settings.rooms_url(), clock)
    floor = Floor(name, driver, server, lambda: _calendar(rooms))
    gateways = ExchangeGateways(
        settings.venue_address,
        settings.member,
        f"counter-{name}",
        GATEWAY_LABELS,
        floor.listener,
    )
    driver.gateway = floor.gateways = gateways
    await server.start(settings.counter_address(number))
    gateways.start()
    # The price cage is checked by these; without them the exchange decides alone.
    prices = asyncio.create_task(ExchangeFeed(settings.venue_address).run_prices(floor.on_best))
    status = await serve_status(
        settings.socket(f"counter-{number}-status"), lambda: _health(driver, gateways, floor)
    )
    logger.info(
        "counter serves",
        extra={"seq": driver.journal.next_seq - 1, "accounts": len(driver.state.accounts)},
    )
    waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(server.failed.wait())]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    prices.cancel()
    await gateways.stop()
    await server.drain()
    status.close()
    database.dispose()
    rooms.dispose()
    return 3 if server.failed.is_set() else 0


def _calendar(rooms: Database) -> Calendar:
    with rooms.read() as tx:
        return load_calendar(tx)


def _count(name: str, events: list[Any]) -> None:
    EVENTS.labels(name).inc(len(events))
    BATCH.labels(name).observe(len(events))


def _health(
    driver: Driver, gateways: ExchangeGateways, floor: Floor
) -> tuple[bool, dict[str, Any]]:
    is_up = gateways.is_up(driver.state.gateway)
    return driver.sound and is_up, {
        "sound": driver.sound,
        "link": is_up,
        "gateway": driver.state.gateway,
        "day_refused": floor.day_refused.code if floor.day_refused else "",
        "day": driver.state.day,
        "seq": driver.journal.next_seq - 1,
    }
