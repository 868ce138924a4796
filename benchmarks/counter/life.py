"""counter.life: an order's whole life, durable: placed, accepted by the exchange, filled with its
postings and fees.

Limit: three decisions and six postings an order, written in batches of 256 commands.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks import child, disk
from benchmarks.counter.durable import Timed, durable_driver
from benchmarks.counter.venue import Venue
from benchmarks.rows import Row, middle, row, spread
from benchmarks.scene import ACCOUNTS, Clients, in_batches, set_stage, settle_memory
from yunquan.counter import Driver
from yunquan.ledger.rules import negative, unbalanced

BATCH = 256


def measure(accounts: int, orders: int, rounds: int) -> dict[str, Any]:
    """Rounds of `orders` lives on SQLite; a first one warms up."""
    with disk.folder() as place:
        driver = durable_driver(disk.sqlite(place))
        clients = Clients(accounts, set_stage(driver, accounts))
        venue, timed = Venue(), Timed()
        settle_memory()
        for turn in range(rounds + 1):
            if turn == 1:
                timed = Timed()
            places = list(in_batches(clients.places(orders), BATCH // 3))
            live(driver, venue, places, timed)
        assert not unbalanced(driver.state.books)
        assert not negative(driver.state.books)
        return {
            "rates": timed.rates,
            "cpu_us": middle(timed.cpu_us),
            "events": driver.journal.next_seq - 1,
            "store": disk.description(disk.sqlite(place)),
            "file_system": disk.file_system(place),
        }


def live(driver: Driver, venue: Venue, batches: list[list[Any]], timed: Timed) -> None:
    """Each batch holds new places, the acceptance of those before, and the fills of those before
    them. Only the counter's part is timed; an order refused by the checks isn't counted.
    """
    accepted: list[Any] = []
    filled: list[Any] = []
    wall = cpu = 0.0
    lives = 0
    for places in [*batches, [], []]:
        commands = [*places, *accepted, *filled]
        began, cpu_began = time.perf_counter(), time.process_time()
        answers = driver.process(commands)
        wall += time.perf_counter() - began
        cpu += time.process_time() - cpu_began
        filled = venue.fills(accepted)
        accepted = venue.acceptances(places, answers)
        lives += len(accepted)
    timed.add(lives, wall, cpu)


def bench(*, quick: bool) -> list[Row]:
    """One row."""
    accounts, orders, rounds = (200, 500, 1) if quick else (ACCOUNTS, 10_000, 7)
    found = child.run(
        "benchmarks.counter.life:measure", accounts=accounts, orders=orders, rounds=rounds
    )
    return [
        row(
            "counter.life",
            middle(found["rates"]),
            "orders/s",
            size=f"{accounts:,} accounts, 300 instruments, batches of {BATCH} commands",
            limit=">= 12,000",
            note=(
                f"{found['store']} on {found['file_system']}; {spread(found['rates'])};"
                f" {found['cpu_us']:.1f} us CPU an order;"
                f" the books balanced afterwards"
            ),
        )
    ]
