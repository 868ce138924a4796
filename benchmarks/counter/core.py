"""counter.core: deciding and applying without a journal; counter.core_slope: what a long day
adds to an order's cost.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks import child
from benchmarks.rows import Row, middle, row, spread
from benchmarks.scene import ACCOUNTS, Clients, set_stage, settle_memory
from yunquan._core import is_in_use
from yunquan.counter import Driver
from yunquan.kernel.clock import ManualClock

BATCH = 256


class NoJournal:
    """Counts what a journal would keep."""

    def __init__(self) -> None:
        self.next_seq = 1
        self.last_at_ms = 0

    def open(self) -> None:
        """Nothing to claim."""

    def replay(self, _from_seq: int) -> list[list[Any]]:
        return []

    def append(self, events: list[Any], at_ms: int) -> bytes:
        self.next_seq += len(events)
        self.last_at_ms = at_ms
        return b""


class NoSnapshots:
    """Never saved, never found."""

    def save(self, state: Any, seq: int) -> None:
        """Nothing is kept."""

    def load(self, name: str) -> None:
        return None


def bare_driver() -> Driver:
    """A driver that keeps everything in memory only."""
    return Driver("0", NoJournal(), NoSnapshots(), ManualClock())  # pyright: ignore[reportArgumentType]


def measure_places(accounts: int, orders: int, rounds: int) -> dict[str, Any]:
    """CPU seconds of each round of `orders` places, after one that isn't counted."""
    driver = bare_driver()
    clients = Clients(accounts, set_stage(driver, accounts))
    spent: list[float] = []
    settle_memory()
    for _ in range(rounds + 1):
        seconds = 0.0
        for _ in range(orders // BATCH):
            commands = clients.places(BATCH)
            began = time.process_time()
            driver.process(commands)
            seconds += time.process_time() - began
        spent.append(seconds)
    return {
        "spent_s": spent[1:],
        "refused": sum(driver.refusals.values()) / driver.processed,
        "compiled": is_in_use(),
    }


def bench(*, quick: bool) -> list[Row]:
    """Both promises."""
    accounts, orders, rounds = (200, 2048, 2) if quick else (ACCOUNTS, 20_480, 9)
    sizes: dict[str, Any] = {"accounts": accounts, "orders": orders, "rounds": rounds}
    function = "benchmarks.counter.core:measure_places"
    core = child.run(function, **sizes)
    plain = child.run(function, interpreted=True, **sizes)
    rates, plain_rates = ([orders / spent for spent in found["spent_s"]] for found in (core, plain))
    kind = "compiled" if core["compiled"] else "interpreted (no compiled core here)"
    return [
        row(
            "counter.core",
            middle(rates),
            "places/s of CPU",
            size=f"{accounts:,} accounts, 300 instruments, batches of {BATCH}",
            limit=">= 60,000",
            note=(
                f"{kind}, CPU time of one core, {spread(rates)}; interpreted"
                f" {middle(plain_rates):,.0f}/s;"
                f" digest of the body, all checks, freeze and answer included;"
                f" {core['refused']:.1%} refused"
            ),
        ),
    ]
