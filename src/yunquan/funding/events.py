"""What happened to transfers. Names of people and their bank accounts are never in an event."""

from __future__ import annotations

import msgspec


class BankAccountBound(
    msgspec.Struct, frozen=True, array_like=True, tag="funding.bank_account_bound@1"
):
    """A cash account's money comes from and goes to an account at this bank from now on."""

    account: str
    bank: str


class TransferRequested(
    msgspec.Struct, frozen=True, array_like=True, tag="funding.transfer_requested@1"
):
    """A client asked for a transfer. amount in fen; direction: in or out."""

    transfer: str
    account: str
    direction: str
    amount: int
    bank: str
    day: str


class TransferDoubted(
    msgspec.Struct, frozen=True, array_like=True, tag="funding.transfer_doubted@1"
):
    """The outcome of a step is unknown. code: why."""

    transfer: str
    account: str
    code: str


class TransferPosted(msgspec.Struct, frozen=True, array_like=True, tag="funding.transfer_posted@1"):
    """Both sides moved. amount in fen."""

    transfer: str
    account: str
    direction: str
    amount: int
    bank: str
    bank_serial: str


class TransferRefused(
    msgspec.Struct, frozen=True, array_like=True, tag="funding.transfer_refused@1"
):
    """Nothing moved, or what had moved was given back."""

    transfer: str
    account: str
    direction: str
    amount: int
    code: str


class ReversalAsked(msgspec.Struct, frozen=True, array_like=True, tag="funding.reversal_asked@1"):
    """Staff, or the bank for what it began, asked to take a transfer back. basis: why."""

    transfer: str
    account: str
    by: str
    basis: str


class CashPasswordSet(
    msgspec.Struct, frozen=True, array_like=True, tag="funding.cash_password_set@1"
):
    """An account's cash password was set or changed."""

    account: str


class CashPasswordFailed(
    msgspec.Struct, frozen=True, array_like=True, tag="funding.cash_password_failed@1"
):
    """A wrong cash password. failures: in a row."""

    account: str
    failures: int


EVENTS = (
    BankAccountBound,
    CashPasswordFailed,
    CashPasswordSet,
    ReversalAsked,
    TransferRequested,
    TransferDoubted,
    TransferPosted,
    TransferRefused,
)
