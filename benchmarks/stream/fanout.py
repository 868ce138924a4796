"""stream.fanout: how many readers one web worker keeps within half a second of the market.

Readers in a process of their own, each with five topics over a raw socket; every symbol changes
five times a second. A lag is from a change to its arrival at the reader, so the fan-out's rhythm of
200 ms is in it. Limit: every reader is written to five times a second, and one write through the
server costs some 30 microseconds; 2,000 readers take 0.3 s of each second of a core.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import resource
import socket
import time
from pathlib import Path
from random import Random
from typing import Any

import uvloop

from benchmarks import child, disk
from benchmarks.http.brokerage import cpu_of
from benchmarks.rows import Row, percentile, row
from benchmarks.stream.serving import SYMBOLS, UPDATES_PER_S

TOPICS = 5
SETTLE_S = 4.0
# Of so many readers one is read closely, so that the readers' own core keeps up.
SAMPLED = 8
_MOMENT = re.compile(rb'"volume":(\d+)')
_CONNECTING_AT_ONCE = 100
_READY_WITHIN_S = 60.0


class Listening(asyncio.Protocol):
    """One reader. lags_ms: of every change heard while `tally` is on; None for one only counted."""

    def __init__(self, tally: Tally, request: bytes, *, sampled: bool) -> None:
        self._tally = tally
        self._request = request
        self._sampled = sampled
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        tally = self._tally
        if not tally.on:
            return
        tally.bytes += len(data)
        tally.reads += 1
        if not self._sampled:
            return
        now = time.monotonic_ns() // 1000
        data = self._rest + data
        whole = data.rfind(b"\n\n") + 1
        self._rest = data[whole:]
        tally.lags_ms += [(now - int(at)) / 1000 for at in _MOMENT.findall(data, 0, whole)]

    def connection_lost(self, exc: Exception | None) -> None:
        self._tally.lost += 1


class Tally:
    """What the readers heard."""

    def __init__(self) -> None:
        self.on = False
        self.lags_ms: list[float] = []
        self.bytes = self.reads = self.lost = 0


def listen(port: int, token: str, readers: int, seconds: float, server: int) -> dict[str, Any]:
    """Open the readers, let them settle, listen for `seconds`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 20_000)), hard))

    async def main() -> dict[str, Any]:
        loop, tally, dice = asyncio.get_running_loop(), Tally(), Random(7)
        for first in range(0, readers, _CONNECTING_AT_ONCE):
            many = range(first, min(first + _CONNECTING_AT_ONCE, readers))
            await asyncio.gather(
                *(
                    loop.create_connection(
                        lambda number=number: Listening(
                            tally, request(token, dice), sampled=number % SAMPLED == 0
                        ),
                        "127.0.0.1",
                        port,
                    )
                    for number in many
                )
            )
        await asyncio.sleep(SETTLE_S)
        before, began = cpu_of(server), loop.time()
        tally.on = True
        await asyncio.sleep(seconds)
        tally.on = False
        cpu = (cpu_of(server) - before) / (loop.time() - began)
        lags = tally.lags_ms
        return {
            "heard": len(lags) / seconds / (-(-readers // SAMPLED)),
            "p50_ms": percentile(lags, 0.5),
            "p99_ms": percentile(lags, 0.99),
            "worst_ms": max(lags),
            "mb_s": tally.bytes / seconds / 1e6,
            "writes_s": tally.reads / seconds,
            "lost": tally.lost,
            "cpu": cpu,
        }

    return uvloop.run(main())


def request(token: str, dice: Random) -> bytes:
    """A reader's request: five symbols of the market."""
    topics = ",".join(f"quote:{symbol}" for symbol in dice.sample(SYMBOLS, TOPICS))
    return (
        f"GET /stream?topics={topics} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n"
    ).encode()


@contextlib.contextmanager
def serving() -> Any:
    """A worker on a free port: (port, token, the server's process id)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with disk.folder() as place:
        process = child.Process("benchmarks.stream.serving:serve", folder=str(place), port=port)
        try:
            token = _token(place / "token")
            yield port, token, process.pid
        finally:
            process.stop()


def _token(file: Path) -> str:
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline:
        if file.exists() and (token := file.read_text()):
            return token
        time.sleep(0.1)
    raise TimeoutError("the worker isn't ready")


def measure(readers: int, seconds: float) -> dict[str, Any]:
    """One round with so many readers on a fresh worker."""
    with serving() as (port, token, pid):
        found = child.run(
            "benchmarks.stream.fanout:listen",
            port=port,
            token=token,
            readers=readers,
            seconds=seconds,
            server=pid,
        )
    assert found["lost"] == 0, found
    return found


def bench(*, quick: bool) -> list[Row]:
    """One row: the lag at 2,000 readers, that at 1,000 in its note."""
    sizes, seconds = ((20, 40), 1.0) if quick else ((1000, 2000), 15.0)
    rounds = {readers: measure(readers, seconds) for readers in sizes}
    told = "; ".join(
        f"{readers:,} readers: p50 {one['p50_ms']:.0f}, p99 {one['p99_ms']:.0f}, worst"
        f" {one['worst_ms']:.0f} ms, {one['heard']:.1f} events/s each, {one['writes_s']:,.0f}"
        f" reads/s, {one['mb_s']:.0f} MB/s, worker {one['cpu']:.0%} of a core"
        for readers, one in rounds.items()
    )
    return [
        row(
            "stream.fanout",
            rounds[sizes[-1]]["p99_ms"],
            "ms p99",
            size=(
                f"{sizes[-1]:,} readers with {TOPICS} topics of {len(SYMBOLS)} symbols at"
                f" {UPDATES_PER_S} changes/s, one worker"
            ),
            limit="< 500",
            note=f"from a change to its reader's socket; {told}",
        )
    ]
