"""What is known of an applicant, of lists and of marks, and what it comes to. Times in milliseconds
since 1970 UTC, days ISO. Scores are whole points, distances of faces 1/10,000.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from yunquan.kernel.ids import Id


class HitId(Id, prefix="hit"):
    """Somebody who may be somebody on a list."""


class ListKind(StrEnum):
    """What a list is of. PEP: politically exposed persons."""

    SANCTIONS = "sanctions"
    PEP = "pep"
    ADVERSE = "adverse"


class Verdict(StrEnum):
    """What screening comes to: go on, a person decides, or not at all."""

    PASS = "pass"  # noqa: S105 - no password, the word of the outcome
    HUMAN = "human"
    REFUSE = "refuse"


class Grade(StrEnum):
    """The first grade of money laundering risk 洗钱风险等级."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    PROHIBITED = "prohibited"


class Strength(StrEnum):
    """How much a mark says: WEAK alone is no reason for anything."""

    WEAK = "weak"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is screened. birth: ISO day."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    birth: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody says of themselves, as far as it bears on the risk. Words as the tables of
    weights name them: occupation "public_official", source "salary", tax "cn", channel "online".
    """

    age: int
    occupation: str = ""
    source_of_funds: str = ""
    tax_residency: tuple[str, ...] = ("cn",)
    region: str = ""
    channel: str = "online"


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of the device and the session. Empty where it isn't known.

    network: the address it came from; touch_points: as the browser says, -1 unknown. screen_shared,
    automated (WebDriver), sensors: what the client side says, None unknown.
    """

    device: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    bank_card: str = field(default="", repr=False)
    network: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)
    touch_points: int = -1
    automated: bool | None = None
    screen_shared: bool | None = None
    sensors: bool | None = None


@dataclass(frozen=True, slots=True)
class ListEntry:
    """Somebody on a list. birth: ISO day, a year, or "". number: of an ID document, or ""."""

    id: str
    kind: ListKind
    name: str
    aliases: tuple[str, ...]
    birth: str
    number: str
    nation: str


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list that is whole."""

    version: str
    entries: tuple[ListEntry, ...]


@dataclass(frozen=True, slots=True)
class ListVersion:
    """A version of the list, or one that could not be believed. code: why not, "" once taken."""

    version: str
    digest: str
    entries: int
    code: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a score is what it is. points: what it adds, negative what it takes."""

    code: str
    points: int
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that may be the subject. score: 0 to 100."""

    entry: ListEntry
    score: int
    reasons: tuple[Reason, ...]


class HitState(StrEnum):
    """CLEARED: a person says it is somebody else. CONFIRMED: a person says it is them."""

    OPEN = "open"
    CLEARED = "cleared"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Hit:
    """A match as it is kept. by, why: of whoever decided it, "" undecided."""

    id: HitId
    owner: str
    kind: ListKind
    entry: str
    entry_name: str
    version: str
    score: int
    reasons: tuple[Reason, ...]
    state: HitState
    by: str
    why: str
    found_at_ms: int
    decided_at_ms: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Something about a device, a session or how often something was seen."""

    code: str
    strength: Strength
    verdict: Verdict
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FaceTwin:
    """A face close to the applicant's. owner: whose; distance in 1/10,000."""

    owner: str
    distance: int


@dataclass(frozen=True, slots=True)
class CountRule:
    """How many may share something. what: device, mobile, address, id_number, bank_card, network.

    counts: "persons" or "applications" seen with it within window_s seconds, this one included.
    human_at, refuse_at: from how many on; 0 for never.
    """

    what: str
    counts: str
    window_s: int
    human_at: int
    refuse_at: int
    effective_from: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class MarkRule:
    """What a session's mark says. verdict: of this mark alone, "pass" for a weak one."""

    code: str
    strength: Strength
    verdict: Verdict
    effective_from: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class WeightRule:
    """Points of a factor of the risk: factor "occupation", value "public_official"; "" for any
    other value. least, most: of a number such as the age, both included.
    """

    factor: str
    value: str
    points: int
    effective_from: str
    source: str
    certainty: str
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class NumberRule:
    """A limit or a score by name."""

    rule: str
    value: int
    effective_from: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class RuleRows:
    """Every row that screening decides by; the newest in force counts."""

    counts: tuple[CountRule, ...]
    marks: tuple[MarkRule, ...]
    weights: tuple[WeightRule, ...]
    numbers: tuple[NumberRule, ...]


@dataclass(frozen=True, slots=True)
class Assessed:
    """A grade with its score and the reasons, heaviest first."""

    grade: Grade
    score: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ScreeningResult:
    """What screening somebody came to. For staff only, but for `told`.

    told: the code of the one sentence an applicant may see: the same whatever it was that lists or
    grades said 不得泄露. list_version: "" where there was no list yet.
    """

    owner: str
    verdict: Verdict
    told: str
    grade: Grade
    score: int
    reasons: tuple[Reason, ...]
    marks: tuple[Mark, ...]
    hits: tuple[Hit, ...]
    twins: tuple[FaceTwin, ...]
    list_version: str
    at_ms: int
