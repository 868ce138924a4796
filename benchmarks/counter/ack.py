"""counter.ack_p99_ms: how long a client of the counter's socket waits for its durable answer.

Two processes: the counter with its socket, and one client that sends at a fixed rate whatever comes
back (open loop). A wait begins when the order was due, not when it got out, so that a stall isn't
hidden by the orders it held up. Limit: the flush that is under way, one's own flush, two hops.
"""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import Any

import uvloop

from benchmarks import child, disk
from benchmarks.counter.durable import durable_driver
from benchmarks.rows import Row, middle, percentile, row
from benchmarks.scene import ACCOUNTS, Clients, instruments, set_stage, settle_memory
from yunquan.counter import CounterServer, SocketClient
from yunquan.counter.types import AskHealth, HealthView

RATE = 5_000
WARM_UP_S = 2.0
# Setting the stage takes a loaded machine a while.
SLOWEST_START_S = 120.0
_POLL_S = 0.2


def serve(address: str, url: str, accounts: int) -> dict[str, Any]:
    """The counter's process: serves until its client has come and gone."""

    async def main() -> dict[str, Any]:
        driver = durable_driver(url)
        set_stage(driver, accounts)
        settle_memory()
        before = driver.processed
        server = CounterServer(driver)
        await server.start(address)
        cpu = time.process_time()
        while not server.connections:
            await asyncio.sleep(_POLL_S)
        while server.connections:
            await asyncio.sleep(_POLL_S)
        count = driver.processed - before
        cpu_us = (time.process_time() - cpu) / max(count, 1) * 1e6
        await server.drain()
        return {
            "processed": count,
            "cpu_us": cpu_us,
            "batch_ms": middle(list(driver.batch_s)) * 1000,
            "batch_p99_ms": percentile(list(driver.batch_s), 0.99) * 1000,
        }

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def ask(address: str, accounts: int, rate: int, seconds: float) -> dict[str, Any]:
    """The client's process: waits in milliseconds of the orders after the warm-up."""
    clients, dice = Clients(accounts, instruments()), Random(29)
    places = clients.places(int(rate * (seconds + WARM_UP_S)))
    due_s, moment = [], 0.0
    for _ in places:
        moment += dice.expovariate(rate)
        due_s.append(moment)
    waits_ms: list[float] = []
    late_ms: list[float] = []

    async def submit(client: SocketClient, place: Any, due: float, counts: bool) -> None:
        await client.submit(place)
        if counts:
            waits_ms.append((time.perf_counter() - due) * 1000)

    async def main() -> None:
        client = SocketClient(address)
        await client.start(SLOWEST_START_S)
        assert isinstance(await client.ask(AskHealth()), HealthView)
        settle_memory()
        under_way: set[asyncio.Task[None]] = set()
        began = time.perf_counter()
        for place, moment in zip(places, due_s, strict=True):
            due = began + moment
            while (left := due - time.perf_counter()) > 0:
                await asyncio.sleep(left)
            counts = moment > WARM_UP_S
            if counts:
                late_ms.append((time.perf_counter() - due) * 1000)
            task = asyncio.create_task(submit(client, place, due, counts))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        while under_way:
            await asyncio.wait(under_way)
        await client.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    shares = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
    found = {name: percentile(waits_ms, share) for name, share in shares.items()}
    return found | {"worst": max(waits_ms), "late_p99": percentile(late_ms, 0.99)}


def measure(accounts: int, rate: int, seconds: float) -> dict[str, Any]:
    """One round: both processes, SQLite on disk."""
    with disk.folder() as place:
        address, url = f"unix:{place / 'counter.sock'}", disk.sqlite(place)
        counter = child.Process(
            "benchmarks.counter.ack:serve", address=address, url=url, accounts=accounts
        )
        try:
            found = child.run(
                "benchmarks.counter.ack:ask",
                address=address,
                accounts=accounts,
                rate=rate,
                seconds=seconds,
            )
            found["counter"] = counter.result()
            found["store"] = f"{disk.description(url)} on {disk.file_system(place)}"
        finally:
            counter.stop()
        return found


def bench(*, quick: bool) -> list[Row]:
    """One row: the median of the rounds' 99th percentiles."""
    accounts, rate, seconds, rounds = (200, 200, 0.5, 1) if quick else (ACCOUNTS, RATE, 10.0, 3)
    found = [measure(accounts, rate, seconds) for _ in range(rounds)]
    each = ", ".join(f"{one['p99']:.1f}" for one in found)
    p50, p999, worst, late = (
        middle([one[name] for one in found]) for name in ("p50", "p999", "worst", "late_p99")
    )
    counter = found[-1]["counter"]
    return [
        row(
            "counter.ack_p99_ms",
            middle([one["p99"] for one in found]),
            "ms",
            size=f"{rate:,} orders/s for {seconds:g} s, {accounts:,} accounts, one connection",
            limit="< 20",
            note=(
                f"{found[0]['store']}; p99 of the rounds {each}; p50 {p50:.1f}, p99.9 {p999:.1f},"
                f" worst {worst:.1f} ms, waits counted from when an order was due; the client"
                f" itself sent up to {late:.1f} ms late (p99); batches took"
                f" {counter['batch_ms']:.1f} ms, p99 {counter['batch_p99_ms']:.1f};"
                f" {counter['cpu_us']:.0f} us CPU of the counter an order"
            ),
        )
    ]
