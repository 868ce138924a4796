"""Cases: what alerts about one thing become, and what is done about it. Times ms UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from yunquan.kernel.ids import Id


class CaseId(Id, prefix="cas"):
    """One case."""


class MeasureId(Id, prefix="mea"):
    """One measure of a case."""


class CaseState(StrEnum):
    """automatic: handled by the table, a person may look. open: waits for one. in_hand: has one."""

    AUTOMATIC = "automatic"
    OPEN = "open"
    IN_HAND = "in_hand"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What it was: what the rule looks for, something innocent, or nothing that can be told."""

    CONFIRMED = "confirmed"
    INNOCENT = "innocent"
    UNCLEAR = "unclear"


class MeasureKind(StrEnum):
    """What is done. warn tells the client; the rest is the counter's. confirm: orders and
    withdrawals wait until the client has shown who they are, by password or face; confirm_face: by
    their face, or to a person.
    """

    WARN = "warn"
    REFUSE_BUYS = "refuse_buys"
    REFUSE_SELLS = "refuse_sells"
    REFUSE_ORDERS = "refuse_orders"
    STOP_WITHDRAWALS = "stop_withdrawals"
    FREEZE = "freeze"
    THROTTLE = "throttle"
    LIMIT_SECURITY = "limit_security"
    SUSPEND_PROGRAM = "suspend_program"
    CONFIRM = "confirm"
    CONFIRM_FACE = "confirm_face"


class Proof(StrEnum):
    """How a client showed who they are."""

    PASSWORD = "password"  # noqa: S105 - the word, no password
    FACE = "face"


class Ground(StrEnum):
    """What a measure rests on: an article of the contract, a letter of the exchange, a court's
    order, an order under the AML law.
    """

    CONTRACT = "contract"
    EXCHANGE = "exchange"
    COURT = "court"
    AML = "aml"


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How long a grade may wait: for somebody to take it, for a decision; 0 for no limit."""

    grade: int
    take_s: int
    decide_s: int
    effective_from: str
    source: str


@dataclass(frozen=True, slots=True)
class Handling:
    """What the table does by itself about a kind of alert of a grade. detail: of its measures that
    have one: orders a minute.
    """

    kind: str
    grade: int
    measures: tuple[MeasureKind, ...]
    basis: str
    detail: str = ""


class Basis(msgspec.Struct, frozen=True):
    """What a measure rests on. text: article or sentence. document, authority: of a paper from
    outside.
    """

    ground: str
    text: str
    document: str = ""
    authority: str = ""


class Case(msgspec.Struct, frozen=True):
    """One case as it stands. about: what alerts must share to belong to it. take_by_ms,
    decide_by_ms: 0 for no limit. escalated: how often it went to somebody higher.
    """

    id: str
    about: str
    kind: str
    account: str
    symbol: str
    other: str
    device: str
    grade: int
    score: int
    state: CaseState
    opened_at_ms: int
    last_at_ms: int
    alerts: int
    take_by_ms: int
    decide_by_ms: int
    escalated: int = 0
    taken_by: str = ""
    taken_at_ms: int = 0
    outcome: str = ""
    lesson: str = ""
    closed_by: str = ""
    closed_at_ms: int = 0


class Measure(msgspec.Struct, frozen=True):
    """Something done. automatic: by the table. proposal: of the two people it takes, "" for none.
    undone_by: "" while it stands. detail: what it is narrowed to, a symbol or orders a minute.
    """

    id: str
    case: str
    kind: MeasureKind
    account: str
    basis: Basis
    automatic: bool
    by: str
    at_ms: int
    proposal: str = ""
    undone_by: str = ""
    undone_at_ms: int = 0
    detail: str = ""


class CaseStep(msgspec.Struct, frozen=True):
    """A line of a case's timeline. what: a code with words in both languages."""

    case: str
    number: int
    at_ms: int
    who: str
    what: str
    facts: dict[str, str]


class Precision(msgspec.Struct, frozen=True):
    """How a rule did: alerts, cases they belong to, and what came of those that are closed."""

    rule: str
    alerts: int
    cases: int
    confirmed: int
    innocent: int
    unclear: int

    @property
    def share(self) -> float | None:
        """Confirmed of those that could be told; None while there are none."""
        told = self.confirmed + self.innocent
        return self.confirmed / told if told else None
