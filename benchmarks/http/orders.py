"""http.orders, http.orders_p99_ms: authenticated orders over HTTP, everything on one machine.

Everything runs on the same machine at once: web, counter, follower, readers, the simulated world
with other people's orders, and the load generator. Limit: web and counter share two cores with the
rest; a bare handler with its own process and socket does 2,900/s.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec

from benchmarks import child
from benchmarks.http.brokerage import WORLD_ORDERS_PER_S, running
from benchmarks.http.load import CONNECTIONS
from benchmarks.rows import Row, middle, row, spread


def measure(clients: int, seconds: float, rounds: int) -> dict[str, Any]:
    """Floods of one brokerage; a first one warms up."""
    found: list[dict[str, Any]] = []
    with running() as brokerage:
        file = str(brokerage.settings.data / "people.json")
        arguments: dict[str, Any] = {"port": brokerage.port, "file": file}
        child.run(
            "benchmarks.http.brokerage:seed",
            environment=brokerage.environment,
            clients=clients,
            sessions=clients,
            file=file,
        )
        people = msgspec.json.decode((brokerage.settings.data / "people.json").read_bytes())
        limits = brokerage.prices(people[0]["tokens"][0])
        for turn in range(rounds + 1):
            before = brokerage.cpu_s()
            one = child.run(
                "benchmarks.http.load:flood",
                **arguments,
                limits=limits,
                run=f"r{turn}",
                seconds=seconds,
            )
            after = brokerage.cpu_s()
            one["cpu"] = {
                role: (spent - before.get(role, 0.0)) / one["took_s"]
                for role, spent in after.items()
            }
            found.append(one)
    return {"rounds": found[1:]}


def bench(*, quick: bool) -> list[Row]:
    """Both rows, of the same floods."""
    clients, seconds, rounds = (5, 0.5, 1) if quick else (500, 10.0, 3)
    found = measure(clients, seconds, rounds)["rounds"]
    rates = [one["rate"] for one in found]
    statuses = {status for one in found for status in one["statuses"]}
    assert statuses == {"201"}, f"answers other than 201: {[one['statuses'] for one in found]}"
    last = found[-1]
    each = ", ".join(f"{one['p99_ms']:.0f}" for one in found)
    shares = ", ".join(
        f"{role} {share:.0%}" for role, share in sorted(last["cpu"].items()) if share >= 0.01
    )
    states = ", ".join(f"{state} {count}" for state, count in last["states"].items())
    size = (
        f"{CONNECTIONS} connections, {clients:,} clients, world at {WORLD_ORDERS_PER_S} orders/s,"
        f" {os.cpu_count()} cores for all of it"
    )
    note = (
        f"closed loop; {spread(rates)}; p50 {last['p50_ms']:.0f} ms; of a core: {shares}, load"
        f" generator {last['cpu_s'] / last['took_s']:.0%}; states in a sample of answers: {states}"
    )
    return [
        row("http.orders", middle(rates), "orders/s", size=size, limit=">= 1,500", note=note),
        row(
            "http.orders_p99_ms",
            middle([one["p99_ms"] for one in found]),
            "ms",
            size=size,
            limit="< 100",
            note=(
                "at full flood, so that most of a wait is queueing behind the other connections;"
                f" p99 of the rounds {each}"
            ),
        ),
    ]
