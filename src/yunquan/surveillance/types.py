"""Words of surveillance: rules as data, and what they find."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from yunquan.indicators.types import Family, Kind
from yunquan.kernel.ids import Id


class AlertId(Id, prefix="alt"):
    """An alert."""


class RuleState(StrEnum):
    """Of a version of a rule. A draft is nobody's business but its author's; shadow runs beside
    the live ones and tells nobody; retired is over.
    """

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


class Condition(msgspec.Struct, frozen=True):
    """on: kinds of events that are looked at. when: an expression that is true or not."""

    on: tuple[str, ...]
    when: str


class RuleText(msgspec.Struct, frozen=True):
    """A rule as somebody wrote it.

    subject: the family whose key an alert is about. conditions: one of a plain rule, the steps in
    order of a sequence, which must all hold within_s seconds; without: what ends a sequence that
    has begun. quiet_s: silence about one key after an alert. most: alerts a minute before it counts
    as flooding. grade: 1 low to 4 at once. kind: what it looks for, a code with words in both
    languages. basis: source of the thresholds. certainty: as the rule book marks it.
    """

    code: str
    kind: str
    subject: str
    conditions: tuple[Condition, ...]
    grade: int
    title_zh: str
    title_en: str
    basis: str
    certainty: str
    within_s: int = 0
    without: tuple[Condition, ...] = ()
    quiet_s: int = 300
    most: int = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One condition as numbers: the guard, and a program for the stack machine."""

    kinds: tuple[Kind, ...]
    families: frozenset[Family]
    guard: int
    guard_place: int
    guard_value: float
    code: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready for the kernel: steps in order, and what ends it."""

    text: RuleText
    subject: Family
    steps: tuple[Line, ...]
    without: tuple[Line, ...]
    # The values it looks at, by place in the catalogue: an alert tells them.
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A version of a rule. number: its place in the kernel's memory. by: who put it in this state,
    at_ms: when, basis: on what ground.
    """

    text: RuleText
    version: int
    state: RuleState
    number: int
    by: str
    at_ms: int
    basis: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A line of a rule's history: by whom, when and on what ground a version came into a state.
    effect_ms, batch: when and with which step of the stream the monitor began to act on it, 0
    before that.
    """

    code: str
    step: int
    version: int
    state: str
    by: str
    at_ms: int
    basis: str
    effect_ms: int
    batch: int


class AlertView(msgspec.Struct, frozen=True):
    """An alert as it is kept. values: code and number of what its rule looks at; a number that was
    undefined is left out. shadow: of a rule that only runs along.
    """

    id: str
    at_ms: int
    rule: str
    version: int
    kind: str
    grade: int
    shadow: bool
    subject: str
    account: str
    symbol: str
    other: str
    device: str
    began_ms: int
    flood: bool
    values: dict[str, float]


class AlertReason(msgspec.Struct, frozen=True):
    """One number an alert rests on, in words."""

    name: str
    value: str


class AlertLine(msgspec.Struct, frozen=True):
    """An alert as people read it."""

    alert: AlertView
    title: str
    reasons: tuple[AlertReason, ...]


class ToldAlert(msgspec.Struct, frozen=True):
    """An alert as it is pushed to whoever shows it. raised_at_ms: when it was written."""

    alert: AlertView
    raised_at_ms: int
    title_zh: str
    title_en: str


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """What stands in the log and can't be read: its name, "" when not even that can be, why, and
    how many events it is.
    """

    what: str
    why: str
    count: int


class Skipped(msgspec.Struct, frozen=True):
    """A piece of the stream that surveillance left out. count: events; why: as the reader said."""

    source: str
    seq: int
    at_ms: int
    count: int
    what: str
    why: str


class Limit(msgspec.Struct, frozen=True):
    """A dated number that rules name. unit: as the language has it. certainty: as the rule book
    marks it.
    """

    code: str
    value: float
    unit: str
    effective_from: str
    source: str
    certainty: str
    zh: str
    en: str


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
