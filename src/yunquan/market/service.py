"""What the market does: import bars, keep the calendar and instruments, pass quotes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Invalid, NotFound, Unavailable
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.market import store
from yunquan.market.events import BarsImported
from yunquan.market.ports import BarSource
from yunquan.market.rules.bars import check_bars
from yunquan.market.rules.calendar import Calendar
from yunquan.market.rules.initials import pinyin_initials
from yunquan.market.rules.instruments import instrument_day, limits_on
from yunquan.market.rules.quotes import Mailbox, QuoteBook
from yunquan.market.rules.rows import RuleBook
from yunquan.market.rules.search import find_instruments
from yunquan.market.types import (
    BarFault,
    DayBar,
    ImportReport,
    Instrument,
    InstrumentDay,
    InstrumentNotice,
    LimitDisagreement,
    MarketStatus,
    MarketView,
    MinuteBar,
    MinutesUpdate,
    Quote,
    Trade,
    TradesUpdate,
    Update,
)

MOST_BARS: Final = 5_000
_TOPIC_KINDS: Final = ("quote", "minutes", "trades")


# --- bars -----------------------------------------------------------------------------------------


def import_bars(tx: Tx, source: BarSource, book: RuleBook) -> ImportReport:
    """Check a source's bars; keep the good ones, set the others aside with their reasons.

    The same content again changes nothing and says `repeated`; new content of the same source
    replaces the old. Raises Invalid market.bars_* when the source can't be read at all.
    """
    digest = source.digest()
    before = store.find_import(tx, source.name)
    if before is not None and before.digest == digest:
        return msgspec.structs.replace(before, repeated=True)
    rows = list(source.rows())
    checked = check_bars(book, rows, store.load_trading_days(tx), source.listed_on)
    gaps = sum(fault.reason == "market.bar_gap" for fault in checked.faults)
    report = ImportReport(
        source=source.name,
        digest=digest,
        rows_read=len(rows),
        rows_good=len(checked.good),
        rows_quarantined=len(checked.faults) - gaps,
        gaps=gaps,
        adjusted_rows=sum(bar.adjusted for bar in checked.good),
    )
    assert report.rows_good + report.rows_quarantined == report.rows_read, report
    store.delete_bars(tx, source.name)
    store.save_bars(tx, checked.good, source.name)
    store.replace_quarantine(tx, source.name, checked.faults)
    store.add_trading_days(tx, {bar.trading_day for bar in checked.good})
    store.save_import(tx, report)
    tx.emit(
        BarsImported(source.name, digest, report.rows_good, report.rows_quarantined, report.gaps)
    )
    return report


def record_day_bars(tx: Tx, bars: Sequence[DayBar]) -> None:
    """Keep the bars of a day as it was played. Again for the same day: the later ones count."""
    store.save_bars(tx, bars, "simulated market")
    store.add_trading_days(tx, {bar.trading_day for bar in bars})


def record_day_bar(tx: Tx, bar: DayBar) -> None:
    """Keep one bar of a day as it was played."""
    record_day_bars(tx, [bar])


def load_bars(tx: ReadTx, symbol: str, before: str, limit: int = 250) -> list[DayBar]:
    """The latest daily bars before a trading day, oldest first.

    before: usually today's trading day at the venue. The files reach beyond it, and a chart must
    not show what hasn't happened yet.
    """
    return store.load_bars(tx, symbol, before, max(1, min(limit, MOST_BARS)))


def load_quarantine(tx: ReadTx, source: str | None = None, limit: int = 500) -> list[BarFault]:
    """Bars set aside and gaps, with reasons, of one source or of all."""
    return store.load_quarantine(tx, max(1, min(limit, MOST_BARS)), source)


# --- calendar -------------------------------------------------------------------------------------


def load_calendar(tx: ReadTx) -> Calendar:
    """The trading days as far as bars tell, weekdays beyond."""
    return Calendar(store.load_trading_days(tx))


def is_trading_day(tx: ReadTx, day: str) -> bool:
    """Whether the exchanges trade on this day ("YYYY-MM-DD")."""
    return load_calendar(tx).is_trading_day(day)


def next_trading_day(tx: ReadTx, day: str) -> str:
    """The first trading day after this one."""
    return load_calendar(tx).next_trading_day(day)


# --- instruments ----------------------------------------------------------------------------------


def record_instruments(
    tx: Tx, notices: Sequence[InstrumentNotice], book: RuleBook
) -> list[LimitDisagreement]:
    """Keep what the venue announced; return where its limits aren't the ones our rules give."""
    store.save_instruments(tx, map(_named, notices))
    found = [(notice, _limits(book, notice)) for notice in notices]
    return [
        LimitDisagreement(
            symbol=notice.instrument.symbol,
            trading_day=notice.trading_day,
            ours=ours,
            theirs=(notice.limit_up_milli, notice.limit_down_milli),
        )
        for notice, ours in found
        if ours != (notice.limit_up_milli, notice.limit_down_milli)
    ]


