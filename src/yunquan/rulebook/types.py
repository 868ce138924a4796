"""Words of the rule book: rules as data, their versions, and what a compiler makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from yunquan.indicators.types import Family, Kind


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
