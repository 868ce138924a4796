"""Restrictions of accounts with their bases. Times in ms since 1970 UTC, cash in fen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

import msgspec


class BasisKind(StrEnum):
    """What an act rests on: judicial assistance 司法协助, an order of the regulator, the firm's own
    risk control, the client's request.
    """

    JUDICIAL = "judicial"
    REGULATOR = "regulator"
    RISK = "risk"
    CLIENT = "client"


class Basis(msgspec.Struct, frozen=True):
    """What an act rests on. document, authority: number of the paper and who issued it, "" where
    none is needed. expires_on: its last day, "" for none.
    """

    kind: str
    text: str
    document: str = ""
    authority: str = ""
    expires_on: str = ""


class RestrictionWish(msgspec.Struct, frozen=True):
    """What a member of staff wants done to an account. act: "restrict", "release", "freeze",
    "unfreeze". scope: of the first two, one of `kernel.scopes` or "judicial"; asset,
    amount: of the others (fen or shares; "*" and 0 for the whole account).
    """

    act: str
    account: str
    basis: Basis
    scope: str = ""
    asset: str = ""
    amount: int = 0
    # Whoever is looked at for laundering isn't told, not even that they may not trade.
    quiet: bool = False


Words = Annotated[
    str, msgspec.Meta(min_length=4, max_length=200, description="The rule or decision it rests on.")
]
Kind = Literal["judicial", "regulator", "risk", "client"]
Paper = Annotated[str, msgspec.Meta(max_length=80, description="Of an authority's paper.")]
LastDay = Annotated[str, msgspec.Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$", examples=["2027-07-12"])]


class _Grounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    # The first two kinds name document and authority.
    basis: Words
    basis_kind: Kind
    document: Paper = ""
    authority: Paper = ""
    expires_on: LastDay = ""

    def grounds(self) -> Basis:
        """What it rests on, as the room has it."""
        paper = (self.document.strip(), self.authority.strip())
        return Basis(self.basis_kind, self.basis.strip(), *paper, self.expires_on)


class NewRestriction(_Grounds, frozen=True, kw_only=True):
    """scope: what is forbidden, or what is lifted; "judicial" only to lift the freeze of a whole
    account. expires_on: the basis's last day; a clock lifts nothing.
    """

    scope: Literal["buy", "sell", "withdraw", "all", "judicial"]


class NewFreeze(_Grounds, frozen=True, kw_only=True):
    """A judicial freeze, or its lifting. asset: "CNY", a symbol, or "*" for the whole account.

    amount: CNY text for cash ("100.00"), shares for a symbol ("100"), "0" with "*".
    """

    asset: Annotated[
        str, msgspec.Meta(min_length=1, max_length=16, examples=["CNY", "600519.SH", "*"])
    ]
    amount: Annotated[str, msgspec.Meta(max_length=24, examples=["50000.00"])]


@dataclass(frozen=True, slots=True)
class FourEyes:
    """How many people an act takes from a day on. reach: its scope; "part" or "whole" of a freeze.
    effective_to: the first day it no longer holds, "" for open. why: code of the sentence.
    """

    act: str
    reach: str
    people: int
    effective_from: str
    effective_to: str
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A restriction or freeze with its basis, in force or not any more. id: of the proposal it came
    from. left: what of a freeze's amount isn't lifted yet. by, second: who wanted it, who agreed.
    ended_at_ms: 0 while in force; ended_by: the proposal that ended it.
    """

    id: str
    account: str
    act: str
    scope: str
    asset: str
    left: int
    kind: str
    text: str
    document: str
    authority: str
    expires_on: str
    by: str
    second: str
    at_ms: int
    ended_at_ms: int
    ended_by: str


class StandingLine(msgspec.Struct, frozen=True):
    """A restriction in force as staff see it. what: in words; expired: its basis ran out, it stays
    until somebody lifts it.
    """

    id: str
    account: str
    act: str
    scope: str
    asset: str
    what: str
    kind: str
    kind_text: str
    text: str
    document: str
    authority: str
    expires_on: str
    expired: bool
    by: str
    second: str
    at_ms: int


class FourEyesLine(msgspec.Struct, frozen=True):
    """Who must agree to what, in words."""

    act: str
    reach: str
    what: str
    people: int
    effective_from: str
    why: str


class RestrictionBoard(msgspec.Struct, frozen=True):
    """What is in force at all accounts, those whose basis runs out first on top; and who must agree
    to what. next: pass as `after`; None at the end.
    """

    day: str
    items: tuple[StandingLine, ...]
    next: str | None
    expired: int
    table: tuple[FourEyesLine, ...]
