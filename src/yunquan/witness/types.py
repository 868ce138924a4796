"""Witness by video: ways, scripts, recordings, duty, queue, calls. Times in ms since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from yunquan.kernel.ids import Id


class ScriptId(Id, prefix="wsc"):
    """One script drawn for one application."""

    __slots__ = ()


class RecordingId(Id, prefix="wrc"):
    """One recording, from its first chunk on."""

    __slots__ = ()


class CallId(Id, prefix="wcl"):
    """One application's place in the queue and what became of it."""

    __slots__ = ()


class ShiftId(Id, prefix="wsh"):
    """One planned shift of a member of staff."""

    __slots__ = ()


class Way(StrEnum):
    """How an applicant is witnessed."""

    ONE_WAY = "one_way"
    TWO_WAY = "two_way"


class FirmWay(StrEnum):
    """The firm's own setting: as the table says, or everyone two-way."""

    AS_TABLE = "as_table"
    ALL_TWO_WAY = "all_two_way"


class WitnessApplicant(msgspec.Struct, frozen=True):
    """What the policy asks about an applicant. age in whole years; risk_grade: of the screening;
    suitability_class: "C1-lowest" to "C5"; face_used: false when the other way was taken.
    """

    age: int
    risk_grade: str
    suitability_class: str
    face_used: bool


@dataclass(frozen=True, slots=True)
class WayRow:
    """One condition under which a way holds. about: "always", "age_at_least", "risk_grade",
    "suitability_class" or "face_not_used". effective_to: the first day no longer, "" for open.
    """

    about: str
    values: tuple[str, ...]
    way: Way
    effective_from: str
    effective_to: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A number of the policy from a day on: a length, a bound, a wait."""

    name: str
    value: int
    effective_from: str
    effective_to: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class HoursRow:
    """Hours of two-way witness on a kind of day, "trading" or "other"; spans in minutes of the
    market's day.
    """

    days: str
    spans: tuple[tuple[int, int], ...]
    effective_from: str
    effective_to: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """A sentence of the script, or a step of the call. kind: "read", "answer", "draw" (one of
    these is drawn) or "step". seconds: the shortest time it takes.
    """

    code: str
    kind: str
    seconds: int
    texts: dict[str, str]
    version: str
    effective_from: str
    effective_to: str
    source: str
    certainty: str


class PolicyLimits(msgspec.Struct, frozen=True):
    """The numbers of a day. *_s seconds, *_bytes bytes. quartiles: of a call's length, until enough
    were measured.
    """

    script_valid_s: int
    scripts_a_day: int
    longest_s: int
    largest_bytes: int
    largest_call_bytes: int
    chunk_bytes: int
    heartbeat_s: int
    away_s: int
    leaves_after_s: int
    longest_call_s: int
    calls_measured: int
    fewest_measured: int
    quarter_s: int
    median_s: int
    three_quarters_s: int


class Decision(msgspec.Struct, frozen=True):
    """The way an applicant takes and the codes of why."""

    way: Way
    reasons: tuple[str, ...]


class Sentence(msgspec.Struct, frozen=True):
    """A sentence in the applicant's language. kind: "read", "answer" or "step"."""

    code: str
    kind: str
    text: str
    seconds: int


