"""What somebody on duty needs to judge an account: its day, the book it acted in, who is linked to
it, and cases like it. Times in ms since 1970 UTC; prices and amounts as text in CNY.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Strand(StrEnum):
    """What an entry of a day is, for narrowing: orders and their ends, money, doors, the watch and
    people.
    """

    ORDER = "order"
    CANCEL = "cancel"
    FILL = "fill"
    REFUSAL = "refusal"
    CASH = "cash"
    DOOR = "door"
    ALERT = "alert"
    CASE = "case"
    STAFF = "staff"


class DayEntry(msgspec.Struct, frozen=True):
    """One thing that happened, in words. link: its own page, "" for none. grade: of an alert, 0 for
    others.
    """

    at_ms: int
    strand: Strand
    title: str
    detail: str
    symbol: str = ""
    link: str = ""
    grade: int = 0


class AccountDay(msgspec.Struct, frozen=True):
    """An account's day in one line of time, oldest first. name: masked. counts: entries of each
    strand. cut: strands that had more than are shown.
    """

    account: str
    client: str
    name: str
    day: str
    entries: tuple[DayEntry, ...]
    counts: dict[str, int]
    cut: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DoorStep:
    """Somebody came to a door. what: in, failed, locked, out, password. stream, seq: its place in
    the log.
    """

    stream: str
    seq: int
    at_ms: int
    principal: str
    what: str
    address: str
    device: str
    code: str


class LinkKind(StrEnum):
    """Why two accounts may be in one hand."""

    CLIENT = "client"
    CARD = "card"
    MATCHED = "matched"
    DEVICE = "device"
    GROUP = "group"
    ADDRESS = "address"


class LinkReason(msgspec.Struct, frozen=True):
    """One reason. strength: per cent that it alone would say. text: in words, with its numbers."""

    kind: LinkKind
    strength: int
    text: str


class LinkedAccount(msgspec.Struct, frozen=True):
    """An account that may be in the same hand. strength: of all reasons together, per cent. cases:
    how many are open about it.
    """

    account: str
    name: str
    strength: int
    reasons: tuple[LinkReason, ...]
    cases: int


class BookFrame(msgspec.Struct, frozen=True):
    """The book at a moment, as we heard it: (price, shares), best first. time: the venue's."""

    at_ms: int
    time: str
    last: str
    bids: tuple[tuple[str, int], ...]
    asks: tuple[tuple[str, int], ...]


class TapeTrade(msgspec.Struct, frozen=True):
    """A trade of the market. side: who took, "" in a call auction."""

    at_ms: int
    price: str
    qty: int
    side: str


class OwnOrder(msgspec.Struct, frozen=True):
    """An order of the account under look, as it stood in the market. side: "buy", "sell". left:
    (from when, shares that could still trade), oldest first, 0 when it was over. end: how it ended,
    "" while it stood.
    """

    id: str
    side: str
    price: str
    qty: int
    left: tuple[tuple[int, int], ...]
    end: str


class Gap(msgspec.Struct, frozen=True):
    """Where the tape is thin. code: no_tape, late_start, early_end, silence, hole or thinned;
    text: in words.
    """

    code: str
    from_ms: int
    until_ms: int
    text: str


class BookReplay(msgspec.Struct, frozen=True):
    """The book and the tape of an instrument around a moment, with the account's own orders. lasts:
    of the frames. gaps: what is missing.
    """

    account: str
    symbol: str
    name: str
    at_ms: int
    from_ms: int
    until_ms: int
    frames: tuple[BookFrame, ...]
    trades: tuple[TapeTrade, ...]
    orders: tuple[OwnOrder, ...]
    gaps: tuple[Gap, ...]


class NumberPair(msgspec.Struct, frozen=True):
    """A number both cases have, in words."""

    name: str
    here: str
    there: str


class SimilarCase(msgspec.Struct, frozen=True):
    """A closed case of the same kind. likeness: 0 to 100, of the numbers both rest on."""

    case: str
    account: str
    opened_at_ms: int
    outcome: str
    lesson: str
    likeness: int
    numbers: tuple[NumberPair, ...]


class PastCase(msgspec.Struct, frozen=True):
    """An earlier case of the account."""

    case: str
    kind: str
    grade: int
    state: str
    outcome: str
    opened_at_ms: int


class AlertTally(msgspec.Struct, frozen=True):
    """Alerts of a rule about the account within a year. title: in words."""

    rule: str
    title: str
    alerts: int
    last_at_ms: int


class Record(msgspec.Struct, frozen=True):
    """What is on record of an account: earlier cases, newest first, and a year's alerts by rule."""

    cases: tuple[PastCase, ...]
    alerts: tuple[AlertTally, ...]
