"""One process tells many over a socket, and waits for none of them.

Nothing is kept here: what is told is in a database before. Whoever was away, or took nothing for
too long, comes back and asks there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

from yunquan.kernel.errors import Unavailable
from yunquan.kernel.wire import FrameBuffer, connect, frame, listen

# Bytes a listener may leave unread before it is sent away.
MOST_UNREAD: Final = 4 << 20
BACKOFF_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0)


class Broadcast:
    """The side that tells. Use on one event loop."""

    def __init__(self) -> None:
        self._listeners = set[asyncio.Transport]()
        self._server: asyncio.Server | None = None

    async def start(self, address: str) -> None:
        """Listen at a socket address."""
        self._server = await listen(lambda: _Listener(self._listeners), address)

    def tell(self, body: bytes) -> None:
        """To everybody who is connected; not empty, and no longer than a frame may be."""
        told = frame(body)
        for listener in list(self._listeners):
            listener.write(told)
            if listener.get_write_buffer_size() > MOST_UNREAD:
                listener.abort()

    @property
    def listeners(self) -> int:
        """How many are connected."""
        return len(self._listeners)

    def close(self) -> None:
        """Send everybody away."""
        if self._server:
            self._server.close()
        for listener in list(self._listeners):
            listener.close()


class _Listener(asyncio.Protocol):
    def __init__(self, listeners: set[asyncio.Transport]) -> None:
        self._listeners = listeners
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own, which are none of asyncio's by type.
        self._transport = cast(asyncio.Transport, transport)
        self._listeners.add(self._transport)
        # From here on it hears everything; what was before it asks for.
        self._transport.write(frame(b""))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport:
            self._listeners.discard(self._transport)


class Hearing:
    """The side that hears, connected for good. came: called when from now on everything is heard;
    heard: with each body.
    """

    def __init__(
        self, address: str, came: Callable[[], None], heard: Callable[[bytes], None]
    ) -> None:
        self._address = address
        self._came = came
        self._heard = heard

    async def run(self) -> None:
        """Until cancelled."""
        failures = 0
        while True:
            try:
                link = await connect(lambda: _Link(self._came, self._heard), self._address)
            except Unavailable:
                await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1
                continue
            failures = 0
            try:
                await link.ended.wait()
            finally:
                link.close()


class _Link(asyncio.Protocol):
    def __init__(self, came: Callable[[], None], heard: Callable[[bytes], None]) -> None:
        self.ended = asyncio.Event()
        self._came = came
        self._heard = heard
        self._frames = FrameBuffer()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        for body in self._frames.feed(data):
            if body:
                self._heard(body)
            else:
                self._came()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    def close(self) -> None:
        """Hang up."""
        if self._transport:
            self._transport.close()