def _limits(book: RuleBook, notice: InstrumentNotice) -> tuple[int, int]:
    return limits_on(book, notice.instrument, notice.prev_close_milli, notice.trading_day)


def day_of_notice(book: RuleBook, notice: InstrumentNotice) -> InstrumentDay:
    """Our rules for an instrument on the day the venue announced it for."""
    return instrument_day(
        book,
        notice.instrument,
        notice.prev_close_milli,
        notice.trading_day,
        halted=notice.halted,
    )


def load_instrument_days(tx: ReadTx, book: RuleBook) -> list[InstrumentDay]:
    """Every instrument's rules on the day it was last announced for, by symbol."""
    return [day_of_notice(book, notice) for notice in store.load_instruments(tx)]


def load_instruments(tx: ReadTx) -> list[Instrument]:
    """Every instrument, by symbol."""
    return [notice.instrument for notice in store.load_instruments(tx)]


def search(tx: ReadTx, text: str, limit: int = 10) -> list[Instrument]:
    """Instruments by code, initials or name, best first, from the database; see also
    QuoteBoard.search.
    """
    return find_instruments(load_instruments(tx), text, limit)


def _named(notice: InstrumentNotice) -> InstrumentNotice:
    """The notice, its instrument's pinyin initials filled in from the Chinese name if it has
    none.
    """
    if notice.instrument.initials:
        return notice
    initials = pinyin_initials(notice.instrument.name_zh)
    instrument = msgspec.structs.replace(notice.instrument, initials=initials)
    return msgspec.structs.replace(notice, instrument=instrument)


# --- quotes ---------------------------------------------------------------------------------------


class Subscription:
    """One subscriber's view of the board: asks for what is new, gets the latest, at its own
    speed.
    """

    def __init__(
        self, board: QuoteBoard, topics: Iterable[str], clock: Clock, gap_s: float
    ) -> None:
        self._board = board
        self._clock = clock
        self._mailbox = Mailbox(topics, gap_s)
        self._minutes: dict[str, tuple[str, int]] = {}
        self._trades: dict[str, int] = {}
        self._wake = asyncio.Event()
        self.closed = False

    @property
    def topics(self) -> frozenset[str]:
        return self._mailbox.topics

    def touch(self, topic: str) -> None:
        """There is news of a topic."""
        if self._mailbox.touch(topic, self._clock.monotonic()):
            self._wake.set()

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
                data = self._board.book.quotes.get(symbol)
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
        day_ended: Callable[[list[DayBar]], None] | None = None,
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
        self.book.instruments[notice.instrument.symbol] = _named(notice)
        if self._announced is not None:
            self._announced(notice)

    def on_quote(self, quote: Quote) -> None:
        self.book.put_quote(quote)
        self._tell(f"quote:{quote.symbol}")

    def on_minutes(self, symbol: str, trading_day: str, bars: Sequence[MinuteBar]) -> None:
        self.book.put_minutes(symbol, trading_day, bars)
        self._tell(f"minutes:{symbol}")

    def on_trade(self, trade: Trade) -> None:
        self.book.put_trade(trade)
        self._tell(f"trades:{trade.symbol}")

    def on_market(self, status: MarketStatus) -> None:
        self.book.put_status(status)
        self._tell("market")

    def on_day_end(self, trading_day: str) -> None:
        bars = self.book.day_bars(trading_day)
        if self._day_ended is not None and bars:
            self._day_ended(bars)

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
        return MarketView(self.book.status, self.stale_since_ms())

    def stale_since_ms(self) -> int | None:
        """When the feed was last heard if that is too long ago (0: never), else None."""
        if self._heard_s is None:
            return 0
        silent_s = self._clock.monotonic() - self._heard_s
        return self._heard_at_ms if silent_s > self._stale_after_s else None

    def quote(self, symbol: str) -> Quote | None:
        """The latest quote, None before the first."""
        return self.book.quotes.get(symbol)

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

    def subscribe(self, topics: Iterable[str]) -> Subscription:
        """Hear of topics: "market", "quote:S", "minutes:S", "trades:S"; what is known now comes
        first.

        Raises Invalid market.unknown_topic or market.too_many_topics, Unavailable
        market.too_many_streams.
        """
        wanted = frozenset(topics)
        if len(wanted) > self._most_topics:
            raise Invalid("market.too_many_topics", limit=self._most_topics)
        for topic in wanted:
            kind, _, symbol = topic.partition(":")
            if topic != "market" and not (kind in _TOPIC_KINDS and symbol):
                raise Invalid("market.unknown_topic", topic=topic[:40])
        if len(self._subscriptions) >= self._most_subscriptions:
            raise Unavailable("market.too_many_streams", limit=self._most_subscriptions)
        subscription = Subscription(self, wanted, self._clock, self._gap_s)
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
