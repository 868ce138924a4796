"""The quote board: what a subscriber hears, when, and what it costs to be slow."""

from __future__ import annotations

import asyncio

import pytest

from yunquan.bars.types import DayBar, MinuteBar
from yunquan.kernel.clock import ManualClock, SystemClock
from yunquan.kernel.errors import Invalid, NotFound, Unavailable
from yunquan.market.types import Instrument, InstrumentNotice, MarketStatus
from yunquan.quotes import QuoteBoard
from yunquan.quotes.rules.book import MOST_TRADES, Mailbox, QuoteBook
from yunquan.quotes.rules.levels import LEVEL_2
from yunquan.quotes.types import DayEnd, MinutesUpdate, Quote, Trade, TradesUpdate

S = "600519.SH"
DAY = "2026-07-13"
STATUS = MarketStatus(DAY, "10:42:18", "continuous", 10.0)
TOMORROW = MarketStatus("2026-07-14", "09:25:00", "pre_open", 10.0)


def quote(seq: int, symbol: str = S) -> Quote:
    at = f"{DAY}T10:42:18+08:00"
    book = ((10_000, 100),), ((10_010, 200),)
    return Quote(symbol, seq, at, 10_000 + seq, 9_990, 10_200, 9_900, 9_950, 100 * seq, 7, *book)


def trade(seq: int) -> Trade:
    return Trade(S, seq, f"{DAY}T10:42:18+08:00", 10_000, 100, "B")


def minute(text: str) -> MinuteBar:
    return MinuteBar(text, 1, 2, 1, 2, 100, 5)


def seqs(updates: list) -> list[int]:
    return [update.data.seq for update in updates if isinstance(update.data, Quote)]


@pytest.fixture
def board(clock: ManualClock) -> QuoteBoard:
    return QuoteBoard(clock, stale_after_s=10)


# --- mailbox --------------------------------------------------------------------------------------


def test_a_topic_goes_out_at_most_once_a_gap() -> None:
    mailbox = Mailbox(["a", "b"], lambda _: 0.2)
    assert mailbox.touch("a", 1.0)
    assert mailbox.take_due(1.0) == ["a"]
    assert mailbox.touch("a", 1.05)
    assert not mailbox.touch("a", 1.10)
    assert mailbox.touch("b", 1.10)
    assert mailbox.take_due(1.10) == ["b"]
    assert mailbox.next_due_s() == pytest.approx(1.2)
    assert mailbox.take_due(1.19) == []
    assert mailbox.take_due(1.2) == ["a"]
    assert mailbox.next_due_s() is None


# --- subscriptions --------------------------------------------------------------------------------


def test_what_is_known_comes_first(board: QuoteBoard) -> None:
    board.on_market(STATUS)
    board.on_quote(quote(1))
    board.on_minutes(S, DAY, [minute("09:31")])
    board.on_trade(trade(1))
    topics = ["market", f"quote:{S}", f"minutes:{S}", f"trades:{S}", "quote:000001.SZ"]
    updates = {update.topic: update.data for update in board.subscribe(topics, LEVEL_2).take_due()}
    assert set(updates) == set(topics[:4])
    assert updates["market"] == board.view()
    assert updates[f"minutes:{S}"] == MinutesUpdate(S, DAY, 0, (minute("09:31"),))
    assert updates[f"trades:{S}"] == TradesUpdate(S, 0, (trade(1),))


def test_a_slow_subscriber_loses_what_lies_between_never_the_latest(
    board: QuoteBoard, clock: ManualClock
) -> None:
    quick, slow = board.subscribe([f"quote:{S}"]), board.subscribe([f"quote:{S}"])
    heard: list[int] = []
    for seq in range(1, 101):
        board.on_quote(quote(seq))
        heard += seqs(quick.take_due())
        clock.advance(0.05)
    heard += seqs(quick.take_due())
    clock.advance(1)
    heard += seqs(quick.take_due())
    assert seqs(slow.take_due()) == [100]
    assert slow.take_due() == []
    assert heard == sorted(heard)
    assert heard[-1] == 100
    # 100 quotes in 5 s, at most five a second go out.
    assert 20 <= len(heard) <= 27


def test_minutes_are_never_lost(board: QuoteBoard, clock: ManualClock) -> None:
    subscription = board.subscribe([f"minutes:{S}"])
    board.on_minutes(S, DAY, [minute("09:31"), minute("09:32")])
    (update,) = subscription.take_due()
    assert isinstance(update.data, MinutesUpdate)
    assert (update.data.first, len(update.data.bars)) == (0, 2)
    for text in ("09:33", "09:34"):
        board.on_minutes(S, DAY, [minute(text)])
    # After a reconnect the day so far comes again.
    board.on_minutes(S, DAY, [minute(f"09:3{digit}") for digit in range(1, 6)])
    clock.advance(1)
    (update,) = subscription.take_due()
    assert update.data == MinutesUpdate(S, DAY, 2, tuple(map(minute, ("09:33", "09:34", "09:35"))))
    board.on_minutes(S, "2026-07-14", [minute("09:31")])
    clock.advance(1)
    (update,) = subscription.take_due()
    assert update.data == MinutesUpdate(S, "2026-07-14", 0, (minute("09:31"),))


