"""Members' messages on their way to the host: the network's delay, and each gateway's quota."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from yunquan_world.messages import Cancel, NewOrder

_WINDOW_S = 1.0


@dataclass
class _Inbox:
    """A gateway's messages, each with the time at which it arrives, and when its last orders did.

    Times are real seconds of the floor.
    """

    waiting: deque[tuple[float, NewOrder | Cancel]] = field(default_factory=deque)
    last_due_s: float = 0.0
    arrived_s: deque[float] = field(default_factory=deque)


class Inboxes:
    """The inboxes of all gateways. quota: orders a gateway may send in any second, 0 for no limit;
    `quotas` has those of gateways that differ."""

    def __init__(self, latency_ms: tuple[float, float], draw: Random, quota: int):
        self._latency_ms = latency_ms
        self._draw = draw
        self._quota = quota
        self.quotas: dict[str, int] = {}
        self._inboxes: dict[str, _Inbox] = {}

    def submit(self, gateway: str, message: NewOrder | Cancel, now_s: float) -> None:
        """Send a message on its way; it arrives after those the gateway has sent before."""
        inbox = self._inbox(gateway)
        least, most = self._latency_ms
        inbox.last_due_s = max(inbox.last_due_s, now_s + self._draw.uniform(least, most) / 1000)
        inbox.waiting.append((inbox.last_due_s, message))

    def waiting(self, gateway: str) -> int:
        """Messages of a gateway that have not arrived yet."""
        return len(self._inbox(gateway).waiting)

    def gateways(self) -> list[str]:
        return list(self._inboxes)

    def arriving(self, gateway: str, until_s: float) -> Iterator[NewOrder | Cancel]:
        """Take out the messages of a gateway that are due by then, in order."""
        waiting = self._inbox(gateway).waiting
        while waiting and waiting[0][0] <= until_s:
            yield waiting.popleft()[1]

    def quota(self, gateway: str) -> int:
        """Orders a second that a gateway may send, 0 for no limit."""
        return self.quotas.get(gateway, self._quota)

    def is_over_quota(self, gateway: str, now_s: float) -> bool:
        """Count an order that arrives; True if the gateway has had its quota of this second."""
        quota = self.quota(gateway)
        if not quota:
            return False
        arrived_s = self._inbox(gateway).arrived_s
        while arrived_s and arrived_s[0] <= now_s - _WINDOW_S:
            arrived_s.popleft()
        if len(arrived_s) >= quota:
            return True
        arrived_s.append(now_s)
        return False

    def _inbox(self, gateway: str) -> _Inbox:
        return self._inboxes.setdefault(gateway, _Inbox())
