"""Words of quotes: what the board holds, what subscribers hear, what the tape keeps.

Prices are integers of 0.001 CNY (`_milli`), amounts integers of 0.01 CNY (`_fen`), quantities
integer shares, trading days text "YYYY-MM-DD".
"""

from __future__ import annotations

import msgspec

from yunquan.bars.types import DayBar, MinuteBar, MinutesOfDay
from yunquan.market.types import MarketStatus, TradingStatus, VenueNotice


class Quote(msgspec.Struct, frozen=True):
    """The latest state of one instrument: at most ten (price_milli, shares) a side, best first.

    In call auctions indicative_milli is the price it would open or close at now, matched_qty what
    would trade there, unmatched_qty what would be left over, positive when it is buyers'; all 0
    otherwise.
    """

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
    indicative_milli: int = 0
    matched_qty: int = 0
    unmatched_qty: int = 0


class Trade(msgspec.Struct, frozen=True):
    """One trade on the venue. side: who took, "B" or "S", "" in a call auction."""

    symbol: str
    seq: int
    at: str
    price_milli: int
    qty: int
    side: str


class DayEnd(msgspec.Struct, frozen=True):
    """What a trading day leaves when the venue ends it."""

    trading_day: str
    bars: tuple[DayBar, ...]
    minutes: tuple[MinutesOfDay, ...]


class Entitlement(msgspec.Struct, frozen=True):
    """A client's right to a level of market data on trading days from one to another.

    effective_to: the first day on which it is no longer in force, "" while open. basis: the
    contract or order it rests on. granted_by: the actor.
    """

    client: str
    level: int
    effective_from: str
    effective_to: str
    basis: str
    granted_by: str
    granted_at_ms: int


class MarketView(msgspec.Struct, frozen=True):
    """What a page shows of the market. stale_since_ms: when the feed went silent, None while it
    speaks.

    status is None before the venue has said anything. stops: what is stopped of a whole market.
    notice: the last the venue told everybody today.
    """

    status: MarketStatus | None
    stale_since_ms: int | None
    stops: tuple[TradingStatus, ...] = ()
    notice: VenueNotice | None = None


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
    """One message of a stream. topic: "market", "quote:SYMBOL", "depth:SYMBOL", "minutes:SYMBOL",
    "trades:SYMBOL".
    """

    topic: str
    data: MarketView | Quote | MinutesUpdate | TradesUpdate


class QuoteTick(msgspec.Struct, frozen=True, array_like=True, tag="q"):
    """A quote as the tape keeps it. heard_ms: our time of hearing it, UTC.

    The books stay encoded until somebody asks for `quote()`: most readers want prices only, and
    forty small objects a tick would cost five times the rest.
    """

    heard_ms: int
    symbol: str
    number: int
    at: str
    last_milli: int
    open_milli: int
    high_milli: int
    low_milli: int
    prev_close_milli: int
    volume: int
    turnover_fen: int
    bids: msgspec.Raw
    asks: msgspec.Raw
    indicative_milli: int = 0
    matched_qty: int = 0
    unmatched_qty: int = 0

    def quote(self) -> Quote:
        """The whole quote, books included."""
        return Quote(
            self.symbol,
            self.number,
            self.at,
            self.last_milli,
            self.open_milli,
            self.high_milli,
            self.low_milli,
            self.prev_close_milli,
            self.volume,
            self.turnover_fen,
            _levels.decode(self.bids),
            _levels.decode(self.asks),
            self.indicative_milli,
            self.matched_qty,
            self.unmatched_qty,
        )


class TradeTick(msgspec.Struct, frozen=True, array_like=True, tag="t"):
    """A trade as the tape keeps it. heard_ms: our time of hearing it, UTC."""

    heard_ms: int
    symbol: str
    number: int
    at: str
    price_milli: int
    qty: int
    side: str

    def trade(self) -> Trade:
        """The trade without the tape's own time."""
        return Trade(self.symbol, self.number, self.at, self.price_milli, self.qty, self.side)


class TapeHole(msgspec.Struct, frozen=True):
    """Ticks the tape hasn't got. reason: code, "tape.disk_full", "tape.torn", "tape.damaged".

    lost: how many sequence numbers are missing, 0 when nobody can tell.
    """

    reason: str
    first_seq: int
    lost: int
    heard_ms: int


TapeItem = QuoteTick | TradeTick | TapeHole

_levels = msgspec.msgpack.Decoder(tuple[tuple[int, int], ...])


class Level(msgspec.Struct, frozen=True):
    """One level of a book."""

    price: str
    qty: int


class DepthView(msgspec.Struct, frozen=True):
    """Level 2: ten prices a side, best first."""

    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    seq: int
    stale_since_ms: int | None


class TradeLine(msgspec.Struct, frozen=True):
    """Level 2: one trade. time: "HH:MM:SS". side: who took, "B" or "S", "" in a call auction."""

    seq: int
    time: str
    price: str
    qty: int
    side: str


class TradeList(msgspec.Struct, frozen=True):
    """Trades, oldest first. missed: how many came between these and the ones before."""

    symbol: str
    trades: tuple[TradeLine, ...]
    missed: int
    stale_since_ms: int | None


class NewsLine(msgspec.Struct, frozen=True):
    """Something told of an instrument, in the reader's language. day: which it is about; kind:
    "action", "halt", "listing", "delisting", "warned" or "notice"; source: who says so.
    """

    day: str
    kind: str
    title: str
    text: str
    source: str
