"""venue.population: orders a second of the whole crowd against the matching book, on one core.

To reach: thousands of orders a second beside the rest of a market. Everything counts that a running
world does for them, but telling them to anybody.
"""

from __future__ import annotations

from benchmarks.rows import Row, middle, row, spread
from benchmarks.venue.market import MINUTES, play, prices_of


def bench(*, quick: bool) -> list[Row]:
    prices = prices_of("small" if quick else "full")
    orders_per_minute = 2.0 if quick else 6.0
    speeds: list[float] = []
    counted = securities = 0
    for _ in range(2 if quick else 3):
        played = play(prices, None, 1, orders_per_minute)
        speeds.append(played.orders / played.cpu_s)
        counted, securities = played.orders, len(played.minutes)
    return [
        row(
            "venue.population",
            middle(speeds),
            "orders/s",
            size=f"{securities} securities, a day of {MINUTES} minutes, {counted:,} orders",
            limit=">= 20,000",
            note=f"CPU time of one core, matching included; {spread(speeds)}",
        )
    ]
