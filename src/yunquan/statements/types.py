"""Movements of an account, and the papers made of them. Amounts in fen, prices in milli, quantities
in shares, times in UTC milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from yunquan.market.rules.fees import notional_fen
from yunquan.rights.types import NewShares

Buckets = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class FillFacts:
    """The execution that a movement belongs to. worth: its amount in fen; day: its trading day."""

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
    day: str


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
    """A position at a close, without new shares that aren't listed yet. price: 0 where none is
    known; cost: fen, None where shares came in without one. realised: fen, of all that was sold
    until then.
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
        """Fen, rounded half up; None where no price is known."""
        return notional_fen(self.price, self.qty) if self.price or not self.qty else None


@dataclass(frozen=True, slots=True)
class Coming:
    """New shares that an account is due and can't sell yet 待上市股份. price: of the security, 0
    where none is known.
    """

    shares: NewShares
    price: int

    @property
    def value(self) -> int | None:
        """Fen: once they are out of the price what they sell for, before it what was paid for them.
        None where no price is known.
        """
        if not self.shares.ex:
            return self.shares.paid_fen
        return notional_fen(self.price, self.shares.qty) if self.price else None


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a period. sums: fen gained by kind of cash movement; coming: new shares that
    aren't listed when it ends.
    """

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
    coming: tuple[Coming, ...] = ()


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
    body: paragraphs of a letter, under the facts.
    """

    title: str
    lang: str
    firm: str
    mark: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[PaperTable, ...]
    notes: tuple[str, ...]
    footer: str
    body: tuple[str, ...] = ()


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
    """A position by one method. uncosted: shares that came in without a known cost; prepaid: fen
    paid for shares of rights issues that are to come, by action.
    """

    qty: int = 0
    cost: int = 0
    realised: int = 0
    uncosted: int = 0
    lots: list[Lot] = field(default_factory=list)
    prepaid: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Earned:
    """What a period brought, in fen; fees and taxes below zero. gain: what prices brought before
    costs, of which realised by selling, the rest on what is still held.
    """

    gain: int
    realised: int
    dividends: int
    interest: int
    commission: int
    stamp: int
    transfer_fee: int
    dividend_tax: int
    other: int

    @property
    def unrealised(self) -> int:
        return self.gain - self.realised

    @property
    def net(self) -> int:
        """What is left after everything."""
        costs = self.commission + self.stamp + self.transfer_fee + self.dividend_tax
        return self.gain + self.dividends + self.interest + self.other + costs


@dataclass(frozen=True, slots=True)
class Charges:
    """What selling pays. Rates in parts per 10^8, the least commission in fen."""

    commission_e8: int
    commission_min: int
    stamp_e8: int
    transfer_e8: int


@dataclass(frozen=True, slots=True)
class Proceeds:
    """What a sale at one price would bring, in fen."""

    amount: int
    commission: int
    stamp: int
    transfer: int

    @property
    def net(self) -> int:
        return self.amount - self.commission - self.stamp - self.transfer


class EarnedLine(msgspec.Struct, frozen=True):
    """What was earned, in CNY text: of a period, or of one security in it. Fees below zero."""

    label: str
    symbol: str
    first_day: str
    realised: str
    unrealised: str
    dividends: str
    interest: str
    commission: str
    stamp: str
    transfer_fee: str
    dividend_tax: str
    other: str
    net: str


class EarnedPeriod(msgspec.Struct, frozen=True):
    """A period's sum and its securities. period: today, month, year or all."""

    period: str
    total: EarnedLine
    securities: tuple[EarnedLine, ...]


class SaleLine(msgspec.Struct, frozen=True):
    """What selling all of a position would bring now. bid_net: by the bids shown for its size, None
    where they don't reach. sellable: of qty, today.
    """

    symbol: str
    name: str
    qty: int
    sellable: int
    price: str | None
    amount: str | None
    commission: str | None
    stamp: str | None
    transfer_fee: str | None
    net: str | None
    cost: str | None
    profit: str | None
    bid_net: str | None


class CashDay(msgspec.Struct, frozen=True):
    """Cash that becomes withdrawable on a day, "" where no day is known, and why."""

    day: str
    amount: str
    reason: str


class OrderFees(msgspec.Struct, frozen=True):
    """What an order cost. without_minimum: its commission by the rate alone."""

    order: str
    day: str
    symbol: str
    name: str
    side: str
    amount: str
    commission: str
    without_minimum: str
    rate: str
    minimum: str
    source: str
    stamp: str
    transfer_fee: str


class ClearMoney(msgspec.Struct, frozen=True):
    """The clear-money page 明白账. complete: every price that is needed was known."""

    account: str
    day: str
    earned: tuple[EarnedPeriod, ...]
    sales: tuple[SaleLine, ...]
    sales_net: str | None
    cash: tuple[CashDay, ...]
    orders: tuple[OrderFees, ...]
    complete: bool


class FlowFilter(msgspec.Struct, frozen=True):
    """What movements of cash are narrowed to; "" narrows nothing. kind: one of `flow.GROUPS`. way:
    "in" or "out". from_day, to_day: trading days, both included.
    """

    kind: str = ""
    way: str = ""
    from_day: str = ""
    to_day: str = ""


class FlowLine(msgspec.Struct, frozen=True):
    """One movement of cash 资金流水. day: the trading day it belongs to; at_ms: when it was booked.
    about: what it was for, in words. amount: CNY text, below zero what went out. balance: what the
    account owned after it, None while newer events are on the way. seq, line: its place in the log.
    """

    seq: int
    line: int
    day: str
    at_ms: int
    kind: str
    kind_text: str
    about: str
    symbol: str
    order: str
    amount: str
    balance: str | None


class FlowPage(msgspec.Struct, frozen=True):
    """Movements, newest first. next: pass as `before` for older ones, None at the end. balance:
    what the account owns now. stale: newer events are on the way.
    """

    items: tuple[FlowLine, ...]
    next: str | None
    balance: str
    stale: bool
