"""Partitions as Ray actors behind a NATS server, both real: whatever is killed, whenever, the
alerts are those of one engine that nobody disturbed, each once.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.partitions.server import Server
from tests.surveillance.stream import BUY, SELL, SIZES, Stream, run
from yunquan.app.processes.partitions import ScaledOut, reads_in
from yunquan.app.settings import Settings
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.log import read_records
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.partitions import Relay
from yunquan.partitions.rules.ownership import owner_of
from yunquan.rulebook import RuleBook
from yunquan.surveillance import Monitor, store
from yunquan.surveillance.types import AlertView

ACCOUNTS = [f"A{number}" for number in range(12)]
# Two who trade with each other, each of another partition.
PAIR = ("P1", "P4")
PARTITIONS = 2
# As long as anything may take on a busy machine.
PATIENCE_S = 90.0
pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


def told(database: Database) -> list[AlertView]:
    """All alerts, by time and rule, without their ids."""
    with database.read() as tx:
        found = [
            one
            for shadow in (False, True)
            for one in store.list_alerts(tx, before_ms=10**15, limit=10_000, shadow=shadow)
        ]
    assert len({one.id for one in found}) == len(found)
    plain = [msgspec.structs.replace(one, id="") for one in found]
    return sorted(plain, key=lambda one: (one.at_ms, one.rule, one.account, one.other))


def raised(database: Database) -> int:
    """Events of alerts in the log."""
    count, seq = 0, 1
    with database.read() as tx:
        while page := read_records(tx.connection, ROOMS_STREAM, seq, limit=500):
            count += sum(one.body.count(b"surveillance.alert_raised@1") for one in page)
            seq = page[-1].next_seq
    return count


def act(stream: Stream, chance: random.Random) -> None:
    """Something that is worth an alert, or nearly: alone, in pairs, with cash, by many orders."""
    one = chance.choice(ACCOUNTS)
    match chance.randrange(4):
        case 0:
            stream.spoof(one)
        case 1:
            execution, pair = f"M{stream.orders}", chance.sample(PAIR, 2)
            for side, account in zip((BUY, SELL), pair, strict=True):
                order = stream.order(account, "600519.SH", side, 10_000, 100_000)
                stream.fill(order, account, "600519.SH", side, 10_000, 100_000, execution)
        case 2:
            stream.cash(one, "deposit", 90_000)
            stream.wait(30)
            stream.cash(one, "withdraw", 80_000)
        case _:
            for _ in range(6):
                stream.cancel(stream.order(one, "000001.SZ", BUY, 10_000, 100), one, 100)
    stream.wait(chance.choice((1, 20, 200)))


class Story:
    """The same acts into a database of one engine and into one of partitions."""

    def __init__(self, new_database: Callable[[str], Database]) -> None:
        self.databases = [new_database("sqlite"), new_database("sqlite")]
        self.streams = list[Stream]()
        for database in self.databases:
            clock = ManualClock()
            database.clock = clock
            RuleBook(database, clock).begin()
            clock.advance(1)
            stream = Stream(database, clock)
            stream.open(*ACCOUNTS, *PAIR)
            self.streams.append(stream)
        self._chances = [random.Random(5) for _ in self.databases]

    def go_on(self, acts: int) -> None:
        for _ in range(acts):
            for stream, chance in zip(self.streams, self._chances, strict=True):
                act(stream, chance)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "nats")
    made.start()
    yield made
    made.kill()


async def until(parts: ScaledOut, holds: Callable[[], bool]) -> None:
    """Go on reading until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, (parts.distributor.monitor.next_row, parts.teller.next_row)
        await asyncio.to_thread(parts.distributor.step)
        await parts.check()
        await asyncio.sleep(0.02)


async def kill(parts: ScaledOut, number: int) -> None:
    """At once, whatever it does."""
    os.kill(await parts.actors.pid(number), signal.SIGKILL)


async def disturbed(story: Story, server: Server, folder: Path) -> int:
    """The second stream through partitions that are killed; how many had to be started again."""
    database, stream = story.databases[1], story.streams[1]
    settings = Settings(folder, partitions=PARTITIONS, nats=server.url)

    def make(relay: Relay) -> Monitor:
        sources = stream.sources()
        reads = reads_in(settings)
        return Monitor(database, sources, SIZES, lambda _s, _d: (0, 0, 0), reads, relay=relay)

    def caught_up() -> bool:
        return parts.teller.next_row == parts.distributor.monitor.next_row

    parts = ScaledOut(settings, SIZES, make, database, lambda _found: None, snapshot_every_s=0.3)
    await parts.start()
    chance, killed = random.Random(11), 0
    for turn in range(4):
        began = parts.teller.next_row
        story.go_on(15)
        await asyncio.to_thread(parts.distributor.step)
        if turn == 2:
            server.kill()
            sending = asyncio.create_task(until(parts, caught_up))
            await asyncio.to_thread(story.go_on, 3)
            server.start()
            await sending
        elif turn:
            # In the middle of it, and the other one while the first comes back.
            await until(parts, lambda before=began: parts.teller.next_row > before)
            story.go_on(5)
            await kill(parts, chance.randrange(PARTITIONS))
            killed += 1
        else:
            await kill(parts, 0)
            await kill(parts, 1)
            killed += 2
        await until(parts, lambda count=killed: caught_up() and parts.actors.deaths == count)
    deaths = parts.actors.deaths
    await parts.stop()
    return deaths


def test_whatever_is_killed_no_alert_is_lost_and_none_doubled(
    new_database: Callable[[str], Database], server: Server, tmp_path: Path
) -> None:
    assert len({owner_of(one, PARTITIONS) for one in PAIR}) == PARTITIONS
    story = Story(new_database)
    deaths = asyncio.run(disturbed(story, server, tmp_path / "data"))
    assert deaths == 4
    whole = story.streams[0].monitor(tmp_path / "whole")
    run(whole)
    expected = told(story.databases[0])
    assert len(expected) > 50
    assert {"pair", "position", "account"} <= {one.subject for one in expected}
    assert told(story.databases[1]) == expected
    assert raised(story.databases[1]) == raised(story.databases[0]) == len(expected)
