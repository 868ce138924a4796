"""Kinds of orders, orders that wait for their phase, stops, gateways: what they freeze, send, and
come to.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.counter.desk import (
    ACCOUNT,
    BUY,
    DAY,
    LOCKED,
    MAIN,
    NEXT_DAY,
    NIGHT,
    OPEN,
    SELL,
    SHUT,
    SZ_MAIN,
    Desk,
    funded_desk,
)
from tests.counter.invariants import check_state
from yunquan.counter import types as c
from yunquan.counter.rules.reference import Session, session_now
from yunquan.counter.types import OrderState
from yunquan.market import load_rule_book
from yunquan.market.rules import day_phases

FUND = "510300.SH"


@pytest.fixture
def desk() -> Desk:
    return funded_desk()


def place(desk: Desk, kind: str, price: int, qty: int = 100, **more: Any) -> c.Answer:
    order = {"symbol": MAIN, "side": BUY, "account": ACCOUNT, **more}
    return desk.one(
        c.PlaceOrder(
            desk.next_id(),
            order["account"],
            order["symbol"],
            order["side"],
            price,
            qty,
            desk.state.day,
            kind,
        )
    )


def route(desk: Desk, most: int = 1_000) -> None:
    desk.one(c.RouteUnsent(desk.next_id(), ("SH", "SZ", "BJ"), most))


def test_a_market_order_freezes_at_its_protection_price(desk: Desk) -> None:
    order = place(desk, "best5_cancel", 10_500).order
    assert desk.cash()[2] == 105_000 + 500 + 2  # amount, least commission, twice the transfer fee
    assert desk.gateway.details[-1][4] == 10_500
    assert desk.gateway.ways[-1] == ("", "best5_cancel")
    desk.report("accepted", order)
    desk.report("filled", order, 10_200, 60)
    desk.report("cancelled", order, qty=40, code="remainder")
    assert desk.order(order).state == OrderState.PARTLY_CANCELLED
    assert desk.cash()[2] == 0
    assert desk.shares() == (0, 60, 0, 0)
    check_state(desk.state)


def test_a_market_order_in_shenzhen_names_no_price_and_freezes_at_the_limit(desk: Desk) -> None:
    order = place(desk, "best5_cancel", 0, symbol=SZ_MAIN).order
    assert desk.cash()[2] == 110_000 + 500 + 2
    assert desk.gateway.details[-1][4] == 0, "no price on the way out"
    held = desk.order(order)
    assert (held.price, held.asked) == (11_000, 0)
    desk.report("accepted", order)
    desk.report("filled", order, 11_000, 100)
    assert desk.order(order).state == OrderState.FILLED


def test_a_fill_beyond_the_protection_price_is_not_believed(desk: Desk) -> None:
    order = place(desk, "best5_cancel", 10_500).order
    desk.report("filled", order, 10_510, 100)
    assert desk.state.unmatched == 1
    assert desk.order(order).filled == 0


def test_orders_of_the_night_wait_and_go_out_when_the_call_begins(desk: Desk) -> None:
    desk.set_session(MAIN, NIGHT)
    first, second = desk.placed(BUY, 10_000, 100), desk.placed(BUY, 9_990, 100)
    assert desk.gateway.sent == []
    assert desk.cash()[2] > 0, "the money is kept for them"
    route(desk)
    assert desk.order(first).state == OrderState.UNSENT
    desk.set_session(MAIN, LOCKED)
    route(desk, most=1)
    assert desk.gateway.sent == [("order", first)], "the oldest first, as many as may go"
    route(desk)
    assert desk.gateway.sent == [("order", first), ("order", second)]
    assert [desk.order(name).state for name in (first, second)] == [OrderState.SENDING] * 2
    assert desk.state.waiting == {}


def test_an_order_that_waits_is_cancelled_at_once(desk: Desk) -> None:
    desk.set_session(MAIN, NIGHT)
    order = desk.placed(BUY, 10_000, 100)
    assert desk.cancel(order).accepted
    assert desk.order(order).state == OrderState.CANCELLED
    assert desk.cash()[2] == 0
    assert desk.gateway.sent == []
    assert desk.state.waiting == {}


def test_an_order_nobody_sent_expires_with_its_day(desk: Desk) -> None:
    desk.set_session(MAIN, NIGHT)
    order = desk.placed(BUY, 10_000, 100)
    desk.begin(NEXT_DAY)
    assert desk.state.waiting == {}
    assert desk.state.orders.get(order) is None
    assert desk.cash() == (100_000_000, 0, 0, 0)


def test_waiting_orders_stay_while_trading_is_stopped_or_halted(desk: Desk) -> None:
    desk.set_session(MAIN, NIGHT)
    order = desk.placed(BUY, 10_000, 100)
    desk.one(c.StopTrading("staff:1", "SH", "drill", "演练", "A drill"))
    desk.set_session(MAIN, OPEN)
    route(desk)
    assert desk.order(order).state == OrderState.UNSENT
    desk.one(c.ResumeTrading("staff:2", "SH", "over"))
    desk.halts["SH"] = "exchange_halt"
    route(desk)
    assert desk.order(order).state == OrderState.UNSENT
    del desk.halts["SH"]
    route(desk)
    assert desk.order(order).state == OrderState.SENDING


def test_no_stop_keeps_a_cancel_back(desk: Desk) -> None:
    order = desk.accepted(BUY, 10_000, 100)
    desk.one(c.StopTrading("staff:1", "all", "drill", "演练", "A drill"))
    assert desk.place(BUY, 10_000, 100).code == "order.stopped"
    assert desk.cancel(order).accepted
    assert desk.gateway.sent[-1] == ("cancel", order)


def test_stops_outlive_the_day_and_a_restart(desk: Desk) -> None:
    desk.one(c.StopTrading("staff:1", "SZ", "drill", "演练", "A drill"))
    desk.begin(NEXT_DAY)
    assert set(desk.thawed().stops) == set(desk.replayed().stops) == {"SZ"}
    assert desk.place(BUY, 10_000, 100).accepted
    assert desk.place(BUY, 10_000, 100, symbol=SZ_MAIN).code == "order.stopped"
    stops = desk.driver.health().stops
    assert [(stop.scope, stop.basis, stop.notice_zh) for stop in stops] == [("SZ", "drill", "演练")]
    assert desk.one(c.ResumeTrading("staff:2", "SH", "x")).code == "stop.none"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.StopTrading("s:1", "", "basis", "", ""), "stop.malformed"),
        (c.StopTrading("s:1", "all", "", "", ""), "stop.malformed"),
        (c.StopTrading("s:1", "x" * 21, "basis", "", ""), "stop.malformed"),
        (c.StopTrading("s:1", "all", "basis", "长" * 501, ""), "stop.notice_too_long"),
        (c.UseGateway("s:1", "b", ""), "gateway.malformed"),
        (c.UseGateway("s:1", "c", "basis"), "gateway.unknown"),
        (c.UseGateway("s:1", "", "basis"), "gateway.in_use"),
    ],
)
def test_switches_refused(desk: Desk, command: Any, code: str) -> None:
    before = desk.digest()
    assert desk.one(command).code == code
    assert desk.one(command).code == code, "the same answer again"
    assert desk.state.stops == {}
    assert before != desk.digest(), "a refusal is remembered"


def test_new_orders_go_out_by_the_gateway_in_use_and_old_ones_stay(desk: Desk) -> None:
    old = desk.accepted(BUY, 10_000, 100)
    assert desk.one(c.UseGateway("staff:1", "b", "line down")).accepted
    new = desk.placed(BUY, 9_990, 100)
    assert desk.gateway.ways == [("", "limit"), ("b", "limit")]
    assert (desk.order(old).gateway, desk.order(new).gateway) == ("", "b")
    assert desk.thawed().gateway == desk.replayed().gateway == "b"
    assert desk.driver.health().gateway == "b"


def test_an_order_that_waited_goes_out_by_the_gateway_in_use_then(desk: Desk) -> None:
    desk.set_session(MAIN, NIGHT)
    order = desk.placed(BUY, 10_000, 100)
    desk.one(c.UseGateway("staff:1", "b", "line down"))
    desk.set_session(MAIN, OPEN)
    route(desk)
    assert desk.gateway.ways == [("b", "limit")]
    assert desk.order(order).gateway == "b"


def test_the_cap_counts_what_is_ordered_and_gives_back_what_is_not_bought(desk: Desk) -> None:
    desk.instruments[MAIN] = msgspec.structs.replace(desk.instruments[MAIN], daily_buy_cap=500)
    cancelled = desk.accepted(BUY, 10_000, 300)
    rejected = desk.placed(BUY, 9_990, 200)
    assert desk.place(BUY, 9_980, 100).code == "order.daily_cap"
    desk.cancel(cancelled)
    desk.report("filled", cancelled, 10_000, 100)
    desk.report("cancelled", cancelled, qty=200, code="user")
    desk.report("rejected", rejected, code="V111_cage")
    counted = {MAIN: 100}
    assert desk.state.accounts[ACCOUNT].bought == counted
    assert desk.thawed().accounts[ACCOUNT].bought == counted
    assert desk.replayed().accounts[ACCOUNT].bought == counted
    assert desk.place(BUY, 9_980, 400).accepted
    assert desk.place(BUY, 9_970, 100).code == "order.daily_cap"
    desk.begin(NEXT_DAY)
    assert desk.place(BUY, 9_980, 500).accepted, "a new day"


def test_what_turns_around_in_a_day_is_sold_in_it(desk: Desk) -> None:
    desk.instruments[MAIN] = msgspec.structs.replace(desk.instruments[MAIN], t0=True)
    order = desk.accepted(BUY, 10_000, 100)
    desk.report("filled", order, 10_000, 100)
    assert desk.shares() == (100, 0, 0, 0)
    assert desk.place(SELL, 10_500, 100).accepted


def test_a_fund_of_a_tenth_of_a_fen_costs_what_was_frozen_in_any_split(desk: Desk) -> None:
    """At 1.235 a share is 123.5 fen: rounded up one by one, a thousand of them would cost 5 CNY
    more.
    """
    share = desk.instruments[MAIN]
    desk.instruments[MAIN] = msgspec.structs.replace(
        share,
        tick_milli=1,
        limit_up_milli=1_300,
        limit_down_milli=1_100,
        commission_min_fen=0,
        commission_e8=0,
        transfer_e8=0,
    )
    order = desk.accepted(BUY, 1_235, 100)
    assert desk.cash()[2] == 12_350
    for _ in range(100):
        desk.report("filled", order, 1_235, 1)
    assert desk.order(order).amount == 12_350
    assert desk.cash() == (100_000_000 - 12_350, 0, 0, 0)
    check_state(desk.state)


def test_a_fill_worth_nothing_moves_no_money(desk: Desk) -> None:
    share = desk.instruments[MAIN]
    desk.instruments[MAIN] = msgspec.structs.replace(
        share, tick_milli=1, limit_up_milli=5, limit_down_milli=1, commission_min_fen=0
    )
    order = desk.accepted(BUY, 1, 100)
    desk.report("filled", order, 1, 1)
    desk.report("filled", order, 1, 99)
    assert desk.order(order).amount == 10
    check_state(desk.state)


def test_the_night_of_an_order_survives_a_restart(desk: Desk) -> None:
    desk.set_session(MAIN, NIGHT)
    order = place(desk, "after_hours", 10_000).order
    for state in (desk.replayed(), desk.thawed()):
        assert list(state.waiting) == [order]
        held = state.orders[order]
        assert (held.kind, held.asked, held.clock_s) == ("after_hours", 10_000, 36_000)


def test_a_report_of_a_rehearsal_touches_no_order(desk: Desk) -> None:
    """What happened on the order's own day counts, whenever the exchange tells it."""
    order = desk.accepted(BUY, 10_000, 100)
    desk.rehearsal = True
    desk.report("filled", order, 10_000, 60, day=NEXT_DAY)
    assert desk.order(order).filled == 0
    assert desk.state.unmatched == 1
    desk.report("filled", order, 10_000, 40, day=DAY)
    assert desk.order(order).filled == 40
    assert desk.state.unmatched == 1
    check_state(desk.state)


