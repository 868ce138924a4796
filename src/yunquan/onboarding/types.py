"""An application for an account, step by step. Times in milliseconds since 1970 UTC, days ISO."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from yunquan.kernel.ids import Id


class ApplicationId(Id, prefix="app"):
    """One application for an account."""

    __slots__ = ()


class Step(StrEnum):
    """What an applicant does, in this order. The phone comes before: it begins the rest."""

    CONSENTS = "consents"
    CARD = "card"
    FACE = "face"
    DETAILS = "details"
    QUESTIONS = "questions"
    WITNESS = "witness"
    BANK = "bank"
    PASSWORDS = "passwords"
    AGREEMENTS = "agreements"


class State(StrEnum):
    """Where an application stands. OPENED: there are accounts, Shanghai isn't designated yet."""

    FILLING = "filling"
    REVIEW = "review"
    OPENING = "opening"
    OPENED = "opened"
    ACTIVE = "active"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


LIVE = (State.FILLING, State.REVIEW, State.OPENING)
CONSENTS = ("privacy", "id_images", "face", "voice", "location")


class Way(StrEnum):
    """How somebody is known by sight: by a machine that compares faces, or by a person."""

    FACE = "face"
    PERSON = "person"


class Details(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody says of themselves. tax: "cn", "abroad" or "both"; controller, beneficiary:
    "self" or a name; bad_record: what is declared, "" for nothing.
    """

    occupation: str
    income: str
    source_of_funds: str
    address: str
    education: str = ""
    email: str = ""
    tax: str = "cn"
    tax_place: str = ""
    tax_number: str = ""
    controller: str = "self"
    beneficiary: str = "self"
    bad_record: str = ""


class CardFacts(msgspec.Struct, frozen=True):
    """Who the card says its holder is, as read and confirmed. changed: fields typed anew."""

    name: str
    id_number: str
    sex: str
    nation: str
    birth: str
    address: str
    issuer: str
    valid_from: str
    valid_until: str
    changed: tuple[str, ...] = ()


class Particulars(msgspec.Struct, frozen=True):
    """All that is sealed of an application. password, cash_password: hashes."""

    mobile: str
    card: CardFacts | None = None
    details: Details | None = None
    bank: str = ""
    bank_account: str = ""
    password: str = ""
    cash_password: str = ""
    consents: dict[str, bool] = {}
    network: str = ""
    user_agent: str = ""
    device: str = ""
    touch_points: int = -1
    automated: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """An application as it stands; who it is of lies sealed beside it.

    done: steps behind. redo: steps that staff want anew, with why in `code`. day: on which the
    depository opens or opened, "" where unknown. round: of the review, 1 the first.
    """

    id: ApplicationId
    state: State
    done: tuple[Step, ...]
    way: Way
    locale: str
    channel: str
    device_kind: str
    mobile_masked: str
    name_masked: str
    client: str
    account: str
    grade: str
    flags: tuple[str, ...]
    code: str
    day: str
    round: int
    begun_at_ms: int
    changed_at_ms: int
    submitted_at_ms: int
    decided_at_ms: int
    opened_at_ms: int
    active_at_ms: int
    due_at_ms: int
    version: int

    @property
    def owner(self) -> str:
        """Under whom every room keeps what belongs to it: the client, once there is one."""
        return self.client or str(self.id)


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of an application's timeline. by: "applicant", "system" or a member of staff."""

    at_ms: int
    by: str
    act: str
    step: str
    code: str
    facts: dict[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is known of a device before anybody says who they are. touch_points: -1 unknown."""

    locale: str = "zh_CN"
    channel: str = "web"
    kind: str = ""
    device: str = field(default="", repr=False)
    network: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)
    touch_points: int = -1
    automated: bool = False


@dataclass(frozen=True, slots=True)
class OpenedDoor:
    """An applicant who may go on. token: for their cookie, kept as a digest only."""

    application: Application
    token: str
    resumed: bool


class Verdict(StrEnum):
    """What a reviewer holds. RETURN: the applicant does some steps anew."""

    APPROVE = "approve"
    RETURN = "return"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a member of staff held of an application."""

    round: int
    number: int
    at_ms: int
    by: str
    verdict: Verdict
    codes: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class QueueLine:
    """An application in the queue. waits: "first" or "second" look; taken_by: who has it now."""

    id: str
    name_masked: str
    mobile_masked: str
    state: State
    waits: str
    taken_by: str
    first_by: str
    grade: str
    flags: tuple[str, ...]
    channel: str
    way: Way
    submitted_at_ms: int
    due_at_ms: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Most urgent first. next: pass as `after`, "" at the end."""

    items: tuple[QueueLine, ...]
    next: str
    waiting: int
    late: int


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """How a step goes. began, done: how many applications; p50_s, p95_s: seconds it took; stopped:
    of those that began it and are no longer live without having done it.
    """

    step: str
    began: int
    done: int
    stopped: int
    p50_s: int
    p95_s: int
    tries: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call back 回访. outcome: "reached", "no_answer", "wrong_person", "objects"."""

    number: int
    at_ms: int
    by: str
    outcome: str
    answers: dict[str, bool]
    note: str
