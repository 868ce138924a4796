"""counter.replay: reading a counter's log back, decoding its events and applying them.

Limit: decoding costs 1.5 us an event and applying 2 to 5 us, so about 200,000/s.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks import child, disk
from benchmarks.counter.durable import durable_driver
from benchmarks.counter.venue import MixedLife, Venue
from benchmarks.rows import Row, middle, row, spread
from benchmarks.scene import ACCOUNTS, Clients, set_stage, settle_memory
from yunquan._core import is_in_use
from yunquan.counter import Driver, Journal, SnapshotFiles, restore, state_digest
from yunquan.counter.rules.state import State
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database

BATCH = 256


def write_day(driver: Driver, clients: Clients, events: int) -> None:
    """Live a mixed day until the log holds at least so many events."""
    life = MixedLife(Venue())
    while driver.journal.next_seq <= events:
        commands: list[Any] = []
        for place in clients.places(BATCH):
            commands.append(place)
            commands += life.due()
        for start in range(0, len(commands), BATCH):
            batch = commands[start : start + BATCH]
            life.placed(batch, driver.process(batch))


def measure(accounts: int, events: int, rounds: int) -> dict[str, Any]:
    """Events a second of each replay from the first record, by the wall and by CPU."""
    with disk.folder() as place:
        url = disk.sqlite(place)
        driver = durable_driver(url)
        write_day(driver, Clients(accounts, set_stage(driver, accounts)), events)
        count = driver.journal.next_seq - 1
        before = state_digest(driver.state, count)
        driver.journal.database.dispose()
        driver.state = State("0")
        found: dict[str, Any] = {"rates": [], "cpu_rates": [], "events": count}
        for _ in range(rounds):
            journal = Journal(Database(url, SystemClock()), "0")
            settle_memory()
            wall, cpu = time.perf_counter(), time.process_time()
            state = restore(journal, SnapshotFiles(place / "none"), "0")
            found["rates"].append(count / (time.perf_counter() - wall))
            found["cpu_rates"].append(count / (time.process_time() - cpu))
            journal.database.dispose()
            assert state_digest(state, count) == before, "the same log gives the same state"
            del state  # taking it apart is no part of the next round
        found["compiled"] = is_in_use()
        found["store"] = disk.description(url)
        return found


def bench(*, quick: bool) -> list[Row]:
    """One row."""
    accounts, events, rounds = (200, 3000, 1) if quick else (ACCOUNTS, 400_000, 5)
    sizes: dict[str, Any] = {"accounts": accounts, "events": events, "rounds": rounds}
    found = child.run("benchmarks.counter.replay:measure", **sizes)
    plain = child.run("benchmarks.counter.replay:measure", interpreted=True, **sizes)
    kind = "compiled" if found["compiled"] else "interpreted (no compiled core here)"
    return [
        row(
            "counter.replay",
            middle(found["rates"]),
            "events/s",
            size=f"{found['events']:,} events of {accounts:,} accounts in records of {BATCH}",
            limit=">= 150,000",
            note=(
                f"{kind}, {found['store']}; {spread(found['rates'])};"
                f" {middle(found['cpu_rates']):,.0f} a second of CPU; interpreted"
                f" {middle(plain['rates']):,.0f}/s; the state is the same byte for byte"
            ),
        )
    ]
