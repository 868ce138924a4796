"""The matching host through a day: calls, market orders, cages, halts, trading after hours."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world.test_exchange import GATEWAY, brief, order, told
from tests.world.test_rules import instrument
from yunquan_world.blotter import At, Counters, MemberOrder
from yunquan_world.book import BUY, SELL
from yunquan_world.exchange import Exchange
from yunquan_world.messages import Cancel
from yunquan_world.statuses import Status

DAY = "2026-07-13"
SH, SZ, STAR, BJ = "600519.SH", "000001.SZ", "688981.SH", "920002.BJ"


def at(text: str, phase: str) -> At:
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return At(f"{DAY}T{text}.000+08:00", phase, hours * 3600 + minutes * 60 + seconds)


CALL = at("09:16:00", "opening_call")
LOCKED = at("09:22:00", "opening_call_locked")
UNCROSS = at("09:25:00", "opening_call_locked")
GAP = at("09:26:00", "opening_gap")
LUNCH = at("12:00:00", "lunch")
NOW = at("10:00:00", "continuous")
CLOSING = at("14:58:00", "closing_call")
CLOSE = at("15:00:00", "closing_call")
ENTRY = at("15:01:00", "after_hours_entry")
LATE = at("15:10:00", "after_hours")


def host(*symbols: str, **others: Any) -> Exchange:
    exchange = Exchange(Counters(), lambda _gateway, _id: None)
    exchange.open_day([instrument(symbol, 10_000, **others) for symbol in symbols], {})
    return exchange


def codes(exchange: Exchange) -> list[str]:
    return [f"{r['kind']}{':' + r['code'] if r['code'] else ''}" for r in told(exchange)]


# Call auctions.


def test_a_call_collects_shows_and_uncrosses_by_price_then_time() -> None:
    exchange = host(SH)
    exchange.place(GATEWAY, order("early", "B", 10_010, 300), CALL)
    exchange.place(GATEWAY, order("late", "B", 10_010, 300), CALL)
    exchange.place(GATEWAY, order("low", "B", 9_990, 300), LOCKED)
    exchange.place(GATEWAY, order("sell", "S", 10_000, 400), CALL)
    assert codes(exchange) == ["accepted"] * 4
    assert exchange.pits[SH].indicative() == (10_010, 400, 200)
    assert exchange.end_call(UNCROSS) == {SH: 10_010}
    assert brief(exchange) == [
        ("filled", "early", 10_010, 300, 0, ""),
        ("filled", "sell", 10_010, 300, 100, ""),
        ("filled", "late", 10_010, 100, 200, ""),
        ("filled", "sell", 10_010, 100, 0, ""),
    ]
    assert [(p.price_milli, p.qty, p.side) for p in exchange.take_prints()] == [(10_010, 400, "")]
    assert exchange.tapes[SH].open_milli == 10_010
    assert exchange.books[SH].depth(BUY, 5) == [(10_010, 200), (9_990, 300)]


@pytest.mark.parametrize(
    ("symbol", "when", "orders", "cancels"),
    [
        (SH, CALL, "accepted", "cancelled:user"),
        pytest.param(SH, LOCKED, "accepted", "cancel_rejected:V203_no_cancel_now", id="vector 16a"),
        (SH, GAP, "rejected:V104_closed", "cancel_rejected:V203_no_cancel_now"),
        (SZ, GAP, "accepted", "cancelled:user"),
        (SH, NOW, "accepted", "cancelled:user"),
        (SH, LUNCH, "rejected:V104_closed", "cancel_rejected:V203_no_cancel_now"),
        (SZ, LUNCH, "accepted", "cancelled:user"),
        pytest.param(
            SZ, CLOSING, "accepted", "cancel_rejected:V203_no_cancel_now", id="vector 16b"
        ),
        (SH, ENTRY, "rejected:V113_phase_kind", "cancel_rejected:V203_no_cancel_now"),
        (BJ, ENTRY, "rejected:V104_closed", "cancel_rejected:V203_no_cancel_now"),
        (
            SH,
            at("15:40:00", "closed"),
            "rejected:V104_closed",
            "cancel_rejected:V203_no_cancel_now",
        ),
    ],
)
def test_what_is_taken_when(symbol: str, when: At, orders: str, cancels: str) -> None:
    exchange = host(symbol)
    exchange.place(GATEWAY, order("old", symbol=symbol), CALL)
    exchange.take_batch()
    exchange.place(GATEWAY, order("new", price_milli=9_990, symbol=symbol), when)
    exchange.cancel(GATEWAY, Cancel("old"), when)
    assert codes(exchange) == [orders, cancels]


def test_shenzhen_holds_the_orders_of_the_gap_until_the_opening() -> None:
    exchange = host(SZ)
    exchange.place_other(SZ, SELL, 10_000, 100, CALL)
    exchange.place(GATEWAY, order("a", "B", 10_050, 100, symbol=SZ), GAP)
    exchange.place(GATEWAY, order("b", "B", 10_050, 100, symbol=SZ), GAP)
    exchange.place(GATEWAY, order("c", "B", 10_060, 100, symbol=SZ), GAP)
    exchange.cancel(GATEWAY, Cancel("b"), GAP)
    assert codes(exchange) == ["accepted", "accepted", "accepted", "cancelled:user"]
    assert exchange.books[SZ].depth(BUY, 5) == []
    exchange.begin_continuous(NOW)
    # In the order of arrival, each matched by itself: no auction.
    assert brief(exchange) == [("filled", "a", 10_000, 100, 0, "")]
    assert exchange.books[SZ].depth(BUY, 5) == [(10_060, 100)]


def test_the_close_is_the_auctions_price_and_the_rest_lapses() -> None:
    exchange = host(SH)
    exchange.place_other(SH, BUY, 10_020, 500, NOW)
    exchange.place(GATEWAY, order("a", "S", 9_990, 300), CLOSING)
    exchange.place(GATEWAY, order("b", "S", 10_050, 300), CLOSING)
    prices = exchange.end_call(CLOSE)
    closes = exchange.end_session(prices, CLOSE)
    assert closes == {SH: 10_020}
    assert brief(exchange)[2:] == [
        ("filled", "a", 10_020, 300, 0, ""),
        ("cancelled", "b", 10_050, 300, 0, "expired"),
    ]


@pytest.mark.parametrize(
    ("symbol", "close"),
    [
        # 100 at 10.00 more than a minute before the last trade doesn't count; 100 at 10.10 and 300
        # at 10.02 do.
        (SZ, 10_040),
        (BJ, 10_020),
    ],
)
def test_without_an_auction_the_close_is_an_average_or_the_last_trade(
    symbol: str, close: int
) -> None:
    exchange = host(symbol)
    for second, price, qty in (
        ("10:00:00", 10_000, 100),
        ("10:05:30", 10_100, 100),
        ("10:06:00", 10_020, 300),
    ):
        moment = at(second, "continuous")
        exchange.place_other(symbol, SELL, price, qty, moment)
        exchange.place_other(symbol, BUY, price, qty, moment)
    assert exchange.end_session(exchange.end_call(CLOSE), CLOSE) == {symbol: close}


def test_without_a_trade_the_close_is_the_previous_one() -> None:
    exchange = host(SH)
    assert exchange.end_session(exchange.end_call(CLOSE), CLOSE) == {SH: 10_000}


def test_a_shanghai_fund_was_traded_continuously_to_the_end_before_the_reform() -> None:
    fund = "510300.SH"
    for day, matched in (("2026-07-03", 1), ("2026-07-06", 0)):
        exchange = Exchange(Counters(), lambda _gateway, _id: None)
        exchange.open_day([instrument(fund, 4_000, trading_day=day)], {})
        moment = At(f"{day}T14:58:00.000+08:00", "closing_call", 14 * 3600 + 58 * 60)
        exchange.place_other(fund, SELL, 4_001, 100, moment)
        exchange.place_other(fund, BUY, 4_001, 100, moment)
        assert len(exchange.take_prints()) == matched


# Order kinds of continuous trading.


def ladder(symbol: str) -> Exchange:
    """Asks at 10.01 to 10.07 and bids at 9.99 to 9.93, 100 shares each."""
    exchange = host(symbol)
    for step in range(1, 8):
        exchange.place_other(symbol, SELL, 10_000 + 10 * step, 100, NOW)
        exchange.place_other(symbol, BUY, 10_000 - 10 * step, 100, NOW)
    return exchange


@pytest.mark.parametrize(
    ("symbol", "kind", "side", "price", "qty", "filled", "end", "rests"),
    [
        # Five prices at most, then the rest is cancelled or waits at the last price of its own.
        (SH, "best5_cancel", "B", 11_000, 700, 500, "cancelled:rest", 0),
        (SH, "best5_cancel", "B", 10_020, 700, 200, "cancelled:rest", 0),
        (SH, "best5_cancel", "S", 9_000, 200, 200, "filled", 0),
        (SH, "best5_limit", "B", 11_000, 700, 500, "filled", 10_050),
        (SH, "best5_limit", "B", 10_000, 700, 0, "accepted", 9_990),
        (SZ, "best5_cancel", "B", 0, 700, 500, "cancelled:rest", 0),
        (SZ, "immediate_cancel", "B", 0, 900, 700, "cancelled:rest", 0),
        (SZ, "immediate_cancel", "S", 0, 900, 700, "cancelled:rest", 0),
        (SZ, "fill_or_kill", "B", 0, 700, 700, "filled", 0),
        (SZ, "fill_or_kill", "B", 0, 800, 0, "cancelled:rest", 0),
        (SZ, "fill_or_kill", "S", 0, 800, 0, "cancelled:rest", 0),
        (SZ, "counter_best", "B", 0, 300, 100, "filled", 10_010),
        (SH, "counter_best", "S", 9_990, 300, 100, "filled", 9_990),
        (SZ, "own_best", "B", 0, 300, 0, "accepted", 9_990),
        (SH, "own_best", "S", 9_500, 300, 0, "accepted", 10_010),
        (BJ, "best5_limit", "S", 7_000, 700, 500, "filled", 9_950),
    ],
)
def test_market_orders(
    symbol: str, kind: str, side: str, price: int, qty: int, filled: int, end: str, rests: int
) -> None:
    exchange = ladder(symbol)
    exchange.place(GATEWAY, order("a", side, price, qty, kind, symbol), NOW)
    reports = told(exchange)
    assert reports[0]["kind"] == "accepted"
    assert sum(r["qty"] for r in reports if r["kind"] == "filled") == filled
    last = reports[-1]
    assert f"{last['kind']}{':' + last['code'] if last['code'] else ''}" == end
    left = qty - filled if rests else 0
    own = exchange.books[symbol].depth(BUY if side == "B" else SELL, 10)
    assert sum(shares for price, shares in own if price == rests) >= left
    assert exchange.resting_count() == (1 if left else 0)


@pytest.mark.parametrize(
    ("symbol", "kind", "price", "code"),
    [
        (SH, "best5_cancel", 0, "V114_protection"),
        (SH, "best5_cancel", 11_010, "V114_protection"),
        (SH, "best5_cancel", 10_005, "V114_protection"),
        (SZ, "best5_cancel", 10_000, "V114_protection"),
        (SH, "fill_or_kill", 10_000, "V109_kind"),
        (SZ, "best5_limit", 0, "V109_kind"),
        (SH, "nonsense", 10_000, "V109_kind"),
        ("113050.SH", "best5_cancel", 10_000, "V109_kind"),
    ],
)
def test_market_orders_that_are_wrong(symbol: str, kind: str, price: int, code: str) -> None:
    exchange = ladder(symbol)
    exchange.place(GATEWAY, order("a", "B", price, 100, kind, symbol), NOW)
    assert codes(exchange) == [f"rejected:{code}"]


@pytest.mark.parametrize("kind", ["best5_cancel", "counter_best", "own_best", "best5_limit"])
def test_a_market_order_that_finds_nobody_is_rejected(kind: str) -> None:
    exchange = host(SH)
    exchange.place(GATEWAY, order("a", "B", 10_000, 100, kind), NOW)
    assert codes(exchange) == ["rejected:V112_no_opposite"]


@pytest.mark.parametrize("when", [CALL, CLOSING])
def test_market_orders_are_for_continuous_trading(when: At) -> None:
    exchange = host(SZ)
    exchange.place(GATEWAY, order("a", "B", 0, 100, "best5_cancel", SZ), when)
    assert codes(exchange) == ["rejected:V113_phase_kind"]


def test_a_largest_market_order_is_smaller_on_some_boards() -> None:
    exchange = ladder(STAR)
    exchange.place(GATEWAY, order("a", "B", 12_000, 50_001, "best5_cancel", STAR), NOW)
    exchange.place(GATEWAY, order("b", "B", 10_000, 50_001, symbol=STAR), NOW)
    assert codes(exchange) == ["rejected:V108_max_size", "accepted"]


# The price cage.


def test_the_cage_follows_the_market_and_holds_in_continuous_trading_only() -> None:
    exchange = host(SH)
    exchange.place(GATEWAY, order("call", "B", 10_900), CALL)
    exchange.cancel(GATEWAY, Cancel("call"), NOW)
    assert codes(exchange) == ["accepted", "cancelled:user"]
    exchange.place(GATEWAY, order("high", "B", 10_210), NOW)
    exchange.place(GATEWAY, order("bid", "B", 10_200), NOW)
    exchange.place(GATEWAY, order("low", "S", 9_990), NOW)
    assert codes(exchange) == ["rejected:V111_cage", "accepted", "rejected:V111_cage"]
    exchange.place(GATEWAY, order("ask", "S", 10_000), NOW)
    assert codes(exchange) == ["accepted", "filled", "filled"]
    # Both sides are empty: the last trade, at 10.20, is the reference.
    exchange.place(GATEWAY, order("after", "B", 10_410), NOW)
    exchange.place(GATEWAY, order("still", "B", 10_400), NOW)
    assert codes(exchange) == ["rejected:V111_cage", "accepted"]


# After hours.


def closed(*symbols: str) -> Exchange:
    exchange = host(*symbols)
    for symbol in symbols:
        exchange.place_other(symbol, SELL, 10_020, 200, NOW)
        exchange.place_other(symbol, BUY, 10_020, 200, NOW)
    return exchange


def test_after_hours_orders_trade_at_the_close_in_the_order_of_arrival() -> None:
    exchange = closed(SH)
    late = "after_hours"
    exchange.place(GATEWAY, order("first", "B", 10_020, 300, late), NOW)
    exchange.place(GATEWAY, order("eager", "B", 11_000, 300, late), NOW)
    exchange.place(GATEWAY, order("low", "B", 10_010, 300, late), NOW)
    exchange.place_other(SH, SELL, 9_000, 400, NOW, kind=late)
    exchange.end_session(exchange.end_call(CLOSE), CLOSE)
    assert codes(exchange) == ["accepted"] * 3, "nothing lapses, nothing trades yet"
    exchange.begin_after_hours(LATE)
    assert brief(exchange) == [
        ("filled", "first", 10_020, 300, 0, ""),
        ("filled", "eager", 10_020, 100, 200, ""),
    ]
    exchange.place_other(SH, SELL, 10_020, 100, LATE, kind=late)
    exchange.place_other(SH, SELL, 10_030, 100, LATE, kind=late)
    assert brief(exchange) == [("filled", "eager", 10_020, 100, 100, "")]
    exchange.cancel(GATEWAY, Cancel("eager"), ENTRY)
    exchange.cancel(GATEWAY, Cancel("eager"), LATE)
    exchange.expire(at("15:30:00", "closed"))
    assert codes(exchange) == [
        "cancel_rejected:V203_no_cancel_now",
        "cancelled:user",
        "cancelled:expired",
    ]
    tape = exchange.tapes[SH]
    assert (tape.volume, tape.last_milli) == (200 + 400 + 100, 10_020)


@pytest.mark.parametrize(
    ("symbol", "day", "when", "answer"),
    [
        (SH, DAY, NOW, "accepted"),
        (SH, "2026-07-03", NOW, "rejected:V109_kind"),
        (STAR, "2026-07-03", NOW, "accepted"),
        ("300059.SZ", "2026-07-03", ENTRY, "accepted"),
        (SH, DAY, CALL, "rejected:V113_phase_kind"),
        (SZ, DAY, CALL, "accepted"),
        (BJ, DAY, NOW, "rejected:V109_kind"),
        ("510300.SH", DAY, LATE, "accepted"),
        ("113050.SH", DAY, NOW, "rejected:V109_kind"),
        (SH, DAY, at("12:00:00", "lunch"), "rejected:V104_closed"),
    ],
)
def test_who_trades_after_hours_and_when_orders_are_taken(
    symbol: str, day: str, when: At, answer: str
) -> None:
    exchange = Exchange(Counters(), lambda _gateway, _id: None)
    exchange.open_day([instrument(symbol, 10_000, trading_day=day)], {})
    exchange.place(GATEWAY, order("a", "B", 10_000, 200, "after_hours", symbol), when)
    assert codes(exchange) == [answer]


# Restarts.


def test_a_restart_brings_calls_held_orders_market_orders_and_halts_back() -> None:
    resting = [
        MemberOrder(GATEWAY, 3, DAY, order("call", "B", 10_020, 200, symbol=SZ)),
        MemberOrder(GATEWAY, 4, DAY, order("sell", "S", 10_030, 200, symbol=SZ)),
        MemberOrder(GATEWAY, 6, DAY, order("late", "B", 10_040, 200, "after_hours", SZ)),
        MemberOrder(
            GATEWAY, 7, DAY, order("market", "B", 0, 200, "own_best", SZ), resting_milli=9_990
        ),
    ]
    held = MemberOrder(GATEWAY, 8, DAY, order("held", "B", 10_040, 200, symbol=SZ))
    halted = Status("*", "SH", DAY, "exchange_halt", reason="drill")
    exchange = host(SZ, SH)
    exchange.restore([held, *resting], GAP, [halted])
    assert exchange.halts.told() == [halted]
    assert exchange.books[SZ].depth(BUY, 5) == [(10_020, 200), (9_990, 200)]
    exchange.begin_continuous(NOW)
    assert brief(exchange) == [
        ("filled", "held", 10_030, 200, 0, ""),
        ("filled", "sell", 10_030, 200, 0, ""),
    ]


def test_a_restart_in_a_call_crosses_the_book_again() -> None:
    exchange = host(SZ)
    buys = MemberOrder(GATEWAY, 3, DAY, order("a", "B", 10_020, 200, symbol=SZ))
    sells = MemberOrder(GATEWAY, 4, DAY, order("b", "S", 10_000, 200, symbol=SZ))
    exchange.restore([buys, sells], CALL)
    assert exchange.pits[SZ].indicative() == (10_000, 200, 0)
