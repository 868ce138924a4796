"""kill -9 of the counter at 200 random points under load: nothing acknowledged lost, nothing twice,
all reconciled.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.counter.desk import BOTH_MARKETS
from tests.counter.invariants import check_state
from tests.faults.scripted_venue import ScriptedVenue, Session
from tests.fixtures_database import ROOT, migrate
from yunquan.counter import Journal, SnapshotFiles, SocketClient, restore, state_digest
from yunquan.counter import types as c
from yunquan.counter.adapters import client as socket_client
from yunquan.counter.events import OrderFilled, OrderPlaced, OrderRefused, ReportUnmatched
from yunquan.counter.rules.apply import apply
from yunquan.counter.rules.state import State
from yunquan.counter.types import Answer
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.proof import Verified, verify
from yunquan.kernel.transaction import Database
from yunquan.kernel.wire import listen

KILLS = int(os.environ.get("YUNQUAN_KILLS", "200"))
WORKERS = 8
ACCOUNTS = [f"60000000{number:02d}" for number in range(20)]
DAYS = ["2026-07-13", "2026-07-14", "2026-07-15", "2026-07-16"]
SYMBOLS = ("600519.SH", "000001.SZ", "688001.SH")
SNAPSHOT_EVERY = 12


class Nursery:
    """Makes counters, one after the other, and says when one has died."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery", str(folder)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.pid = 0

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    async def start(self) -> None:
        """A new counter; only after the one before is dead."""
        assert self._process.stdin is not None
        self._process.stdin.write("one\n")
        self.pid = int(await asyncio.to_thread(self._line))

    async def end(self, how: signal.Signals) -> int:
        """Signal the counter and wait until it is gone; its exit code, negative for a signal."""
        os.kill(self.pid, how)
        word, code = (await asyncio.to_thread(self._line)).split()
        assert word == "dead"
        self.pid = 0
        return int(code)

    def close(self) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Load:
    """Clients that repeat what was not answered, under the same id, until it is."""

    def __init__(self, client: SocketClient, venue: ScriptedVenue, seed: int) -> None:
        self.client = client
        self.venue = venue
        self.seed = seed
        self.answers: dict[str, tuple[Any, Answer]] = {}
        self.changed: list[str] = []
        self.stopping = False
        self.tries = 0

    async def submit(self, command: Any) -> Answer:
        while True:
            self.tries += 1
            try:
                answer = await self.client.submit(command)
            except Unavailable:
                await asyncio.sleep(0.005)
                continue
            first = self.answers.setdefault(command.id, (command, answer))[1]
            if (answer.code, answer.order, answer.facts) != (first.code, first.order, first.facts):
                self.changed.append(f"{first} then {answer}")
            return answer

    async def open_accounts(self) -> None:
        for account in ACCOUNTS:
            await self.submit(
                c.OpenAccount(
                    f"open:{account}",
                    account,
                    "cli_1",
                    "ordinary",
                    "CNY",
                    BOTH_MARKETS,
                    ("star",),
                    "2030-01-01",
                )
            )
            await self.submit(c.Deposit(f"first:{account}", account, 10**10, "icbc"))
            for symbol in SYMBOLS:
                await self.submit(
                    c.TransferIn(f"in:{account}:{symbol}", account, symbol, 1_000_000, "elsewhere")
                )

    async def work(self, worker: int) -> None:
        chance = random.Random(f"{self.seed}:{worker}")
        mine: list[tuple[str, str]] = []
        number = 0
        while not self.stopping:
            number += 1
            command = self.next_command(chance, f"load:{worker}:{number}", mine)
            answer = await self.submit(command)
            if answer.order and answer.accepted and isinstance(command, c.PlaceOrder):
                mine.append((command.account, answer.order))
            if chance.random() < 0.1:
                await self.submit(command)
            await asyncio.sleep(chance.random() * 0.02)

    def next_command(self, chance: random.Random, name: str, mine: list[tuple[str, str]]) -> Any:
        account = chance.choice(ACCOUNTS)
        kind = chance.random()
        if kind < 0.7:
            side = chance.choice((1, 2))
            price = (
                10_000 - 10 * chance.randint(1, 90)
                if side == 1
                else 10_000 + 10 * chance.randint(1, 90)
            )
            symbol = chance.choice(SYMBOLS)
            qty = chance.choice((200, 300, 1000, 150))
            return c.PlaceOrder(name, account, symbol, side, price, qty, self.venue.day)
        if kind < 0.85 and mine:
            owner, order = chance.choice(mine[-5:])
            return c.CancelOrder(name, owner, order)
        return (c.Deposit if kind < 0.95 else c.Withdraw)(
            name, account, chance.randint(1, 10_000), "icbc"
        )


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="yq-kill-"))  # short: sockets have short names
    yield made
    shutil.rmtree(made)


