"""Once a second, in the back room's process: exposure, credit and operations, measured from the
counters' logs, the last prices and what the parts say of themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from prometheus_client import Counter, Histogram

from yunquan.app.event_kinds import event_kinds
from yunquan.app.links import Links
from yunquan.app.settings import Settings
from yunquan.counter import Journal, SnapshotFiles, SocketClient
from yunquan.counter.events import codec
from yunquan.counter.types import AskHealth, HealthView
from yunquan.credit import CreditDrop, CreditWatch, SimulatedMargin
from yunquan.exposure import ExposureWatch
from yunquan.history.readers import PROJECTION
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.events import EventCodec
from yunquan.kernel.readers import load_offset
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.market.rules.sessions import seconds_of
from yunquan.market.types import InstrumentNotice
from yunquan.operations import OperationsWatch
from yunquan.operations.types import Pulse
from yunquan.surveillance.types import AlertView

logger = logging.getLogger("yunquan.watching")

EVERY_S: Final = 1.0
# A counter that is asked looks through its books.
HEALTH_EVERY_S: Final = 5.0
ASK_WITHIN_S: Final = 2.0
# A brokerage that starts waits so long for its counters before it says that they are silent.
STARTING_S: Final = 30.0
STEP = Histogram("yunquan_watching_step_seconds", "One measurement", ["what"])
ALERTS = Counter("yunquan_watching_alerts", "Figures that passed a line", ["what"])
FAILED = Counter("yunquan_watching_failures", "Measurements that failed", ["what"])


class Watching:
    """What is measured, and from what. lost: ticks ever lost to the tape."""

    def __init__(self, settings: Settings, links: Links, lost: Callable[[], int]) -> None:
        self._settings = settings
        self._links = links
        self._lost = lost
        self._health: list[HealthView] = []
        self._asked_s = -HEALTH_EVERY_S
        self._until_s = links.clock.monotonic() + STARTING_S
        numbers, rooms = range(settings.counters), links.database
        self._logs = [Database(settings.counter_url(number), rooms.clock) for number in numbers]
        journals = [Journal(log, str(number)) for number, log in enumerate(self._logs)]
        self.exposure = ExposureWatch(rooms, journals, SnapshotFiles(settings.snapshots))
        drop = CreditDrop(settings.data / "credit" / "files")
        self.credit = CreditWatch(rooms, drop, simulated=settings.world)
        self._margin = (
            SimulatedMargin(drop, settings.data / "credit" / "margin") if settings.world else None
        )
        streams = [(f"counter-{n}", log, codec()) for n, log in enumerate(self._logs)]
        every = EventCodec(event_kinds().values())
        self.operations = OperationsWatch(rooms, streams, (ROOMS_STREAM, rooms, every))

    async def run(self) -> None:
        """As long as the process lives. What fails is named, and measured again a second later."""
        await asyncio.to_thread(self.exposure.start)
        while True:
            began_s = self._links.clock.monotonic()
            await self._once()
            took_s = self._links.clock.monotonic() - began_s
            await asyncio.sleep(max(EVERY_S - took_s, EVERY_S / 10))

    async def _once(self) -> None:
        board = self._links.quotes.book
        # Copied on the loop that fills it.
        last = {symbol: quote.last_milli for symbol, quote in board.quotes.items()}
        notices, status = dict(board.instruments), board.status
        pulse = await self._pulse()
        day, second = (status.trading_day, seconds_of(status.time)) if status else ("", 0)
        steps: Mapping[str, Callable[[], list[AlertView]]] = {
            "operations": lambda: self.operations.step(pulse),
            "exposure": lambda: self.exposure.step(last, notices, day),
            "credit": lambda: self._credit(last, notices, day, second),
        }
        for what, step in steps.items():
            try:
                with STEP.labels(what).time():
                    found = await asyncio.to_thread(step)
            except Exception:
                FAILED.labels(what).inc()
                logger.exception("not measured", extra={"what": what})
                continue
            ALERTS.labels(what).inc(len(found))

    def _credit(
        self,
        last: Mapping[str, int],
        notices: Mapping[str, InstrumentNotice],
        day: str,
        second: int,
    ) -> list[AlertView]:
        if self._margin is not None and day:
            shares = {s: p for s, p in last.items() if _is_share(notices.get(s))}
            own = list(self.exposure.holdings.accounts)
            self._margin.work(day, second // 60, shares, own)
        return self.credit.step(last, notices, day, second)

    async def _pulse(self) -> Pulse:
        links = self._links
        if links.clock.monotonic() - self._asked_s >= HEALTH_EVERY_S:
            self._asked_s = links.clock.monotonic()
            asked = await asyncio.gather(*(_health(socket) for socket in links.sockets))
            self._health = [view for view in asked if view is not None]
            if len(self._health) == self._settings.counters:
                self._until_s = 0.0
        health, starting = self._health, links.clock.monotonic() < self._until_s
        now_ms, silent = to_ms(links.clock.now()), links.quotes.stale_since_ms()
        status = links.quotes.view().status
        return Pulse(
            now_ms,
            len(health) if starting else self._settings.counters,
            tuple(health),
            # Never heard counts from now: a brokerage that starts has no gap yet.
            None if not silent else now_ms - silent,
            self._lost(),
            await asyncio.to_thread(self._lags, {f"counter-{v.name}": v.seq for v in health}),
            status.phase if status else "",
        )

    def _lags(self, heads: dict[str, int]) -> dict[str, int]:
        with self._links.database.read() as tx:
            return {
                stream: max(seq + 1 - load_offset(tx, PROJECTION.name, stream), 0)
                for stream, seq in heads.items()
            }

    def close(self) -> None:
        """Let go of the logs."""
        for log in self._logs:
            log.dispose()


async def _health(socket: SocketClient) -> HealthView | None:
    try:
        async with asyncio.timeout(ASK_WITHIN_S):
            return await socket.ask(AskHealth())
    except (YunquanError, TimeoutError, OSError):
        return None


def _is_share(notice: InstrumentNotice | None) -> bool:
    return notice is not None and notice.instrument.product == "stock"
