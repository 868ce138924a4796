"""Words of thresholds: dated lines, what was measured, and what is beyond its line."""

from __future__ import annotations

import msgspec


class Watch(msgspec.Struct, frozen=True):
    """A line that a measured figure may pass, as a dated row. name: of the figure, one in its
    room; several rows of one name are lines one beyond the other. way: "above" when too much is
    wrong, "below" when too little is. line: passed from here on; ends: over again from here back,
    so that a figure that trembles at its line is told once. unit: as the language has it.
    """

    room: str
    name: str
    kind: str
    way: str
    line: float
    ends: float
    unit: str
    grade: int
    effective_from: str
    source: str
    certainty: str
    zh: str
    en: str

    @property
    def code(self) -> str:
        """The rule its alerts name."""
        return f"{self.room}.{self.name}"


class FigureName(msgspec.Struct, frozen=True):
    """What a number beside a measured figure is called. unit: as the language has it."""

    code: str
    unit: str
    zh: str
    en: str


class Measured(msgspec.Struct, frozen=True):
    """A figure that somebody measured, in the kernel's units. about: what it is of, one standing
    alert each; device: the part of the machinery it is about, "" for none. beside: numbers that
    explain it, by their names.
    """

    name: str
    about: str
    value: float
    account: str = ""
    symbol: str = ""
    device: str = ""
    beside: dict[str, float] = {}


class Standing(msgspec.Struct, frozen=True):
    """A figure that is beyond its line now. since_ms: from when on; alert: the latest it raised, ""
    where there were too many at once.
    """

    room: str
    name: str
    about: str
    line: float
    grade: int
    value: float
    since_ms: int
    measured_at_ms: int
    account: str
    symbol: str
    device: str
    alert: str


class StandingLine(msgspec.Struct, frozen=True):
    """One as people read it."""

    standing: Standing
    title: str
    value: str
    line: str
