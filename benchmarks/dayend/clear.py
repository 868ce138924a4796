"""dayend.1m_s: the whole day end of a counter, from its log to the event that says it is done.

Limit: the day end of a million accounts and a million trades in five minutes and 4 GB; a job that
takes twice as long per account when there are four times as many is not linear.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import child, disk
from benchmarks.counter.core import NoSnapshots
from benchmarks.rows import Row, row
from benchmarks.scene import (
    DAY,
    GATEWAY,
    SECURITIES,
    account_number,
    in_batches,
    instruments,
    reference,
    sessions,
    settle_memory,
)
from yunquan._core import is_in_use
from yunquan.app.migrations import migrate
from yunquan.bars import record_day_bars
from yunquan.bars.types import DayBar
from yunquan.clearing import Clearing, NoActions, perform
from yunquan.clearing.types import Batch, Step
from yunquan.counter import Driver, Journal
from yunquan.counter import types as c
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import Conflict
from yunquan.kernel.transaction import Database
from yunquan.market import load_rule_book

CASH_FEN = 1_000_000_000
HELD_SHARES = 10_000
SHARES = 100
IN_A_BATCH = 5000
SIZES = (250_000, 1_000_000)


class Desk:
    """A counter in this process that lives a day."""

    def __init__(self, url: str) -> None:
        self.listed = instruments()
        open_sessions = sessions(self.listed)
        journal = Journal(Database(url, SystemClock()), "0")
        self.driver = Driver("0", journal, NoSnapshots(), SystemClock())  # pyright: ignore[reportArgumentType]
        self.driver.reference_parts = lambda now_ms: reference(now_ms, self.listed, open_sessions)

    def live(self, accounts: int, trades: int) -> None:
        """Open the accounts with cash and a holding each, trade, and end the day."""
        self.driver.open()
        stocks = [one for one in self.listed.values() if not one.permission]
        for batch in in_batches(_openings(accounts, [one.symbol for one in stocks]), IN_A_BATCH):
            self.driver.process(batch)
        dice, index = Random(5), 0
        for numbers in in_batches(iter(range(trades)), IN_A_BATCH):
            places = [_order(dice, number, accounts, stocks) for number in numbers]
            reports: list[Any] = []
            for place, answer in zip(places, self.driver.process(places), strict=True):
                assert answer.accepted, answer.code
                told = (("accepted", 0, 0), ("filled", place.price, place.qty))
                for kind, price, qty in told:
                    index += 1
                    execution = f"E{index:011d}" if kind == "filled" else ""
                    key = f"{GATEWAY}:{index}"
                    reports.append(
                        c.VenueReport(
                            key, GATEWAY, index, kind, answer.order, execution, price, qty, ""
                        )
                    )
            self.driver.process(reports)
        assert self.driver.process([c.CloseDay(f"system:close:{DAY}", DAY)])[0].code == ""


def _openings(accounts: int, symbols: list[str]) -> Iterator[Any]:
    for index in range(accounts):
        account, key, client = account_number(index), f"setup:{index}", f"cli_{index:07d}"
        yield c.OpenAccount(
            f"{key}:open", account, client, "ordinary", "CNY", SECURITIES, (), "2036-01-01"
        )
        yield c.Deposit(f"{key}:cash", account, CASH_FEN, "simbank")
        symbol = symbols[index % len(symbols)]
        yield c.TransferIn(f"{key}:in", account, symbol, HELD_SHARES, "elsewhere")
    yield c.RollDay("setup:day", DAY)


def _order(dice: Random, number: int, accounts: int, stocks: list[Any]) -> c.PlaceOrder:
    """The next account's: of four one sells of what it holds."""
    index = number % accounts
    sells = dice.random() < 0.25
    stock = stocks[index % len(stocks)] if sells else stocks[int(dice.random() * len(stocks))]
    price = stock.limit_up_milli if sells else stock.limit_down_milli
    qty = max(SHARES, stock.buy_min)
    key = f"app:{number:012x}"
    return c.PlaceOrder(
        key, account_number(index), stock.symbol, 2 if sells else 1, price, qty, DAY
    )


