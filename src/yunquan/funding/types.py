"""Transfers between a client's bank account and their cash account. Amounts in fen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from yunquan.kernel.ids import Id


class TransferId(Id, prefix="tfr"):
    """A transfer; also the serial under which the bank knows it."""

    __slots__ = ()


class Direction(StrEnum):
    """Seen from the client's cash account: in 银行转证券, out 证券转银行."""

    IN = "in"
    OUT = "out"


class TransferState(StrEnum):
    """How far a transfer is. posted and refused are ends; in_doubt is left only by an answer.

    bank_done: the bank moved its side, the counter not yet (in only).
    """

    REQUESTED = "requested"
    BANK_DONE = "bank_done"
    POSTED = "posted"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"


class Step(StrEnum):
    """What is to be done next for a transfer."""

    ASK_BANK = "ask_bank"
    MOVE_CASH = "move_cash"
    GIVE_BACK = "give_back"
    NOTHING = "nothing"


class BankResult(StrEnum):
    """What a bank knows of a serial. unknown: it never carried it out, as of now."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    # The serial belongs to another transfer: neither done nor safely undone.
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class BankRequest:
    """A transfer as the bank is told of it. The same serial always carries the same content."""

    serial: str
    direction: Direction
    bank_account: str
    holder: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """What became of a serial at the bank. code, facts: why it was refused, in our words."""

    result: BankResult
    code: str = ""
    bank_serial: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Binding:
    """The one bank account that a cash account's money comes from and goes to 存管银行签约."""

    account: str
    bank: str
    bank_account: str
    holder: str
    bound_at_ms: int


@dataclass(frozen=True, slots=True)
class TransferLimit:
    """Limits in force from a day on, of every account and direction. Amounts in fen, day inclusive.

    opens, closes: Shanghai wall-clock "HH:MM"; closes is the first minute no longer open.
    """

    effective_from: str
    direction: Direction
    single_fen: int
    day_fen: int
    opens: str
    closes: str
    source: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer with the time of every step, None before it.

    day: the counter's trading day of the request. code, facts: why it was refused. doubt: why its
    outcome is unknown. command_day, command_seq: the counter's day and log position just before
    its present command was first submitted ("" and 0 before). version: counts its changes.
    """

    id: TransferId
    account: str
    client: str
    direction: Direction
    amount_fen: int
    bank: str
    bank_account: str
    holder: str
    day: str
    caller: str
    request_key: str
    digest: str
    state: TransferState
    requested_at_ms: int
    moved_at_ms: int
    version: int = 1
    bank_serial: str = ""
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    doubt: str = ""
    command_day: str = ""
    command_seq: int = 0
    bank_asked_at_ms: int | None = None
    bank_done_at_ms: int | None = None
    cash_moved_at_ms: int | None = None
    refused_at_ms: int | None = None
    given_back_at_ms: int | None = None
    doubted_at_ms: int | None = None
    ended_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TransferReason:
    """Why a transfer was refused or is in doubt, in the reader's language."""

    code: str
    facts: dict[str, Any]
    text: str


@dataclass(frozen=True, slots=True)
class TransferStep:
    """One step a transfer has made."""

    step: str
    at_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A transfer as its owner sees it. amount: CNY text; bank_account: masked but its last four."""

    id: str
    account: str
    direction: str
    amount: str
    bank: str
    bank_account: str
    state: str
    state_text: str
    reason: TransferReason | None
    created_at_ms: int
    steps: tuple[TransferStep, ...]


@dataclass(frozen=True, slots=True)
class TransferTerms:
    """What a client may transfer in one direction today. Amounts: CNY text; hours: "HH:MM".

    always_open: the bank takes transfers at any time (the simulated one does). note: the same in
    the reader's language.
    """

    direction: str
    bank: str
    bank_account: str
    single: str
    day: str
    opens: str
    closes: str
    always_open: bool
    note: str


@dataclass(frozen=True, slots=True)
class Traffic:
    """Money between banks and us, in fen. paid_in_fen, paid_out_fen: posted since a moment;
    in_transit_fen: of transfers under way; in_doubt: how many have an unknown outcome.
    """

    paid_in_fen: int
    paid_out_fen: int
    in_transit_fen: int
    in_doubt: int
