"""Surveillance scaled out: this process reads the stream, sends it to NATS, and writes the alerts
of what partitions find; those are Ray actors, which it starts again when they die.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from prometheus_client import Gauge

from yunquan.app.processes.rounds import Rounds
from yunquan.app.settings import Settings
from yunquan.indicators import Sizes
from yunquan.kernel.errors import Conflict
from yunquan.kernel.transaction import Database
from yunquan.partitions import Distributor, Relay, Teller
from yunquan.partitions.adapters.actors import Actors
from yunquan.partitions.adapters.jetstream import Streams
from yunquan.partitions.service.frames import to_bytes
from yunquan.partitions.service.kept import Snapshots
from yunquan.partitions.service.running import (
    FINDS,
    FRAMES,
    folder_of,
    run_partition,
    run_teller,
)
from yunquan.partitions.types import Frame
from yunquan.surveillance import AlertWriter, Monitor
from yunquan.surveillance.types import AlertView

logger = logging.getLogger("yunquan.surveillance")

LOOK_EVERY_S: Final = 0.2
SNAPSHOT_EVERY_S: Final = 60.0
DRAIN_WITHIN_S: Final = 10.0
BEHIND = Gauge("yunquan_partitions_rows_behind", "Rows sent whose alerts aren't told yet")
DEATHS = Gauge("yunquan_partitions_deaths", "Times a partition had to be started again")
Make = Callable[[Relay], Monitor]


class ScaledOut:
    """Everything of one firm: distributor and teller here, partitions as actors."""

    def __init__(
        self,
        settings: Settings,
        sizes: Sizes,
        make: Make,
        database: Database,
        raised: Callable[[Sequence[AlertView]], None],
        snapshot_every_s: float = SNAPSHOT_EVERY_S,
    ) -> None:
        """make: the monitor that reads for this relay, keeping its snapshots in `reads_in`."""
        self.count = settings.partitions
        self.folder = settings.data / "surveillance"
        self.actors = Actors(settings.ray, self.count)
        self.teller = Teller(self.count, AlertWriter(database), raised)
        self._settings = settings
        self._sizes = sizes
        self._make = make
        self._every_s = snapshot_every_s
        self._ending = False
        self._parts = list[asyncio.Task[None]]()

    async def start(self) -> Distributor:
        """Streams, partitions and teller at work, and a distributor that has sent all there was."""
        nats = self._settings.nats
        streams = self._streams = await Streams.open(nats, self.count)
        await asyncio.to_thread(self.actors.begin)
        loop = asyncio.get_running_loop()

        def send(frame: Frame) -> None:
            head = Frame(frame.first_row, frame.next_row, frame.changes, frame.names)
            kept = streams.send(to_bytes(head), to_bytes(frame), frame.next_row)
            asyncio.run_coroutine_threadsafe(kept, loop).result()

        for number in range(self.count):
            arguments = (nats, number, self.count, self._sizes, self.folder, self._every_s)
            self._begin(self.actors.keep(number, run_partition, arguments))
        told = run_teller(nats, self.teller, self.folder, self._every_s, lambda: self._ending)
        self._begin(told)
        self._begin(self._trim())
        try:
            self.distributor = Distributor(self._make, send, await streams.sent_until())
            await asyncio.to_thread(self.distributor.start)
        except Conflict as error:
            if error.code != "partitions.gap":
                raise
            logger.warning("frames are gone; all are sent again")
            shutil.rmtree(reads_in(self._settings), ignore_errors=True)
            await streams.begin_anew()
            self.distributor = Distributor(self._make, send, await streams.sent_until())
            await asyncio.to_thread(self.distributor.start)
        return self.distributor

    def _begin(self, part: Awaitable[None]) -> None:
        self._parts.append(asyncio.ensure_future(part))

    async def check(self) -> None:
        """Raises what a part that has ended raised: nothing goes on without it."""
        for part in self._parts:
            if part.done():
                try:
                    part.result()
                except Conflict as error:
                    if error.code == "partitions.gap":
                        # Sent again from the first row, by whoever starts next.
                        await self._streams.begin_anew()
                    raise
                raise RuntimeError("a part has ended")
        BEHIND.set(self.distributor.monitor.next_row - self.teller.next_row)
        DEATHS.set(self.actors.deaths)

    async def stop(self) -> None:
        """Tell what was sent, if that goes fast, write snapshots, and end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_WITHIN_S):
                while self.teller.next_row < self.distributor.monitor.next_row:
                    await self.check()
                    await asyncio.sleep(LOOK_EVERY_S)
        await asyncio.to_thread(self.distributor.monitor.snapshot)
        self._ending = True
        await self.actors.stop()
        *parts, trim = self._parts
        trim.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
        await self._streams.close()
        await asyncio.to_thread(self.actors.end)

    async def _trim(self) -> None:
        """Drop from the streams what no snapshot that is kept will ask for."""
        names = ["teller", *map(str, range(self.count))]
        kept = [Snapshots(folder_of(self.folder, self.count, name)) for name in names]
        while True:
            await asyncio.sleep(self._every_s)
            places = [await asyncio.to_thread(one.oldest) for one in kept]
            if all(places):
                await self._streams.forget(min(one[FRAMES] for one in places), places[0][FINDS])


def reads_in(settings: Settings) -> Path:
    """Where the distributor's monitor keeps its snapshots."""
    return folder_of(settings.data / "surveillance", settings.partitions, "distributor")


async def run_scaled_out(parts: ScaledOut, rounds: Rounds) -> None:
    """Until the rounds end. What fails ends the process, which begins again from its snapshots."""
    distributor = await parts.start()

    async def step() -> int:
        count = await asyncio.to_thread(distributor.step)
        await parts.check()
        return count

    async def tidy() -> None:
        await asyncio.to_thread(distributor.monitor.snapshot)

    await rounds.go(step, tidy)
    await parts.stop()
