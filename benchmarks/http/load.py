"""The load generator: keep-alive connections over raw sockets, written lean so that on a machine of
two cores the brokerage has most of them.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, cast

import msgspec
import uvloop

from benchmarks.http.brokerage import PASSWORD
from benchmarks.rows import percentile

CONNECTIONS = 64
LOGIN_CONNECTIONS = 8
_HEAD_END = b"\r\n\r\n"

Answered = Callable[[int, bytes, float], None]


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way.

    free: connections without one. An answer is given to the callback sent along with its request:
    status, body, and the moment that was given along.
    """

    def __init__(self, free: deque[Connection]) -> None:
        self._free = free
        self._buffer = b""
        self._needed = -1
        self._told: Answered | None = None
        self._since = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own transports are none of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._free.append(self)

    def send(self, request: bytes, told: Answered, since: float) -> None:
        """Send a request; `told` gets the answer. since: the moment from which it waits."""
        assert self._transport is not None
        self._told, self._since = told, since
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = buffer = self._buffer + data if self._buffer else data
        if self._needed < 0:
            end = buffer.find(_HEAD_END)
            if end < 0:
                return
            self._needed = end + len(_HEAD_END) + content_length(buffer[:end])
        if len(buffer) < self._needed:
            return
        assert len(buffer) == self._needed, "an answer nobody asked for"
        self._buffer, self._needed = b"", -1
        told = self._told
        assert told is not None
        self._free.append(self)
        told(int(buffer[9:12]), buffer, self._since)

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._free:
            self._free.remove(self)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def content_length(head: bytes) -> int:
    """What the head of an answer says of its body's length."""
    lower = head.lower()
    at = lower.index(b"content-length:")
    return int(lower[at + 15 : at + 40].split(b"\r\n", 1)[0])


class Orders:
    """Requests that place orders of many clients, near the market and away from it, both sides."""

    def __init__(self, people: list[dict[str, Any]], limits: dict[str, Any], run: str) -> None:
        self._sessions = [
            (person["account"], token) for person in people for token in person["tokens"]
        ]
        self._limits = [(symbol, *pair) for symbol, pair in limits.items()]
        self._dice = Random(run)
        self._run = run
        self._numbers = itertools.count(1)

    def next(self) -> bytes:
        """The next order, from one of the sessions, with its idempotency key."""
        dice = self._dice
        account, token = self._sessions[int(dice.random() * len(self._sessions))]
        symbol, down, up = self._limits[int(dice.random() * len(self._limits))]
        buys = dice.random() < 0.5
        # Of ten orders three meet the market, the rest wait below or above it.
        share = 0.5 + (dice.random() * 0.02 if dice.random() < 0.3 else -dice.random() * 0.3)
        price = round((down + (up - down) * (share if buys else 1 - share)) / 10) * 10
        side = "buy" if buys else "sell"
        body = (
            f'{{"account":"{account}","symbol":"{symbol}","side":"{side}",'
            f'"price":"{price / 1000:.2f}","qty":100}}'
        )
        return (
            "POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {self._run}-{next(self._numbers)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def login(name: str) -> bytes:
    """A request to log in."""
    body = f'{{"login_name":"{name}","password":"{PASSWORD}"}}'
    return (
        "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class Tally:
    """What came back: waits in milliseconds and statuses; the states of orders of every tenth."""

    def __init__(self) -> None:
        self.waits_ms: list[float] = []
        self.statuses: dict[int, int] = {}
        self.samples: list[bytes] = []

    def told(self, status: int, answer: bytes, since: float) -> None:
        """One answer."""
        self.waits_ms.append((time.perf_counter() - since) * 1000)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if len(self.waits_ms) % 10 == 1:
            self.samples.append(answer)

    def summary(self, seconds: float) -> dict[str, Any]:
        """Figures as JSON takes them."""
        states: dict[str, int] = {}
        for answer in self.samples:
            body = msgspec.json.decode(answer.partition(_HEAD_END)[2])
            state = str(body.get("state", body.get("code", "")))
            states[state] = states.get(state, 0) + 1
        waits = self.waits_ms
        return {
            "rate": len(waits) / seconds,
            "count": len(waits),
            "p50_ms": percentile(waits, 0.5),
            "p99_ms": percentile(waits, 0.99),
            "worst_ms": max(waits),
            "statuses": self.statuses,
            "states": states,
        }


async def connect(port: int, count: int) -> deque[Connection]:
    """So many free connections."""
    free: deque[Connection] = deque()
    loop = asyncio.get_running_loop()
    for _ in range(count):
        await loop.create_connection(lambda: Connection(free), "127.0.0.1", port)
    return free


def flood(port: int, file: str, limits: dict[str, Any], run: str, seconds: float) -> dict[str, Any]:
    """Closed loop: each connection sends its next order as soon as it has its answer."""
    orders = Orders(msgspec.json.decode(Path(file).read_bytes()), limits, run)

    async def main() -> dict[str, Any]:
        free = await connect(port, CONNECTIONS)
        connections = list(free)
        tally = Tally()
        finished = asyncio.Event()
        began = time.perf_counter()

        def told(status: int, answer: bytes, since: float) -> None:
            tally.told(status, answer, since)
            now = time.perf_counter()
            if now - began < seconds:
                free.pop().send(orders.next(), told, now)
            elif len(free) == CONNECTIONS:
                finished.set()

        for connection in connections:
            free.remove(connection)
            connection.send(orders.next(), told, time.perf_counter())
        await finished.wait()
        took = time.perf_counter() - began
        for connection in connections:
            connection.close()
        return tally.summary(took) | {"cpu_s": time.process_time(), "took_s": took}

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


async def send_at(
    port: int,
    rate: float,
    seconds: float,
    connections: int,
    dice: Random,
    make: Callable[[], bytes],
) -> Tally:
    """Requests at `rate` a second on average, at random moments, whatever comes back."""
    free = await connect(port, connections)
    everyone, tally = list(free), Tally()
    due: deque[tuple[float, bytes]] = deque()

    def told(status: int, answer: bytes, since: float) -> None:
        tally.told(status, answer, since)
        if due:
            moment, request = due.popleft()
            free.popleft().send(request, told, moment)

    begin, moment, sent = time.perf_counter(), 0.0, 0
    while True:
        moment += dice.expovariate(rate)
        if moment > seconds:
            break
        while (left := begin + moment - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        sent += 1
        if free:
            free.popleft().send(make(), told, begin + moment)
        else:
            due.append((begin + moment, make()))
    while len(tally.waits_ms) < sent:
        await asyncio.sleep(0.01)
    for connection in everyone:
        connection.close()
    return tally


def opening(
    port: int,
    file: str,
    limits: dict[str, Any],
    run: str,
    seconds: float,
    orders_per_s: float,
    logins_per_s: float,
) -> dict[str, Any]:
    """Open loop: orders and logins arrive at their rates whatever comes back. A wait begins when a
    request was due, the time it had to wait for a free connection included.
    """
    people: list[dict[str, Any]] = msgspec.json.decode(Path(file).read_bytes())
    orders, dice = Orders(people, limits, run), Random(run)

    async def main() -> dict[str, Any]:
        names = itertools.cycle([person["login"] for person in people])
        placed, logged_in = await asyncio.gather(
            send_at(port, orders_per_s, seconds, CONNECTIONS, dice, orders.next),
            send_at(
                port, logins_per_s, seconds, LOGIN_CONNECTIONS, dice, lambda: login(next(names))
            ),
        )
        return {"orders": placed.summary(seconds), "logins": logged_in.summary(seconds)}

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())
