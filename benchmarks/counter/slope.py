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
from benchmarks.scene import Clients, set_stage, settle_memory
from yunquan.counter import Driver
from yunquan.counter.adapters.snapshots import frames, thaw

# A million orders a day come from about so many accounts, ten each.
ACCOUNTS_OF_A_DAY = 100_000
SLICES = 20


class Day:
    """A counter without journal living a mixed day."""

    def __init__(self, driver: Driver, clients: Clients) -> None:
        self.driver = driver
        self._clients = clients
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


def two_days(accounts: int) -> tuple[Day, Day]:
    """Two counters that begin the same day with the same accounts."""
    one, other = bare_driver(), bare_driver()
    listed = set_stage(one, accounts)
    other.reference_parts = one.reference_parts
    other.state, _ = thaw(frames(one.state, 0))
    other.sound = True
    return Day(one, Clients(accounts, listed)), Day(other, Clients(accounts, listed))


def measure(accounts: int, early: int, late: int, slice_: int, rounds: int) -> dict[str, Any]:
    """CPU microseconds an order in each round, early and late in the day.

    A round is SLICES slices of either, in turns, so that what else the machine does meets both.
    """
    long_lived, fresh = two_days(accounts)
    settle_memory()
    around = slice_ * SLICES * rounds // 2
    long_lived.live(late - around)
    fresh.live(early - around)
    costs: dict[str, list[float]] = {"early": [], "late": []}
    for _ in range(rounds):
        spent = {"early": 0.0, "late": 0.0}
        for _ in range(SLICES):
            spent["early"] += fresh.live(slice_)
            spent["late"] += long_lived.live(slice_)
        for name, seconds in spent.items():
            costs[name].append(seconds / slice_ / SLICES * 1e6)
    return {
        "early_us": costs["early"],
        "late_us": costs["late"],
        "open_early": fresh.driver.state.open_orders,
        "open_late": long_lived.driver.state.open_orders,
    }


def bench(*, quick: bool) -> list[Row]:
    """One row: the median of the rounds' ratios."""
    accounts, early, late, slice_, rounds = (
        (200, 1000, 3000, 20, 2) if quick else (ACCOUNTS_OF_A_DAY, 10_000, 1_000_000, 100, 5)
    )
    sizes: dict[str, Any] = {"accounts": accounts, "early": early, "late": late}
    found = child.run("benchmarks.counter.slope:measure", **sizes, slice_=slice_, rounds=rounds)
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
                f"CPU time, median of {rounds} pairs of windows of {slice_ * SLICES:,} orders"
                f" ({min(ratios):.2f} to {max(ratios):.2f}); {middle(found['early_us']):.1f} us and"
                f" {middle(found['late_us']):.1f} us an order's life; of 100 orders {FILLED} fill"
                f" at"
                f" once, {IN_PARTS} in two parts, {CANCELLED} are cancelled and {resting} rest to"
                f" the day's end ({found['open_early']:,} and {found['open_late']:,} open)"
            ),
        )
    ]
