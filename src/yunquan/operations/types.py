"""Words of operations: what processes say of themselves, and gauges. Times ms UTC."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from yunquan.counter.types import HealthView


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is asked of the brokerage's parts once a second. counters: how many there should be;
    health: of those that answered. feed_silent_ms: how long the feed has been, None while it
    speaks. tape_lost: ticks ever lost since the start. lags: events readers are behind, by stream,
    None where nobody could say. phase: of the market, "" before it was heard.
    """

    at_ms: int
    counters: int
    health: tuple[HealthView, ...] = ()
    feed_silent_ms: int | None = None
    tape_lost: int = 0
    lags: dict[str, int] | None = None
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the rooms' tables say. failed_days: day ends that failed. differences: by bank. doubts:
    transfers whose outcome is not known.
    """

    failed_days: int = 0
    differences: dict[str, int] = field(default_factory=dict[str, int])
    doubts: int = 0


class Gauge(msgspec.Struct, frozen=True):
    """One figure as it is now. name: of its watch; about: what it is of, "" for the whole. value:
    in the kernel's units.
    """

    name: str
    about: str
    value: float


class OperationsPicture(msgspec.Struct, frozen=True):
    """Every gauge at a moment. unknown: names that could not be measured."""

    at_ms: int
    phase: str
    gauges: tuple[Gauge, ...]
    unknown: tuple[str, ...]


class GaugeLine(msgspec.Struct, frozen=True):
    """A gauge as people read it. lines: from which value on each grade holds, as text; grade: 0
    while it is well; since_ms: since when it is not. link: where it is mended.
    """

    name: str
    title: str
    about: str
    value: str
    lines: tuple[tuple[int, str], ...]
    grade: int
    since_ms: int
    link: str


class OperationsBoard(msgspec.Struct, frozen=True):
    """What is wrong now, most urgent first, what is well, and what nobody can say. at_ms: of the
    last measurement, 0 before the first.
    """

    at_ms: int
    phase: str
    wrong: tuple[GaugeLine, ...]
    well: tuple[GaugeLine, ...]
    unknown: tuple[str, ...]
