"""counter.core_slope: what an order's life costs late in a day of a million orders over its cost
early in it.

A long-lived and a fresh counter run in turns in one process, so that both meet the same machine.
Limit: 1.0, but for more of the caches being missed.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks import child
from benchmarks.counter.core import BATCH, bare_driver
from benchmarks.counter.venue import CANCELLED, FILLED, IN_PARTS, MixedLife, Venue
from benchmarks.rows import Row, middle, row
from benchmarks.scene import ACCOUNTS, Clients, set_stage, settle_memory


class Day:
    """A counter without journal living a mixed day."""

    def __init__(self, accounts: int) -> None:
        self.driver = bare_driver()
        self._clients = Clients(accounts, set_stage(self.driver, accounts))
        self._life = MixedLife(Venue())

    def live(self, orders: int) -> float:
        """CPU seconds of the counter over the next `orders` orders and what is due meanwhile."""
        spent = 0.0
        commands: list[Any] = []
        for place in self._clients.places(orders):
            commands.append(place)
            commands += self._life.due()
            if len(commands) >= BATCH:
                spent += self._process(commands)
                commands = []
        return spent + self._process(commands)

    def _process(self, commands: list[Any]) -> float:
        began = time.process_time()
        answers = self.driver.process(commands)
        spent = time.process_time() - began
        self._life.placed(commands, answers)
        return spent


def measure(accounts: int, early: int, late: int, window: int, rounds: int) -> dict[str, Any]:
    """CPU microseconds an order in each window, early and late in the day."""
    long_lived, fresh = Day(accounts), Day(accounts)
    settle_memory()
    long_lived.live(late - rounds * window)
    fresh.live(early - rounds * window)
    costs: dict[str, list[float]] = {"early": [], "late": []}
    for _ in range(rounds):
        costs["early"].append(fresh.live(window) / window * 1e6)
        costs["late"].append(long_lived.live(window) / window * 1e6)
    return {
        "early_us": costs["early"],
        "late_us": costs["late"],
        "open_early": fresh.driver.state.open_orders,
        "open_late": long_lived.driver.state.open_orders,
        "processed": long_lived.driver.processed / late,
    }


def bench(*, quick: bool) -> list[Row]:
    """One row: the median of the rounds' ratios."""
    accounts, early, late, window, rounds = (
        (200, 1000, 3000, 200, 2) if quick else (ACCOUNTS, 10_000, 1_000_000, 2_000, 5)
    )
    sizes: dict[str, int] = {"accounts": accounts, "early": early, "late": late}
    found = child.run("benchmarks.counter.slope:measure", **sizes, window=window, rounds=rounds)
    pairs = zip(found["late_us"], found["early_us"], strict=True)
    ratios = [late_us / early_us for late_us, early_us in pairs]
    resting = 100 - FILLED - IN_PARTS - CANCELLED
    return [
        row(
            "counter.core_slope",
            middle(ratios),
            "times",
            size=f"at {late:,} orders over at {early:,}, {accounts:,} accounts",
            limit="<= 1.1",
            note=(
                f"CPU time, median of {rounds} pairs of windows of {window:,} orders"
                f" ({min(ratios):.2f} to {max(ratios):.2f}); {middle(found['early_us']):.1f} us and"
                f" {middle(found['late_us']):.1f} us an order's life; of 100 orders {FILLED} fill at"
                f" once, {IN_PARTS} in two parts, {CANCELLED} are cancelled and {resting} rest to"
                f" the day's end ({found['open_early']:,} and {found['open_late']:,} open)"
            ),
        )
    ]
