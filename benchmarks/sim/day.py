"""sim.day_s, sim.day_gb: a whole trading day of 10,000 clients, 300 securities and a million
orders, counter and exchange in one process, as in a simulation, only larger.

To reach: 180 seconds and 6 GB. Every phase is played; every order is checked, made durable, sent
through the wire's encoding, matched, written to the exchange's own record, and each report of it
comes back and is booked; then the day ends and the next begins. The clients' own time counts.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

from benchmarks import child, disk
from benchmarks.rows import Row, row
from benchmarks.scene import in_batches, settle_memory
from benchmarks.sim.clients import Traders, openings
from benchmarks.sim.pair import Pair, settings_of
from yunquan._core import is_in_use
from yunquan.counter.rules.state import State
from yunquan.kernel.clock import SystemClock
from yunquan.ledger.rules import negative, unbalanced
from yunquan_world.hours import CLOSED, PRE_OPEN
from yunquan_world.prices import Prices

DAY = "2026-07-13"
SECURITIES, ACCOUNTS, ORDERS = 300, 10_000, 1_000_000
BATCH = 256
# No order is taken in them, or too few: Shanghai and Beijing are closed over lunch.
QUIET = ("pre_open", "opening_gap", "lunch", "after_hours_entry", "closed")
# Real seconds of the exchange's phases: how the orders are spread over the day.
SPEED = 100.0
PAUSES_S = {
    "pre_open": 1.0,
    "opening_call": 8.0,
    "opening_call_locked": 2.0,
    "opening_gap": 0.5,
    "lunch": 0.5,
    "closing_call": 8.0,
    "after_hours_entry": 1.0,
    "after_hours": 6.0,
    "closed": 2.0,
}


def play(place: Path, orders: int, accounts: int, securities: int) -> dict[str, Any]:
    """One day; how long it took and what happened."""
    settings = settings_of(
        place, speed=SPEED, pauses_s=PAUSES_S, first_day=DAY, universe="full", sync="normal"
    )
    prices = Prices({}, settings.seed, "full", DAY)
    pair = Pair(disk.new_database(disk.sqlite(place)), SystemClock(), settings, prices)
    pair.open()
    begin_next_day(pair)
    listed = [name for name, day in pair.floor.reference(0).instruments.items() if not day.halted]
    symbols = listed[:: max(len(listed) // securities, 1)][:securities]
    for commands in in_batches(openings(accounts, symbols, settings.seed), 5_000):
        pair.do(commands)
    traders = Traders(accounts, symbols, settings.seed)
    settle_memory()
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    placed = trade(pair, traders, orders)
    trade_s = time.monotonic() - began_s
    begin_next_day(pair)
    found = {
        "seconds": time.monotonic() - began_s,
        "trade_s": trade_s,
        "cpu_s": time.process_time() - began_cpu_s,
        "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "orders": placed,
        "refused": sum(
            count for code, count in pair.driver.refusals.items() if code.startswith("order.")
        ),
        "reports": pair.reports,
        "fills": pair.fills,
        "securities": len(symbols),
        "compiled": is_in_use(),
        "store": disk.description(disk.sqlite(place)),
        "file_system": disk.file_system(place),
    }
    check_books(pair.driver.state)
    pair.close()
    return found


def trade(pair: Pair, traders: Traders, orders: int, batch: int = BATCH) -> int:
    """From the night to the close, so many orders spread over the phases that take any."""
    world = pair.world
    segments = world.timetable.segments
    busy_s = sum(segment.real_s for segment in segments if segment.phase not in QUIET)
    # A little room at the end, so that the last ones come before the close.
    step_s = busy_s * batch / (orders + 8 * batch)
    placed = 0
    while world.moment.phase == PRE_OPEN:
        pair.advance(0.1)
    while world.moment.phase != CLOSED:
        if world.moment.phase in QUIET or placed == orders:
            pair.advance(0.1)
            continue
        count = min(batch, orders - placed)
        commands = traders.commands(count, pair.floor.reference(0), pair.prices)
        traders.answered(commands, pair.do(commands))
        placed += count
        pair.advance(step_s)
    return placed


def begin_next_day(pair: Pair) -> None:
    day = pair.driver.state.day
    while pair.driver.state.day == day:
        pair.advance(0.1)


def check_books(state: State) -> None:
    """Balanced, nothing negative, nothing left in settlement."""
    assert unbalanced(state.books) == {}
    assert negative(state.books) == []
    assert state.unmatched == 0
    assert state.open_orders == 0
    for account, book in state.books.clients.items():
        waiting = [book.cash, *book.positions.values()]
        assert not any(one.settling or one.frozen for one in waiting), account


def measure(orders: int, accounts: int, securities: int) -> dict[str, Any]:
    with disk.folder() as place:
        return play(place, orders, accounts, securities)


def bench(*, quick: bool) -> list[Row]:
    """Two rows, from a tenth of the day and the whole."""
    orders, accounts, securities = (2_000, 100, 20) if quick else (ORDERS, ACCOUNTS, SECURITIES)
    few, found = (
        child.run(
            "benchmarks.sim.day:measure", orders=count, accounts=accounts, securities=securities
        )
        for count in (orders // 10, orders)
    )
    slope = found["cpu_s"] / found["orders"] / (few["cpu_s"] / few["orders"])
    size = f"{accounts:,} clients, {found['securities']} securities, {found['orders']:,} orders"
    core = "compiled" if found["compiled"] else "interpreted"
    note = (
        f"counter ({core}, {found['store']} on {found['file_system']}) and exchange with its record"
        f" in one process, clients included; {found['reports']:,} reports, {found['fills']:,} fills"
        f" reported, {100 * found['refused'] / found['orders']:.1f}% refused; CPU"
        f" {found['cpu_s']:.0f} s, {1e6 * found['cpu_s'] / found['orders']:.0f} us an order; a"
        f" tenth of it took {few['seconds']:.0f} s, so that an order of the whole costs"
        f" {slope:.2f} times as much; the end of the day {found['seconds'] - found['trade_s']:.1f}"
        " s; the books balanced, nothing left in settlement"
    )
    return [
        row("sim.day_s", found["seconds"], "s", size=size, limit="<= 180", note=note),
        row(
            "sim.day_gb",
            found["gb"],
            "GB",
            size=size,
            limit="<= 6",
            note="greatest resident memory of the whole process, as the kernel has it",
        ),
    ]
