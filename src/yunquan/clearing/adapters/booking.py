"""Booking at the counters from a thread, over the connections of an event loop."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from yunquan.clearing.types import Batch
from yunquan.counter import Counters
from yunquan.counter.types import BookEntries, CloseDay
from yunquan.kernel.errors import Conflict, Unavailable

SLOWEST_S: Final = 30.0
# Another has ended the day, or a new one has begun over it: either way it is over.
OVER: Final = ("day.ended", "day.not_today")


def booking(batch: Batch) -> BookEntries:
    """The batch as the counter is told of it, the same each time."""
    return BookEntries(batch.command, batch.day, batch.kind, batch.basis, batch.entries)


def closing(day: str) -> CloseDay:
    """The end of a day as the counter's own floor says it."""
    return CloseDay(f"system:close:{day}", day)


class CounterBooker:
    """Speaks to the counters of one process's event loop."""

    def __init__(self, counters: Counters, loop: asyncio.AbstractEventLoop) -> None:
        self._counters = counters
        self._loop = loop

    def book(self, batch: Batch) -> None:
        """Durable when it returns. Raises Unavailable, Conflict with the refusal's code."""
        answer = self._submit(batch.counter, booking(batch))
        if answer.code:
            raise Conflict(answer.code, **answer.facts)

    def close(self, counter: str, day: str) -> None:
        """End the day where it hasn't ended. Raises Unavailable."""
        answer = self._submit(counter, closing(day))
        if answer.code and answer.code not in OVER:
            raise Conflict(answer.code, **answer.facts)

    def _submit(self, counter: str, command: Any) -> Any:
        client = self._counters.clients[int(counter)]
        asked = asyncio.run_coroutine_threadsafe(client.submit(command), self._loop)
        try:
            return asked.result(SLOWEST_S)
        except TimeoutError as error:
            asked.cancel()
            raise Unavailable("counter.slow") from error
