"""counter.durable_*: places decided, checked and flushed to disk before they are answered.

Limit: a batch of 256 costs one flush (0.3 to 1.8 ms on a cloud disk) and 256 decisions, so
about 60,000 to 100,000/s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks import child, disk
from benchmarks.counter.core import NoSnapshots
from benchmarks.counter.postgres_transfers import Transfers
from benchmarks.rows import Row, middle, row, spread
from benchmarks.scene import ACCOUNTS, Clients, set_stage, settle_memory
from yunquan.counter import Driver, Journal
from yunquan.kernel.clock import SystemClock

BATCHES = (64, 256, 512)
ASKED_BATCH = 256
PEER_BATCH = 1000
STORES = ("sqlite", "postgres")


def durable_driver(url: str) -> Driver:
    """A driver with its journal in a fresh database."""
    journal = Journal(disk.new_database(url), "0")
    return Driver("0", journal, NoSnapshots(), SystemClock())  # pyright: ignore[reportArgumentType]


class Timed:
    """Rounds of one contender: how many a second by the wall clock, and our CPU microseconds
    for each.
    """

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.cpu_us: list[float] = []

    def add(self, count: int, wall_s: float, cpu_s: float) -> None:
        """One round as measured."""
        self.rates.append(count / wall_s)
        self.cpu_us.append(cpu_s / count * 1e6)

    def round(
        self, count: int, size: int, make: Callable[[int], Any], work: Callable[[Any], Any]
    ) -> None:
        """One round of `count` in batches of `size`. A batch is made just before its work, as it
        would arrive, and only the work is timed.
        """
        wall = cpu = 0.0
        for _ in range(count // size):
            batch = make(size)
            wall_began, cpu_began = time.perf_counter(), time.process_time()
            work(batch)
            wall += time.perf_counter() - wall_began
            cpu += time.process_time() - cpu_began
        self.add(count // size * size, wall, cpu)


def measure(accounts: int, orders: int, transfers: int, rounds: int) -> dict[str, Any]:
    """All contenders in turn, `rounds` times; the first turn warms up and isn't counted."""
    with disk.folder() as place, disk.postgres() as postgres:
        urls = {"sqlite": disk.sqlite(place), "postgres": postgres}
        drivers = {store: durable_driver(url) for store, url in urls.items()}
        clients = {}
        for store, driver in drivers.items():
            clients[store] = Clients(accounts, set_stage(driver, accounts))
        peer = Transfers(postgres, accounts)
        found: dict[str, Timed] = {}
        settle_memory()
        for turn in range(rounds + 1):
            if turn == 1:
                found = {}
            for batch in BATCHES:
                for store, driver in drivers.items():
                    timed = found.setdefault(f"{store} {batch}", Timed())
                    timed.round(orders, batch, clients[store].places, driver.process)
            singles = found.setdefault("one by one", Timed())
            singles.round(transfers, transfers, peer.draw, peer.one_by_one)
            together = found.setdefault("set-based", Timed())
            together.round(orders, min(PEER_BATCH, orders), peer.draw, peer.all_at_once)
        peer.check()
        peer.close()
        refused = sum(drivers["sqlite"].refusals.values()) / drivers["sqlite"].processed
        described = {store: disk.description(url) for store, url in urls.items()}
        for driver in drivers.values():
            driver.journal.database.dispose()
        return {
            "rates": {name: timed.rates for name, timed in found.items()},
            "cpu_us": {name: middle(timed.cpu_us) for name, timed in found.items()},
            "refused": refused,
            "stores": described,
            "file_system": disk.file_system(place),
        }


def bench(*, quick: bool) -> list[Row]:
    """Rows of both stores."""
    accounts, orders, transfers, rounds = (
        (200, 600, 20, 1) if quick else (ACCOUNTS, 20_480, 1000, 7)
    )
    sizes: dict[str, Any] = {
        "accounts": accounts,
        "orders": orders,
        "transfers": transfers,
        "rounds": rounds,
    }
    ours = child.run("benchmarks.counter.durable:measure", **sizes)
    rates = {name: middle(values) for name, values in ours["rates"].items()}
    rows: list[Row] = []
    for store in STORES:
        others = ", ".join(
            f"{rates[f'{store} {batch}']:,.0f}/s at {batch}"
            for batch in BATCHES
            if batch != ASKED_BATCH
        )
        name = f"{store} {ASKED_BATCH}"
        note = (
            f"{ours['stores'][store]} on {ours['file_system']}; {spread(ours['rates'][name])};"
            f" {others};"
            f" {ours['cpu_us'][name]:.1f} us CPU of the counter's process a place;"
            f" {ours['refused']:.1%} refused;"
            f" peer one transfer a commit: {rates['one by one']:,.0f}/s"
        )
        rows.append(
            row(
                f"counter.durable_{store}",
                rates[name],
                "places/s",
                size=f"{accounts:,} accounts, 300 instruments, batches of {ASKED_BATCH},"
                f" {rounds} rounds of {orders:,}",
                limit=">= 40,000",
                note=note,
                peer=f"PostgreSQL, double-entry transfers, {PEER_BATCH:,} in one statement"
                " and commit",
                peer_value=rates["set-based"],
            )
        )
    return rows
