"""An event loop whose time jumps: when nothing is left to do now, the next timer is due at once.

Sockets inside the process work as ever (what is written can be read without delay), so whole days
pass in seconds, in the same order in every run.
"""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 7, 13, 1, 20, tzinfo=UTC)


class _Jumping:
    """A selector that never waits: it looks, and if there is nothing, moves the clock to the next
    timer.
    """

    def __init__(self) -> None:
        self._inner = selectors.DefaultSelector()
        self.elapsed_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = self._inner.select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("nothing will ever happen again: everybody waits for somebody")
        self.elapsed_s += timeout
        return []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time starts at 0 and moves by the timers alone."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)  # type: ignore[arg-type]

    def time(self) -> float:
        return self._jumping.elapsed_s

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """At once, in this thread: while another worked, time would jump over it."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done


class LoopClock:
    """The kernel's Clock over the loop's time. off_s: how far a bad time server has set the wall
    clock off.
    """

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.off_s = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.time() + self.off_s)

    def monotonic(self) -> float:
        return self._loop.time()
