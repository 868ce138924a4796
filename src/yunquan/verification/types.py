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