def test_trades_missed_are_counted(board: QuoteBoard, clock: ManualClock) -> None:
    subscription = board.subscribe([f"trades:{S}"], LEVEL_2)
    for seq in range(MOST_TRADES + 5):
        board.on_trade(trade(seq))
    (update,) = subscription.take_due()
    assert isinstance(update.data, TradesUpdate)
    assert (update.data.missed, len(update.data.trades)) == (5, MOST_TRADES)
    assert update.data.trades[-1].seq == MOST_TRADES + 4
    board.on_trade(trade(99))
    clock.advance(1)
    (update,) = subscription.take_due()
    assert update.data == TradesUpdate(S, 0, (trade(99),))


def test_a_closed_subscription_hears_nothing_and_leaves_nothing(board: QuoteBoard) -> None:
    subscription = board.subscribe([f"quote:{S}"])
    subscription.close()
    board.on_quote(quote(1))
    assert board.subscriptions == 0
    assert asyncio.run(subscription.next(5)) == []


@pytest.mark.parametrize("topic", ["", "orders", "quote:", "quote", "market:x", "news:600519.SH"])
def test_an_unknown_topic_is_refused(board: QuoteBoard, topic: str) -> None:
    with pytest.raises(Invalid, match=r"market\.unknown_topic"):
        board.subscribe([topic])
    assert board.subscriptions == 0


def test_memory_is_bounded(clock: ManualClock) -> None:
    board = QuoteBoard(clock, most_subscriptions=2, most_topics=2)
    with pytest.raises(Invalid, match=r"market\.too_many_topics"):
        board.subscribe(["quote:a", "quote:b", "quote:c"])
    for _ in range(2):
        board.subscribe(["market"])
    with pytest.raises(Unavailable, match=r"market\.too_many_streams"):
        board.subscribe(["market"])
    book = QuoteBook()
    book.put_minutes(S, DAY, [minute(f"{n:05d}") for n in range(10_000)])
    update = book.minutes_since(S, "", 0)
    assert update is not None
    assert len(update.bars) == 500


def test_waiting_ends_with_news_with_time_or_with_the_stream() -> None:
    async def story() -> None:
        board = QuoteBoard(SystemClock(), gap_s=0.05)
        subscription = board.subscribe([f"quote:{S}", f"trades:{S}"], LEVEL_2)
        assert await subscription.next(0.01) == []
        loop = asyncio.get_running_loop()
        loop.call_later(0.01, board.on_quote, quote(1))
        assert seqs(await subscription.next(1)) == [1]
        # More than one quote within the gap: one update, with the last of them, after the gap.
        for seq in (2, 3, 4):
            board.on_quote(quote(seq))
        started = loop.time()
        # Another topic is not held up by it.
        loop.call_later(0.01, board.on_trade, trade(1))
        assert [update.topic for update in await subscription.next(1)] == [f"trades:{S}"]
        assert seqs(await subscription.next(1)) == [4]
        assert 0.03 < loop.time() - started < 0.5
        loop.call_later(0.01, subscription.close)
        assert await subscription.next(5) == []

    asyncio.run(story())


# --- staleness ------------------------------------------------------------------------------------


def test_silence_is_told_once_and_its_end_too(board: QuoteBoard, clock: ManualClock) -> None:
    assert board.stale_since_ms() == 0
    board.on_heard()
    heard_at = int(clock.now().timestamp() * 1000)
    subscription = board.subscribe(["market"])
    subscription.take_due()
    clock.advance(9)
    board.on_pulse()
    assert (board.stale_since_ms(), subscription.take_due()) == (None, [])
    clock.advance(2)
    board.on_pulse()
    board.on_pulse()
    (update,) = subscription.take_due()
    assert update.data == board.view()
    assert board.view().stale_since_ms == heard_at
    clock.advance(1)
    board.on_heard()
    (update,) = subscription.take_due()
    assert board.view().stale_since_ms is None


# --- the day --------------------------------------------------------------------------------------


def test_the_day_end_hands_over_the_bars(clock: ManualClock) -> None:
    ended: list[DayEnd] = []
    board = QuoteBoard(clock, day_ended=ended.append)
    board.on_market(STATUS)
    board.on_quote(quote(3))
    board.on_quote(quote(0, "000001.SZ"))  # nothing traded
    board.on_day_end(DAY)
    board.on_day_end("2026-07-14")
    expected = DayBar(S, DAY, 9_990, 10_200, 9_900, 10_003, 300, 7, "simulated", adjusted=False)
    assert ended == [DayEnd(DAY, (expected,), ())]


def test_a_new_day_empties_the_trades(board: QuoteBoard, clock: ManualClock) -> None:
    board.on_market(STATUS)
    board.on_trade(trade(1))
    board.on_market(TOMORROW)
    subscription = board.subscribe([f"trades:{S}"], LEVEL_2)
    assert subscription.take_due() == []
    board.on_trade(trade(2))
    clock.advance(1)
    (update,) = subscription.take_due()
    assert update.data == TradesUpdate(S, 0, (trade(2),))


def test_instruments_are_found_in_memory(board: QuoteBoard) -> None:
    announced: list[InstrumentNotice] = []
    board = QuoteBoard(ManualClock(), announced=announced.append)
    instrument = Instrument(S, "SH", "main", "海棠酒业", "Haitang Spirits")
    board.on_instrument(InstrumentNotice(instrument, DAY, 10_000, 11_000, 9_000, halted=False))
    assert [found.symbol for found in board.search("htj")] == [S]
    assert announced[0].instrument == instrument
    assert board.notice(S).prev_close_milli == 10_000
    assert board.quote(S) is None
    assert board.minutes(S) is None
    with pytest.raises(NotFound):
        board.notice("000001.SZ")
