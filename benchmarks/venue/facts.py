"""The stylised facts of the simulated market beside those of real minutes.

`python -m benchmarks.venue.facts` writes the table of facts.md. The real minutes lie outside the
project: in the folder YUNQUAN_SHARED_DATA, or in shared/data beside the repository.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from statistics import fmean

from benchmarks.venue.market import Minute, impact, play, prices_of
from benchmarks.venue.statistics import (
    autocorrelation,
    by_time,
    clustering,
    excess_kurtosis,
    exponent,
    log_returns,
    volume_with_size,
)

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# Of each board one or two, liquid and less so, and two that follow real closes.
SYMBOLS = (
    "607008.SH 607015.SH 607029.SH 003505.SZ 689228.SH 302519.SZ 600519.SH 000001.SZ".split()  # noqa: SIM905
)
ORDERS_PER_MINUTE = 60.0
PARENTS = (36.0, 144.0, 576.0)
_REAL = Path("ashare_minute_tick_corpaction") / "time_2018_2019.csv.gz"

Facts = dict[str, float]


def shared_data() -> Path | None:
    """The folder of the real minutes; None where it is absent."""
    named = os.environ.get("YUNQUAN_SHARED_DATA")
    places = [Path(named)] if named else [parent / "shared" / "data" for parent in ROOT.parents[:3]]
    return next((place for place in places if (place / _REAL).is_file()), None)


def facts_of(days: Sequence[Sequence[tuple[float, float]]]) -> Facts:
    """days: the (price, volume) of each minute of each day of one security."""
    returns: list[float] = []
    volumes: list[float] = []
    busy: list[tuple[int, float]] = []
    for day in days:
        returns += log_returns([price for price, _ in day])
        volumes += [volume for _, volume in day[1:]]
        busy += [(minute, volume) for minute, (_, volume) in enumerate(day)]
    shape = by_time(busy)
    return {
        "excess kurtosis": excess_kurtosis(returns),
        "autocorrelation, 1 minute": autocorrelation(returns, 1),
        "autocorrelation, 2 minutes": autocorrelation(returns, 2),
        "of sizes, mean of lags 1, 2, 5, 10": clustering(returns),
        "volume with size": volume_with_size(returns, volumes),
        "volume, first half hour": shape[0],
        "volume, noon": min(shape[2:6]),
        "volume, last half hour": shape[-1],
    }


def simulated(minutes: dict[str, list[Minute]]) -> list[Facts]:
    found = []
    for rows in minutes.values():
        days = [list(day) for _, day in groupby(rows, key=lambda row: row.day)]
        found.append(
            facts_of([[(row.last_milli, float(row.volume)) for row in day] for day in days])
        )
    return found


def book_by_time(minutes: dict[str, list[Minute]]) -> tuple[list[float], list[float]]:
    """The spread as a part of the price, and the depth, by half hours, over their means."""
    spreads = []
    depths = []
    for rows in minutes.values():
        usual = fmean(row.spread_milli for row in rows)
        deep = fmean(row.depth for row in rows)
        spreads += [(row.minute, row.spread_milli / usual) for row in rows]
        depths += [(row.minute, row.depth / deep) for row in rows]
    return by_time(spreads), by_time(depths)


def real(folder: Path) -> list[Facts]:
    """Of the six real shares; a row of the index is left out, it is no security."""
    found = []
    for symbol, days in _real_days(folder):
        if symbol != "SH000001":
            found.append(facts_of(days))
    return found


def _real_days(folder: Path) -> Iterator[tuple[str, list[list[tuple[float, float]]]]]:
    with gzip.open(folder / _REAL, "rt", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        for symbol, of_symbol in groupby(rows, key=lambda row: row["symbol"]):
            yield (
                symbol,
                [
                    [(float(row["price"]), float(row["vol"])) for row in day]
                    for _, day in groupby(of_symbol, key=lambda row: row["datetime"][:8])
                ],
            )


def table(ours: list[Facts], theirs: list[Facts]) -> str:
    """Means, and lowest to highest over the securities."""
    lines = ["| fact | simulated | real |", "| --- | --- | --- |"]
    for name in ours[0]:
        cells = [_cell([facts[name] for facts in side]) if side else "" for side in (ours, theirs)]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    return f"{fmean(values):.2f} ({min(values):.2f} to {max(values):.2f})"


_TEXT = """# How the simulated market moves, beside a real one

Written by `python -m benchmarks.venue.facts`: one-minute returns of {shares} shares over 5 days,
{orders:.0f} orders a minute each; real: six A-shares, 43 days from 2018-12-03 to 2019-02-01. Means
over the shares, lowest to highest in brackets; volumes over the day's mean.

{table}

- Spread by half hours, over its mean: {spread}.
- Depth of five prices on each side: {depth}.
- A buyer of {parents} usual orders in half an hour moves the price by {moved} usual minutes' moves:
  size to the power {power:.2f}.
"""


def main() -> None:
    prices = prices_of("small")
    played = play(prices, SYMBOLS, 5, ORDERS_PER_MINUTE)
    folder = shared_data()
    spread, depth = book_by_time(played.minutes)
    moved = [impact(prices, SYMBOLS[:4], size, 16) for size in PARENTS]
    text = _TEXT.format(
        shares=len(SYMBOLS),
        orders=ORDERS_PER_MINUTE,
        table=table(simulated(played.minutes), real(folder) if folder else []),
        spread=_listed(spread),
        depth=_listed(depth),
        parents=", ".join(f"{size:.0f}" for size in PARENTS),
        moved=_listed(moved),
        power=exponent(PARENTS, moved),
    )
    (HERE / "facts.md").write_text(text, "utf-8")
    print(text)


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


if __name__ == "__main__":
    main()
