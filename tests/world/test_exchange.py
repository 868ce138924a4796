"""The matching host without clock, socket or disk: what members are told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.world.test_rules import instrument
from yunquan_world.book import BUY, SELL
from yunquan_world.exchange import At, Counters, Exchange, MemberOrder
from yunquan_world.messages import Cancel, NewOrder

NOW = At("2026-07-13T10:00:00.000+08:00", "continuous")
CLOSED = At("2026-07-13T15:00:00.000+08:00", "closed")
GATEWAY = "YQ01.counter-0"


def order(
    order_id: str,
    side: str = "B",
    price_milli: int = 10_000,
    qty: int = 100,
    kind: str = "limit",
    symbol: str = "600519.SH",
) -> NewOrder:
    security, market = symbol.split(".")
    return NewOrder(order_id, "A123456789", security, market, side, kind, price_milli, qty)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def exchange() -> Exchange:
    host = Exchange(Counters(), lambda _gateway, _id: None)
    host.open_day([instrument("600519.SH", 10_000)], {})
    return host


def told(exchange: Exchange) -> list[dict[str, Any]]:
    return [msgspec.msgpack.decode(report.body) for report in exchange.take_batch().reports]


def brief(exchange: Exchange) -> list[tuple[str, str, int, int, int, str]]:
    names = ("kind", "id", "price_milli", "qty", "leaves", "code")
    return [tuple(report[name] for name in names) for report in told(exchange)]


def test_two_members_orders_meet(exchange: Exchange) -> None:
    exchange.place(GATEWAY, order("a", "S", 10_010, 300), NOW)
    exchange.place("YQ01.counter-1", order("b", "B", 10_050, 500), NOW)
    reports = told(exchange)
    assert [(r["id"], r["kind"], r["price_milli"], r["qty"], r["leaves"]) for r in reports] == [
        ("a", "accepted", 10_010, 300, 300),
        ("b", "accepted", 10_050, 500, 500),
        ("b", "filled", 10_010, 300, 200),
        ("a", "filled", 10_010, 300, 0),
    ]
    assert [r["index"] for r in reports] == [1, 1, 2, 2], "each gateway counts for itself"
    assert len({r["exec"] for r in reports}) == 4
    assert [(p.price_milli, p.qty, p.side) for p in exchange.take_prints()] == [(10_010, 300, "B")]


def test_other_peoples_orders_fill_a_member_in_parts(exchange: Exchange) -> None:
    exchange.place(GATEWAY, order("a", "B", 10_000, 300), NOW)
    exchange.place_other("600519.SH", SELL, 10_000, 100, NOW)
    exchange.place_other("600519.SH", SELL, 9_990, 500, NOW)
    assert brief(exchange) == [
        ("accepted", "a", 10_000, 300, 300, ""),
        ("filled", "a", 10_000, 100, 200, ""),
        ("filled", "a", 10_000, 200, 0, ""),
    ]
    assert exchange.books["600519.SH"].ask_milli() == 9_990
    assert exchange.tapes["600519.SH"].turnover_fen == 300 * 1_000


def test_an_id_is_taken_once(exchange: Exchange) -> None:
    assert exchange.place(GATEWAY, order("a"), NOW)
    assert not exchange.place(GATEWAY, order("a"), NOW), "the same again is a repetition"
    assert exchange.place(GATEWAY, order("a", qty=200), NOW)
    assert brief(exchange) == [
        ("accepted", "a", 10_000, 100, 100, ""),
        ("rejected", "a", 10_000, 200, 0, "V106_duplicate"),
    ]
    assert exchange.books["600519.SH"].depth(BUY, 5) == [(10_000, 100)]
    assert exchange.place("YQ01.counter-1", order("a"), NOW), "another gateway has its own ids"


def test_a_rejected_id_stays_used(exchange: Exchange) -> None:
    exchange.place(GATEWAY, order("a", price_milli=12_000), NOW)
    assert not exchange.place(GATEWAY, order("a", price_milli=12_000), NOW)
    assert brief(exchange) == [("rejected", "a", 12_000, 100, 0, "V101_price_limit")]
    found = exchange.find(GATEWAY, "a")
    assert found is not None
    assert (found.state, found.leaves) == ("rejected", 0)


def test_cancels(exchange: Exchange) -> None:
    exchange.place(GATEWAY, order("a", qty=300), NOW)
    exchange.place_other("600519.SH", SELL, 10_000, 100, NOW)
    exchange.take_batch()
    exchange.cancel(GATEWAY, Cancel("a"), CLOSED)
    exchange.cancel(GATEWAY, Cancel("a"), NOW)
    exchange.cancel(GATEWAY, Cancel("a"), NOW)
    exchange.cancel(GATEWAY, Cancel("b"), NOW)
    exchange.cancel("YQ01.counter-1", Cancel("a"), NOW)
    assert brief(exchange) == [
        ("cancel_rejected", "a", 0, 0, 200, "V203_no_cancel_now"),
        ("cancelled", "a", 10_000, 200, 0, "user"),
        ("cancel_rejected", "a", 0, 0, 0, "V202_already_done"),
        ("cancel_rejected", "b", 0, 0, 0, "V201_unknown_order"),
        ("cancel_rejected", "a", 0, 0, 0, "V201_unknown_order"),
    ]


def test_the_days_end_expires_what_is_left_in_order(exchange: Exchange) -> None:
    exchange.place(GATEWAY, order("a", price_milli=9_900), NOW)
    exchange.place(GATEWAY, order("b", price_milli=9_950, qty=300), NOW)
    exchange.place_other("600519.SH", SELL, 9_950, 100, NOW)
    exchange.take_batch()
    exchange.expire(CLOSED)
    assert brief(exchange) == [
        ("cancelled", "a", 9_900, 100, 0, "expired"),
        ("cancelled", "b", 9_950, 200, 0, "expired"),
    ]
    assert exchange.resting_count() == 0


def test_restored_orders_keep_their_priority_and_lose_a_market_that_is_gone(
    exchange: Exchange,
) -> None:
    gone = NewOrder("c", "A1", "600000", "SH", "B", "limit", 10_000, 100)
    exchange.restore(
        [
            MemberOrder(GATEWAY, 9, "2026-07-13", order("b")),
            MemberOrder(GATEWAY, 5, "2026-07-13", order("a", qty=300), filled=100),
            MemberOrder(GATEWAY, 7, "2026-07-13", gone),
            MemberOrder(GATEWAY, 3, "2026-07-10", order("old")),
        ],
        NOW,
    )
    exchange.place_other("600519.SH", SELL, 10_000, 250, NOW)
    assert brief(exchange) == [
        ("cancelled", "old", 10_000, 100, 0, "expired"),
        ("cancelled", "c", 10_000, 100, 0, "expired"),
        ("filled", "a", 10_000, 200, 0, ""),
        ("filled", "b", 10_000, 50, 50, ""),
    ]
