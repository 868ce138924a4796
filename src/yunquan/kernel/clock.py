"""Time comes in as an argument. This is the only file that asks the machine for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where time comes from: the machine's clock, or a test's."""

    def now(self) -> datetime:
        """Aware UTC wall-clock time."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for durations only."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told. Start: aware UTC."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime(2026, 7, 13, 1, 30, tzinfo=UTC)
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        return self._elapsed_s

    def advance(self, seconds: float) -> None:
        """Move by `seconds`; negative sets the clock back, as a bad time server would."""
        self._elapsed_s += seconds


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return int(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """Aware UTC time of milliseconds since 1970-01-01."""
    return datetime.fromtimestamp(ms / 1000, UTC)
