"""counter.restart_s, counter.restart_gb: a counter of a million accounts is killed and started
anew.

It reads its newest snapshot and the log since, then serves. Limit: building five million objects
takes Python about six seconds; a snapshot of them is about 300 MB.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import child, disk
from benchmarks.counter.replay import write_day
from benchmarks.rows import Row, middle, row
from benchmarks.scene import (
    CASH_FEN,
    DAY,
    HELD_SHARES,
    PERMISSIONS,
    Clients,
    account_number,
    instruments,
    reference,
    sessions,
    settle_memory,
)
from yunquan._core import is_in_use
from yunquan.counter import CounterServer, Driver, Journal, SnapshotFiles, SocketClient
from yunquan.counter import types as c
from yunquan.counter.rules.state import State
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database
from yunquan.ledger.rules import Balance

POSITIONS_EACH = 3
SLOWEST_START_S = 300.0
# Long enough for the counter to notice that its client came.
SEEN_S = 0.5


def build(accounts: int) -> State:
    """A state of so many accounts, as years of business would leave it, made directly."""
    state, dice = State("0"), Random(31)
    symbols = list(instruments())
    for index in range(accounts):
        number = account_number(index)
        securities = (
            c.SecuritiesAccount("SH", f"A{index:09d}", designated=True),
            c.SecuritiesAccount("SZ", f"{index:010d}", custody_unit="000001"),
        )
        allowed = PERMISSIONS[index % len(PERMISSIONS)]
        account = state.open(number, f"cli_{index:07d}", "ordinary", "CNY", securities, allowed)
        account.id_expires_on = f"20{27 + index % 20}-{1 + index % 12:02d}-{1 + index % 28:02d}"
        book = account.book
        book.cash = Balance(CASH_FEN)
        for symbol in dice.sample(symbols, POSITIONS_EACH):
            book.position(symbol).move(0, HELD_SHARES)
    house = state.books.house
    house["bank:simbank"] = {"CNY": -CASH_FEN * accounts}
    house["custodian:elsewhere"] = {}
    for book in state.books.clients.values():
        for symbol in book.positions:
            owed = house["custodian:elsewhere"]
            owed[symbol] = owed.get(symbol, 0) - HELD_SHARES
    return state


def prepare(folder: str, accounts: int, events: int) -> dict[str, Any]:
    """Leave a snapshot and, after it, a log of so many events; as a killed counter would."""
    place = Path(folder)
    journal = Journal(disk.new_database(disk.sqlite(place)), "0")
    snapshots = SnapshotFiles(place / "snapshots")
    listed = instruments()
    driver = Driver("0", journal, snapshots, SystemClock())
    open_sessions = sessions(listed)
    driver.reference_parts = lambda now_ms: reference(now_ms, listed, open_sessions)
    driver.open()
    driver.state, driver.sound = build(accounts), True
    settle_memory()
    driver.process([c.RollDay("setup:day", DAY)])
    began = time.perf_counter()
    snapshots.save(driver.state, journal.next_seq - 1)
    saved_s = time.perf_counter() - began
    write_day(driver, _clients(accounts, listed), events)
    (snapshot,) = (place / "snapshots").glob("*.snapshot")
    return {
        "saved_s": saved_s,
        "snapshot_mb": snapshot.stat().st_size / 1e6,
        "events": journal.next_seq - 2,
        "orders": len(driver.state.orders),
        "positions": sum(len(book.positions) for book in driver.state.books.clients.values()),
    }


def _clients(accounts: int, listed: dict[str, Any]) -> Clients:
    """Orders of the first of them; a day's orders never come from all."""
    return Clients(min(accounts, 100_000), listed)


def start(address: str, folder: str) -> dict[str, Any]:
    """The counter's process, as `yunquan` starts it, until its client has come and gone."""

    async def main() -> dict[str, Any]:
        place = Path(folder)
        journal = Journal(Database(disk.sqlite(place), SystemClock()), "0")
        driver = Driver("0", journal, SnapshotFiles(place / "snapshots"), SystemClock())
        began, cpu = time.perf_counter(), time.process_time()
        driver.open()
        opened_s, opened_cpu_s = time.perf_counter() - began, time.process_time() - cpu
        settle_memory()
        server = CounterServer(driver)
        await server.start(address)
        while not server.connections:
            await asyncio.sleep(SEEN_S / 5)
        while server.connections:
            await asyncio.sleep(SEEN_S / 5)
        await server.drain()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # Linux counts kilobytes, macOS bytes.
        return {
            "peak_gb": peak * (1 if sys.platform == "darwin" else 1024) / 1e9,
            "opened_s": opened_s,
            "opened_cpu_s": opened_cpu_s,
            "compiled": is_in_use(),
        }

    return asyncio.run(main())


async def first_answer(address: str) -> float:
    """Knock until the counter answers for an account; the moment it did."""
    client = SocketClient(address)
    await client.start(SLOWEST_START_S)
    view = await client.ask(c.AskAccount(account_number(0)))
    answered = time.perf_counter()
    assert view.account == account_number(0)
    await asyncio.sleep(SEEN_S)
    await client.close()
    return answered


def measure(accounts: int, events: int, rounds: int) -> dict[str, Any]:
    """Restart times and peaks of `rounds` starts over the same files."""
    with disk.folder() as place:
        found: dict[str, Any] = child.run(
            "benchmarks.counter.restart:prepare",
            folder=str(place),
            accounts=accounts,
            events=events,
        )
        served: list[float] = []
        starts: list[dict[str, Any]] = []
        for number in range(rounds):
            address = f"unix:{place / f'counter-{number}.sock'}"
            began = time.perf_counter()
            process = child.Process(
                "benchmarks.counter.restart:start", address=address, folder=str(place)
            )
            try:
                served.append(asyncio.run(first_answer(address)) - began)
                starts.append(process.result())
            finally:
                process.stop()
        return found | {"served_s": served, "starts": starts}


def bench(*, quick: bool) -> list[Row]:
    """Both rows."""
    accounts, events, rounds = (500, 2000, 1) if quick else (1_000_000, 200_000, 3)
    found = measure(accounts, events, rounds)
    starts = found["starts"]
    opened, cpu = (middle([one[name] for one in starts]) for name in ("opened_s", "opened_cpu_s"))
    kind = "compiled" if starts[0]["compiled"] else "interpreted (no compiled core here)"
    size = (
        f"{accounts:,} accounts, {found['positions']:,} positions,"
        f" {found['events']:,} events since the snapshot"
    )
    note = (
        f"{kind}; from starting the process to its first answer, {rounds} starts; of that reading"
        f" snapshot and log {opened:.1f} s ({cpu:.1f} s CPU); the snapshot holds"
        f" {found['snapshot_mb']:.0f} MB, written by the follower in {found['saved_s']:.1f} s"
    )
    return [
        row(
            "counter.restart_s", middle(found["served_s"]), "s", size=size, limit="<= 30", note=note
        ),
        row(
            "counter.restart_gb",
            middle([one["peak_gb"] for one in starts]),
            "GB",
            size=size,
            limit="<= 2.5",
            note=f"{kind}; greatest resident memory of the counter's process, as the kernel has it",
        ),
    ]
