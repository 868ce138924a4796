"""Words of credit. Money in fen, prices in milli, quantities in shares, ratios in basis points
(15,000 is 150 %).
"""

from __future__ import annotations

from enum import IntEnum

import msgspec


class CreditLine(msgspec.Struct, frozen=True):
    """A dated number that ratios are held against. unit: bp of a ratio, days, minute of the day."""

    code: str
    value: int
    unit: str
    effective_from: str
    source: str
    certainty: str
    zh: str
    en: str


class Lines(msgspec.Struct, frozen=True):
    """The lines of one account: attention 关注线, warning 警戒线, close-out 平仓线."""

    attention_bp: int
    warning_bp: int
    close_out_bp: int


class Passed(IntEnum):
    """The worst line an account is beyond. WITHDRAWABLE: above the one from which on some of it may
    be taken out.
    """

    WITHDRAWABLE = -1
    NONE = 0
    ATTENTION = 1
    WARNING = 2
    CLOSE_OUT = 3


class CreditAccount(msgspec.Struct, frozen=True):
    """A credit account as the margin system has it. account: the credit account; own_account: its
    client's ordinary one with us, "" where there is none. collateral: shares in the account, what
    was bought on margin among them. shorts: shares sold that were borrowed. lines: of its
    contract, None for the firm's.
    """

    account: str
    own_account: str
    cash_fen: int
    collateral: tuple[tuple[str, int], ...]
    loan_fen: int
    interest_fen: int
    shorts: tuple[tuple[str, int], ...]
    contract: str
    due_on: str
    lines: Lines | None = None


class CreditFile(msgspec.Struct, frozen=True):
    """A day's file of all credit accounts."""

    day: str
    version: int
    digest: str
    accounts: tuple[CreditAccount, ...]


class FileTaken(msgspec.Struct, frozen=True):
    """What became of a file. code: why it was refused, "" where it was taken. missing: accounts
    with debts that an earlier file had and this one has not.
    """

    day: str
    version: int
    digest: str
    code: str
    accounts: int
    missing: tuple[str, ...]
    at_ms: int


class KeptAccount(msgspec.Struct, frozen=True):
    """An account with what is known of it. day: of the latest file that had it. passed: as it was
    measured last; told, told_day: the worst line its client was told of, on which day.
    """

    account: CreditAccount
    day: str
    passed: Passed
    told: Passed
    told_day: str


class CreditLineView(msgspec.Struct, frozen=True):
    """An account at the prices of now. ratio_bp: None where it owes nothing. short_by_fen: cash
    that brings it back to the warning line; free_fen: what may be withdrawn. top, top_bp: its
    largest collateral. by_shock: ratio after each shock. missing: the latest file lacks it.
    """

    account: str
    own_account: str
    contract: str
    due_on: str
    assets_fen: int
    debts_fen: int
    ratio_bp: int | None
    lines: Lines
    passed: Passed
    short_by_fen: int
    free_fen: int
    top: str
    top_bp: int
    by_shock: tuple[int | None, ...]
    missing: bool


class ShockView(msgspec.Struct, frozen=True):
    """How many accounts would be beyond each line after a shock; short_fen: what all of them
    together would have to bring.
    """

    code: str
    attention: int
    warning: int
    close_out: int
    short_fen: int


class CollateralView(msgspec.Struct, frozen=True):
    """A security among all collateral."""

    symbol: str
    value_fen: int
    share_bp: int
    accounts: int
    of_units_bp: int | None


class CreditBoard(msgspec.Struct, frozen=True):
    """Everything of credit at a moment. bands: accounts by the worst line they are beyond.
    unpriced: holdings without a price, worth nothing here.
    """

    at_ms: int
    day: str
    accounts: tuple[CreditLineView, ...]
    assets_fen: int
    debts_fen: int
    bands: dict[str, int]
    shocks: tuple[ShockView, ...]
    collateral: tuple[CollateralView, ...]
    files: tuple[FileTaken, ...]
    unpriced: int
    simulated: bool
