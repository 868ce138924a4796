"""What a page or an API answer shows: amounts and prices already as text in CNY, ready for people
and for JSON.

Amounts have two decimals ("1234.50"), prices two or three, quantities are integers of shares, times
are UTC milliseconds.
A figure that can't be known now (no quote yet) is None, never a guess.
"""

from __future__ import annotations

from typing import Any

import msgspec

from yunquan.counter.types import StopView
from yunquan.quotes.types import Level


class Reason(msgspec.Struct, frozen=True):
    """Why something was refused: stable code, the figures, and the sentence in the reader's
    language.
    """

    code: str
    facts: dict[str, Any]
    text: str


class PositionLine(msgspec.Struct, frozen=True):
    """One holding. sellable: now; settling: bought today, sellable tomorrow (T+1). cost: average
    price paid with fees. unit: what quantities count, in the reader's language.
    """

    symbol: str
    name: str
    qty: int
    sellable: int
    settling: int
    frozen: int
    held: int
    cost: str | None
    last: str | None
    value: str | None
    profit: str | None
    profit_ratio: str | None
    stale: bool
    unit: str


class Assets(msgspec.Struct, frozen=True):
    """What a client owns. usable 可用: can buy; withdrawable 可取: settled; settling: today's
    proceeds, withdrawable from tomorrow.
    """

    account: str
    day: str
    seq: int
    total: str | None
    cash: str
    usable: str
    withdrawable: str
    settling: str
    frozen: str
    held: str
    market_value: str | None
    profit: str | None
    positions: tuple[PositionLine, ...]


class TicketFields(msgspec.Struct, frozen=True):
    """An order as its client writes it. price: in CNY, "" for a market order that names none. day:
    the trading day it is meant for, None for today's. kind: one of `market.types.ORDER_KINDS`.
    """

    symbol: str
    side: str
    price: str
    qty: int
    day: str | None = None
    kind: str = "limit"


class OrderLine(msgspec.Struct, frozen=True):
    """An order as its owner sees it. state: English name ("sending", "filled"); state_text: in the
    reader's language.

    average: mean fill price. reason: why it was refused or rejected. cancellable: a cancel makes
    sense now. price: the worst it may trade at; named_price: whether its client named it. time: the
    exchange's time when it was placed, "" if not written down. waits: kept here until the exchange
    takes it. unit: what its quantity counts, in the reader's language.
    """

    id: str
    account: str
    day: str
    symbol: str
    name: str
    side: str
    price: str
    qty: int
    filled: int
    cancelled: int
    average: str | None
    amount: str
    commission: str
    state: str
    state_text: str
    open: bool
    cancellable: bool
    cancel_wanted: bool
    at_ms: int
    kind: str
    kind_text: str
    named_price: bool
    time: str
    waits: bool
    unit: str
    reason: Reason | None


class OrderFilter(msgspec.Struct, frozen=True):
    """What a list of orders or executions is narrowed to; "" narrows nothing. side: "buy", "sell".
    state: "open" or the state's English name. from_day, to_day: ISO days, both included.
    """

    symbol: str = ""
    side: str = ""
    state: str = ""
    from_day: str = ""
    to_day: str = ""


class CancelTally(msgspec.Struct, frozen=True):
    """What became of a cancel of several orders. left: how many of them couldn't be asked for."""

    asked: int
    left: int


class FillLine(msgspec.Struct, frozen=True):
    """One execution with what it cost."""

    order: str
    symbol: str
    name: str
    side: str
    execution: str
    price: str
    qty: int
    amount: str
    commission: str
    stamp: str
    transfer: str
    at_ms: int


class OrderStep(msgspec.Struct, frozen=True):
    """One event in an order's life. stream, seq: its place in the log."""

    stream: str
    seq: int
    at_ms: int
    event: str
    text: str
    detail: dict[str, Any]


class OrderLife(msgspec.Struct, frozen=True):
    """An order with everything that happened to it."""

    order: OrderLine
    fills: tuple[FillLine, ...]
    steps: tuple[OrderStep, ...]


