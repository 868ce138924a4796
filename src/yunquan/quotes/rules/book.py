"""What is known of the day so far, in memory, and what each subscriber has still to hear of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import Final

from yunquan.bars.types import DayBar, MinuteBar, MinutesOfDay
from yunquan.market.types import InstrumentNotice, MarketStatus, TradingStatus, VenueNotice
from yunquan.quotes.types import MinutesUpdate, Quote, Trade, TradesUpdate

MOST_TRADES: Final = 60
# A trading day has 240 minutes; a feed that sends more is wrong, and gets no more room.
MOST_MINUTES: Final = 500


class QuoteBook:
    """Latest quotes, the day's minute bars and last trades by symbol. Size is bounded by the
    symbols.
    """

    def __init__(self) -> None:
        self.status: MarketStatus | None = None
        self.instruments: dict[str, InstrumentNotice] = {}
        self.quotes: dict[str, Quote] = {}
        self.notice: VenueNotice | None = None
        # By symbol, or by market or "*" for what is stopped as a whole.
        self.stopped: dict[str, TradingStatus] = {}
        self._minutes: dict[str, tuple[str, list[MinuteBar]]] = {}
        self._trades: dict[str, deque[Trade]] = {}
        self._trade_counts: dict[str, int] = {}

    def put_quote(self, quote: Quote) -> None:
        self.quotes[quote.symbol] = quote

    def put_minutes(self, symbol: str, trading_day: str, bars: Sequence[MinuteBar]) -> None:
        """Add the bars that are newer than what is here; another trading day begins anew."""
        day, known = self._minutes.get(symbol, ("", []))
        if day != trading_day:
            day, known = trading_day, []
            self._minutes[symbol] = (day, known)
        for bar in bars:
            if (not known or bar.minute > known[-1].minute) and len(known) < MOST_MINUTES:
                known.append(bar)

    def put_trade(self, trade: Trade) -> None:
        trades = self._trades.setdefault(trade.symbol, deque(maxlen=MOST_TRADES))
        trades.append(trade)
        self._trade_counts[trade.symbol] = self._trade_counts.get(trade.symbol, 0) + 1

    def put_status(self, status: MarketStatus) -> None:
        """A new trading day empties the last trades; minutes go when the first bar of the new
        day comes.
        """
        if self.status is not None and self.status.trading_day != status.trading_day:
            self._trades.clear()
            self.stopped.clear()
            self.notice = None
        self.status = status

    def put_trading_status(self, status: TradingStatus) -> None:
        """What goes on trading is no longer kept; one symbol's end of a pause ends only its own."""
        key = status.symbol if status.symbol != "*" else status.market
        if status.status == "trading":
            self.stopped.pop(key, None)
            if key == "*":
                self.stopped = {k: one for k, one in self.stopped.items() if "." in k}
        else:
            self.stopped[key] = status

    def trading_status(self, symbol: str) -> TradingStatus | None:
        """Why a symbol doesn't trade: its exchange stopped, or it did; None while it may."""
        for key in ("*", symbol[-2:], symbol):
            if key in self.stopped:
                return self.stopped[key]
        return None

    def stops(self) -> tuple[TradingStatus, ...]:
        """What is stopped of whole markets."""
        return tuple(one for one in self.stopped.values() if one.symbol == "*")

    def minutes_since(self, symbol: str, day: str, count: int) -> MinutesUpdate | None:
        """Bars after the first `count` of `day`; all of them when the day has changed; None if
        no news.
        """
        trading_day, bars = self._minutes.get(symbol, ("", []))
        first = count if day == trading_day else 0
        if first >= len(bars):
            return None
        return MinutesUpdate(symbol, trading_day, first, tuple(bars[first:]))

    def trades_since(self, symbol: str, count: int) -> tuple[TradesUpdate | None, int]:
        """(trades after the first `count` ever heard, how many that makes)."""
        total = self._trade_counts.get(symbol, 0)
        kept = self._trades.get(symbol, ())
        news = min(total - count, len(kept))
        if news <= 0:
            return None, total
        return TradesUpdate(symbol, total - count - news, tuple(kept)[-news:]), total

    def day_bars(self, trading_day: str) -> list[DayBar]:
        """The day as it was quoted, for the symbols that traded. Quotes of another day don't
        count.
        """
        bars: list[DayBar] = []
        for quote in self.quotes.values():
            if quote.volume > 0 and quote.at.startswith(trading_day):
                bars.append(_day_bar(quote, trading_day))
        return bars

    def day_minutes(self, trading_day: str) -> list[MinutesOfDay]:
        """The day's minutes, for the symbols that have any."""
        return [
            MinutesOfDay(symbol, day, tuple(bars))
            for symbol, (day, bars) in self._minutes.items()
            if day == trading_day and bars
        ]


class Mailbox:
    """Topics with news for one subscriber, each passed on at most every `gap_s` of its own.

    Holds topics, not messages: whoever is slow finds only the latest state, and memory stays
    bounded. gap_s: by topic.
    """

    def __init__(self, topics: Iterable[str], gap_s: Callable[[str], float]) -> None:
        self.topics = frozenset(topics)
        self._gap_s = gap_s
        self._due_at: dict[str, float] = {}
        self._last_at: dict[str, float] = {}

    def touch(self, topic: str, now_s: float) -> bool:
        """There is news. True if the subscriber didn't know yet and should look when it is due."""
        if topic in self._due_at:
            return False
        self._due_at[topic] = max(now_s, self._last_at.get(topic, -inf) + self._gap_s(topic))
        return True

    def take_due(self, now_s: float) -> list[str]:
        """Topics to pass on now, longest waiting first."""
        due = sorted((at, topic) for topic, at in self._due_at.items() if at <= now_s)
        for _, topic in due:
            del self._due_at[topic]
            self._last_at[topic] = now_s
        return [topic for _, topic in due]

    def next_due_s(self) -> float | None:
        """When the next topic is due, None if there is no news."""
        return min(self._due_at.values(), default=None)


def _day_bar(quote: Quote, trading_day: str) -> DayBar:
    return DayBar(
        symbol=quote.symbol,
        trading_day=trading_day,
        open_milli=quote.open_milli,
        high_milli=quote.high_milli,
        low_milli=quote.low_milli,
        close_milli=quote.last_milli,
        volume=quote.volume,
        turnover_fen=quote.turnover_fen,
        kind="simulated",
        adjusted=False,
    )