@pytest.mark.alone
def test_kill_at_random_points(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_client, "_BACKOFF_S", (0.01, 0.02, 0.04))
    seed = int(os.environ.get("YUNQUAN_KILL_SEED", "0")) or random.SystemRandom().randrange(
        1, 10**6
    )
    print(f"seed {seed}: repeat with YUNQUAN_KILL_SEED={seed}")
    migrate(f"sqlite:///{folder / 'counter-0.db'}")
    nursery = Nursery(folder)
    try:
        venue, load = asyncio.run(run(folder, nursery, seed))
    finally:
        nursery.close()
    try:
        check_everything(folder, venue, load)
    except AssertionError:
        print((folder / "counter.log").read_text()[-5000:])
        raise


async def run(folder: Path, nursery: Nursery, seed: int) -> tuple[ScriptedVenue, Load]:
    chance = random.Random(seed)
    venue = ScriptedVenue(random.Random(seed + 1), list(DAYS))
    exchange = await listen(lambda: Session(venue), f"unix:{folder / 'venue.sock'}")
    client = SocketClient(f"unix:{folder / 'counter.sock'}")
    load = Load(client, venue, seed)
    await nursery.start()
    await client.start()
    await load.open_accounts()
    ticking = asyncio.create_task(tick(venue))
    workers = [asyncio.create_task(load.work(worker)) for worker in range(WORKERS)]
    for kill in range(KILLS):
        # Half of the kills hit wherever they hit, starting up included; the others a counter that
        # has answered.
        if chance.random() < 0.5:
            answered = len(load.answers)
            while len(load.answers) == answered:
                await asyncio.sleep(0.002)
            await asyncio.sleep(chance.random() * 0.08)
        else:
            await asyncio.sleep(chance.random() * 0.25)
        assert await nursery.end(signal.SIGKILL) == -signal.SIGKILL, (
            "the counter had died of itself"
        )
        if kill % (KILLS // len(DAYS)) == KILLS // len(DAYS) - 1 and len(venue.days) > 1:
            venue.end_day()  # while the counter is dead
        elif kill % SNAPSHOT_EVERY == SNAPSHOT_EVERY - 1:
            await asyncio.to_thread(save_snapshot, folder)
        await nursery.start()
    load.stopping = True
    await asyncio.wait_for(asyncio.gather(*workers), 30)
    ticking.cancel()
    # A loss at the very end shows only at the next logon, as with a real session.
    venue.loses = 0.0
    venue.hang_up()
    await settled(folder, venue)
    assert await nursery.end(signal.SIGTERM) == 0
    await client.close()
    exchange.close()
    return venue, load


async def tick(venue: ScriptedVenue) -> None:
    while True:
        await asyncio.sleep(0.05)
        venue.tick()


def save_snapshot(folder: Path) -> None:
    """What the follower does: replay, write aside, rename."""
    database = Database(f"sqlite:///{folder / 'counter-0.db'}", SystemClock())
    journal = Journal(database, "0")
    state, seq = SnapshotFiles(folder / "snapshots").load("0") or (State("0"), 0)
    for events in journal.replay(seq + 1):
        for event in events:
            apply(state, event)
        seq += len(events)
    SnapshotFiles(folder / "snapshots").save(state, seq)
    database.dispose()


async def settled(folder: Path, venue: ScriptedVenue) -> None:
    """Wait until the counter has every report and no order in doubt."""
    state = State("0")
    for _ in range(200):
        state = await asyncio.to_thread(replayed, folder)
        mark = state.marks.get("counter-0")
        doubtful = [
            order.id for order in state.orders.values() if order.open and order.state in (0, 1)
        ]
        if mark is not None and mark.next == len(venue.reports) + 1 and not doubtful:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(
        f"not reconciled: {state.marks['counter-0'].next} of {len(venue.reports) + 1} reports"
    )


def replayed(folder: Path) -> State:
    database = Database(f"sqlite:///{folder / 'counter-0.db'}", SystemClock())
    state, seq = SnapshotFiles(folder / "snapshots").load("0") or (State("0"), 0)
    for events in Journal(database, "0").replay(seq + 1):
        for event in events:
            apply(state, event)
    database.dispose()
    return state


def check_everything(folder: Path, venue: ScriptedVenue, load: Load) -> None:
    database = Database(f"sqlite:///{folder / 'counter-0.db'}", SystemClock())
    with database.read() as tx:
        whole = verify(tx.connection, "counter-0")
    assert isinstance(whole, Verified), whole
    journal = Journal(database, "0")
    events = [event for record in journal.replay(1) for event in record]
    state = State("0")
    for event in events:
        apply(state, event)
    check_state(state)
    running = (folder / "digest").read_text()
    assert state_digest(state, len(events)) == running, "replaying the log gives the state that ran"
    journal.open()
    thawed = restore(journal, SnapshotFiles(folder / "snapshots"), "0")
    assert state_digest(thawed, len(events)) == running, (
        "and so does the newest snapshot with the rest of the log"
    )
    check_acknowledged(events, load)
    check_venue(events, venue)
    database.dispose()
    assert len(load.answers) > 5 * KILLS, "there was load"
    assert load.tries > len(load.answers) + KILLS // 4, "and it met dead counters"


def check_acknowledged(events: list[Any], load: Load) -> None:
    """Every answered command is in the log exactly once, and as it was answered."""
    assert load.changed == []
    logged = Counter(event.command for event in events if getattr(event, "command", ""))
    twice = {name: count for name, count in logged.items() if count > 1}
    assert twice == {}
    assert [name for name in load.answers if name not in logged] == []
    asked = {name for name in logged if not name.startswith("system:")}
    assert asked - load.answers.keys() == set(), "all were asked until they were answered"
    codes = {
        event.command: getattr(event, "code", "")
        for event in events
        if getattr(event, "command", "")
    }
    orders = {
        event.command: event.order
        for event in events
        if isinstance(event, OrderPlaced | OrderRefused)
    }
    for name, (_, answer) in load.answers.items():
        assert codes[name] == answer.code
        if name in orders:
            assert orders[name] == answer.order


def check_venue(events: list[Any], venue: ScriptedVenue) -> None:
    """The exchange has no order the log doesn't know and none twice; every fill is booked, once."""
    placed = {event.order: event for event in events if isinstance(event, OrderPlaced)}
    assert set(venue.orders) - set(placed) == set()
    assert venue.contradicted == []
    blind = {
        name: times for name, times in venue.came.items() if times > 1 + venue.called_unknown[name]
    }
    assert blind == {}, (
        "an order is sent again only after the exchange said that it doesn't know it"
    )
    filled: dict[str, int] = defaultdict(int)
    for event in events:
        if isinstance(event, OrderFilled):
            filled[event.order] += event.qty
            assert event.execution.startswith("E")
    executions = [event.execution for event in events if isinstance(event, OrderFilled)]
    assert len(executions) == len(set(executions))
    assert [
        event for event in events if isinstance(event, ReportUnmatched) and event.kind == "filled"
    ] == []
    assert {name: order.filled for name, order in venue.orders.items() if order.filled} == dict(
        filled
    )
