"""What became of credit accounts. Ratios in basis points, money in fen."""

from __future__ import annotations

import msgspec


class CreditFileTaken(msgspec.Struct, frozen=True, array_like=True, tag="credit.file_taken@1"):
    """A day's file of credit accounts is in force. missing: accounts it lacks."""

    day: str
    version: int
    digest: str
    accounts: int
    missing: tuple[str, ...]


class CreditFileRefused(msgspec.Struct, frozen=True, array_like=True, tag="credit.file_refused@1"):
    """A file can't be taken; what was known before stays in force."""

    day: str
    version: int
    code: str


class CreditLinePassed(msgspec.Struct, frozen=True, array_like=True, tag="credit.line_passed@1"):
    """An account is beyond a line: attention, warning, close_out. account: its client's ordinary
    one. line_bp: of the line, short_by_fen: cash that brings it back to the warning line, by_day:
    until when that must come.
    """

    credit_account: str
    account: str
    line: str
    ratio_bp: int
    line_bp: int
    short_by_fen: int
    by_day: str


class CreditLineLeft(msgspec.Struct, frozen=True, array_like=True, tag="credit.line_left@1"):
    """An account whose client was told of a line is back above all of them."""

    credit_account: str
    account: str
    ratio_bp: int


class CreditFreed(msgspec.Struct, frozen=True, array_like=True, tag="credit.freed@1"):
    """An account rose above the line from which on something may be withdrawn."""

    credit_account: str
    account: str
    ratio_bp: int
    free_fen: int


EVENTS = (CreditFileTaken, CreditFileRefused, CreditLinePassed, CreditLineLeft, CreditFreed)
