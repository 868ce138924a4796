"""bars.import_rows: rows of a CSV through reading, checking and the split into good and set aside.

Limit: Polars reads ten million rows of text a second on two cores and each of a dozen column
operations costs 10 to 30 ns a row, so two million rows a second is near; the promise is 1,000,000.
Peer: Polars reading the same file with the types it infers, which believes everything.
"""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from benchmarks import disk
from benchmarks.rows import Row, middle, row, spread
from yunquan.app.migrations import migrate
from yunquan.bars import BarFile, import_bars
from yunquan.bars.rules.daily import check_frame
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database
from yunquan.market import load_rule_book

SYMBOLS = 300
FIRST = date(2012, 1, 2)
# One row in so many is broken in one of four ways.
BROKEN = 2_000


def weekdays(count: int) -> list[str]:
    days: list[str] = []
    day = FIRST
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day.isoformat())
        day += timedelta(days=1)
    return days


def write(path: Path, rows: int) -> int:
    """A file of daily bars with some broken ones; how many rows it has."""
    chance = random.Random(7)
    days = weekdays(rows // SYMBOLS)
    count = 0
    with path.open("w") as file:
        file.write("symbol,date,open,high,low,close,volume,amount\n")
        for number in range(SYMBOLS):
            cents = 3_000 + number
            for real_day in days:
                day, opened = real_day, cents
                cents = min(max(cents + chance.randint(-cents // 50, cents // 50), 500), 90_000)
                high, low = max(opened, cents) + 5, min(opened, cents) - 5
                count += 1
                match count % (4 * BROKEN):
                    case 1_000:
                        high = 1
                    case 3_000:
                        day = "2026-13-01"
                    case 5_000:
                        low = -5
                    case _:
                        pass
                prices = ",".join(f"{price / 100:.2f}" for price in (opened, high, low, cents))
                traded = chance.randint(100, 10**7)
                symbol = f"{600_000 + number}.SH"
                file.write(f"{symbol},{day},{prices},{traded},{traded * 10}.55\n")
    return count


def checked(path: Path, count: int) -> float:
    """Seconds to read, check and split a file."""
    book = load_rule_book()
    began = time.perf_counter()
    source = BarFile(path)
    found = check_frame(book, source.frame(), [], source.listed_on)
    took = time.perf_counter() - began
    named = sum(fault.reason != "market.bar_gap" for fault in found.faults)
    assert found.good.height + named == count
    assert named >= count // BROKEN // 2
    return took


def peer(path: Path, count: int) -> float:
    began = time.perf_counter()
    assert pl.read_csv(path, infer_schema_length=10_000, ignore_errors=True).height == count
    return time.perf_counter() - began


def stored(folder: Path, path: Path) -> float:
    """Seconds of the whole import into a database of SQLite."""
    database = Database(f"sqlite:///{folder / 'rooms.db'}", SystemClock())
    migrate(database.engine)
    began = time.perf_counter()
    with database.transaction("system") as tx:
        import_bars(tx, BarFile(path), load_rule_book())
    took = time.perf_counter() - began
    database.dispose()
    return took


def bench(*, quick: bool) -> list[Row]:
    """Reading and checking at two sizes, and the whole import with its rows in the database."""
    rows: list[Row] = []
    rounds = 1 if quick else 5
    with disk.folder() as place:
        for size in (6_000, 12_000) if quick else (100_000, 1_000_000):
            path = place / f"{size}.csv"
            count = write(path, size)
            ours = [count / checked(path, count) for _ in range(rounds)]
            theirs = [count / peer(path, count) for _ in range(rounds)]
            name = "bars.import_rows" if size == 1_000_000 else "bars.import_rows.small"
            rows.append(
                row(
                    name,
                    middle(ours),
                    "rows/s",
                    size=f"{count:,} daily bars of {SYMBOLS} symbols, one in {BROKEN:,} broken",
                    limit=">= 1,000,000",
                    note=f"read, checked, split; {spread(ours)}; the first reads a cold file",
                    peer="Polars, types inferred, nothing checked",
                    peer_value=middle(theirs),
                )
            )
        count = 12_000 if quick else 1_000_000
        rates = []
        for number in range(1 if quick else 2):
            folder = place / str(number)
            folder.mkdir()
            rates.append(count / stored(folder, place / f"{count}.csv"))
        rows.append(
            row(
                "bars.import_stored",
                middle(rates),
                "rows/s",
                size=f"{count:,} daily bars into SQLite, one transaction",
                limit=">= 50,000",
                note=f"the same with every good bar a durable row; {spread(rates)}",
            )
        )
    return rows
