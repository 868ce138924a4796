"""The exchange's time: the phases of a trading day, and where a moment of real time falls in it.

Market time runs `speed` times as fast as real time in the continuous sessions. The pauses last a
few real seconds whatever the speed. With hours "always" the pauses are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

PRE_OPEN, CONTINUOUS, LUNCH, CLOSED = "pre_open", "continuous", "lunch", "closed"

OPEN_S = 9 * 3600 + 30 * 60
NOON_S = 11 * 3600 + 30 * 60
AFTER_LUNCH_S = 13 * 3600
CLOSE_S = 15 * 3600
SESSION_MINUTES = 240


@dataclass(frozen=True)
class Segment:
    """A stretch of the day: market seconds since midnight, and how long it takes in real time."""

    phase: str
    from_s: int
    to_s: int
    real_s: float


@dataclass(frozen=True)
class Moment:
    """A moment of the day. market_s: seconds since midnight, Beijing time."""

    phase: str
    market_s: float

    @property
    def text(self) -> str:
        """Like "10:42:18"."""
        whole = int(self.market_s)
        return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"

    def stamp(self, trading_day: str) -> str:
        """Like "2026-07-13T10:42:18.123+08:00"."""
        milli = int((self.market_s - int(self.market_s)) * 1000)
        return f"{trading_day}T{self.text}.{milli:03d}+08:00"

    @property
    def minute(self) -> int:
        """Whole minutes of continuous trading that are over, 0 to 240."""
        morning = min(max(self.market_s, OPEN_S), NOON_S) - OPEN_S
        afternoon = min(max(self.market_s, AFTER_LUNCH_S), CLOSE_S) - AFTER_LUNCH_S
        return int((morning + afternoon) // 60)

    @property
    def share_of_day(self) -> float:
        """The part of the day's continuous trading that is over, 0 to 1."""
        morning = min(max(self.market_s, OPEN_S), NOON_S) - OPEN_S
        afternoon = min(max(self.market_s, AFTER_LUNCH_S), CLOSE_S) - AFTER_LUNCH_S
        return (morning + afternoon) / (SESSION_MINUTES * 60)


def minute_label(minute: int) -> str:
    """The label of the n-th minute bar (0 to 239): the time at which it ends."""
    ends_s = OPEN_S + (minute + 1) * 60
    if ends_s > NOON_S:
        ends_s += AFTER_LUNCH_S - NOON_S
    return f"{ends_s // 3600:02d}:{ends_s // 60 % 60:02d}"


class Timetable:
    """The segments of a day at a given speed."""

    def __init__(self, speed: float, hours: str, pause_s: float = 4.0, closed_s: float = 15.0):
        assert speed > 0
        assert hours in ("day", "always")
        if hours == "always":
            pause_s = closed_s = 0.0
        session_s = (NOON_S - OPEN_S) / speed
        self.segments = (
            Segment(PRE_OPEN, OPEN_S - 300, OPEN_S, pause_s),
            Segment(CONTINUOUS, OPEN_S, NOON_S, session_s),
            Segment(LUNCH, NOON_S, AFTER_LUNCH_S, pause_s),
            Segment(CONTINUOUS, AFTER_LUNCH_S, CLOSE_S, session_s),
            Segment(CLOSED, CLOSE_S, CLOSE_S + 1800, closed_s),
        )
        self.day_s = sum(segment.real_s for segment in self.segments)

    def moment(self, elapsed_s: float) -> Moment:
        """Where `elapsed_s` real seconds after the start of the day fall."""
        for segment in self.segments:
            if elapsed_s < segment.real_s:
                part = elapsed_s / segment.real_s
                market_s = segment.from_s + part * (segment.to_s - segment.from_s)
                return Moment(segment.phase, market_s)
            elapsed_s -= segment.real_s
        return Moment(CLOSED, float(self.segments[-1].to_s))

    def to_next_boundary(self, elapsed_s: float) -> float:
        """Real seconds until the next segment, or the next day, begins; 0 only at the day's end."""
        end_s = 0.0
        for segment in self.segments:
            end_s += segment.real_s
            if elapsed_s < end_s:
                return end_s - elapsed_s
        return 0.0

    def elapsed(self, market_s: float) -> float:
        """Real seconds after the start of the day at which the market time is `market_s`."""
        elapsed_s = 0.0
        for segment in self.segments:
            if market_s < segment.to_s:
                part = max(market_s - segment.from_s, 0.0) / (segment.to_s - segment.from_s)
                return elapsed_s + part * segment.real_s
            elapsed_s += segment.real_s
        return elapsed_s
