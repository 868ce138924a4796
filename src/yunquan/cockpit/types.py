"""Tiles of the cockpit, and the thresholds they are held against."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Light(StrEnum):
    """How a tile stands: good, to be watched, to be acted on, or not known now."""

    GOOD = "good"
    WATCH = "watch"
    ACT = "act"
    UNKNOWN = "unknown"


class Threshold(msgspec.Struct, frozen=True):
    """From which figure on a tile turns yellow and red. unit: of both; source: who set it."""

    tile: str
    watch_from: float
    act_from: float
    unit: str
    effective_from: str
    source: str


class Fact(msgspec.Struct, frozen=True):
    """A line below a tile's figure, as text."""

    name: str
    value: str


class Tile(msgspec.Struct, frozen=True):
    """One tile as people read it. threshold: as text, "" for none; trend: points of a line in a
    box of 100 by 24, "" while there are too few; since_ms: since when the figure is old, None while
    it is fresh.
    """

    id: str
    name: str
    value: str
    light: Light
    light_text: str
    threshold: str
    trend: str
    link: str
    facts: tuple[Fact, ...]
    since_ms: int | None = None


class Board(msgspec.Struct, frozen=True):
    """Every tile at a moment."""

    at_ms: int
    tiles: tuple[Tile, ...]


class DayEndState(msgspec.Struct, frozen=True):
    """Where the last day end stands. day: "" before the first; state: never, waiting, running,
    done or failed; step: the one it is at, "" when all are done.
    """

    day: str = ""
    state: str = "never"
    step: str = ""
