"""Alerts from the process that finds them to those that show them, over a socket.

Nothing is kept here: an alert is in the database before it is told. Whoever was away, or took
nothing for too long, comes back and asks there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, cast

import msgspec

from yunquan.kernel.errors import Unavailable
from yunquan.kernel.wire import FrameBuffer, connect, frame, listen
from yunquan.surveillance.types import ToldAlert

# Bytes a reader may leave unread before it is sent away: some thousands of alerts.
MOST_UNREAD: Final = 4 << 20
# Alerts a frame has at the most.
TOGETHER: Final = 200
BACKOFF_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[ToldAlert]).decode


class AlertServer:
    """Tells every connected reader of alerts, and waits for none."""

    def __init__(self) -> None:
        self._readers = set[asyncio.Transport]()
        self._server: asyncio.Server | None = None

    async def start(self, address: str) -> None:
        """Listen at a socket address."""
        self._server = await listen(lambda: _Reader(self._readers), address)

    def tell(self, alerts: Sequence[ToldAlert]) -> None:
        """Each alert once. Use on the event loop."""
        for start in range(0, len(alerts), TOGETHER):
            body = frame(_encode(alerts[start : start + TOGETHER]))
            for reader in list(self._readers):
                reader.write(body)
                if reader.get_write_buffer_size() > MOST_UNREAD:
                    reader.abort()

    @property
    def readers(self) -> int:
        """How many are connected."""
        return len(self._readers)

    def close(self) -> None:
        """Send everybody away."""
        if self._server:
            self._server.close()
        for reader in list(self._readers):
            reader.close()


class _Reader(asyncio.Protocol):
    """A connection that only listens."""

    def __init__(self, readers: set[asyncio.Transport]) -> None:
        self._readers = readers
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own, which are none of asyncio's by type.
        self._transport = cast(asyncio.Transport, transport)
        self._readers.add(self._transport)
        # From here on it hears everything; what was before it asks for.
        self._transport.write(frame(_encode([])))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport:
            self._readers.discard(self._transport)


class AlertLink:
    """The other side: connected for good. came: called when from now on everything is heard; heard:
    with each frame's alerts.
    """

    def __init__(
        self,
        address: str,
        came: Callable[[], None],
        heard: Callable[[Sequence[ToldAlert]], None],
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
    def __init__(
        self, came: Callable[[], None], heard: Callable[[Sequence[ToldAlert]], None]
    ) -> None:
        self.ended = asyncio.Event()
        self._came = came
        self._heard = heard
        self._frames = FrameBuffer()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        for body in self._frames.feed(data):
            if alerts := _decode(body):
                self._heard(alerts)
            else:
                self._came()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()

    def close(self) -> None:
        """Hang up."""
        if self._transport:
            self._transport.close()