class ScriptState(StrEnum):
    """What became of a script. CHECKED: the machine has looked, a person has to."""

    DRAWN = "drawn"
    RECORDED = "recorded"
    CHECKED = "checked"
    PASSED = "passed"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it is kept: the codes of its sentences, the digits to read, its nonce.
    findings: codes of the machine's look and of a person's.
    """

    id: ScriptId
    owner: str
    version: str
    locale: str
    codes: tuple[str, ...]
    digits: str
    nonce: str = field(repr=False)
    shortest_s: int
    drawn_at_ms: int
    expires_at_ms: int
    state: ScriptState
    recording: str
    findings: tuple[str, ...]
    reviewed_by: str


class ScriptShown(msgspec.Struct, frozen=True):
    """A script as the applicant sees it."""

    script: str
    nonce: str
    version: str
    digits: str
    sentences: tuple[Sentence, ...]
    shortest_s: int
    longest_s: int
    expires_at_ms: int
    chunk_bytes: int
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording on its way or kept. of: its script or call. document: "" until it is kept;
    digest: keyed, of the content.
    """

    id: RecordingId
    owner: str
    of: str
    media_type: str
    begun_by: str
    begun_at_ms: int
    document: str
    digest: str
    size: int
    length_ms: int
    finished_at_ms: int
    key_sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One part of a recording. sha256: hex, of the part as it was sent."""

    number: int
    sha256: str
    size: int


class UploadState(msgspec.Struct, frozen=True):
    """How far an upload is: what came, so that the rest can follow."""

    recording: str
    received: tuple[int, ...]
    size: int
    document: str


class WitnessFinding(msgspec.Struct, frozen=True):
    """What the machine makes of a film. outcome: "pass", "human" or "refuse"; of a reviewer's
    reason "person". second: of the film, -1 where it is about all of it.
    """

    code: str
    outcome: str
    second: int = -1


class CallState(StrEnum):
    """CLOSING: passed, and its recording isn't kept yet. LEFT: the applicant went."""

    WAITING = "waiting"
    TALKING = "talking"
    CLOSING = "closing"
    PASSED = "passed"
    FAILED = "failed"
    LEFT = "left"


class CallVerdict(StrEnum):
    """CUT_OFF: back to the front of the queue."""

    PASSED = "passed"
    FAILED = "failed"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class Call:
    """A place in the queue and its session. rank: the smaller the earlier, kept when it comes back.
    round: how often it was taken. seen_at_ms: the applicant's last sign.
    """

    id: CallId
    owner: str
    locale: str
    rank: int
    round: int
    state: CallState
    staff: str
    joined_at_ms: int
    seen_at_ms: int
    taken_at_ms: int
    ended_at_ms: int
    ticks: dict[str, bool]
    snapshot: str
    recording: str
    reasons: tuple[str, ...]


class Availability(msgspec.Struct, frozen=True):
    """Whether two-way witness is open. code: "witness.open", "witness.closed" or
    "witness.no_staff"; opens_at_ms: when it opens next, 0 when open.
    """

    code: str
    on_duty: int
    opens_at_ms: int


class Wait(msgspec.Struct, frozen=True):
    """An expected wait. least_s to most_s seconds, whole minutes; ahead: who comes before."""

    ahead: int
    on_duty: int
    least_s: int
    most_s: int


class QueuePlace(msgspec.Struct, frozen=True):
    """An applicant's place, for their own eyes."""

    call: str
    state: str
    round: int
    wait: Wait
    availability: Availability
    reasons: tuple[str, ...]


class CallCard(msgspec.Struct, frozen=True):
    """A call for the member of staff who has it. steps: with their texts; ticks: code to answer."""

    call: str
    owner: str
    round: int
    state: str
    locale: str
    taken_at_ms: int
    steps: tuple[Sentence, ...]
    ticks: dict[str, bool]
    snapshot: str
    recording: str


class QueueLine(msgspec.Struct, frozen=True):
    """A place in the queue for staff."""

    call: str
    owner: str
    state: str
    staff: str
    joined_at_ms: int
    here: bool


class RosterLine(msgspec.Struct, frozen=True):
    """A member of staff who may witness. on_duty: with a fresh sign; call: what they have."""

    staff: str
    on_duty: bool
    signed_on_at_ms: int
    call: str


@dataclass(frozen=True, slots=True)
class Shift:
    """A planned shift."""

    id: ShiftId
    staff: str
    from_ms: int
    to_ms: int
    planned_by: str


class Signal(msgspec.Struct, frozen=True):
    """A message between two browsers. kind: "ready", "offer", "answer", "candidate" or "bye"."""

    number: int
    side: str
    kind: str
    body: str


class Standing(msgspec.Struct, frozen=True):
    """Where a witness is. state: "none", or of its script or call; reasons: codes."""

    way: str
    state: str
    document: str
    reasons: tuple[str, ...]
    passed: bool