def write(url: str, accounts: int, trades: int) -> int:
    """The log of the day; how many events."""
    settle_memory()
    desk = Desk(url)
    desk.live(accounts, trades)
    return desk.driver.journal.next_seq - 1


class NothingToBook:
    """The firm's first day, without wrong commissions, has nothing to settle or to correct."""

    def close(self, counter: str, day: str) -> None:
        """The day was ended when it was written."""

    def book(self, batch: Batch) -> None:
        """Nobody should ask. Raises Conflict."""
        raise Conflict("clearing.broken", reason=batch.command)


def _close(stock: Any) -> DayBar:
    close = stock.prev_close_milli
    return DayBar(stock.symbol, DAY, None, None, None, close, None, None, "import", adjusted=False)


def clear(folder: str, url: str) -> dict[str, Any]:
    """Every step, as the jobs process does it; seconds each and the greatest memory in MB."""
    rooms = Database(f"sqlite:///{Path(folder) / 'rooms.db'}", SystemClock())
    migrate(rooms.engine)
    with rooms.transaction() as tx:
        record_day_bars(tx, [_close(one) for one in instruments().values()])
    journal = Journal(Database(url, SystemClock()), "0")
    checkpoints = Path(folder) / "clearing"
    office = Clearing(
        rooms, {"0": journal}, NothingToBook(), NoActions(), load_rule_book(), checkpoints
    )
    seconds: dict[str, float] = {}
    detail: dict[str, Any] = {}
    began, cpu_began = time.perf_counter(), time.process_time()
    days = office.note_endings()
    assert days == [DAY]
    seconds["noting"] = time.perf_counter() - began
    for step in Step:
        at = time.perf_counter()
        detail |= perform(office, DAY, step)
        seconds[step.value] = time.perf_counter() - at
    return {
        "seconds": seconds,
        "total": time.perf_counter() - began,
        "cpu": time.process_time() - cpu_began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "accounts": detail["accounts"],
        "trades": detail["trades"],
        "compiled": is_in_use(),
    }


def one(size: int) -> dict[str, Any]:
    """A day of so many accounts and trades, cleared."""
    with disk.folder() as place:
        url = disk.sqlite(place)
        new = disk.new_database(url)
        new.dispose()
        events = child.run("benchmarks.dayend.clear:write", url=url, accounts=size, trades=size)
        found = child.run("benchmarks.dayend.clear:clear", folder=str(place), url=url)
        assert found["accounts"] == found["trades"] == size
        return found | {"events": events, "store": disk.description(url)}


def bench(*, quick: bool) -> list[Row]:
    """Two rows: seconds, and the slope between the sizes."""
    small, large = (500, 2000) if quick else SIZES
    less, more = one(small), one(large)
    slope = more["cpu"] / large / (less["cpu"] / small)
    kind = "compiled" if more["compiled"] else "interpreted (no compiled core here)"
    steps = ", ".join(f"{name} {took:.1f}" for name, took in more["seconds"].items())
    size = f"{large:,} accounts and {large:,} trades on one counter"
    return [
        row(
            "dayend.1m_s",
            more["total"],
            "s",
            size=size,
            limit="<= 300",
            note=(
                f"{kind}, {more['store']}; {more['events']:,} events; seconds: {steps};"
                f" CPU {more['cpu']:.0f} s; {small:,} of each took {less['total']:.1f} s"
                f" (CPU {less['cpu']:.1f} s); a first day: the state is built from the"
                " first event, and nothing is booked"
            ),
        ),
        row(
            "dayend.1m_gb",
            more["peak_mb"] / 1024,
            "GB",
            size=size,
            limit="<= 4",
            note="greatest resident memory of the process that clears, as the kernel has it",
        ),
        row(
            "dayend.slope",
            slope,
            "times the cost of an account",
            size=f"{large:,} over {small:,}",
            limit="<= 1.3",
            note="CPU time of the whole day end for each account with its trade",
        ),
    ]
