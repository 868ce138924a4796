"""The papers of one opening as they are checked, and what is found. Times in milliseconds since
1970 UTC, days "YYYY-MM-DD".

What papers and facts say of a person is handed in to be compared and isn't kept; findings carry
it masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from yunquan.kernel.ids import Id


class PapersRunId(Id, prefix="ppr"):
    """One run of the checks over the papers of an opening."""


@dataclass(frozen=True, slots=True)
class OpeningPaper:
    """A document as whoever signed it saw it. pages: its text. signed_at_ms: 0 for not signed.
    facts: what it states, by field, where the text alone doesn't say.
    """

    code: str
    version: str
    locale: str
    pages: tuple[str, ...] = field(repr=False)
    signed_by: str = ""
    signed_at_ms: int = 0
    facts: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True)
class OpeningPapers:
    """Everything of one opening. day: the trading day by which rules are looked up. versions: of
    each document, in force on the day it was signed. truth: what was verified, by field (name,
    id_number, address, mobile, bank_account, card_valid_until, risk_class...). products: of the
    firm's list, that the opening asks for; confirmed: those insisted on with a record.
    approved_at_ms: 0 before it is approved.
    """

    owner: str
    day: str
    papers: tuple[OpeningPaper, ...] = field(repr=False)
    versions: Mapping[str, str]
    truth: Mapping[str, str] = field(repr=False)
    products: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    approved_at_ms: int = 0


class Place(msgspec.Struct, frozen=True):
    """Where in a document. page, line: from 1. start, end: characters of the page's text."""

    page: int
    line: int
    start: int
    end: int


class PaperFinding(msgspec.Struct, frozen=True):
    """Something a check found. severity: "error" stops the opening, "warn" is for a person to look
    at. document: a code, "" for the set. place: None where something is absent. facts: for the
    sentence of the code, masked.
    """

    code: str
    severity: str
    document: str
    place: Place | None = None
    facts: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class PapersRun:
    """The checks once run. digest: SM3 of the papers' texts and signatures."""

    id: PapersRunId
    owner: str
    day: str
    digest: str
    findings: tuple[PaperFinding, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class WantedPaper:
    """A document that an opening takes. states: fields it must state. when: a fact on which it is
    wanted, "" for always."""

    code: str
    signed: bool
    states: tuple[str, ...]
    when: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class WantedPhrase:
    """A risk warning that a document must carry: any of these, in the language it is in."""

    name: str
    document: str
    locale: str
    any_of: tuple[str, ...]
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class ForbiddenWord:
    """What no document may promise: words, and patterns over letters and digits alone for the ways
    to say it otherwise. unless_before, unless_after: letters that make another word.
    """

    name: str
    source: str
    certainty: str
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    unless_before: tuple[str, ...] = ()
    unless_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Denial:
    """Words that deny what follows. reach: "sentence", or "clause": up to a comma."""

    reach: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldLabel:
    """How a document says a field: what follows one of these labels."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """One document is signed before another."""

    before: str
    after: str
    source: str
    certainty: str