class Page(msgspec.Struct, frozen=True):
    """A page of a long list. next: pass as `before` for older items, None at the end. stale: newer
    events are on the way.
    """

    items: tuple[Any, ...]
    next: str | None
    stale: bool = False


class QuoteView(msgspec.Struct, frozen=True):
    """The latest of one instrument, five prices a side. stale_since_ms: None while fresh.

    indicative: in a call auction the price it would end at now, matched what would trade there,
    unmatched what would be left, positive when it is buyers'. standing: "" while it may trade, else
    "halted", "volatility_halt" or "exchange_halt" until the venue's time `until`.
    """

    symbol: str
    name: str
    board: str
    last: str | None
    change: str | None
    change_ratio: str | None
    open: str | None
    high: str | None
    low: str | None
    prev_close: str
    volume: int
    turnover: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    seq: int
    stale_since_ms: int | None
    simulated: str
    indicative: str | None = None
    matched: int = 0
    unmatched: int = 0
    standing: str = ""
    until: str = ""


class StandingView(msgspec.Struct, frozen=True):
    """Why an instrument doesn't trade. standing: "halted", "volatility_halt", "exchange_halt".
    until: "HH:MM:SS" or "".
    """

    standing: str
    text: str
    until: str
    reason: str


class QuotePage(msgspec.Struct, frozen=True):
    """A page of quotes. total: how many there are in all. next: start of the next page."""

    items: tuple[QuoteView, ...]
    total: int
    start: int
    next: int | None


class IndustryLine(msgspec.Struct, frozen=True):
    """One line of business: how many shares traded, rose and fell, the name of the one that leads,
    the mean of their changes, their turnover. industry: the venue's code.
    """

    industry: str
    name: str
    count: int
    up: int
    down: int
    leader: str
    change_ratio: str
    turnover: str


class MarketGlance(msgspec.Struct, frozen=True):
    """The whole market of today. up, down, flat, limit_up, limit_down, stopped: shares."""

    indices: tuple[QuoteView, ...]
    leaders: tuple[QuoteView, ...]
    losers: tuple[QuoteView, ...]
    busiest: tuple[QuoteView, ...]
    up: int
    down: int
    flat: int
    limit_up: int
    limit_down: int
    stopped: int
    turnover: str
    industries: tuple[IndustryLine, ...]
    stale_since_ms: int | None


class InstrumentView(msgspec.Struct, frozen=True):
    """An instrument's quote and what holds for it today. limited: it has a price limit. unit: what
    quantities count, in the reader's language. commission, stamp (sales only), transfer: rates in
    per cent ("0.025"); commission_min: per order in CNY. units: what trades freely, 0 unknown.
    """

    quote: QuoteView
    trading_day: str
    time: str
    phase: str
    phase_text: str
    limit_up: str
    limit_down: str
    tick: str
    buy_min: int
    buy_step: int
    lot: int
    max_qty: int
    permission: str
    halted: bool
    product: str
    t0: bool
    limited: bool
    unit: str
    kinds: tuple[KindView, ...]
    commission: str = ""
    commission_min: str = ""
    stamp: str = ""
    transfer: str = ""
    industry: str = ""
    units: int = 0


class KindView(msgspec.Struct, frozen=True):
    """A kind of order that an instrument takes. price: "limit", "protection" or "none", what its
    price field means. about: what it does, in a line. now: taken at this time; waits: kept until a
    later phase of today, and `when` that is.
    """

    kind: str
    text: str
    about: str
    price: str
    max_qty: int
    now: bool
    waits: bool
    when: str


class Estimate(msgspec.Struct, frozen=True):
    """A ticket checked without placing it. max_qty: what could be bought or sold. total: to freeze,
    or net proceeds. price_low, price_high: prices taken now, by limits and cage, None where nothing
    bounds them. caged: the cage 有效申报价格范围 bounds them more than the limits do.
    """

    max_qty: int
    amount: str
    commission: str
    transfer: str
    stamp: str
    total: str
    price_low: str | None
    price_high: str | None
    caged: bool
    reason: Reason | None


