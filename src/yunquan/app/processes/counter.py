"""The counter's process: driver, socket, gateway to the exchange, and the day it is told it is."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from yunquan.app.processes.role import serve_status
from yunquan.app.settings import Settings
from yunquan.counter import CounterServer, Driver, Journal, SnapshotFiles
from yunquan.counter.rules.reference import Reference
from yunquan.counter.types import RollDay, RouteUnsent, VenueReport
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database
from yunquan.market import load_rule_book
from yunquan.market.rules import RuleMissing, announced_phase, instrument_day
from yunquan.market.types import BOARDS, MARKETS, InstrumentDay, InstrumentNotice, MarketStatus
from yunquan.venues import ExchangeGateway
from yunquan.venues.types import OrderStatus, Report

logger = logging.getLogger("yunquan.counter")

EVENTS = Counter("yunquan_counter_events", "Events made durable", ["counter"])
BATCH = Histogram(
    "yunquan_counter_batch_events",
    "Events in one record",
    ["counter"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
)
LINK = Gauge("yunquan_counter_link_up", "Whether the exchange session is up", ["counter"])
RULE_GAPS = Counter(
    "yunquan_counter_rule_gaps", "Instruments left out for want of a rule", ["counter"]
)
LIMITS_DIFFER = Counter(
    "yunquan_counter_limits_differ",
    "Instruments whose limits the exchange reads otherwise",
    ["counter"],
)


class Floor:
    """What the exchange tells the counter: reference data and phases for decisions, reports as
    commands.

    caught_up: whether all reports that the exchange has spoken of are taken.
    """

    def __init__(self, name: str, driver: Driver, server: CounterServer) -> None:
        self.gateway_name = f"counter-{name}"
        self._name = name
        self._driver = driver
        self._server = server
        self._book = load_rule_book()
        self._status: MarketStatus | None = None
        self._instruments: dict[str, InstrumentDay] = {}
        self._announced_day = ""
        self.caught_up: Callable[[], bool] = lambda: True
        self._phases: dict[str, tuple[bool, bool]] = {}
        self._links: frozenset[str] = frozenset()
        driver.reference_parts = self.reference

    def reference(self, now_ms: int) -> Reference:
        """What decisions may look at now."""
        day = self._status.trading_day if self._status else ""
        return Reference(day, now_ms, self._instruments, self._phases, self._links)

    def on_link(self, *, up: bool) -> None:
        self._links = frozenset(MARKETS) if up else frozenset()
        LINK.labels(self._name).set(up)
        logger.info("exchange link", extra={"up": up})
        if up:
            self._driver.query_doubtful()
            self._server.enqueue(
                RouteUnsent(f"system:route:{self._driver.journal.next_seq}", MARKETS)
            )

    def on_instrument(self, notice: InstrumentNotice) -> None:
        symbol = notice.instrument.symbol
        if self._announced_day < notice.trading_day:
            self._instruments = {}
            self._announced_day = notice.trading_day
        try:
            day = instrument_day(
                self._book,
                notice.instrument,
                notice.prev_close_milli,
                notice.trading_day,
                halted=notice.halted,
            )
        except RuleMissing as missing:
            # Without its rules an instrument can't be checked, so it can't be traded.
            RULE_GAPS.labels(self._name).inc()
            logger.error("instrument left out", extra={"symbol": symbol, "reason": str(missing)})
            return
        if (day.limit_up_milli, day.limit_down_milli) != (
            notice.limit_up_milli,
            notice.limit_down_milli,
        ):
            LIMITS_DIFFER.labels(self._name).inc()
            logger.warning(
                "exchange reads the limits otherwise",
                extra={
                    "symbol": symbol,
                    "ours": day.limit_up_milli,
                    "theirs": notice.limit_up_milli,
                },
            )
        self._instruments[symbol] = day

    def on_market(self, status: MarketStatus) -> None:
        self._status = status
        phase = announced_phase(status.phase)
        self._phases = dict.fromkeys(BOARDS, (phase.accepts_orders, phase.accepts_cancels))
        if self._may_begin(status.trading_day):
            self._server.enqueue(RollDay(f"system:roll:{status.trading_day}", status.trading_day))

    def _may_begin(self, day: str) -> bool:
        """A day begins with its own limits at hand, and after the last report of the day before: a
        fill that came while the counter was away would find its order expired.
        """
        return day > self._driver.state.day and day == self._announced_day and self.caught_up()

    def on_report(self, report: Report) -> None:
        self._server.enqueue(
            VenueReport(
                f"{self.gateway_name}:{report.index}",
                self.gateway_name,
                report.index,
                report.kind,
                report.id,
                report.execution,
                report.price,
                report.qty,
                report.code,
            )
        )

    def on_status(self, status: OrderStatus) -> None:
        if status.state == "unknown":
            self._driver.settle_doubt(status.id)

    def on_day_end(self, trading_day: str, last_report: int) -> None:
        logger.info(
            "exchange closed its day", extra={"day": trading_day, "last_report": last_report}
        )

    def next_report(self) -> int:
        mark = self._driver.state.marks.get(self.gateway_name)
        return mark.next if mark else 1


async def run_counter(settings: Settings, number: int, stop: asyncio.Event) -> int:
    """Serve one counter until `stop`; exit code 3 when another counter took its stream."""
    name = str(number)
    clock = SystemClock()
    database = Database(settings.counter_url(number), clock)
    driver = Driver(name, Journal(database, name), SnapshotFiles(settings.snapshots), clock)
    driver.open()
    # The accounts just loaded stay; walking them again and again would pause every order.
    gc.collect()
    gc.freeze()
    gc.disable()
    server = CounterServer(driver)
    driver.on_commit.append(lambda _seq, _body, events: _count(name, events))
    floor = Floor(name, driver, server)
    gateway = ExchangeGateway(settings.venue_address, settings.member, floor.gateway_name, floor)
    driver.gateway = gateway
    floor.caught_up = gateway.caught_up
    await server.start(settings.counter_address(number))
    gateway.start()
    status = await serve_status(
        settings.socket(f"counter-{number}-status"), lambda: _health(driver, gateway)
    )
    logger.info(
        "counter serves",
        extra={"seq": driver.journal.next_seq - 1, "accounts": len(driver.state.accounts)},
    )
    waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(server.failed.wait())]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    await gateway.stop()
    await server.drain()
    status.close()
    database.dispose()
    return 3 if server.failed.is_set() else 0


def _count(name: str, events: list[Any]) -> None:
    EVENTS.labels(name).inc(len(events))
    BATCH.labels(name).observe(len(events))


def _health(driver: Driver, gateway: ExchangeGateway) -> tuple[bool, dict[str, Any]]:
    good = driver.sound and gateway.is_up
    return good, {
        "sound": driver.sound,
        "link": gateway.is_up,
        "day": driver.state.day,
        "seq": driver.journal.next_seq - 1,
    }
