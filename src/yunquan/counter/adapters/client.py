"""CounterClient over a socket: many callers share one connection, told apart by command id;
reconnects by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Sequence
from typing import Any, cast

from yunquan.clients.rules import main_of
from yunquan.counter.adapters import protocol as p
from yunquan.counter.adapters.direct import checked
from yunquan.counter.ports import CounterClient
from yunquan.counter.types import Answer
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.kernel.wire import FrameBuffer, connect, frame

logger = logging.getLogger("yunquan.counter")

SLOWEST_ANSWER_S = 10.0
MOST_PENDING = 10_000
_BACKOFF_S = (0.05, 0.1, 0.2, 0.5, 1.0)


class _Link(asyncio.Protocol):
    def __init__(self, client: SocketClient) -> None:
        self._client = client
        self._frames = FrameBuffer(limit=64 << 20)
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop has transports of its own, which are none of asyncio's by type.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        for body in self._frames.feed(data):
            self._client._received(p.reply_decoder.decode(body))

    def connection_lost(self, exc: Exception | None) -> None:
        self._client._lost()


class SocketClient:
    """One counter at an address. `on_committed(first_seq, body)` is called for every record after
    `watch`.
    """

    def __init__(
        self, address: str, *, on_committed: Callable[[int, bytes], None] | None = None
    ) -> None:
        self.address = address
        self._on_committed = on_committed
        self._answers: dict[str, list[asyncio.Future[Answer]]] = {}
        self._pending: dict[str, Any] = {}
        self._views: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._link: _Link | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._lost_event = asyncio.Event()
        self._up = asyncio.Event()

    async def start(self, wait_s: float = 10.0) -> None:
        """Connect and keep connected. Returns when the first connection is up, or after `wait_s`
        without one.
        """
        self._keeper = asyncio.create_task(self._keep())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._up.wait()

    @property
    def connected(self) -> bool:
        return self._up.is_set()

    async def close(self) -> None:
        """Give up the connection; whoever waits gets Unavailable."""
        if self._keeper:
            self._keeper.cancel()
        if self._link and self._link.transport:
            self._link.transport.close()
        self._lost()

    async def _keep(self) -> None:
        failures = 0
        while True:
            try:
                link = await connect(lambda: _Link(self), self.address)
            except Unavailable:
                await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
                failures += 1
                continue
            failures = 0
            self._lost_event.clear()
            self._link = link
            self._up.set()
            if self._on_committed:
                self._write(p.Watch())
            await self._lost_event.wait()

    def _lost(self) -> None:
        self._up.clear()
        self._link = None
        waiting = [future for futures in self._answers.values() for future in futures]
        waiting += self._views.values()
        self._answers, self._views, self._pending = {}, {}, {}
        for future in waiting:
            if not future.done():
                future.set_exception(Unavailable("counter.unreachable"))
        self._lost_event.set()

    def _write(self, request: p.Request) -> None:
        if self._link is None or self._link.transport is None:
            raise Unavailable("counter.unreachable")
        self._link.transport.write(frame(p.encoder.encode(request)))

    async def submit(self, command: Any) -> Answer:
        if len(self._answers) >= MOST_PENDING:
            raise Unavailable("counter.busy")
        # Answers are told apart by id alone, so two bodies of one id can't wait side by side.
        if self._answers.get(command.id) and self._pending[command.id] != command:
            raise Conflict("command.reused", command=command.id)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._write(p.Submit(command))
        self._pending[command.id] = command
        self._answers.setdefault(command.id, []).append(future)
        return checked(await self._wait(future))

    async def ask(self, query: Any) -> Any:
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._write(p.Ask(number, query))
        self._views[number] = future
        return await self._wait(future)

    async def _wait(self, future: asyncio.Future[Any]) -> Any:
        # Not wait_for: it takes five times as long, and an order passes here twice a millisecond.
        timer = asyncio.get_running_loop().call_later(SLOWEST_ANSWER_S, _give_up, future)
        try:
            return await future
        finally:
            timer.cancel()

    def _received(self, reply: p.Reply) -> None:
        if isinstance(reply, p.Answered):
            self._resolve(reply.answer.command, reply.answer, "")
        elif isinstance(reply, p.Asked):
            if (future := self._views.pop(reply.id, None)) and not future.done():
                held = reply.health or reply.check or reply.notices
                future.set_result(reply.account or reply.order or held)
        elif isinstance(reply, p.Committed):
            if self._on_committed:
                self._on_committed(reply.first_seq, reply.body)
        elif reply.query:
            if (future := self._views.pop(reply.query, None)) and not future.done():
                future.set_exception(Unavailable(reply.code))
        else:
            self._resolve(reply.command, None, reply.code)

    def _resolve(self, command: str, answer: Answer | None, code: str) -> None:
        futures = self._answers.get(command)
        if not futures:
            return
        future = futures.pop(0)
        if not futures:
            del self._answers[command]
            del self._pending[command]
        if future.done():
            return
        if answer is not None:
            future.set_result(answer)
        else:
            future.set_exception(Unavailable(code))


def _give_up(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(Unavailable("counter.slow"))


class Counters:
    """The counters of this firm; an account's is found by a stable hash of its number."""

    def __init__(self, clients: Sequence[CounterClient]) -> None:
        self.clients = tuple(clients)

    def number_of(self, account: str) -> int:
        return partition(account, len(self.clients))

    def of(self, account: str) -> CounterClient:
        return self.clients[self.number_of(account)]


def partition(account: str, counters: int) -> int:
    """Which counter holds an account. Never changes for a given number of counters. An auxiliary
    account ("880000000001-1") is held by its main account's, so that money moves between the two
    in one step.
    """
    digest = 2166136261
    for byte in main_of(
        account
    ).encode():  # FNV-1a, the same in any language that has to find a counter
        digest = (digest ^ byte) * 16777619 % 2**32
    return digest % counters