SESSIONS = {
    "night": ("pre_open", 9 * 3600, (), ("limit", "after_hours")),
    "call": ("opening_call", 9 * 3600 + 16 * 60, ("limit",), ("after_hours",)),
    "gap": ("opening_gap", 9 * 3600 + 26 * 60, (), ("limit", "after_hours")),
    "lunch": ("lunch", 12 * 3600, (), ("limit", "after_hours")),
    "closing call": ("closing_call", 14 * 3600 + 58 * 60, ("limit", "after_hours"), ()),
    "after hours": ("after_hours", 15 * 3600 + 10 * 60, ("after_hours",), ()),
    "evening": ("closed", 16 * 3600, (), ()),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_what_goes_out_and_what_waits_on_the_shanghai_main_board(name: str) -> None:
    phase, second, takes, waits = SESSIONS[name]
    day = day_phases(load_rule_book(), "SH", "main", "stock", DAY)
    found = session_now(day, phase, second)
    assert (found.takes, found.waits) == (takes, waits)
    assert not found.continuous


def test_no_cancel_while_the_call_is_locked(desk: Desk) -> None:
    order = desk.accepted(BUY, 10_000, 100)
    desk.set_session(MAIN, LOCKED)
    assert desk.cancel(order).code == "cancel.not_now"
    desk.set_session(MAIN, Session("lunch", (), ("limit",), ("limit",), False))
    assert desk.cancel(order).accepted


def test_a_closed_market_keeps_no_order(desk: Desk) -> None:
    desk.set_session(MAIN, SHUT)
    assert desk.place(BUY, 10_000, 100).code == "order.market_closed"


def test_the_cage_holds_in_continuous_trading_only(desk: Desk) -> None:
    desk.instruments[MAIN] = msgspec.structs.replace(
        desk.instruments[MAIN], cage_bp=200, cage_ticks=10
    )
    desk.prices[MAIN] = (9_990, 10_000, 9_990)
    assert desk.place(BUY, 10_210, 100).code == "order.above_cage"
    assert desk.place(BUY, 10_200, 100).accepted
    desk.set_session(MAIN, LOCKED)
    assert desk.place(BUY, 11_000, 100).accepted
    del desk.prices[MAIN]
    desk.set_session(MAIN, OPEN)
    assert desk.place(BUY, 11_000, 100).accepted, "without a price the exchange decides alone"


def test_a_halt_for_a_large_move_is_a_call(desk: Desk) -> None:
    """Limit orders and cancels go on without a cage; a market order has nobody to trade with."""
    desk.instruments[MAIN] = msgspec.structs.replace(
        desk.instruments[MAIN], cage_bp=200, cage_ticks=10
    )
    desk.prices[MAIN] = (9_990, 10_000, 9_990)
    desk.halts[MAIN] = "volatility_halt"
    answer = place(desk, "best5_cancel", 10_500)
    assert (answer.code, answer.facts["phase"]) == ("order.kind_not_now", "volatility_halt")
    assert place(desk, "after_hours", 10_000).code == "order.kind_not_now", "not in this phase"
    order = desk.placed(BUY, 11_000, 100)
    assert desk.gateway.sent == [("order", order)]
    assert desk.cancel(order).accepted
    del desk.halts[MAIN]
    assert place(desk, "best5_cancel", 10_500).accepted
    assert desk.place(BUY, 11_000, 100).code == "order.above_cage"


def test_a_kind_that_the_day_does_not_have_stays_here(desk: Desk) -> None:
    """Its product takes it in this phase; without price limits this one does not."""
    without = msgspec.structs.replace(desk.instruments[MAIN], kinds=("limit", "after_hours"))
    desk.instruments[MAIN] = without
    assert place(desk, "best5_cancel", 10_500).code == "order.kind_unknown"
    assert desk.gateway.sent == []
