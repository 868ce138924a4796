"""The matching host while a security, or a whole exchange, does not trade."""

from __future__ import annotations

import pytest

from tests.world.test_exchange import GATEWAY, order
from tests.world.test_phases import (
    CALL,
    LOCKED,
    NOW,
    SH,
    STAR,
    SZ,
    UNCROSS,
    at,
    codes,
    host,
)
from tests.world.test_rules import instrument
from yunquan_world.blotter import At, Counters
from yunquan_world.book import BUY, SELL
from yunquan_world.exchange import Exchange
from yunquan_world.messages import Cancel


def new_share() -> Exchange:
    exchange = host(STAR, listing_day=2)
    exchange.place_other(STAR, SELL, 10_000, 200, CALL)
    exchange.place_other(STAR, BUY, 10_000, 200, CALL)
    exchange.end_call(UNCROSS)
    return exchange


def statuses(exchange: Exchange) -> list[tuple[str, str, int]]:
    found = exchange.take_batch().statuses.values()
    return [(status.status, status.reason, status.until_s - 10 * 3600) for status in found]


def move(exchange: Exchange, price: int, when: At) -> None:
    exchange.place_other(STAR, SELL, price, 200, when)
    exchange.place_other(STAR, BUY, price, 200, when)


def test_a_move_of_30_then_60_percent_halts_for_ten_minutes_each_once() -> None:
    exchange = new_share()
    move(exchange, 12_990, NOW)
    assert statuses(exchange) == []
    move(exchange, 13_000, NOW)
    assert statuses(exchange) == [("volatility_halt", "up30", 600)]
    during = at("10:05:00", "continuous")
    exchange.place(GATEWAY, order("a", "B", 15_900, 400, symbol=STAR), during)
    exchange.place(GATEWAY, order("b", "B", 15_900, 200, symbol=STAR), during)
    exchange.place_other(STAR, SELL, 15_000, 400, during)
    exchange.cancel(GATEWAY, Cancel("b"), during)
    exchange.end_halts(at("10:09:59", "continuous"))
    assert codes(exchange) == ["accepted", "accepted", "cancelled:user"]
    exchange.end_halts(at("10:10:00", "continuous"))
    batch = exchange.take_batch()
    assert [status.status for status in batch.statuses.values()] == ["trading"]
    assert exchange.tapes[STAR].last_milli == 15_450, "the middle of 15.00 and 15.90"
    move(exchange, 12_900, at("10:20:00", "continuous"))
    move(exchange, 13_100, at("10:21:00", "continuous"))
    assert statuses(exchange) == [], "each step halts once"
    move(exchange, 16_000, at("10:22:00", "continuous"))
    assert statuses(exchange) == [("volatility_halt", "up60", 32 * 60)]


def test_one_jump_through_both_steps_halts_once_and_each_direction_has_its_own() -> None:
    exchange = new_share()
    move(exchange, 16_500, NOW)
    assert statuses(exchange) == [("volatility_halt", "up60", 600)]
    exchange.end_halts(at("10:10:00", "continuous"))
    exchange.take_batch()
    move(exchange, 13_500, at("10:11:00", "continuous"))
    assert statuses(exchange) == []
    move(exchange, 7_000, at("10:12:00", "continuous"))
    assert statuses(exchange) == [("volatility_halt", "down30", 22 * 60)]


@pytest.mark.parametrize(
    ("when", "until"),
    [("11:25:00", 13 * 3600 + 5 * 60), ("14:50:00", 14 * 3600 + 57 * 60)],
)
def test_a_halt_counts_trading_time_and_ends_at_the_closing_call(when: str, until: int) -> None:
    exchange = new_share()
    move(exchange, 13_000, at(when, "continuous"))
    (status,) = exchange.take_batch().statuses.values()
    assert status.until_s == until


def test_a_convertible_halts_by_its_own_steps_on_its_first_day() -> None:
    bond = "123001.SZ"
    exchange = Exchange(Counters(), lambda _gateway, _id: None)
    first = instrument(bond, 100_000, listing_day=1, issue_price_milli=100_000)
    assert (first.limit_up_milli, first.limit_down_milli) == (157_300, 56_700)
    exchange.open_day([first], {})
    for price, reason in (
        (119_900, []),
        (120_000, ["up20"]),
    ):
        exchange.place_other(bond, SELL, price, 10, NOW)
        exchange.place_other(bond, BUY, price, 10, NOW)
        assert [s.reason for s in exchange.take_batch().statuses.values()] == reason


def test_a_halted_exchange_takes_and_cancels_nothing_and_holds_its_call_when_it_goes_on() -> None:
    exchange = host(SH, SZ)
    exchange.place(GATEWAY, order("a", "B", 10_000), CALL)
    exchange.place_other(SH, SELL, 9_990, 100, CALL)
    exchange.halt_exchange("SH", "drill", LOCKED)
    exchange.place(GATEWAY, order("b", "B"), LOCKED)
    exchange.place(GATEWAY, order("c", "B", symbol=SZ), LOCKED)
    exchange.end_call(UNCROSS)
    exchange.begin_continuous(NOW)
    exchange.cancel(GATEWAY, Cancel("a"), NOW)
    assert codes(exchange) == [
        "accepted",
        "rejected:V115_exchange_halt",
        "accepted",
        "cancel_rejected:V203_no_cancel_now",
    ]
    exchange.resume_exchange("SH", NOW)
    assert codes(exchange) == ["filled"]
    exchange.place(GATEWAY, order("d"), NOW)
    assert codes(exchange) == ["accepted"]


def test_a_halted_security_takes_no_orders_and_lets_them_be_cancelled() -> None:
    exchange = host(SH)
    exchange.place(GATEWAY, order("a", "B", 10_000), NOW)
    exchange.halt(SH, "news", NOW)
    exchange.place(GATEWAY, order("b"), NOW)
    exchange.cancel(GATEWAY, Cancel("a"), NOW)
    assert codes(exchange) == ["accepted", "rejected:V107_halted", "cancelled:user"]
    exchange.resume(SH, NOW)
    exchange.place(GATEWAY, order("c"), NOW)
    assert codes(exchange) == ["accepted"]


def test_a_day_of_test_rejects_members_orders() -> None:
    exchange = Exchange(Counters(), lambda _gateway, _id: None)
    exchange.open_day([instrument(SH, 10_000)], {}, "test")
    exchange.place(GATEWAY, order("a"), NOW)
    exchange.place(GATEWAY, order("b", symbol="600000.SH"), NOW)
    assert codes(exchange) == ["rejected:V116_test_day", "rejected:V105_unknown_security"]


def test_a_refusal_from_outside_comes_before_the_rules() -> None:
    exchange = host(SH)
    exchange.place(GATEWAY, order("a", qty=150), NOW, "V110_quota")
    assert codes(exchange) == ["rejected:V110_quota"]
