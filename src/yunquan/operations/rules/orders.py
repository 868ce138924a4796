"""Orders and cancels without an answer, and how many are refused or rejected."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from yunquan.counter import events as e
from yunquan.counter.rules.state import SENDING
from yunquan.thresholds.types import Measured

# Phases in which the exchange answers an order at once.
ANSWERS: Final = frozenset({"opening_call", "continuous", "closing_call"})
PLACED, REFUSED, REJECTED = 0, 1, 2
MOST_REMEMBERED: Final = 200_000


class OrderFacts:
    """What the counters' streams say of orders under way."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, int]] = {}
        self._cancelling: dict[str, tuple[str, int]] = {}
        self._accounts: dict[str, str] = {}
        self._recent = deque[tuple[int, int]]()
        self._unmatched = 0
        self._by_kind: dict[type, Callable[[Any, int], None]] = {
            e.OrderPlaced: self._placed,
            e.OrdersRouted: self._routed,
            e.OrderRefused: lambda _event, at_ms: self._recent.append((at_ms, REFUSED)),
            e.OrderAccepted: self._accepted,
            e.OrderRejected: self._rejected,
            e.OrderFilled: self._filled,
            e.OrderCancelled: self._cancelled,
            e.CancelRequested: self._cancel_requested,
            e.CancelRejected: self._cancel_rejected,
            e.ReportUnmatched: self._report_unmatched,
            e.DayRolled: self._begin_day,
        }

    def apply(self, event: Any, at_ms: int) -> None:
        """One event of a counter. at_ms: when it was committed."""
        kind: type[Any] = event.__class__
        if act := self._by_kind.get(kind):
            act(event, at_ms)

    def _placed(self, event: e.OrderPlaced, at_ms: int) -> None:
        self._recent.append((at_ms, PLACED))
        if event.state == SENDING:
            self._waiting[event.order] = (event.account, at_ms)
            return
        if len(self._accounts) >= MOST_REMEMBERED:
            del self._accounts[next(iter(self._accounts))]
        self._accounts[event.order] = event.account

    def _routed(self, event: e.OrdersRouted, at_ms: int) -> None:
        for order in event.orders:
            self._waiting[order] = (self._accounts.pop(order, ""), at_ms)

    def _accepted(self, event: e.OrderAccepted, at_ms: int) -> None:
        del at_ms
        self._waiting.pop(event.order, None)

    def _rejected(self, event: e.OrderRejected, at_ms: int) -> None:
        self._recent.append((at_ms, REJECTED))
        self._forget(event.order)

    def _filled(self, event: e.OrderFilled, at_ms: int) -> None:
        del at_ms
        self._waiting.pop(event.order, None)
        if event.closes:
            self._forget(event.order)

    def _cancelled(self, event: e.OrderCancelled, at_ms: int) -> None:
        del at_ms
        self._cancelling.pop(event.order, None)
        if event.closes:
            self._forget(event.order)

    def _cancel_requested(self, event: e.CancelRequested, at_ms: int) -> None:
        self._cancelling[event.order] = (event.account, at_ms)

    def _cancel_rejected(self, event: e.CancelRejected, at_ms: int) -> None:
        del at_ms
        # The wish that overtook its order stands, and is still answered.
        if not event.stands:
            self._cancelling.pop(event.order, None)

    def _report_unmatched(self, event: e.ReportUnmatched, at_ms: int) -> None:
        del event, at_ms
        self._unmatched += 1

    def _forget(self, order: str) -> None:
        self._waiting.pop(order, None)
        self._cancelling.pop(order, None)
        self._accounts.pop(order, None)

    def _begin_day(self, event: e.DayRolled, at_ms: int) -> None:
        del event, at_ms
        self._waiting.clear()
        self._cancelling.clear()
        self._accounts.clear()
        self._unmatched = 0

    def figures(self, now_ms: int, phase: str, window_ms: int, least_orders: int) -> list[Measured]:
        """phase: only while the exchange answers is a missing answer wrong."""
        found = self._shares(now_ms, window_ms, least_orders)
        found.append(Measured("unmatched", "", float(self._unmatched)))
        for name, waiting in (("stuck", self._waiting), ("stuck_cancel", self._cancelling)):
            asked = waiting if phase in ANSWERS else {}
            oldest = min((since for _, since in asked.values()), default=now_ms)
            beside = {"operations_count": float(len(asked))}
            value = float(max(now_ms - oldest, 0)) if asked else 0.0
            found.append(Measured(name, "", value, beside=beside))
        return found

    def _shares(self, now_ms: int, window_ms: int, least_orders: int) -> list[Measured]:
        while self._recent and self._recent[0][0] < now_ms - window_ms:
            self._recent.popleft()
        counts = [0, 0, 0]
        for _, what in self._recent:
            counts[what] += 1
        asked = counts[PLACED] + counts[REFUSED]
        beside = {"operations_orders": float(asked)}
        enough = asked >= least_orders
        refused = counts[REFUSED] / asked if enough else 0.0
        rejected = counts[REJECTED] / max(counts[PLACED], 1) if enough else 0.0
        return [
            Measured("refusals", "", refused, beside=beside),
            Measured("rejects", "", rejected, beside=beside),
        ]
