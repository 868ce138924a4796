"""The exchange's time: the phases of a trading day, and where a moment of real time falls in it.

Market time runs `speed` times as fast as real time in the continuous sessions. The phases around
them last a few real seconds when time is quickened, and as long as in the market when it is not.
With hours "always" they take no time at all: auctions are held, but nobody waits for them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

PRE_OPEN, CONTINUOUS, LUNCH, CLOSED = "pre_open", "continuous", "lunch", "closed"
OPENING_CALL, OPENING_CALL_LOCKED = "opening_call", "opening_call_locked"
OPENING_GAP, CLOSING_CALL = "opening_gap", "closing_call"
AFTER_HOURS_ENTRY, AFTER_HOURS = "after_hours_entry", "after_hours"

OPEN_S = 9 * 3600 + 30 * 60
NOON_S = 11 * 3600 + 30 * 60
AFTER_LUNCH_S = 13 * 3600
CALL_S = 14 * 3600 + 57 * 60
CLOSE_S = 15 * 3600
SESSION_MINUTES = 240

# When each phase begins, and the end of the day. The night before the opening call and the time
# after the last trade are longer than this; nothing happens in them.
_PHASES = (
    (PRE_OPEN, 9 * 3600 + 5 * 60),
    (OPENING_CALL, 9 * 3600 + 15 * 60),
    (OPENING_CALL_LOCKED, 9 * 3600 + 20 * 60),
    (OPENING_GAP, 9 * 3600 + 25 * 60),
    (CONTINUOUS, OPEN_S),
    (LUNCH, NOON_S),
    (CONTINUOUS, AFTER_LUNCH_S),
    (CLOSING_CALL, CALL_S),
    (AFTER_HOURS_ENTRY, CLOSE_S),
    (AFTER_HOURS, CLOSE_S + 5 * 60),
    (CLOSED, CLOSE_S + 30 * 60),
)
_DAY_END_S = 16 * 3600
_LONGEST_PAUSE_S = 86_400.0

# Real seconds of the phases between the sessions when time is quickened.
PAUSES_S: Mapping[str, float] = {
    PRE_OPEN: 8.0,
    OPENING_CALL: 5.0,
    OPENING_CALL_LOCKED: 3.0,
    OPENING_GAP: 2.0,
    LUNCH: 4.0,
    CLOSING_CALL: 6.0,
    AFTER_HOURS_ENTRY: 2.0,
    AFTER_HOURS: 6.0,
    CLOSED: 10.0,
}


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
        return clock_text(self.market_s)

    def stamp(self, trading_day: str) -> str:
        """Like "2026-07-13T10:42:18.123+08:00"."""
        milli = int((self.market_s - int(self.market_s)) * 1000)
        return f"{trading_day}T{self.text}.{milli:03d}+08:00"

    @property
    def minute(self) -> int:
        """Whole minutes of the day's sessions that are over, 0 to 240."""
        morning = min(max(self.market_s, OPEN_S), NOON_S) - OPEN_S
        afternoon = min(max(self.market_s, AFTER_LUNCH_S), CLOSE_S) - AFTER_LUNCH_S
        return int((morning + afternoon) // 60)

    @property
    def share_of_day(self) -> float:
        """The part of the day's sessions that is over, 0 to 1."""
        morning = min(max(self.market_s, OPEN_S), NOON_S) - OPEN_S
        afternoon = min(max(self.market_s, AFTER_LUNCH_S), CLOSE_S) - AFTER_LUNCH_S
        return (morning + afternoon) / (SESSION_MINUTES * 60)


def clock_text(market_s: float) -> str:
    """Seconds since midnight like "10:42:18"."""
    whole = int(market_s)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def minute_label(minute: int) -> str:
    """The label of the n-th minute bar (0 to 239): the time at which it ends."""
    ends_s = OPEN_S + (minute + 1) * 60
    if ends_s > NOON_S:
        ends_s += AFTER_LUNCH_S - NOON_S
    return f"{ends_s // 3600:02d}:{ends_s // 60 % 60:02d}"


def real_seconds(
    phase: str, length_s: float, speed: float, hours: str, pauses_s: Mapping[str, float]
) -> float:
    """How long a phase of `length_s` market seconds takes in real time."""
    if phase == CONTINUOUS:
        return length_s / speed
    if hours == "always":
        return 0.0
    if speed <= 1:
        return length_s / speed
    return pauses_s[phase]


def parse_pauses(text: str) -> dict[str, float]:
    """Read "opening_call=20,lunch=1": real seconds by phase."""
    found: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        phase, _, seconds = part.partition("=")
        if phase not in PAUSES_S:
            raise ValueError(f"unknown phase {phase!r}; known: {', '.join(PAUSES_S)}")
        found[phase] = float(seconds)
        if not 0 <= found[phase] <= _LONGEST_PAUSE_S:
            raise ValueError(f"{phase} must last 0 to {_LONGEST_PAUSE_S:g} s, found {seconds}")
    return found


class Timetable:
    """The segments of a day at a given speed. pauses_s: real seconds by phase, PAUSES_S unless
    said otherwise."""

    def __init__(self, speed: float, hours: str, pauses_s: Mapping[str, float] | None = None):
        assert speed > 0
        assert hours in ("day", "always")
        ends = [from_s for _, from_s in _PHASES[1:]] + [_DAY_END_S]
        chosen = {**PAUSES_S, **(pauses_s or {})}
        self.segments = tuple(
            Segment(phase, from_s, to_s, real_seconds(phase, to_s - from_s, speed, hours, chosen))
            for (phase, from_s), to_s in zip(_PHASES, ends, strict=True)
        )
        # Sums made once: a moment on a boundary is the same moment from both sides.
        self._ends_s = tuple(accumulate(segment.real_s for segment in self.segments))
        self.day_s = self._ends_s[-1]

    def place(self, elapsed_s: float) -> int:
        """The number of the segment that runs `elapsed_s` real seconds after the day's start."""
        return min(bisect_right(self._ends_s, elapsed_s), len(self.segments) - 1)

    def place_at(self, market_s: float) -> int:
        """The number of the segment that runs at a time of the day, however long it lasts."""
        for number, segment in enumerate(self.segments):
            if market_s < segment.to_s:
                return number
        return len(self.segments) - 1

    def moment(self, elapsed_s: float) -> Moment:
        """Where `elapsed_s` real seconds after the start of the day fall."""
        if elapsed_s >= self.day_s:
            return Moment(CLOSED, float(self.segments[-1].to_s))
        number = self.place(elapsed_s)
        segment = self.segments[number]
        part = (elapsed_s - self._begins_s(number)) / segment.real_s
        return Moment(segment.phase, segment.from_s + part * (segment.to_s - segment.from_s))

    def to_next_boundary(self, elapsed_s: float) -> float:
        """Real seconds until the next segment, or the next day, begins; 0 only at the day's end."""
        if elapsed_s >= self.day_s:
            return 0.0
        return self._ends_s[self.place(elapsed_s)] - elapsed_s

    def elapsed(self, market_s: float) -> float:
        """Real seconds after the start of the day at which the market time is `market_s`."""
        for number, segment in enumerate(self.segments):
            if market_s < segment.to_s:
                part = max(market_s - segment.from_s, 0.0) / (segment.to_s - segment.from_s)
                return self._begins_s(number) + part * segment.real_s
        return self.day_s

    def _begins_s(self, number: int) -> float:
        return self._ends_s[number - 1] if number else 0.0
