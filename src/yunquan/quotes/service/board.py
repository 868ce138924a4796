"""The market in memory: a board that a feed fills, and subscriptions that hear what is new."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from yunquan.bars.types import MinuteBar
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Forbidden, Invalid, NotFound, Unavailable
from yunquan.market import with_initials
from yunquan.market.rules.search import find_instruments
from yunquan.market.types import (
    Instrument,
    InstrumentNotice,
    MarketStatus,
    TradingStatus,
    VenueNotice,
)
from yunquan.quotes.rules.book import Mailbox, QuoteBook
from yunquan.quotes.rules.levels import (
    LEVEL_1,
    LEVEL_1_PRICES,
    LEVEL_2,
    LEVEL_2_PRICES,
    cut,
    gap_s,
    needs_level_2,
)
from yunquan.quotes.types import (
    DayEnd,
    MarketView,
    MinutesUpdate,
    Quote,
    Trade,
    TradesUpdate,
    Update,
)

_TOPIC_KINDS: Final = ("quote", "depth", "minutes", "trades")


class Subscription:
    """One subscriber's view of the board: asks for what is new, gets the latest, at its own
    speed.
    """

    def __init__(
        self,
        board: QuoteBoard,
        topics: Iterable[str],
        clock: Clock,
        gap_s: float,
        level: int,
        heard: Callable[[], None] | None = None,
    ) -> None:
        self._board = board
        self._heard = heard
        self._clock = clock
        self._level = level
        self._least_s = gap_s
        self._mailbox = Mailbox(topics, self._gap_s)
        self._minutes: dict[str, tuple[str, int]] = {}
        self._trades: dict[str, int] = {}
        self._wake = asyncio.Event()
        self.closed = False

    @property
    def topics(self) -> frozenset[str]:
        return self._mailbox.topics

    def _gap_s(self, topic: str) -> float:
        status = self._board.book.status
        speed = status.speed if status else 0.0
        return gap_s(topic.partition(":")[0], self._level, self._least_s, speed)

    def touch(self, topic: str) -> None:
        """There is news of a topic."""
        if self._mailbox.touch(topic, self._clock.monotonic()):
            self._wake.set()
            if self._heard is not None:
                self._heard()

    def due_in_s(self) -> float | None:
        """Seconds until the next update may go out, None when nothing is new."""
        due = self._mailbox.next_due_s()
        return None if due is None else max(due - self._clock.monotonic(), 0.0)

    def take_due(self) -> list[Update]:
        """The updates that may go out now."""
        found = map(self._update, self._mailbox.take_due(self._clock.monotonic()))
        return [update for update in found if update is not None]

    async def next(self, timeout_s: float) -> list[Update]:
        """The next updates, at most one a topic; [] after timeout_s without any, or once closed."""
        deadline = self._clock.monotonic() + timeout_s
        while not self.closed:
            self._wake.clear()
            if updates := self.take_due():
                return updates
            now = self._clock.monotonic()
            due = self._mailbox.next_due_s()
            wait_s = (deadline if due is None else min(due, deadline)) - now
            if now >= deadline:
                return []
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(wait_s, 0)):
                    await self._wake.wait()
        return []

    def close(self) -> None:
        """Stop hearing; a waiting `next` returns []."""
        self.closed = True
        self._board.forget(self)
        self._wake.set()

    def _update(self, topic: str) -> Update | None:
        kind, _, symbol = topic.partition(":")
        data: MarketView | Quote | MinutesUpdate | TradesUpdate | None = None
        match kind:
            case "quote":
                data = self._board.quote(symbol, LEVEL_1_PRICES)
            case "depth":
                data = self._board.quote(symbol)
            case "minutes":
                day, count = self._minutes.get(symbol, ("", 0))
                data = self._board.book.minutes_since(symbol, day, count)
                if data is not None:
                    self._minutes[symbol] = (data.trading_day, data.first + len(data.bars))
            case "trades":
                count = self._trades.get(symbol, 0)
                data, self._trades[symbol] = self._board.book.trades_since(symbol, count)
            case _:
                data = self._board.view()
        return None if data is None else Update(topic, data)


class QuoteBoard:
    """The market in memory: one a process, fed by a QuoteFeed, read by pages and streams.

    Use on one event loop. stale_after_s: how long the feed may be silent. gap_s: least time
    between two updates of a topic to one subscriber. day_ended: gets the day's bars when the
    venue ends the day.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        stale_after_s: float = 10.0,
        gap_s: float = 0.2,
        most_subscriptions: int = 10_000,
        most_topics: int = 100,
        day_ended: Callable[[DayEnd], None] | None = None,
        announced: Callable[[InstrumentNotice], None] | None = None,
    ) -> None:
        self.book = QuoteBook()
        self._clock = clock
        self._stale_after_s = stale_after_s
        self._gap_s = gap_s
        self._most_subscriptions = most_subscriptions
        self._most_topics = most_topics
        self._day_ended = day_ended
        self._announced = announced
        self._heard_s: float | None = None
        self._heard_at_ms = 0
        self._shown_stale = False
        self._subscriptions: set[Subscription] = set()
        self._by_topic: defaultdict[str, set[Subscription]] = defaultdict(set)

    # What the feed calls (QuoteListener).

    def on_instrument(self, notice: InstrumentNotice) -> None:
        self.book.instruments[notice.instrument.symbol] = with_initials(notice)
        if self._announced is not None:
            self._announced(notice)

    def on_quote(self, quote: Quote) -> None:
        self.book.put_quote(quote)
        self._tell(f"quote:{quote.symbol}")
        self._tell(f"depth:{quote.symbol}")

    def on_minutes(self, symbol: str, trading_day: str, bars: Sequence[MinuteBar]) -> None:
        self.book.put_minutes(symbol, trading_day, bars)
        self._tell(f"minutes:{symbol}")

    def on_trade(self, trade: Trade) -> None:
        self.book.put_trade(trade)
        self._tell(f"trades:{trade.symbol}")

    def on_trading_status(self, status: TradingStatus) -> None:
        self.book.put_trading_status(status)
        if status.symbol == "*":
            self._tell("market")
            return
        self._tell(f"quote:{status.symbol}")

    def on_notice(self, notice: VenueNotice) -> None:
        self.book.notice = notice
        self._tell("market")

    def on_market(self, status: MarketStatus) -> None:
        self.book.put_status(status)
        self._tell("market")

    def on_day_end(self, trading_day: str) -> None:
        if self._day_ended is None:
            return
        bars = self.book.day_bars(trading_day)
        minutes = self.book.day_minutes(trading_day)
        if bars or minutes:
            self._day_ended(DayEnd(trading_day, tuple(bars), tuple(minutes)))

    def on_heard(self) -> None:
        self._heard_s = self._clock.monotonic()
        self._heard_at_ms = to_ms(self._clock.now())
        if self._shown_stale:
            self.on_pulse()

    def on_pulse(self) -> None:
        stale = self.stale_since_ms() is not None
        if stale != self._shown_stale:
            self._shown_stale = stale
            self._tell("market")

    # What faces call.

    def view(self) -> MarketView:
        """Where the venue stands and whether it is still heard."""
        return MarketView(
            self.book.status, self.stale_since_ms(), self.book.stops(), self.book.notice
        )

    def stale_since_ms(self) -> int | None:
        """When the feed was last heard if that is too long ago (0: never), else None."""
        if self._heard_s is None:
            return 0
        silent_s = self._clock.monotonic() - self._heard_s
        return self._heard_at_ms if silent_s > self._stale_after_s else None

    def quote(self, symbol: str, prices: int = LEVEL_2_PRICES) -> Quote | None:
        """The latest quote with at most so many prices a side, None before the first."""
        found = self.book.quotes.get(symbol)
        return None if found is None else cut(found, prices)

    def trades(self, symbol: str) -> TradesUpdate | None:
        """The last trades of the day."""
        return self.book.trades_since(symbol, 0)[0]

    def minutes(self, symbol: str) -> MinutesUpdate | None:
        """The minute bars of the day so far."""
        return self.book.minutes_since(symbol, "", 0)

    def notice(self, symbol: str) -> InstrumentNotice:
        """What the venue announced of an instrument. Raises NotFound market.unknown_symbol."""
        found = self.book.instruments.get(symbol)
        if found is None:
            raise NotFound("market.unknown_symbol", symbol=symbol[:20])
        return found

    def search(self, text: str, limit: int = 10) -> list[Instrument]:
        """Instruments by code, initials or name, best first."""
        known = (notice.instrument for notice in self.book.instruments.values())
        return find_instruments(known, text, limit)

    def subscribe(
        self,
        topics: Iterable[str],
        level: int = LEVEL_1,
        *,
        heard: Callable[[], None] | None = None,
        least_gap_s: float | None = None,
    ) -> Subscription:
        """Hear of topics: "market", "quote:S", "minutes:S", and with Level 2 "depth:S",
        "trades:S"; what is known now comes first. heard: called when there is something new to
        take. least_gap_s: instead of the board's, for whoever keeps a pace of their own.

        Raises Invalid market.unknown_topic or market.too_many_topics, Forbidden level.needed,
        Unavailable market.too_many_streams.
        """
        wanted = frozenset(topics)
        if len(wanted) > self._most_topics:
            raise Invalid("market.too_many_topics", limit=self._most_topics)
        for topic in wanted:
            kind, _, symbol = topic.partition(":")
            if topic != "market" and not (kind in _TOPIC_KINDS and symbol):
                raise Invalid("market.unknown_topic", topic=topic[:40])
        if level < LEVEL_2 and (deep := needs_level_2(wanted)):
            raise Forbidden("level.needed", topic=min(deep)[:40])
        if len(self._subscriptions) >= self._most_subscriptions:
            raise Unavailable("market.too_many_streams", limit=self._most_subscriptions)
        gap_s = self._gap_s if least_gap_s is None else least_gap_s
        subscription = Subscription(self, wanted, self._clock, gap_s, level, heard)
        self._subscriptions.add(subscription)
        for topic in wanted:
            self._by_topic[topic].add(subscription)
            subscription.touch(topic)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Stop telling a subscription."""
        self._subscriptions.discard(subscription)
        for topic in subscription.topics:
            listeners = self._by_topic.get(topic)
            if listeners is not None:
                listeners.discard(subscription)
                if not listeners:
                    del self._by_topic[topic]

    @property
    def subscriptions(self) -> int:
        """How many streams are open."""
        return len(self._subscriptions)

    def _tell(self, topic: str) -> None:
        for subscription in self._by_topic.get(topic, ()):
            subscription.touch(topic)
