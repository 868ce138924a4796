"""Words of the market: instruments, a day's rules for one of them.

Prices are integers of 0.001 CNY (`_milli`), amounts integers of 0.01 CNY (`_fen`), rates integers
per 10^8 (`_e8`), quantities integer shares, trading days text "YYYY-MM-DD".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

MARKETS: Final = ("SH", "SZ", "BJ")
BOARDS: Final = ("main", "star", "chinext", "bse", "fund", "bond", "index")
SHARE_BOARDS: Final = ("main", "star", "chinext", "bse")
FUND_PRODUCTS: Final = (
    "etf",
    "etf_wide",
    "etf_bond",
    "etf_gold",
    "etf_commodity",
    "etf_money",
    "etf_cross_border",
    "lof",
    "reit",
)
PRODUCTS: Final = ("stock", *FUND_PRODUCTS, "convertible", "treasury", "index")

# Kinds of orders, by their names on the wire; ours and the venue's alike.
LIMIT: Final = "limit"
AFTER_HOURS: Final = "after_hours"
MARKET_KINDS: Final = (
    "best5_cancel",
    "best5_limit",
    "own_best",
    "counter_best",
    "immediate_cancel",
    "fill_or_kill",
)
ORDER_KINDS: Final = (LIMIT, *MARKET_KINDS, AFTER_HOURS)

# What a market order names as its worst price: its own (Shanghai, Beijing), or none, so that a
# buy freezes at the upper limit (Shenzhen).
PROTECTION: Final = "protection"
AT_LIMIT_UP: Final = "limit_up"

# Above every price a share has had, so that "no limit today" needs no branch where limits are
# compared.
UNLIMITED_UP_MILLI: Final = 99_999_990


class DayKind(StrEnum):
    """What a calendar day is to the firm. bank_only: banks work, the exchanges don't.
    settlement_only: the depository settles, nothing trades. network_test: the exchanges rehearse
    (全网测试); nothing of such a day may reach the books.
    """

    TRADING = "trading"
    CLOSED = "closed"
    BANK_ONLY = "bank_only"
    SETTLEMENT_ONLY = "settlement_only"
    NETWORK_TEST = "network_test"


class CalendarDay(msgspec.Struct, frozen=True):
    """A day whose kind is known, and from where. source: a notice, a package, "bars", a person's
    words.
    """

    day: str
    kind: DayKind
    source: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One value of one rule for one kind of product, in force over a span of trading days.

    effective_to: the first day on which it is no longer in force, "" while open. operative: False
    for text that is published but not yet applied. source: mark in the reference ("V:S1"), or
    "firm plan". certainty: V verified, KH, KM, KL known with high, medium, low confidence, F
    decided by the firm.
    """

    market: str
    board: str
    product: str
    rule: str
    value: RuleValue
    enacted_on: str
    effective_from: str
    effective_to: str
    operative: bool
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Phase:
    """A span of the trading day. start_s, end_s: seconds after local midnight, end excluded.

    kind: which orders it is for: "auction" (ordinary ones), "after_hours" (fixed price), "" none.
    matches: orders trade as they come; call auctions trade once, at their end, and say False.
    takes: kinds of orders it takes for one product; cancels: kinds whose orders may be taken back.
    Both are filled where a product's day is read (rules.sessions), empty in a row.
    """

    name: str
    kind: str
    start_s: int
    end_s: int
    accepts_orders: bool
    accepts_cancels: bool
    matches: bool
    takes: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()


RuleValue = int | str | tuple[Phase, ...]


class Instrument(msgspec.Struct, frozen=True):
    """Something that trades. symbol: "600519.SH". initials: pinyin initials of the Chinese name.

    risk_warned: ST or *ST. listed_on: first trading day, "" if unknown. simulated: "intraday" when
    the daily closes are real and the path between them isn't, "all" when both are made up, "" for
    neither.
    """

    symbol: str
    market: str
    board: str
    name_zh: str
    name_en: str
    initials: str = ""
    product: str = "stock"
    risk_warned: bool = False
    listed_on: str = ""
    simulated: str = ""


class InstrumentDay(msgspec.Struct, frozen=True, array_like=True):
    """Everything the checks of an order need to know about one instrument on one trading day.

    Limits are inclusive. buy_min, buy_step: a buy is at least the one and goes in steps of the
    other. sell_step: steps of a sale; lot: a balance below it is sold once and whole. max_qty: per
    limit order. permission: what the client must hold, "" for none. commission_min_fen: per order,
    not per fill.

    t0: may be sold on the day it is bought. max_market_qty, max_after_hours_qty: per order of that
    sort, 0 where there are none. kinds: order kinds it takes at all that day. cage_bp, cage_ticks:
    how far a limit order in continuous trading may be from the reference price, both 0 for no
    cage. after_hours: has the fixed-price session. daily_buy_cap: most shares one investor may buy
    of it in a day, 0 for no cap. market_price: "protection" or "limit_up", "" without market
    orders.
    """

    symbol: str
    market: str
    board: str
    name_zh: str
    name_en: str
    trading_day: str
    prev_close_milli: int
    limit_up_milli: int
    limit_down_milli: int
    tick_milli: int
    buy_min: int
    buy_step: int
    sell_step: int
    lot: int
    max_qty: int
    permission: str
    halted: bool
    simulated: str
    commission_e8: int
    commission_min_fen: int
    stamp_e8: int
    transfer_e8: int
    product: str = "stock"
    t0: bool = False
    max_market_qty: int = 0
    kinds: tuple[str, ...] = ("limit",)
    cage_bp: int = 0
    cage_ticks: int = 0
    after_hours: bool = False
    daily_buy_cap: int = 0
    market_price: str = ""
    max_after_hours_qty: int = 0


