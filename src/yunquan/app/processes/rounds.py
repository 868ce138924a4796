"""How surveillance goes on, in one process or scaled out: step after step, woken by commits, until
it shall stop; and how it says that it is well.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from prometheus_client import Counter

logger = logging.getLogger("yunquan.surveillance")

# The tape rings no bell, and a ring may be lost: it is looked so often.
LOOK_EVERY_S: Final = 0.2
TIDY_EVERY_S: Final = 60.0
ROWS = Counter("yunquan_surveillance_events", "Events and ticks read")


class Rounds:
    """Of one process. reading: whether what was missed is caught up with."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.reading = False
        self._failed = ""
        self._awake = asyncio.Event()
        self._stop = stop

    def wake(self) -> None:
        """There is something to read."""
        self._awake.set()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """For whoever asks."""
        return not self._failed, {"reading": self.reading, "failed": self._failed}

    async def go(
        self, step: Callable[[], Awaitable[int]], tidy: Callable[[], Awaitable[None]]
    ) -> None:
        """step: one batch, how many events. tidy: once a minute. What a step raises ends it all."""
        self.reading = True
        loop = asyncio.get_running_loop()
        tidied_s = loop.time()
        while not self._stop.is_set():
            self._awake.clear()
            try:
                count = await step()
            except Exception as error:
                # Nothing was written; what was taken is taken again from the last snapshot on.
                logger.exception("step failed")
                self._failed = repr(error)[:200]
                raise
            ROWS.inc(count)
            if loop.time() - tidied_s > TIDY_EVERY_S:
                tidied_s = loop.time()
                await tidy()
            if not count:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._awake.wait()
