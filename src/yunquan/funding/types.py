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


class Initiator(StrEnum):
    """Who began a transfer; only they may reverse it 冲正."""

    FIRM = "firm"
    BANK = "bank"


class Step(StrEnum):
    """What is to be done next for a transfer. wait: only the bank's file, or a reversal, tells."""

    ASK_BANK = "ask_bank"
    MOVE_CASH = "move_cash"
    GIVE_BACK = "give_back"
    UNDO = "undo"
    WAIT = "wait"
    NOTHING = "nothing"


class BankResult(StrEnum):
    """What a bank says of a serial."""

    DONE = "done"
    REFUSED = "refused"
    REVERSED = "reversed"
    NOT_REVERSED = "not_reversed"
    # The serial belongs to another transfer: neither done nor safely undone.
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a client types for one transfer; never stored, never logged."""

    cash: str = field(default="", repr=False)
    bank: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BankRequest:
    """A transfer as the bank is told of it. The same serial always carries the same content.

    day: the bank's day it is meant for; another day's is refused. password: the holder's at the
    bank, sealed on the way.
    """

    serial: str
    direction: Direction
    bank_account: str
    holder: str
    amount_fen: int
    day: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """What became of a serial at the bank. code, facts: why it was refused, in our words."""

    result: BankResult
    code: str = ""
    bank_serial: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    fee_fen: int = 0


@dataclass(frozen=True, slots=True)
class BegunTransfer:
    """What a client began at the bank, as the bank asks it of us until it is answered. undoes: the
    bank takes it back, whether we have heard of it or not.
    """

    bank_serial: str
    day: str
    direction: Direction
    bank_account: str
    holder: str
    amount_fen: int
    fee_fen: int = 0
    undoes: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """The one bank account that a cash account's money comes from and goes to 存管银行签约."""

    account: str
    bank: str
    bank_account: str
    holder: str
    bound_at_ms: int


class FeeBearer(StrEnum):
    """Whom the bank charges for a transfer: the client's bank account, or the firm by invoice."""

    CLIENT = "client"
    FIRM = "firm"


@dataclass(frozen=True, slots=True)
class BankTerms:
    """What a bank's contract says of one direction from a day on. Amounts in fen, days inclusive.

    days: kinds of days with a window; () for a bank that never closes. opens, closes: market
    wall-clock "HH:MM", closes is the first minute no longer open. cut_off: when its day ends, ""
    for the end of the exchange's day. passwords: "bank", "cash", or both. certainty: as in the
    tables of the market.
    """

    bank: str
    direction: Direction
    effective_from: str
    days: tuple[str, ...]
    opens: str
    closes: str
    cut_off: str
    single_fen: int
    day_fen: int
    fee_fen: int
    fee_bearer: FeeBearer
    passwords: tuple[str, ...]
    source: str
    certainty: str

    @property
    def always_open(self) -> bool:
        return not self.days


@dataclass(frozen=True, slots=True)
class MarketMoment:
    """The market's day and "HH:MM": the time by which banks keep their hours."""

    day: str
    minute: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer with the time of every step, None before it.

    day: the counter's trading day of the request; bank_day: the bank's, whose file lists it. code,
    facts: why it was refused. doubt: why its outcome is unknown; awaits_file: only the bank can
    tell. command_day, command_seq: the counter's day and log position just before its present
    command was first submitted ("" and 0 before). proof: what decided a doubt, such as
    "file:2026-07-13:1". reversed_by: who asked for the reversal. version: counts its changes.
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
    initiator: Initiator = Initiator.FIRM
    bank_day: str = ""
    fee_fen: int = 0
    awaits_file: bool = False
    proof: str = ""
    reversed_by: str = ""
    reversal_asked_at_ms: int | None = None
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
    """A transfer as its owner sees it. amount, fee: CNY text; bank_account: masked but its last
    four. begun: "firm" here, "bank" in the bank's own app. note: what a doubt waits for, "" if
    for nothing.
    """

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
    begun: str
    fee: str
    note: str


@dataclass(frozen=True, slots=True)
class TransferTerms:
    """What a client may transfer in one direction today. Amounts: CNY text; hours: "HH:MM".

    always_open: the bank takes transfers at any time. open_now; next_open: day and time of the next
    window, "" while open. passwords: those asked for. note, fee_note, cut_off_note: hours, fee and
    the end of the bank's day in the reader's language.
    """

    direction: str
    bank: str
    bank_account: str
    single: str
    day: str
    left: str
    opens: str
    closes: str
    always_open: bool
    open_now: bool
    next_open: str
    fee: str
    fee_bearer: str
    passwords: tuple[str, ...]
    note: str
    fee_note: str
    cut_off_note: str


@dataclass(frozen=True, slots=True)
class Traffic:
    """Fen that banks paid in and out since a moment, and what is under way, by bank."""

    paid_in_fen: int
    paid_out_fen: int
    in_transit: dict[str, int]
