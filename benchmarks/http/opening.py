"""http.opening_p99_ms: how orders fare when the market opens and many log in at once.

Argon2 takes 25 ms of a core for each login: at 30 a second three quarters of one core. Limit: an
order waits for a hash under way on either core, and for the batch before it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from benchmarks import child
from benchmarks.http.brokerage import WORLD_ORDERS_PER_S, running
from benchmarks.rows import Row, middle, row

ORDERS_PER_S = 500
LOGINS_PER_S = 30


def measure(
    clients: int,
    sessions: int,
    seconds: float,
    orders_per_s: float,
    logins_per_s: float,
    rounds: int,
) -> list[dict[str, Any]]:
    """Rounds on one brokerage; a first one warms up and lets every session be seen."""
    found: list[dict[str, Any]] = []
    with running() as brokerage:
        file = brokerage.settings.data / "people.json"
        child.run(
            "benchmarks.http.brokerage:seed",
            environment=brokerage.environment,
            clients=clients,
            sessions=sessions,
            file=str(file),
        )
        limits = brokerage.prices(msgspec.json.decode(file.read_bytes())[0]["tokens"][0])
        for turn in range(rounds + 1):
            found.append(
                child.run(
                    "benchmarks.http.load:opening",
                    port=brokerage.port,
                    file=str(file),
                    limits=limits,
                    run=f"o{turn}",
                    seconds=seconds,
                    orders_per_s=orders_per_s,
                    logins_per_s=logins_per_s,
                )
            )
    return found[1:]


def bench(*, quick: bool) -> list[Row]:
    """One row."""
    clients, sessions, seconds, orders_per_s, logins_per_s, rounds = (
        (5, 10, 0.5, 50, 4, 1) if quick else (1000, 5000, 20.0, ORDERS_PER_S, LOGINS_PER_S, 3)
    )
    found = measure(clients, sessions, seconds, orders_per_s, logins_per_s, rounds)
    for one in found:
        for kind in ("orders", "logins"):
            assert set(one[kind]["statuses"]) == {"201"}, (kind, one[kind])
    each = ", ".join(f"{one['orders']['p99_ms']:.0f}" for one in found)
    placed, logged_in = found[-1]["orders"], found[-1]["logins"]
    return [
        row(
            "http.opening_p99_ms",
            middle([one["orders"]["p99_ms"] for one in found]),
            "ms",
            size=(
                f"{sessions:,} sessions, {orders_per_s} orders/s and {logins_per_s} logins/s for"
                f" {seconds:g} s, world at {WORLD_ORDERS_PER_S} orders/s"
            ),
            limit="< 100",
            note=(
                "open loop, waits counted from when an order was due; p99 of the rounds"
                f" {each}; last round:"
                f" {placed['rate']:.0f} orders/s, p50 {placed['p50_ms']:.0f}, worst"
                f" {placed['worst_ms']:.0f} ms; {logged_in['rate']:.0f} logins/s, p50"
                f" {logged_in['p50_ms']:.0f}, p99 {logged_in['p99_ms']:.0f} ms"
            ),
        )
    ]
