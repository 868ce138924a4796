"""Levels: who may see how deep and how often; what is stopped, and what the venue told."""

from __future__ import annotations

import pytest

from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Forbidden, Invalid, NotFound
from yunquan.kernel.transaction import Database
from yunquan.market.types import MarketStatus, TradingStatus, VenueNotice
from yunquan.quotes import QuoteBoard, end_level, grant_level, level_of, load_entitlements
from yunquan.quotes.rules.levels import LEVEL_1, LEVEL_2, gap_s
from yunquan.quotes.types import MarketView, Quote, Trade, TradesUpdate

S, CLIENT = "600519.SH", "cli_1"
DAY = "2026-07-13"


@pytest.fixture
def board(clock: ManualClock) -> QuoteBoard:
    board = QuoteBoard(clock)
    board.on_market(MarketStatus(DAY, "10:42:18", "continuous", 1.0))
    return board


def quote(seq: int) -> Quote:
    bids = tuple((10_000 - 10 * level, 100) for level in range(10))
    asks = tuple((10_010 + 10 * level, 100) for level in range(10))
    at = f"{DAY}T10:42:18+08:00"
    return Quote(S, seq, at, 10_000, 9_990, 10_200, 9_900, 9_950, 100, 7, bids, asks)


@pytest.mark.parametrize("topic", [f"depth:{S}", f"trades:{S}"])
def test_level_1_is_refused_what_is_level_2(board: QuoteBoard, topic: str) -> None:
    with pytest.raises(Forbidden) as refused:
        board.subscribe([f"quote:{S}", topic])
    assert refused.value.code == "level.needed"
    assert refused.value.facts == {"topic": topic}
    assert board.subscriptions == 0
    board.subscribe([topic], LEVEL_2)


def test_level_1_sees_five_prices_every_three_seconds_of_the_market(
    board: QuoteBoard, clock: ManualClock
) -> None:
    first, second = (
        board.subscribe([f"quote:{S}"], LEVEL_1),
        board.subscribe([f"quote:{S}", f"depth:{S}"], LEVEL_2),
    )
    heard: dict[str, list[Quote]] = {"first": [], "quote": [], "depth": []}
    for seq in range(1, 61):
        board.on_quote(quote(seq))
        for update in first.take_due():
            assert isinstance(update.data, Quote)
            heard["first"].append(update.data)
        for update in second.take_due():
            assert isinstance(update.data, Quote)
            heard[update.topic.partition(":")[0]].append(update.data)
        clock.advance(0.1)
    assert {len(found.bids) for found in heard["first"] + heard["quote"]} == {5}
    assert {(len(found.bids), len(found.asks)) for found in heard["depth"]} == {(10, 10)}
    assert len(heard["first"]) == 2
    assert len(heard["depth"]) >= 25


@pytest.mark.parametrize(
    ("kind", "level", "speed", "gap"),
    [
        ("quote", 1, 1.0, 3.0),
        ("quote", 1, 10.0, 0.3),
        ("quote", 1, 100.0, 0.2),
        ("quote", 2, 1.0, 0.2),
        ("quote", 1, 0.0, 0.2),
        ("minutes", 1, 1.0, 0.2),
        ("market", 1, 1.0, 0.2),
    ],
)
def test_gaps(kind: str, level: int, speed: float, gap: float) -> None:
    assert gap_s(kind, level, 0.2, speed) == pytest.approx(gap)


def test_every_trade_reaches_level_2(board: QuoteBoard) -> None:
    subscription = board.subscribe([f"trades:{S}"], LEVEL_2)
    made = [Trade(S, seq, f"{DAY}T10:42:18+08:00", 10_000, 100, "B") for seq in range(1, 41)]
    for trade in made:
        board.on_trade(trade)
    (update,) = subscription.take_due()
    assert update.data == TradesUpdate(S, 0, tuple(made))


