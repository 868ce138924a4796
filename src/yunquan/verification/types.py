"""What police and carrier answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class PoliceResult(StrEnum):
    """What the police's register says of a name and a number together.

    MISMATCH: the number or the name is somebody else's. NOT_FOUND: no such number. CANCELLED: the
    number is no longer anybody's, such as of the dead.
    """

    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PoliceAnswer:
    """The answer to one check 公安联网核查.

    code: why it isn't a match, "police.*"; "" for a match. mismatch: "name" or "number", as far as
    the police say which; "" otherwise. photo: the picture on file, None where there is none.
    photo_on: ISO day of the picture, "" where unknown.
    """

    result: PoliceResult
    code: str = ""
    mismatch: str = ""
    photo: bytes | None = field(default=None, repr=False)
    photo_on: str = ""


class SmsState(StrEnum):
    """Where a short message is. UNKNOWN: the carrier never took it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PENDING = "pending"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SmsReceipt:
    """What the carrier says of a message. code: why not, "sms.*", "" where all is well.

    delivered_at_ms: milliseconds since 1970 UTC, 0 unless DELIVERED.
    """

    serial: str
    state: SmsState
    code: str = ""
    delivered_at_ms: int = 0


class Purpose(StrEnum):
    """What a one-time code is for."""

    BEGIN = "begin"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code is under way. again_in_s: until another may be asked for."""

    mobile_masked: str
    again_in_s: int
    minutes: int


class CheckKind(StrEnum):
    """What is checked of an applicant; PROOF: of a client, whose face is compared with the one that
    opened the account.
    """

    CARD = "card"
    POLICE = "police"
    FACE = "face"
    VOICE = "voice"
    PROOF = "proof"


class Outcome(StrEnum):
    """What a check came to. AGAIN: no answer yet, the applicant tries once more."""

    PASS = "pass"  # noqa: S105 - no password, the word of the outcome
    HUMAN = "human"
    AGAIN = "again"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Noted:
    """Something a check noted, by its code; facts name nobody."""

    code: str
    outcome: str
    facts: dict[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One try of one check. document: in the archive what was looked at, "" for nothing."""

    owner: str
    kind: CheckKind
    number: int
    at_ms: int
    outcome: Outcome
    findings: tuple[Noted, ...]
    documents: tuple[str, ...]
    took_ms: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a card says its holder is. sex: "M" or "F"; days ISO, valid_until "9999-12-31" without
    end.
    """

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    sex: str = ""
    nation: str = ""
    birth: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    issuer: str = ""
    valid_from: str = ""
    valid_until: str = ""
