"""Restrictions of accounts with their bases. Times in ms since 1970 UTC, cash in fen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
    "unfreeze". scope: of the first two ("buy", "sell", "withdraw", "all", "judicial"); asset,
    amount: of the others (fen or shares; "*" and 0 for the whole account).
    """

    act: str
    account: str
    basis: Basis
    scope: str = ""
    asset: str = ""
    amount: int = 0


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
