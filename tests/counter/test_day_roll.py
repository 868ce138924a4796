"""The day roll: what settles, what expires, what comes too late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.counter.desk import (
    BUY,
    DAY_AFTER,
    MAIN,
    NEXT_DAY,
    OTHER,
    SELL,
    SZ_MAIN,
    Desk,
    funded_desk,
)
from tests.counter.invariants import check_same, check_state
from yunquan.counter import types as c
from yunquan.counter.events import BalancesSettled, DayRolled
from yunquan.counter.types import OrderState

Make = Callable[[Desk], Any]
LARGEST = 10**15


def sold(desk: Desk) -> None:
    """1,000 shares sold at 10.00: 999,490 fen in settlement."""
    desk.give(MAIN, 1000)
    order = desk.accepted(SELL, 10_000, 1000)
    desk.report("filled", order, 10_000, 1000)


def test_shares_and_proceeds_settle_when_the_day_rolls() -> None:
    desk = funded_desk()
    desk.open_account(OTHER)
    desk.give(SZ_MAIN, 500, OTHER)
    order = desk.accepted(BUY, 10_000, 300)
    desk.report("filled", order, 10_000, 300)
    sale = desk.accepted(SELL, 10_000, 500, SZ_MAIN, OTHER)
    desk.report("filled", sale, 10_000, 500)
    net = 500_000 - 500 - 250 - 5
    assert desk.shares() == (0, 300, 0, 0)
    assert desk.cash(OTHER) == (0, net, 0, 0)
    desk.begin(NEXT_DAY)
    assert desk.shares() == (300, 0, 0, 0)
    assert desk.cash(OTHER) == (net, 0, 0, 0)
    assert desk.one(c.Withdraw("t:1", OTHER, net, "icbc")).accepted
    assert desk.place(SELL, 10_000, 300).accepted
    check_state(desk.state)


def test_proceeds_can_buy_on_the_same_day() -> None:
    desk = funded_desk(1)
    sold(desk)
    assert desk.cash() == (1, 998_990, 0, 0)
    order = desk.placed(BUY, 9_980, 1000)
    assert desk.order(order).frozen == desk.order(order).from_settling == 998_000 + 500 + 19
    assert desk.place(BUY, 9_980, 1000).code == "order.insufficient_cash"
    check_state(desk.state)


def test_open_orders_expire_and_their_proceeds_settle_too() -> None:
    """The freeze came from today's proceeds: it goes back to settlement and on to settled, in one
    roll.
    """
    desk = funded_desk(1)
    sold(desk)
    order = desk.accepted(BUY, 9_000, 1000)
    assert desk.order(order).from_settling == 900_518
    desk.report("filled", order, 9_000, 400)
    left = sum(desk.cash())
    desk.begin(NEXT_DAY)
    assert desk.cash() == (left, 0, 0, 0)
    assert desk.shares() == (400, 0, 0, 0)
    kinds = [type(event).__name__ for event in desk.events[-4:]]
    assert kinds == ["OrderCancelled", "DayEnded", "BalancesSettled", "DayRolled"]
    assert order not in desk.state.orders
    check_state(desk.state)
    check_same(desk.state, desk.replayed(), 1)


def test_an_unsent_order_expires_too() -> None:
    desk = funded_desk()
    desk.links.clear()
    order = desk.placed(BUY, 10_000, 100)
    desk.begin(NEXT_DAY)
    assert desk.cash() == (100_000_000, 0, 0, 0)
    desk.links.add("SH")
    desk.one(c.RouteUnsent("venue:up", ("SH",)))
    assert ("order", order) not in desk.gateway.sent


def test_a_day_with_many_accounts_settles_in_several_events() -> None:
    desk = Desk()
    desk.begin()
    for number in range(1200):
        account = f"7{number:09d}"
        desk.open_account(account)
        desk.give(MAIN, 100, account)
        order = desk.accepted(SELL, 10_000, 100, MAIN, account)
        desk.report("filled", order, 10_000, 100)
    desk.begin(NEXT_DAY)
    settled = [event for event in desk.events if isinstance(event, BalancesSettled)]
    assert [len(event.postings) for event in settled] == [500, 500, 200]
    assert isinstance(desk.events[-1], DayRolled)
    assert {desk.cash(f"7{n:09d}") for n in range(1200)} == {(99_449, 0, 0, 0)}
    check_state(desk.state)
    check_same(desk.state, desk.replayed(), 1)


def test_a_late_report_of_yesterdays_order_changes_no_book() -> None:
    desk = funded_desk()
    order = desk.accepted(BUY, 10_000, 100)
    desk.begin(NEXT_DAY)
    desk.report("filled", order, 10_000, 100)
    assert desk.cash() == (100_000_000, 0, 0, 0)
    assert desk.state.unmatched == 1
    check_state(desk.state)


def test_two_rolls_without_a_trade_between() -> None:
    desk = funded_desk()
    bought = desk.accepted(BUY, 10_000, 300)
    desk.report("filled", bought, 10_000, 300)
    desk.begin(NEXT_DAY)
    desk.begin(DAY_AFTER)
    assert desk.shares() == (300, 0, 0, 0)
    assert len(desk.state.orders) == 0
    assert OrderState.FILLED == 8