class PostingLine(msgspec.Struct, frozen=True):
    """One posting. amount: CNY text for cash, shares for securities."""

    stream: str
    seq: int
    at_ms: int
    source: str
    source_bucket: str
    target: str
    target_bucket: str
    asset: str
    amount: str


class NoticeLine(msgspec.Struct, frozen=True):
    """Something a client is told on every page it concerns. kind: "stop", "exchange_halt",
    "halted", "volatility_halt" or "gateway". stops: no new orders are taken because of it.
    """

    kind: str
    scope: str
    title: str
    text: str
    since_ms: int | None
    stops: bool


class NoticeList(msgspec.Struct, frozen=True):
    """What a client is told now. seen: changes when they do, so that a page knows if it is up to
    date.
    """

    items: tuple[NoticeLine, ...]
    seen: str


class OrderPage(msgspec.Struct, frozen=True):
    """Orders, newest first. next: pass as `before`; None at the end. stale: newer events are on the
    way.
    """

    items: tuple[OrderLine, ...]
    next: str | None
    stale: bool


class FillPage(msgspec.Struct, frozen=True):
    """Executions, newest first."""

    items: tuple[FillLine, ...]
    next: str | None
    stale: bool


class PostingPage(msgspec.Struct, frozen=True):
    """Postings, newest first."""

    items: tuple[PostingLine, ...]
    next: str | None
    stale: bool


class QuoteList(msgspec.Struct, frozen=True):
    """Quotes in the order asked for, or best match first."""

    items: tuple[QuoteView, ...]


class CounterView(msgspec.Struct, frozen=True):
    """How a counter is. unbalanced, negative: sampled invariants, empty when all is well.
    waiting: orders kept for a later phase. gateway: where new orders go out, "" the first one;
    changed: since when, why. day_ended: no more orders today. ack_ms: p50, p99 of orders accepted
    in the last minute. reader_lag: events behind."""

    name: str
    day: str
    seq: int
    processed: int
    refusals: dict[str, int]
    accounts: int
    orders: int
    open_orders: int
    unmatched: int
    reloads: int
    links: tuple[str, ...]
    unbalanced: dict[str, int]
    negative: tuple[str, ...]
    batch_p99_ms: float
    waiting: int
    gateway: str
    stops: tuple[StopView, ...]
    changed: StopView | None
    gateways: tuple[str, ...]
    day_ended: bool
    ack_ms: tuple[float, ...]
    reader_lag: int


class CounterList(msgspec.Struct, frozen=True):
    """All counters of this firm."""

    items: tuple[CounterView, ...]


class Balance(msgspec.Struct, frozen=True):
    """Buckets of one asset: CNY text for cash, shares as text for securities."""

    asset: str
    available: str
    settling: str
    frozen: str
    held: str


class AccountState(msgspec.Struct, frozen=True):
    """An account as its counter has it. restrictions: basis by scope; judicial: basis of a freeze
    of the whole account.
    """

    account: str
    client: str
    kind: str
    day: str
    seq: int
    cash: Balance
    positions: tuple[Balance, ...]
    permissions: tuple[str, ...]
    restrictions: dict[str, str]
    judicial: str
    id_expires_on: str


class CalendarLine(msgspec.Struct, frozen=True):
    """A day whose kind is known: trading, closed, bank_only, settlement_only or network_test."""

    day: str
    kind: str
    kind_text: str
    source: str


class CalendarView(msgspec.Struct, frozen=True):
    """Days whose kind is known, in order; plain weekends have no row. today: the market's day.

    days_left: trading days known after it. known_to: the last of them. warning: "" while enough are
    known, else what is wrong.
    """

    items: tuple[CalendarLine, ...]
    today: str
    days_left: int
    known_to: str
    warning: str