class InstrumentNotice(msgspec.Struct, frozen=True):
    """What the venue says of an instrument before it trades; its limits are compared with ours.

    listing_day, delisting_day: n-th trading day since the listing, or of the delisting period; 0
    when neither is near. t0: the venue's own word on selling on the day of purchase.
    issue_price_milli: 0 unless the first day's limits hang on it. industry: its code, or "".
    units: what trades freely 流通股本, in its quantity; 0 where the venue doesn't say.
    """

    instrument: Instrument
    trading_day: str
    prev_close_milli: int
    limit_up_milli: int
    limit_down_milli: int
    halted: bool
    listing_day: int = 0
    delisting_day: int = 0
    t0: bool = False
    issue_price_milli: int = 0
    industry: str = ""
    industry_zh: str = ""
    industry_en: str = ""
    units: int = 0


class MarketStatus(msgspec.Struct, frozen=True):
    """Where the venue stands. time: its local time "HH:MM:SS"; speed: market seconds per real
    second. kind_of_day: "trading", or "test" for a rehearsal over the network 全网测试.
    """

    trading_day: str
    time: str
    phase: str
    speed: float
    kind_of_day: str = "trading"


class TradingStatus(msgspec.Struct, frozen=True):
    """What the venue has stopped or goes on with. symbol, market: "*" for all of them.

    status: "trading", "halted", "volatility_halt" or "exchange_halt". until: "HH:MM:SS" or "".
    """

    symbol: str
    market: str
    status: str
    until: str = ""
    reason: str = ""


class VenueNotice(msgspec.Struct, frozen=True):
    """What the venue tells everybody. kind: "exchange_halt", "exchange_resume", "gateway_change",
    "network_test". at: its stamp.
    """

    id: str
    kind: str
    title_zh: str
    title_en: str
    at: str


class LimitDisagreement(msgspec.Struct, frozen=True):
    """The venue announced other limits than our rules give. Prices as (up, down) in 0.001 CNY."""

    symbol: str
    trading_day: str
    ours: tuple[int, int]
    theirs: tuple[int, int]


@dataclass(frozen=True, slots=True)
class HeldRule:
    """One rule as it holds for a product on a day, and why.

    row: the row in force, None where the product has no such rule. next_on, next_row: the first
    later day on which another row, or none, is in force; "" when nothing is known to change.
    waiting: enacted text that is not yet operative.
    """

    group: str
    rule: str
    row: RuleRow | None
    next_on: str
    next_row: RuleRow | None
    waiting: RuleRow | None


class RuleLine(msgspec.Struct, frozen=True):
    """A rule in people's units and language. value: as the row has it, phases as text.

    certainty: V verified, KH, KM, KL known with high, medium, low confidence, F the firm's own, ""
    without a row. follows: the row is that of another product. effective_to: the first day no
    longer in force, "" open. next_on, next_text: what changes next. waiting: what is enacted and
    not yet in force.
    """

    group: str
    rule: str
    label: str
    value: int | str
    value_text: str
    why: str
    follows: bool
    source: str
    certainty: str
    certainty_text: str
    effective_from: str
    effective_to: str
    next_on: str
    next_text: str
    waiting: str


class PhaseLine(msgspec.Struct, frozen=True):
    """A span of the day. starts, ends: "09:15". takes, cancels: kinds of orders."""

    name: str
    label: str
    starts: str
    ends: str
    takes: tuple[str, ...]
    cancels: tuple[str, ...]
    takes_text: str
    cancels_text: str
    matches: bool


class RuleSheet(msgspec.Struct, frozen=True):
    """Everything that holds for an instrument on a day. kind_of_day: "" beyond the calendar.

    limit_up, limit_down, prev_close: CNY, "" but on the day the venue announced the instrument for.
    """

    symbol: str
    name: str
    market: str
    board: str
    product: str
    product_text: str
    trading_day: str
    kind_of_day: str
    kind_text: str
    days_left: int
    known_to: str
    prev_close: str
    limit_up: str
    limit_down: str
    phases: tuple[PhaseLine, ...]
    rules: tuple[RuleLine, ...]
