"""What became of alerts. No sentence a client must not see is in an event that tells clients."""

from __future__ import annotations

import msgspec


class CaseOpened(msgspec.Struct, frozen=True, array_like=True, tag="cases.opened@1"):
    """Somebody must look, or the table has. take_by_ms: 0 for no limit."""

    case: str
    kind: str
    account: str
    symbol: str
    grade: int
    state: str
    take_by_ms: int
    decide_by_ms: int


class CaseGrew(msgspec.Struct, frozen=True, array_like=True, tag="cases.grew@1"):
    """Another alert belongs to it."""

    case: str
    alert: str
    grade: int
    score: int


class CaseMoved(msgspec.Struct, frozen=True, array_like=True, tag="cases.moved@1"):
    """Taken, escalated, closed or opened again. what: a code; outcome: of a closed one."""

    case: str
    what: str
    state: str
    by: str
    outcome: str = ""
    lesson: str = ""


class MeasureTaken(msgspec.Struct, frozen=True, array_like=True, tag="cases.measure_taken@1"):
    """Something was done, and on which basis."""

    measure: str
    case: str
    kind: str
    account: str
    ground: str
    basis: str
    document: str
    authority: str
    automatic: bool
    proposal: str
    by: str


class MeasureUndone(msgspec.Struct, frozen=True, array_like=True, tag="cases.measure_undone@1"):
    """A person took it back."""

    measure: str
    case: str
    kind: str
    by: str


class ClientWarned(msgspec.Struct, frozen=True, array_like=True, tag="cases.client_warned@1"):
    """A client is told that what they do looks like something that is forbidden. kind: of case."""

    case: str
    account: str
    kind: str
    symbol: str


EVENTS = (CaseOpened, CaseGrew, CaseMoved, MeasureTaken, MeasureUndone, ClientWarned)
