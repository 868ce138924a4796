"""What processes and tables say of themselves becomes figures."""

from __future__ import annotations

from collections import deque
from typing import Final

from yunquan.operations.types import Pulse, Stored
from yunquan.thresholds.types import Measured

P99: Final = 1
# Named when the part that would say so can't be asked.
OF_COUNTERS: Final = ("latency", "link", "stops", "books")
OF_READERS: Final = ("lag",)


def pulse_figures(pulse: Pulse) -> tuple[list[Measured], tuple[str, ...]]:
    """Figures of counters, feed and readers, and the names of what nobody could say."""
    silent = pulse.counters - len(pulse.health)
    found = [Measured("counter", "", float(silent))]
    for view in pulse.health:
        about = f"counter-{view.name}"
        if view.ack_ms:
            found.append(Measured("latency", about, view.ack_ms[P99], device=about))
        missing = float(not view.links)
        found.append(Measured("link", about, missing, device=about))
        found.append(Measured("stops", about, float(len(view.stops)), device=about))
        wrong = len(view.unbalanced) + len(view.negative)
        found.append(Measured("books", about, float(wrong), device=about))
    found.append(Measured("feed", "", float(pulse.feed_silent_ms or 0)))
    for stream, behind in (pulse.lags or {}).items():
        found.append(Measured("lag", stream, float(behind), device=stream))
    unknown = (OF_COUNTERS if silent else ()) + (OF_READERS if pulse.lags is None else ())
    return found, unknown


def stored_figures(stored: Stored) -> list[Measured]:
    """Figures of settlement."""
    found = [
        Measured("day_end", "", float(stored.failed_days)),
        Measured("doubts", "", float(stored.doubts)),
    ]
    found += [
        Measured("bank", bank, float(many), device=bank)
        for bank, many in stored.differences.items()
    ]
    return found


class TapeFacts:
    """Ticks lost lately, from a count that only grows while a process lives."""

    def __init__(self) -> None:
        self._lost = 0
        self._steps = deque[tuple[int, int]]()

    def figure(self, now_ms: int, lost: int, window_ms: int) -> Measured:
        """lost: ever, since the start."""
        if lost > self._lost:
            self._steps.append((now_ms, lost - self._lost))
        self._lost = lost
        while self._steps and self._steps[0][0] < now_ms - window_ms:
            self._steps.popleft()
        return Measured("tape", "", float(sum(many for _, many in self._steps)))
