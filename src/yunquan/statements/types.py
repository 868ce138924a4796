"""Movements of an account, and the papers made of them. Amounts in fen, prices in milli, quantities
in shares, times in UTC milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

Buckets = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class FillFacts:
    """The execution that a movement belongs to. worth: its amount in fen."""

    order: str
    symbol: str
    side: int
    execution: str
    price: int
    qty: int
    worth: int
    commission: int
    stamp: int
    transfer: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Movement:
    """One posting as its account sees it. day: the trading day whose statement it belongs to.

    kind: what it was, "moved" for one between the account's own buckets. change: what each bucket
    (available, settling, frozen, held) gained. symbol: the security it is about, "" for none.
    """

    day: str
    seq: int
    line: int
    at_ms: int
    kind: str
    asset: str
    change: Buckets
    house: str
    symbol: str
    basis: str
    fill: FillFacts | None

    @property
    def amount(self) -> int:
        """What the account owns more, below zero less."""
        return sum(self.change)


@dataclass(frozen=True, slots=True)
class Holding:
    """A position at a close. price: 0 where none is known; cost: fen, None where shares came in
    without one. realised: fen, of all that was sold until then.
    """

    symbol: str
    buckets: Buckets
    price: int
    cost: int | None
    realised: int

    @property
    def qty(self) -> int:
        return sum(self.buckets)

    @property
    def value(self) -> int | None:
        """Fen, None where no price is known."""
        return (self.price * self.qty + 5) // 10 if self.price or not self.qty else None


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a period. sums: fen gained by kind of cash movement."""

    first_day: str
    last_day: str
    opening: Buckets
    closing: Buckets
    sums: dict[str, int]
    flows: tuple[Movement, ...]
    fills: tuple[FillFacts, ...]
    actions: tuple[Movement, ...]
    holdings: tuple[Holding, ...]
    realised: int


class PaperColumn(msgspec.Struct, frozen=True):
    """A column of a table on paper. number: aligned to the right. share: of the width, in parts."""

    title: str
    number: bool = False
    share: int = 1


class PaperTable(msgspec.Struct, frozen=True):
    """A table with its heading; rows and totals are text. empty: what is said without rows."""

    title: str
    columns: tuple[PaperColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    totals: tuple[str, ...] = ()


class Paper(msgspec.Struct, frozen=True):
    """A statement or contract note, ready for page, PDF, CSV and JSON. facts: pairs of label and
    text under the title. mark: "" or what says that it is simulated or provisional. lang: zh or en.
    """

    title: str
    lang: str
    firm: str
    mark: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[PaperTable, ...]
    notes: tuple[str, ...]
    footer: str


class StatementLine(msgspec.Struct, frozen=True):
    """A statement that can be had. period: "2026-07-13" or "2026-07"."""

    period: str
    kind: str
    title: str
    provisional: bool


class StatementList(msgspec.Struct, frozen=True):
    """Statements there are, newest first."""

    months: tuple[StatementLine, ...]
    days: tuple[StatementLine, ...]


class MethodLine(msgspec.Struct, frozen=True):
    """A position by one way of reckoning its cost. Amounts as CNY text, None where unknown."""

    symbol: str
    name: str
    qty: int
    method: str
    cost: str | None
    value: str | None
    unrealised: str | None
    realised: str


@dataclass(slots=True)
class Lot:
    """Shares bought together that are still held, and what they cost in fen."""

    qty: int
    cost: int


@dataclass(slots=True)
class Reckoning:
    """A position by one method. uncosted: shares that came in without a known cost."""

    qty: int = 0
    cost: int = 0
    realised: int = 0
    uncosted: int = 0
    lots: list[Lot] = field(default_factory=list)