def test_entitlements_are_dated_and_rest_on_a_basis(database: Database) -> None:
    with database.transaction("staff:stf_1") as tx:
        grant_level(tx, CLIENT, "2026-07-13", "2026-08-01", "contract 12/2026")
        grant_level(tx, CLIENT, "2026-08-01", "", "contract 13/2026")
        assert [event.effective_from for event in tx.outbox] == ["2026-07-13", "2026-08-01"]
    days = ("2026-07-12", "2026-07-13", "2026-07-31", "2026-08-01", "2030-01-01")
    with database.read() as tx:
        assert [level_of(tx, CLIENT, day) for day in days] == [1, 2, 2, 2, 2]
        assert level_of(tx, "cli_2", "2026-07-13") == 1
        assert [one.granted_by for one in load_entitlements(tx, CLIENT)] == ["staff:stf_1"] * 2
    with database.transaction("staff:stf_2") as tx:
        end_level(tx, CLIENT, "2026-08-03", "client asked")
    with database.read() as tx:
        assert [level_of(tx, CLIENT, day) for day in days] == [1, 2, 2, 2, 1]
    with database.transaction("staff:stf_2") as tx, pytest.raises(NotFound, match="not_granted"):
        end_level(tx, CLIENT, "2026-08-03", "client asked")


@pytest.mark.parametrize(
    ("start", "end", "basis", "level", "code"),
    [
        ("2026-07-13", "", "", 2, "level.basis_missing"),
        ("2026-07-13", "", "x" * 201, 2, "level.basis_missing"),
        ("2026-07-13", "2026-07-13", "contract", 2, "level.ends_before_it_begins"),
        ("2026-07-13", "", "contract", 3, "level.unknown"),
        ("2026-06-01", "", "contract", 2, "level.granted_already"),
        ("2026-07-20", "", "contract", 2, "level.granted_already"),
    ],
)
def test_a_grant_that_cannot_be(
    database: Database, start: str, end: str, basis: str, level: int, code: str
) -> None:
    with database.transaction() as tx:
        grant_level(tx, CLIENT, "2026-07-15", "2026-08-01", "contract 1")
    with database.transaction() as tx, pytest.raises(Invalid) as refused:
        grant_level(tx, CLIENT, start, end, basis, level)
    assert refused.value.code == code


def stop(symbol: str, market: str, status: str) -> TradingStatus:
    return TradingStatus(symbol, market, status, "10:52:30", "")


@pytest.mark.parametrize(
    ("said", "stopped"),
    [
        ([stop(S, "SH", "volatility_halt")], "volatility_halt"),
        ([stop(S, "SH", "halted"), stop(S, "SH", "trading")], None),
        ([stop("*", "SH", "exchange_halt")], "exchange_halt"),
        ([stop("*", "SZ", "exchange_halt")], None),
        ([stop("*", "*", "exchange_halt")], "exchange_halt"),
        ([stop("*", "*", "exchange_halt"), stop("*", "*", "trading")], None),
        ([stop("*", "SH", "exchange_halt"), stop("*", "*", "trading")], None),
        ([stop(S, "SH", "halted"), stop("*", "*", "trading")], "halted"),
    ],
)
def test_what_is_stopped(board: QuoteBoard, said: list[TradingStatus], stopped: str | None) -> None:
    for one in said:
        board.on_trading_status(one)
    found = board.book.trading_status(S)
    assert (found and found.status) == stopped


def test_a_new_day_forgets_what_was_stopped_and_told(board: QuoteBoard) -> None:
    subscription = board.subscribe(["market"])
    subscription.take_due()
    board.on_trading_status(stop("*", "SH", "exchange_halt"))
    board.on_notice(VenueNotice("N1", "exchange_halt", "停", "Stop", "x"))
    view = board.view()
    assert (len(view.stops), view.notice and view.notice.id) == (1, "N1")
    board.on_market(MarketStatus("2026-07-14", "09:00:00", "pre_open", 1.0))
    assert isinstance(board.view(), MarketView)
    assert (board.view().stops, board.view().notice) == ((), None)


def test_a_silent_feed_is_told_to_those_who_hear_the_new_topics(
    board: QuoteBoard, clock: ManualClock
) -> None:
    board.on_heard()
    board.on_quote(quote(1))
    subscription = board.subscribe(["market", f"depth:{S}", f"trades:{S}"], LEVEL_2)
    subscription.take_due()
    clock.advance(11)
    board.on_pulse()
    (update,) = subscription.take_due()
    assert isinstance(update.data, MarketView)
    assert update.data.stale_since_ms is not None
