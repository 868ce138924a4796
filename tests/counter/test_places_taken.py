"""Places that are taken: what they freeze, what the exchange is sent, what waits."""

from __future__ import annotations

import pytest

from tests.counter.desk import (
    BSE,
    BUY,
    CHINEXT,
    DAY,
    MAIN,
    NEXT_DAY,
    SELL,
    STAR,
    SZ_MAIN,
    Desk,
    funded_desk,
)
from tests.counter.invariants import check_state
from tests.counter.test_places import restrict
from yunquan.counter import types as c
from yunquan.counter.events import OrderPlaced
from yunquan.counter.types import OrderState

ACCEPTED = {
    "main 100": (MAIN, BUY, 10_000, 100),
    "at the upper limit": (MAIN, BUY, 11_000, 100),
    "at the lower limit": (MAIN, BUY, 9_000, 100),
    "vector 11: STAR 200": (STAR, BUY, 10_000, 200),
    "vector 11: STAR 201": (STAR, BUY, 10_000, 201),
    "vector 12: BSE 101": (BSE, BUY, 10_000, 101),
    "ChiNext 300": (CHINEXT, BUY, 10_000, 300),
    "Shenzhen": (SZ_MAIN, BUY, 10_000, 100),
    "odd part alone": (MAIN, SELL, 10_000, 50),
    "odd part along": (MAIN, SELL, 10_000, 150),
    "everything": (MAIN, SELL, 10_000, 250),
    "lots only": (MAIN, SELL, 10_000, 200),
    "STAR odd balance whole": (STAR, SELL, 10_000, 150),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_and_frozen(name: str) -> None:
    symbol, side, price, qty = ACCEPTED[name]
    desk = funded_desk()
    desk.give(MAIN, 250)
    desk.give(STAR, 150)
    owned = desk.cash()[0]
    order = desk.placed(side, price, qty, symbol)
    event = desk.events[-1]
    assert isinstance(event, OrderPlaced)
    assert event.state == OrderState.SENDING
    if side == BUY:
        amount = price * qty // 10
        commission = max(-(-amount * 25 // 100_000), 500)
        assert (
            amount + commission <= event.frozen <= amount + commission + 2 * amount // 100_000 + 1
        )
        assert desk.cash() == (owned - event.frozen, 0, event.frozen, 0)
    else:
        assert event.frozen == qty
        assert desk.shares(symbol)[2] == qty
    assert desk.gateway.details[-1][0] == order
    number = "A123456789" if symbol.endswith("SH") else "0123456789"
    assert desk.gateway.details[-1][1:] == (number, symbol, side, price, qty)
    check_state(desk.state)


def test_the_last_day_of_the_papers_is_a_good_day() -> None:
    desk = Desk()
    desk.begin()
    desk.open_account(id_expires_on=DAY)
    desk.deposit(1_000_000)
    assert desk.place(BUY, 10_000, 100).accepted


def test_selling_needs_no_permission() -> None:
    desk = Desk()
    desk.begin()
    desk.open_account(permissions=())
    desk.give(STAR, 200)
    assert desk.place(SELL, 10_000, 200, STAR).accepted


@pytest.mark.parametrize("scope", ["sell", "withdraw"])
def test_other_restrictions_do_not_stop_a_buy(scope: str) -> None:
    desk = funded_desk()
    restrict(scope)(desk)
    assert desk.place(BUY, 10_000, 100).accepted


def test_orders_that_do_not_cross_stand_side_by_side() -> None:
    desk = funded_desk()
    desk.give(MAIN, 1000)
    desk.placed(SELL, 10_010, 100)
    assert desk.place(BUY, 10_000, 100).accepted
    assert desk.place(BUY, 10_010, 100).code == "order.self_trade"
    assert desk.place(SELL, 10_000, 100).code == "order.self_trade"
    assert desk.place(BUY, 10_010, 100, SZ_MAIN).accepted


def test_a_closed_order_of_ones_own_is_no_self_trade() -> None:
    desk = funded_desk()
    desk.give(MAIN, 1000)
    sell = desk.accepted(SELL, 10_000, 100)
    desk.cancel(sell)
    assert desk.place(BUY, 10_000, 100).code == "order.self_trade", (
        "a cancel asked for is not yet a cancel"
    )
    desk.report("cancelled", sell, qty=100, code="user")
    assert desk.place(BUY, 10_000, 100).accepted


def test_without_a_link_an_order_waits_unsent() -> None:
    desk = funded_desk()
    desk.links.clear()
    order = desk.placed(BUY, 10_000, 100)
    assert desk.order(order).state == OrderState.UNSENT
    assert desk.gateway.sent == []
    desk.one(c.RouteUnsent("venue:up", ("SZ",)))
    assert desk.order(order).state == OrderState.UNSENT
    desk.links.update(("SH", "BJ"))
    desk.one(c.RouteUnsent("venue:up2", ("SH", "BJ")))
    assert desk.order(order).state == OrderState.SENDING
    assert desk.gateway.sent == [("order", order)]
    desk.one(c.RouteUnsent("venue:up3", ("SH", "BJ")))
    assert desk.gateway.sent == [("order", order)]


def test_order_ids_are_short_enough_for_the_exchange_and_unique() -> None:
    desk = funded_desk()
    orders = [desk.place(BUY, 9_000, 100).order for _ in range(20)]
    orders += [desk.place(BUY, 1, 100).order for _ in range(20)]
    desk.begin(NEXT_DAY)
    orders += [desk.place(BUY, 9_000, 100).order for _ in range(20)]
    assert len(set(orders)) == 60
    assert all(len(order) <= 40 for order in orders)
