"""risk.exposure: every client's securities revalued at new prices, shocked, and measured.

Limit: a holding is one multiplication, one rounding and one addition, three passes over 8 bytes a
number: half a million holdings at a few nanoseconds each are some milliseconds, and a shock is the
same again. VaR multiplies each holding with 250 days: 125 million multiplications and additions,
0.1 s where memory keeps up. Promised: a revaluation and all shocks in well under a second for
100,000 clients. Peer: the same values by Polars, from the same columns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from benchmarks.rows import Row, middle, row, spread
from yunquan.exposure.rules.book import assembled, revalue
from yunquan.exposure.rules.history import client_risks
from yunquan.exposure.rules.picture import exposure_of
from yunquan.exposure.rules.scenarios import scenarios_on
from yunquan.exposure.types import Book, Universe

SYMBOLS, DAYS, MOST = 5_000, 250, 9
TODAY = "2026-11-26"


def universe(chance: Any) -> Universe:
    """A market as large as the real one."""
    return Universe(
        tuple(f"{number:06d}.{'SH' if number % 2 else 'SZ'}" for number in range(SYMBOLS)),
        ("SH", "SZ") * (SYMBOLS // 2),
        ("main", "chinext", "star", "fund") * (SYMBOLS // 4),
        ("stock",) * SYMBOLS,
        chance.integers(0, 30, SYMBOLS),
        tuple((str(number), str(number), str(number)) for number in range(30)),
        np.full(SYMBOLS, 10_000, np.int64),
        np.full(SYMBOLS, 1_000, np.int64),
        chance.integers(10**5, 10**7, SYMBOLS),
        chance.integers(10**8, 10**10, SYMBOLS),
        chance.uniform(0.3, 1.8, SYMBOLS),
        chance.standard_t(3, (DAYS, SYMBOLS)) * 0.01,
        np.zeros(SYMBOLS, np.int64),
        tuple(str(day) for day in range(DAYS)),
    )


def book(chance: Any, clients: int) -> Book:
    """One to nine holdings each, five in the middle."""
    sizes = chance.integers(1, MOST + 1, clients)
    many = int(sizes.sum())
    names = tuple(f"6{number:09d}" for number in range(clients))
    qty = chance.integers(1, 500, many) * 100
    return assembled(names, sizes, chance.integers(0, SYMBOLS, many), qty)


def bench(*, quick: bool) -> list[Row]:
    """Two sizes."""
    found = list[Row]()
    for clients in (1_000, 10_000) if quick else (10_000, 100_000):
        found += _of(clients)
    return found


def _of(clients: int) -> list[Row]:
    chance = np.random.default_rng(7)
    known, held = universe(chance), book(chance, clients)
    prices = chance.integers(1_000, 100_000, SYMBOLS)
    now = revalue(held, prices)
    values, peer = _timed(lambda: revalue(held, prices)), _timed(_polars(held, prices))
    shocks = scenarios_on(TODAY)
    whole = _timed(
        lambda: exposure_of(
            known, held, prices, shocks, whose="", at_ms=0, day=TODAY, cash_fen=0, now=now
        )
    )
    risks = _timed(lambda: client_risks(known, held, now.holding, 9_900), 3)
    size = f"{clients:,} clients, {len(held.qty):,} holdings, {SYMBOLS:,} securities"
    stem = f"risk.exposure.{clients}"
    return [
        row(
            f"{stem}.revalue_ms",
            middle(values),
            "ms",
            size=size,
            limit="<= 100",
            peer="Polars, the values alone",
            peer_value=middle(peer),
            note=f"each holding, client, top and its share; {spread(values)}",
        ),
        row(
            f"{stem}.picture_ms",
            middle(whole),
            "ms",
            size=size,
            limit="<= 900",
            note=f"{len(shocks)} shocks revalued in full, VaR of all, parts, tops; {spread(whole)}",
        ),
        row(
            f"{stem}.client_var_ms",
            middle(risks),
            "ms",
            size=f"{size}, {DAYS} days",
            limit="<= 3,000",
            note=f"VaR of every client, once a minute; {spread(risks)}",
        ),
    ]


def _polars(held: Book, prices: Any) -> Callable[[], Any]:
    frame = pl.DataFrame({"owner": held.owner, "symbol": held.symbol, "qty": held.qty})
    told = pl.DataFrame({"symbol": np.arange(len(prices)), "price": prices})

    def values() -> Any:
        worth = (pl.col("qty") * pl.col("price") + 5) // 10
        joined = frame.lazy().join(told.lazy(), on="symbol", how="left")
        return (
            joined.with_columns(worth.alias("fen")).group_by("owner").agg(pl.sum("fen")).collect()
        )

    return values


def _timed(work: Callable[[], Any], times: int = 7) -> list[float]:
    """Milliseconds of each round."""
    work()
    found = list[float]()
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1_000)
    return found
