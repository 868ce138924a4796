"""What is on its way to one member: in order, delayed by the network, harmed by the faults."""

from __future__ import annotations

import heapq
from asyncio import StreamWriter
from random import Random

from yunquan_world.faults import Faults

_OVERTAKEN_MS = (40.0, 120.0)


class Outbox:
    """Frames with the time at which they leave. Times are seconds of the floor's clock."""

    def __init__(self, writer: StreamWriter, faults: Faults, draw: Random):
        self._writer = writer
        self._faults = faults
        self._draw = draw
        self._frames: list[tuple[float, int, bytes]] = []
        self._count = 0
        self._last_due_s = 0.0
        self._breaks = False

    def send(self, frame: bytes, now_s: float) -> None:
        """Send a frame after all that were sent before it."""
        self._last_due_s = max(self._last_due_s, now_s)
        self._push(self._last_due_s, frame)

    def send_report(self, frame: bytes, now_s: float) -> None:
        """Send a live report, unless a fault befalls it."""
        faults, draw = self._faults, self._draw
        if faults.disconnect and draw.random() < faults.disconnect:
            self._breaks = True
        if faults.drop and draw.random() < faults.drop:
            return
        least, most = faults.latency_ms
        due_s = max(self._last_due_s, now_s + draw.uniform(least, most) / 1000)
        if faults.reorder and draw.random() < faults.reorder:
            # Only this frame is late: the ones behind it don't wait, and so overtake it.
            self._push(due_s + draw.uniform(*_OVERTAKEN_MS) / 1000, frame)
            return
        self._last_due_s = due_s
        self._push(due_s, frame)
        if faults.repeat and draw.random() < faults.repeat:
            self._push(due_s, frame)

    def flush(self, now_s: float) -> bool:
        """Write what is due; returns False if the session breaks now and loses the rest."""
        due = []
        while self._frames and self._frames[0][0] <= now_s:
            due.append(heapq.heappop(self._frames)[2])
        if due and not self._writer.is_closing():
            self._writer.write(b"".join(due))
        return not self._breaks

    def flush_all(self) -> None:
        """Write everything, due or not."""
        self.flush(float("inf"))

    def _push(self, due_s: float, frame: bytes) -> None:
        self._count += 1
        heapq.heappush(self._frames, (due_s, self._count, frame))
