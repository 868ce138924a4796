"""What a bank's file says of a day, what staff see of it, and cash explained. Amounts in fen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from yunquan.funding.types import BankTerms, Direction, Initiator, TransferLine


class FileState(StrEnum):
    """What became of a bank's file: taken as its day's last word, or refused."""

    TAKEN = "taken"
    REFUSED = "refused"


class DifferenceKind(StrEnum):
    """How the bank's file and our books differ on a serial."""

    OURS_ONLY = "ours_only"
    THEIRS_ONLY = "theirs_only"
    AMOUNTS = "amounts"


@dataclass(frozen=True, slots=True)
class FileRow:
    """One serial of a bank's day. result: done, refused, reversed, or open: we owe an answer."""

    bank_serial: str
    serial: str
    initiator: Initiator
    direction: Direction
    bank_account: str
    amount_fen: int
    fee_fen: int
    result: str
    minute: str


@dataclass(frozen=True, slots=True)
class BankFile:
    """A bank's day as its file tells it, checked for count, sums and checksum. Sums in fen."""

    bank: str
    firm: str
    day: str
    version: int
    digest: str
    rows: tuple[FileRow, ...]
    in_fen: int
    out_fen: int
    fees_fen: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A serial on which a day's file and our books disagree. In fen, 0 where it is absent."""

    bank: str
    day: str
    version: int
    serial: str
    transfer: str
    kind: DifferenceKind
    ours_fen: int
    theirs_fen: int


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What came of a file: the reconciliation of a bank's day. code: why it was refused. times: how
    often this very file came. resolved: doubts it decided. firm_fees_fen: the part of the fees that
    the bank will charge us. ours_net_fen: what came in less what went out by our books when it was
    taken, None for files from before that was kept. Sums in fen.
    """

    bank: str
    day: str
    digest: str
    version: int
    state: FileState
    code: str
    rows: int
    matched: int
    resolved: int
    in_fen: int
    out_fen: int
    fees_fen: int
    received_at_ms: int
    times: int = 1
    firm_fees_fen: int = 0
    ours_net_fen: int | None = None

    @property
    def net_fen(self) -> int:
        """What came in less what went out by the bank."""
        return self.in_fen - self.out_fen


@dataclass(frozen=True, slots=True)
class StaffTransfer:
    """A transfer as staff see it. doubted_s: seconds in doubt; may_reverse: ours, and undecided."""

    line: TransferLine
    client: str
    bank_code: str
    bank_day: str
    bank_serial: str
    proof: str
    reversed_by: str
    doubted_s: int
    may_reverse: bool


@dataclass(frozen=True, slots=True)
class BankLine:
    """A bank as staff see it. day: what it books under now; connected: whether its line is up."""

    code: str
    name: str
    day: str
    connected: bool
    terms: tuple[BankTerms, ...]


@dataclass(frozen=True, slots=True)
class TransferBoard:
    """What staff look at: banks, doubts (oldest first), files and differences (newest first)."""

    banks: tuple[BankLine, ...]
    doubts: tuple[StaffTransfer, ...]
    files: tuple[FileOutcome, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class CashLine:
    """A part of an account's cash and what may be done with it from when. amount in fen.

    kind: usable, withdrawable, settling, frozen, held, coming_in or going_out. from_day: ISO day,
    "" while unknown. code, facts: why.
    """

    kind: str
    amount_fen: int
    from_day: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CashLineView:
    """A CashLine as its owner reads it. amount: CNY text."""

    kind: str
    label: str
    amount: str
    from_day: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class BankAccountLine:
    """A client's cash account at one bank. bank_account: masked. available: what may leave it, CNY
    text; "" while the counter doesn't know the account yet. main: the one that is traded with.
    """

    account: str
    bank: str
    bank_name: str
    bank_account: str
    available: str
    main: bool


class NewAuxiliary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bank account to bind for an auxiliary cash account. bank_password: the holder's there,
    sealed on the way and kept by nobody here.
    """

    bank: Annotated[str, msgspec.Meta(max_length=20, examples=["yanpu"])]
    bank_account: Annotated[str, msgspec.Meta(max_length=40)]
    bank_password: Annotated[str, msgspec.Meta(max_length=128)] = ""


class NewAuxiliaryAccount(msgspec.Struct, frozen=True):
    """The number of the auxiliary account."""

    account: str


class NewMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money to move between two of the client's own accounts. amount: CNY text."""

    account: Annotated[str, msgspec.Meta(max_length=40)]
    target: Annotated[str, msgspec.Meta(max_length=40)]
    amount: Annotated[str, msgspec.Meta(max_length=20, examples=["1000.00"])]


class NewReversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """basis: why the transfer is taken back; kept in the log."""

    basis: Annotated[
        str, msgspec.Meta(min_length=4, max_length=200, examples=["Client asks; bank confirms"])
    ]


class TransferPage(msgspec.Struct, frozen=True):
    """Transfers, newest first. next: pass as `before`; None at the end."""

    items: tuple[TransferLine, ...]
    next: str | None
