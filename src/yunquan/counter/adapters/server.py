"""A counter behind a socket: gathers what all connections sent since the last batch and gives it to
the driver.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

import msgspec

from yunquan.counter.adapters import protocol as p
from yunquan.counter.adapters.direct import view
from yunquan.counter.service import LARGEST_BATCH, Driver
from yunquan.counter.types import Answer, PlaceOrder
from yunquan.kernel.errors import Conflict, YunquanError
from yunquan.kernel.wire import LARGEST_FRAME, FrameBuffer, FrameTooLong, frame, listen

logger = logging.getLogger("yunquan.counter")

LONGEST_QUEUE = 20_000
# A watcher this far behind would make the counter hold its backlog: it is cut off and catches up
# from the log.
LARGEST_BACKLOG_BYTES = 16 << 20

Reply = Callable[[Answer | None, str], None]


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, server: CounterServer) -> None:
        self._server = server
        self._frames = FrameBuffer()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own, which are none of asyncio's by type.
        self._transport = cast(asyncio.Transport, transport)
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._server.watchers.discard(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._frames.feed(data):
                self._handle(p.request_decoder.decode(body))
        except (msgspec.MsgspecError, UnicodeDecodeError, FrameTooLong) as error:
            logger.warning("malformed frame, connection closed", extra={"reason": str(error)})
            self.send(p.Failed("", 0, "wire.malformed"))
            if self._transport:
                self._transport.close()

    def _handle(self, request: p.Request) -> None:
        if isinstance(request, p.Submit):
            self._server.enqueue(request.command, self._answer)
        elif isinstance(request, p.Ask):
            self.send(self._server.ask(request))
        else:
            self._server.watchers.add(self)

    def _answer(self, command: str, answer: Answer | None, code: str) -> None:
        self.send(p.Answered(answer) if answer is not None else p.Failed(command, 0, code))

    def send(self, reply: p.Reply) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame(p.encoder.encode(reply)))

    def backlog(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport else 0

    def drop(self) -> None:
        if self._transport:
            self._transport.abort()


Answering = Callable[[str, Answer | None, str], None]
# A command, how its caller is answered, and when it came.
_Waiting = tuple[Any, Answering | None, float]


class CounterServer:
    """Runs a driver: a bounded queue in, batches of what has arrived, answers and committed records
    out.

    failed: set when the stream was fenced; the process should stop, another counter is in charge.
    """

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.connections: set[Connection] = set()
        self.watchers: set[Connection] = set()
        self.failed = asyncio.Event()
        self._queue: list[_Waiting] = []
        self._scheduled = False
        self._draining = False
        self._server: asyncio.Server | None = None
        driver.on_commit.append(self._publish)

    async def start(self, address: str) -> None:
        """Serve at "unix:/path" or "tcp:host:port"."""
        self._server = await listen(lambda: Connection(self), address)

    async def drain(self, patience_s: float = 5.0) -> None:
        """Stop taking work, finish what is queued, close. What can't be made durable within
        `patience_s` is left: its callers were never answered, the exchange tells its part again.
        """
        self._draining = True
        ends_at = asyncio.get_running_loop().time() + patience_s
        while self._queue and not self.failed.is_set():
            if asyncio.get_running_loop().time() > ends_at:
                logger.error("drained with work left", extra={"commands": len(self._queue)})
                break
            await asyncio.sleep(0.001)
        if self._server:
            self._server.close()
        for connection in list(self.connections):
            if connection._transport:
                connection._transport.close()
        await asyncio.sleep(0)

    def enqueue(self, command: Any, answering: Answering | None = None) -> None:
        """Queue a command; when the queue is full or closing, its caller is told at once, and
        nothing is queued.
        """
        if (
            self._draining
            or self.failed.is_set()
            or (answering and len(self._queue) >= LONGEST_QUEUE)
        ):
            if answering:
                answering(command.id, None, "counter.busy")
            return
        self._queue.append((command, answering, self.driver.clock.monotonic()))
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._process)

    def _process(self) -> None:
        self._scheduled = False
        if self.failed.is_set():
            return
        batch, self._queue = self._queue[:LARGEST_BATCH], self._queue[LARGEST_BATCH:]
        if self._queue:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._process)
        try:
            answers = self.driver.process([item[0] for item in batch])
        except Conflict:
            logger.critical("fenced: another counter writes this stream")
            self.failed.set()
            self._fail(batch + self._queue, "counter.fenced")
            self._queue = []
        except YunquanError as error:
            self._requeue_reports(batch)
            self._fail(batch, error.code)
        else:
            now_s = self.driver.clock.monotonic()
            for (command, answering, came_s), answer in zip(batch, answers, strict=True):
                if answering:
                    answering(command.id, answer, "")
                    if type(command) is PlaceOrder and answer.accepted:
                        self.driver.acks.note(now_s, now_s - came_s)

    def _requeue_reports(self, batch: list[_Waiting]) -> None:
        """What the exchange and the system told us must not be lost with a failed commit: it goes
        first next time.
        """
        kept = [item for item in batch if item[1] is None]
        self._queue = kept + self._queue
        if self._queue and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(0.05, self._process)

    def _fail(self, batch: list[_Waiting], code: str) -> None:
        for command, answering, _ in batch:
            if answering:
                answering(command.id, None, code)

    def ask(self, request: p.Ask) -> p.Reply:
        """Answer a query from the state between two batches."""
        if self.failed.is_set():
            return p.Failed("", request.id, "counter.fenced")
        if not self.driver.sound:
            return p.Failed("", request.id, "counter.reloading")
        found = view(self.driver, request.query)
        kind = type(request.query).__struct_config__.tag
        return p.Asked(request.id, **{str(kind): found})

    def _publish(self, first_seq: int, body: bytes, _events: list[Any]) -> None:
        if not self.watchers:
            return
        # A record too long for a frame is announced; whoever needs it reads the log.
        data = p.Committed(first_seq, body if len(body) < LARGEST_FRAME else b"")
        for watcher in list(self.watchers):
            if watcher.backlog() > LARGEST_BACKLOG_BYTES:
                watcher.drop()
            else:
                watcher.send(data)
