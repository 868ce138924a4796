"""Complaints and their life. Times in ms since 1970 UTC, days as ISO text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from yunquan.kernel.ids import Id


class ComplaintId(Id, prefix="cpl"):
    """One complaint."""

    __slots__ = ()


class Channel(StrEnum):
    """How it came in: the client's own page, telephone, branch, letter, the regulator's hotline
    12386, the association's mediation.
    """

    ONLINE = "online"
    PHONE = "phone"
    BRANCH = "branch"
    LETTER = "letter"
    HOTLINE = "hotline"
    ASSOCIATION = "association"


class Subject(StrEnum):
    """What it is about."""

    TRADE = "trade"
    MONEY = "money"
    FEE = "fee"
    SYSTEM = "system"
    SERVICE = "service"
    SUITABILITY = "suitability"
    PRIVACY = "privacy"
    OTHER = "other"


class Severity(StrEnum):
    """How grave the firm takes it."""

    NORMAL = "normal"
    SERIOUS = "serious"
    MAJOR = "major"


class ComplaintState(StrEnum):
    """Where a complaint stands."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    IN_HAND = "in_hand"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a step is due. step: "acknowledge", "answer", "extend" (added to the answer) or
    "reopen" (how long a client may). channel, severity: "" for any; the most particular row holds.
    certainty: as of the market's rules: V, KH, KM, KL, F for the firm's own.
    """

    step: str
    channel: str
    severity: str
    working_days: int
    effective_from: str
    effective_to: str
    source: str
    certainty: str


class NewComplaint(msgspec.Struct, frozen=True):
    """What is registered. client: "" for somebody unknown; contact: how to reach them then.
    account, order: what it is about, "" for none.
    """

    text: str
    subject: str
    channel: str = "online"
    severity: str = "normal"
    client: str = ""
    account: str = ""
    order: str = ""
    contact: str = ""


Complained = Annotated[str, msgspec.Meta(min_length=4, max_length=2000)]
Words = Annotated[str, msgspec.Meta(max_length=2000)]
Name = Annotated[str, msgspec.Meta(max_length=40)]
Subjects = Literal["trade", "money", "fee", "system", "service", "suitability", "privacy", "other"]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class NewOwnComplaint(_Body, frozen=True):
    """A client's complaint. order: what it is about, "" for none."""

    text: Complained
    subject: Subjects
    order: Name = ""


class NewStaffComplaint(_Body, frozen=True):
    """A complaint that came by another way than the client's own page. client: "" for somebody
    unknown; contact: how to reach them, kept sealed.
    """

    text: Complained
    subject: Subjects
    channel: Literal["phone", "branch", "letter", "hotline", "association"]
    severity: Literal["normal", "serious", "major"] = "normal"
    client: Name = ""
    account: Name = ""
    order: Name = ""
    contact: Annotated[str, msgspec.Meta(max_length=60)] = ""

    def complaint(self) -> NewComplaint:
        """As the room takes it."""
        return NewComplaint(**msgspec.structs.asdict(self))


class ComplaintText(_Body, frozen=True):
    """What a client says with a step; "" where none is needed."""

    text: Words = ""


class NewStep(_Body, frozen=True):
    """What a member of staff says with a step, and what it sets."""

    text: Words = ""
    value: Annotated[str, msgspec.Meta(max_length=60)] = ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint as it stands. day: when it was registered; acknowledge_by, answer_by: the last
    days for that; handler: a member of staff's actor, "" for nobody; answered_on: "" for not yet;
    extended: the answer's day was put off; pack: an evidence pack; version: steps taken.
    """

    id: ComplaintId
    client: str
    account: str
    order: str
    channel: str
    subject: str
    severity: str
    text: str
    contact_masked: str
    state: ComplaintState
    handler: str
    filed_by: str
    filed_at_ms: int
    day: str
    acknowledge_by: str
    answer_by: str
    acknowledged_on: str
    answered_on: str
    extended: bool
    pack: str
    version: int


@dataclass(frozen=True, slots=True)
class ComplaintStep:
    """Something that was done with it. shown: its client sees it. state: as it stood afterwards."""

    complaint: str
    number: int
    at_ms: int
    by: str
    act: str
    text: str
    shown: bool
    state: str


class ComplaintWish(msgspec.Struct, frozen=True):
    """What somebody wants done with a complaint. text: the answer, note or reason; value: a
    handler's subject, a severity or a pack, where the act takes one.
    """

    act: str
    text: str = ""
    value: str = ""


class ComplaintFilter(msgspec.Struct, frozen=True):
    """Which complaints. q: an id, or a client, account or order, whole. standing: "open",
    "overdue", "done" or "all". mine: whose handling, "" for anybody's.
    """

    q: str = ""
    standing: str = "open"
    subject: str = ""
    severity: str = ""
    channel: str = ""
    mine: str = ""


class ComplaintLine(msgspec.Struct, frozen=True):
    """A complaint in a list. due: the day the next step is due, "" when none is; overdue: it has
    passed; days_left: trading days from today to it, 0 on the day itself.
    """

    id: str
    state: str
    state_text: str
    subject: str
    subject_text: str
    channel_text: str
    severity: str
    severity_text: str
    client: str
    account: str
    order: str
    excerpt: str
    handler: str
    day: str
    due: str
    due_text: str
    overdue: bool
    days_left: int
    extended: bool


class ComplaintPage(msgspec.Struct, frozen=True):
    """Complaints; open ones by their clocks. next: pass as `after`, None at the end."""

    items: tuple[ComplaintLine, ...]
    next: str | None
    open: int
    overdue: int


class ComplaintStepLine(msgspec.Struct, frozen=True):
    """A step in words. by: a name; "" for the firm, in the client's view."""

    at_ms: int
    by: str
    act: str
    act_text: str
    text: str
    shown: bool
    state_text: str


class DeadlineLine(msgspec.Struct, frozen=True):
    """A deadline of this complaint: the day, the rule it comes from and how sure that is."""

    step: str
    step_text: str
    day: str
    met_on: str
    overdue: bool
    working_days: int
    source: str
    certainty: str
    certainty_text: str


class ComplaintCase(msgspec.Struct, frozen=True):
    """A complaint with its life. acts: what this reader may do now."""

    line: ComplaintLine
    text: str
    contact_masked: str
    pack: str
    filed_at_ms: int
    deadlines: tuple[DeadlineLine, ...]
    steps: tuple[ComplaintStepLine, ...]
    acts: tuple[str, ...]
