"""The access log: one JSON object a line, as the rest of the process logs, without its cost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import msgspec

from yunquan.kernel.clock import Clock

FLUSH_AFTER_S = 0.2
_LARGEST_BUFFER = 64 * 1024


class Line(msgspec.Struct):
    """One answered request. route: its pattern, so that account numbers stay out; ms: to answer."""

    timestamp: str
    id: str
    method: str
    route: str
    status: int
    ms: float
    actor: str
    address: str
    code: str
    role: str = "web"
    event: str = "request"


def to_stderr(data: bytes) -> None:
    """Where logs go."""
    sys.stderr.write(data.decode())
    sys.stderr.flush()


class AccessLog:
    """Gathers lines and writes them together, a fifth of a second later at most.

    A write for each request took a third of an order's time. What a killed process had gathered is
    lost; what it did is in the log of events, which is not.
    """

    def __init__(self, clock: Clock, write: Callable[[bytes], None]) -> None:
        self._clock = clock
        self._write = write
        self._encoder = msgspec.json.Encoder()
        self._buffer = bytearray()
        self._flush_is_due = False
        self._is_closing = False

    def tell(
        self,
        request_id: str,
        method: str,
        route: str,
        status: int,
        seconds: float,
        actor: str,
        address: str,
        code: str,
    ) -> None:
        """Note an answered request. code: of the error, "" without one."""
        now = self._clock.now().isoformat(timespec="milliseconds")
        took_ms = round(seconds * 1000, 2)
        line = Line(now, request_id, method, route, status, took_ms, actor, address, code)
        self._buffer += self._encoder.encode(line)
        self._buffer += b"\n"
        if self._is_closing or len(self._buffer) >= _LARGEST_BUFFER:
            self.flush()
        elif not self._flush_is_due:
            self._flush_is_due = True
            asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self.flush)

    def close(self) -> None:
        """Write what was gathered, and what still comes at once: the loop may not turn again."""
        self._is_closing = True
        self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        self._flush_is_due = False
        if self._buffer:
            data, self._buffer = bytes(self._buffer), bytearray()
            self._write(data)
