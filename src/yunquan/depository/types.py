"""What is asked of the depository, and where it stands. Times in milliseconds since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from yunquan.clients.types import SecuritiesKind


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asked for: the name as on the card, the number of 18 characters."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account to open. market: SH or SZ. number: one of theirs to be used here too, "" for a new
    one.
    """

    market: str
    kind: SecuritiesKind = SecuritiesKind.ORDINARY
    number: str = ""


@dataclass(frozen=True, slots=True)
class DepositoryAccount:
    """A sub-account. broker: which firm opened it; designated: which firm trades for it in
    Shanghai, "" for none or where it isn't told.
    """

    market: str
    kind: SecuritiesKind
    number: str
    broker: str = ""
    designated: str = ""


@dataclass(frozen=True, slots=True)
class FoundAccounts:
    """What somebody has at the depository. ymt: their unified account 一码通, "" for none.

    code: why it can't be told, "depository.name_differs" or "depository.number_old": bring it up to
    date first. frozen: nothing can be opened.
    """

    ymt: str = ""
    code: str = ""
    frozen: bool = False
    accounts: tuple[DepositoryAccount, ...] = ()


class LineResult(StrEnum):
    """What the depository says of a change. DONE: opened, updated or designated."""

    DONE = "done"
    REFUSED = "refused"
    FOR_DAY = "accepted_for_day"


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """code: why not, "depository.*". day: the trading day on which it will be done."""

    result: LineResult
    code: str = ""
    day: str = ""
    ymt: str = ""
    accounts: tuple[DepositoryAccount, ...] = ()


class RequestKind(StrEnum):
    """What the depository is asked to do."""

    OPEN = "open"
    UPDATE = "update"
    DESIGNATE = "designate"


class RequestState(StrEnum):
    """Where a request stands. ASKED: not known to have arrived. IN_DOUBT: sent, not answered, or
    answered with what can't be. DONE: opened, updated or designated.
    """

    ASKED = "asked"
    IN_DOUBT = "in_doubt"
    FOR_DAY = "accepted_for_day"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RequestStep:
    """Something that happened to a request, for staff. code: why, "" where nothing is wrong."""

    at_ms: int
    state: RequestState
    code: str
    day: str


@dataclass(frozen=True, slots=True)
class OpeningState:
    """A request as it stands. day: the trading day it is or will be done on, "" where unknown.

    tries: how often the depository was asked; trouble: why the last try brought nothing, "" once
    it answered. odd: the newest answer that can't be, as it came.
    """

    serial: str
    owner: str
    kind: RequestKind
    wanted: tuple[Wanted, ...]
    state: RequestState
    code: str
    day: str
    ymt: str
    accounts: tuple[DepositoryAccount, ...]
    tries: int
    trouble: str
    asked_at_ms: int
    steps: tuple[RequestStep, ...] = ()
    odd: LineAnswer | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in (RequestState.DONE, RequestState.REFUSED)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What staff found a request to have come to. done: opened, updated or designated, as ymt and
    accounts say; else nothing was done. evidence: the depository's paper that says so.
    """

    serial: str
    done: bool
    ymt: str
    accounts: tuple[DepositoryAccount, ...]
    evidence: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What a day's file says of a serial."""

    serial: str
    kind: RequestKind
    answer: LineAnswer


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A day's file that is whole."""

    day: str
    version: int
    rows: tuple[ResultRow, ...]
