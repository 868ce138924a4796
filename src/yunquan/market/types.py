"""Words of the market: instruments, a day's rules for one of them, quotes, bars.

Prices are integers of 0.001 CNY (`_milli`), amounts integers of 0.01 CNY (`_fen`), rates integers
per 10^8 (`_e8`), quantities integer shares, trading days text "YYYY-MM-DD".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

MARKETS: Final = ("SH", "SZ", "BJ")
BOARDS: Final = ("main", "star", "chinext", "bse")

# Above every price a share has had, so that "no limit today" needs no branch where limits are
# compared.
UNLIMITED_UP_MILLI: Final = 99_999_990


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

    kind: which orders it takes: "auction" (ordinary ones), "after_hours" (fixed price), "" none.
    matches: orders trade as they come; call auctions trade once, at their end, and say False.
    """

    name: str
    kind: str
    start_s: int
    end_s: int
    accepts_orders: bool
    accepts_cancels: bool
    matches: bool


RuleValue = int | tuple[Phase, ...]


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


class InstrumentNotice(msgspec.Struct, frozen=True):
    """What the venue says of an instrument before it trades: its own limits are kept to compare
    with ours.
    """

    instrument: Instrument
    trading_day: str
    prev_close_milli: int
    limit_up_milli: int
    limit_down_milli: int
    halted: bool


class MarketStatus(msgspec.Struct, frozen=True):
    """Where the venue stands. time: its local time "HH:MM:SS"; speed: market seconds per real
    second.
    """

    trading_day: str
    time: str
    phase: str
    speed: float


class Quote(msgspec.Struct, frozen=True):
    """The latest state of one instrument: at most five (price_milli, shares) a side, best first."""

    symbol: str
    seq: int
    at: str
    last_milli: int
    open_milli: int
    high_milli: int
    low_milli: int
    prev_close_milli: int
    volume: int
    turnover_fen: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


class MinuteBar(msgspec.Struct, frozen=True, array_like=True):
    """One minute of the day. minute: "HH:MM" of its end, venue time."""

    minute: str
    open_milli: int
    high_milli: int
    low_milli: int
    close_milli: int
    volume: int
    turnover_fen: int


class Trade(msgspec.Struct, frozen=True):
    """One trade on the venue. side: who took, "B" or "S"."""

    symbol: str
    seq: int
    at: str
    price_milli: int
    qty: int
    side: str


class DayBar(msgspec.Struct, frozen=True):
    """One trading day. Open, high, low, volume and turnover are None where the source has only
    closes.

    kind: "import" (read from a file) or "simulated" (played by the simulated market). adjusted: the
    price is off the tick, as forward adjusted prices are, and was rounded half up to 0.001 CNY.
    """

    symbol: str
    trading_day: str
    open_milli: int | None
    high_milli: int | None
    low_milli: int | None
    close_milli: int
    volume: int | None
    turnover_fen: int | None
    kind: str
    adjusted: bool


class RawBar(msgspec.Struct, frozen=True):
    """A row as its source wrote it, before anybody believed it. line: its place in the source,
    from 1.
    """

    line: int
    symbol: str
    day: str
    close: str
    open: str = ""
    high: str = ""
    low: str = ""
    preclose: str = ""
    volume: str = ""


class BarFault(msgspec.Struct, frozen=True):
    """A row, or a missing span of rows, that isn't believed. reason: code, e.g.
    "market.bar_duplicate".
    """

    symbol: str
    trading_day: str
    line: int
    reason: str
    detail: str


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did. rows_read = rows_good + rows_quarantined; gaps are spans without rows.

    adjusted_rows: good rows off the tick, noted and kept. repeated: the same content was already
    in.
    """

    source: str
    digest: str
    rows_read: int
    rows_good: int
    rows_quarantined: int
    gaps: int
    adjusted_rows: int
    repeated: bool = False


class LimitDisagreement(msgspec.Struct, frozen=True):
    """The venue announced other limits than our rules give. Prices as (up, down) in 0.001 CNY."""

    symbol: str
    trading_day: str
    ours: tuple[int, int]
    theirs: tuple[int, int]


class MarketView(msgspec.Struct, frozen=True):
    """What a page shows of the market. stale_since_ms: when the feed went silent, None while it
    speaks.

    status is None before the venue has said anything.
    """

    status: MarketStatus | None
    stale_since_ms: int | None


class MinutesUpdate(msgspec.Struct, frozen=True):
    """Minute bars a subscriber hasn't seen. first: index of bars[0] in the day; 0 starts the day
    anew.
    """

    symbol: str
    trading_day: str
    first: int
    bars: tuple[MinuteBar, ...]


class TradesUpdate(msgspec.Struct, frozen=True):
    """Trades a subscriber hasn't seen, oldest first. missed: older ones it was too slow for."""

    symbol: str
    missed: int
    trades: tuple[Trade, ...]


class Update(msgspec.Struct, frozen=True):
    """One message of a stream. topic: "market", "quote:SYMBOL", "minutes:SYMBOL",
    "trades:SYMBOL".
    """

    topic: str
    data: MarketView | Quote | MinutesUpdate | TradesUpdate
