"""What the web process counts, for Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
_BOUNDS = (*(str(bound) for bound in _SECONDS), "+Inf")
_KNOWN_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))


class Requests:
    """Requests by route, method and status, and how long each route takes.

    Counted in plain integers and shown when asked: Prometheus' own counters take a lock and several
    objects a request.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._times: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """One answered request; status 0 when the visitor left before an answer."""
        key = (route, method if method in _KNOWN_METHODS else "other", status)
        self._counts[key] = self._counts.get(key, 0) + 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = [0] * len(_BOUNDS)
        times[bisect_left(_SECONDS, seconds)] += 1
        self._sums[route] = self._sums.get(route, 0.0) + seconds

    def p99_ms(self) -> float | None:
        """The bound below which 99 of 100 answers lie since the start, streams left out; None
        before the first, the highest bound for anything slower.
        """
        columns = [times for route, times in self._times.items() if route != "/stream"]
        totals = [sum(column) for column in zip(*columns, strict=True)]
        wanted, so_far = 0.99 * sum(totals), 0
        for bound, count in zip((*_SECONDS, _SECONDS[-1]), totals, strict=False):
            so_far += count
            if so_far >= wanted:
                return bound * 1000
        return None

    def collect(self) -> Iterable[Metric]:
        """Prometheus asks."""
        labels = ("route", "method", "status")
        requests = CounterMetricFamily("yunquan_http_requests", "Requests answered.", labels=labels)
        for (route, method, status), count in sorted(self._counts.items()):
            requests.add_metric((route, method, str(status)), count)
        seconds = HistogramMetricFamily(
            "yunquan_http_seconds", "Seconds to answer.", labels=("route",)
        )
        for route, times in sorted(self._times.items()):
            seconds.add_metric((route,), list(_cumulated(times)), self._sums[route])
        return (requests, seconds)


def _cumulated(times: list[int]) -> Iterator[tuple[str, float]]:
    total = 0
    for bound, count in zip(_BOUNDS, times, strict=True):
        total += count
        yield bound, float(total)


class Measures:
    """One registry a process. Labels are routes and codes, never what a visitor typed, so their
    number is bounded.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Requests()
        self.registry.register(self.requests)  # pyright: ignore[reportArgumentType]
        self.streams = self._gauge("yunquan_http_streams", "Open event streams.")
        of_counter = ("counter",)
        self._commands = self._gauge("yunquan_counter_commands", "Commands decided.", *of_counter)
        self._accounts = self._gauge("yunquan_counter_accounts", "Accounts held.", *of_counter)
        self._open = self._gauge("yunquan_counter_open_orders", "Orders open.", *of_counter)
        self._p99 = self._gauge(
            "yunquan_counter_batch_p99_ms", "Slowest percent of batches, ms.", *of_counter
        )
        self._refusals = self._gauge(
            "yunquan_counter_refusals", "Refusals since start.", "counter", "code"
        )
        self._faults = self._gauge(
            "yunquan_counter_invariant_faults",
            "Unbalanced or negative balances: must be 0.",
            *of_counter,
        )

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, registry=self.registry)

    def show_counter(self, health: Any) -> None:
        """Take over what a counter says of itself."""
        name = health.name
        self._commands.labels(name).set(health.processed)
        self._accounts.labels(name).set(health.accounts)
        self._open.labels(name).set(health.open_orders)
        self._p99.labels(name).set(health.batch_p99_ms)
        self._faults.labels(name).set(len(health.unbalanced) + len(health.negative))
        for code, count in health.refusals.items():
            self._refusals.labels(name, code).set(count)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)
