"""Real bars and trades of Shanghai and Shenzhen, read from a folder beside the repository for
measuring only: nothing of them is kept here.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

from tests.fixtures_database import ROOT

# Where it lies: the environment's word, or the folder that stands beside the repository.
SHARED = Path(os.environ.get("YUNQUAN_SHARED_DATA") or ROOT.parent / "shared" / "data")
DAILY = SHARED / "ashare_daily_qlib" / "csi300_current_members_2019_2026.parquet"
MINUTES = SHARED / "ashare_minute_tick_corpaction" / "time_2018_2019.csv.gz"
ACTIONS = SHARED / "ashare_minute_tick_corpaction" / "corporate_actions.csv.gz"
TICKS = SHARED / "ashare_minute_tick_corpaction" / "trans_2018_2019.csv.gz"
FEN = Decimal("0.01")


class Tick(NamedTuple):
    """A recorded trade. at_s: seconds of the day. side: 0 a buyer came last, 1 a seller, 2 in an
    auction. price in milli, qty in shares.
    """

    symbol: str
    at_s: int
    price_milli: int
    qty: int
    side: int


def missing(path: Path) -> str:
    """Why a proof over this file can't run here; "" if it can."""
    return "" if path.is_file() else f"{path} is not here (set YUNQUAN_SHARED_DATA)"


def daily_bars(first: str, last: str, symbols: int) -> list[tuple[str, str, Decimal]]:
    """(symbol, day, close) of so many members of CSI 300, adjusted to the last day so that no
    ex-day tears a price apart; in whole fen.
    """
    import polars as pl

    frame = (
        pl.read_parquet(DAILY)
        .with_columns(pl.col("symbol").cast(pl.Utf8), pl.col("close", "factor").cast(pl.Float64))
        .filter(pl.col("date").is_between(pl.lit(first), pl.lit(last)))
        .filter(pl.col("close").is_not_nan() & (pl.col("close") > 0))
        .sort("symbol", "date")
        .with_columns((pl.col("close") / pl.col("factor").last().over("symbol")).alias("adjusted"))
    )
    rows = [
        (_name(symbol), day, Decimal(repr(close)).quantize(FEN, ROUND_HALF_UP))
        for symbol, day, close in frame.select("symbol", "date", "adjusted").iter_rows()
    ]
    chosen = set(sorted({symbol for symbol, _, _ in rows})[:: max(300 // symbols, 1)][:symbols])
    return [row for row in rows if row[0] in chosen]


def minute_bars(first: str, last: str) -> list[tuple[str, str, Decimal]]:
    """(symbol, day and minute's end, price) of six shares; the file names a minute by its start."""
    found = []
    with gzip.open(MINUTES, "rt") as lines:
        for row in csv.DictReader(lines):
            # The file's 000001 of Shanghai is an index.
            if row["symbol"] == "SH000001":
                continue
            began = datetime.strptime(row["datetime"], "%Y%m%d%H%M")  # noqa: DTZ007
            if first <= began.date().isoformat() <= last:
                ends = began + timedelta(minutes=1)
                when = ends.strftime("%Y-%m-%d %H:%M")
                found.append((_name(row["symbol"]), when, _whole_fen(row["price"])))
    return found


def ticks(day: str, most: int) -> list[Tick]:
    """The trades of a day in order of time, at most so many of them."""
    found: list[Tick] = []
    with gzip.open(TICKS, "rt") as lines:
        for row in csv.DictReader(lines):
            stamp = row["datetime"]
            if stamp[:8] == day.replace("-", ""):
                at_s = int(stamp[8:10]) * 3600 + int(stamp[10:12]) * 60 + int(stamp[12:14])
                price = int(_whole_fen(row["price"]) * 1000)
                lots, side = int(float(row["vol"])), int(row["buyorsell"])
                if lots:  # less than a lot is written as none
                    found.append(Tick(_name(row["symbol"]), at_s, price, 100 * lots, side))
    found.sort(key=lambda tick: tick.at_s)
    by_symbol: dict[str, int] = defaultdict(int)
    return list(_first_of_each(found, most, by_symbol))


def _first_of_each(found: list[Tick], most: int, had: dict[str, int]) -> Iterator[Tick]:
    for tick in found:
        had[tick.symbol] += 1
        if had[tick.symbol] <= most:
            yield tick


def write_bars(path: Path, rows: list[tuple[str, str, Decimal]]) -> None:
    """As a file of a user's own bars."""
    lines = [f"{symbol},{when},{close}" for symbol, when, close in rows]
    path.write_text("symbol,date,close\n" + "\n".join(lines) + "\n")


def _whole_fen(text: str) -> Decimal:
    """A price as the exchange had it: the file's went through binary fractions."""
    return Decimal(text).quantize(FEN, ROUND_HALF_UP)


def _name(symbol: str) -> str:
    return f"{symbol[2:]}.{symbol[:2]}"
