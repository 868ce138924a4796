"""What the web process counts, for Prometheus."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
_KNOWN_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))


class Measures:
    """One registry a process. Labels are routes and codes, never what a visitor typed, so their
    number is bounded.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "yunquan_http_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "yunquan_http_seconds",
            "Seconds to answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.streams = Gauge("yunquan_http_streams", "Open event streams.", registry=self.registry)
        self._commands = Gauge(
            "yunquan_counter_commands",
            "Commands decided since start.",
            ("counter",),
            registry=self.registry,
        )
        self._accounts = Gauge(
            "yunquan_counter_accounts", "Accounts held.", ("counter",), registry=self.registry
        )
        self._open = Gauge(
            "yunquan_counter_open_orders", "Orders open.", ("counter",), registry=self.registry
        )
        self._p99 = Gauge(
            "yunquan_counter_batch_p99_ms",
            "Slowest percent of batches, ms.",
            ("counter",),
            registry=self.registry,
        )
        self._refusals = Gauge(
            "yunquan_counter_refusals",
            "Refusals since start.",
            ("counter", "code"),
            registry=self.registry,
        )
        self._faults = Gauge(
            "yunquan_counter_invariant_faults",
            "Unbalanced or negative balances: must be 0.",
            ("counter",),
            registry=self.registry,
        )
        # Looking a labelled child up costs more than counting; there are few, so they are kept.
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """One answered request; status 0 when the visitor left before an answer."""
        key = (route, method, status)
        found = self._children.get(key)
        if found is None:
            known = method if method in _KNOWN_METHODS else "other"
            found = (self._requests.labels(route, known, str(status)), self._seconds.labels(route))
            if known == method:
                self._children[key] = found
        found[0].inc()
        found[1].observe(seconds)

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
