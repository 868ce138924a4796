"""Reports of the exchange and cancels, one case at a time; the machine in test_order_life.py mixes
them.
"""

from __future__ import annotations

import pytest

from tests.counter.desk import (
    ACCOUNT,
    BUY,
    LOCKED,
    MAIN,
    NEXT_DAY,
    OTHER,
    SELL,
    SHUT,
    Desk,
    funded_desk,
)
from tests.counter.invariants import check_same, check_state
from yunquan.counter import types as c
from yunquan.counter.events import OrderAccepted, OrderCancelled, ReportUnmatched
from yunquan.counter.rules.reference import Session
from yunquan.counter.types import OrderState

WHOLE = 100_000_000


@pytest.fixture
def desk() -> Desk:
    return funded_desk()


def test_the_plain_life_of_an_order(desk: Desk) -> None:
    order = desk.placed(BUY, 10_000, 300)
    states = [desk.order(order).state]
    desk.report("accepted", order)
    states.append(desk.order(order).state)
    for _ in range(3):
        desk.report("filled", order, 10_000, 100)
        states.append(desk.order(order).state)
    assert states == [
        OrderState.SENDING,
        OrderState.SENT,
        OrderState.PARTLY_FILLED,
        OrderState.PARTLY_FILLED,
        OrderState.FILLED,
    ]
    assert desk.shares() == (0, 300, 0, 0)


def test_cancelled_before_and_after_a_fill(desk: Desk) -> None:
    whole = desk.accepted(BUY, 10_000, 300)
    part = desk.accepted(BUY, 10_000, 300)
    desk.report("filled", part, 10_000, 100)
    for order in (whole, part):
        assert desk.cancel(order).accepted
        assert desk.order(order).state == OrderState.CANCELLING
    assert [sent for sent in desk.gateway.sent if sent[0] == "cancel"] == [
        ("cancel", whole),
        ("cancel", part),
    ]
    desk.report("cancelled", whole, qty=300, code="user")
    desk.report("cancelled", part, qty=200, code="user")
    assert desk.order(whole).state == OrderState.CANCELLED
    assert desk.order(part).state == OrderState.PARTLY_CANCELLED
    assert desk.cash()[2] == 0
    check_state(desk.state)


def test_rejected_by_the_exchange_gives_everything_back(desk: Desk) -> None:
    order = desk.placed(BUY, 10_000, 300)
    desk.report("rejected", order, code="V101_price_limit")
    assert (desk.order(order).state, desk.order(order).reason) == (
        OrderState.REJECTED,
        "V101_price_limit",
    )
    assert desk.cash() == (WHOLE, 0, 0, 0)
    assert desk.state.accounts[ACCOUNT].working is None
    check_state(desk.state)


def test_a_venue_reject_does_not_change_the_first_answer(desk: Desk) -> None:
    command = c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 300, desk.state.day)
    first = desk.one(command)
    desk.report("rejected", first.order, code="V101_price_limit")
    again = desk.one(command)
    assert (again.code, again.order) == (first.code, first.order) == ("", first.order)


def test_a_fill_that_overtakes_the_acceptance(desk: Desk) -> None:
    order = desk.placed(BUY, 10_000, 300)
    desk.report("filled", order, 10_000, 100)
    assert desk.order(order).state == OrderState.PARTLY_FILLED
    desk.report("accepted", order)
    assert desk.order(order).state == OrderState.PARTLY_FILLED
    desk.report("filled", order, 10_000, 200)
    desk.report("accepted", order)
    assert desk.order(order).state == OrderState.FILLED
    check_state(desk.state)


def test_a_fill_that_comes_after_the_cancel_of_the_rest(desk: Desk) -> None:
    """300 ordered, 100 filled, 200 cancelled; the report of the cancel comes first."""
    order = desk.accepted(BUY, 10_000, 300)
    desk.cancel(order)
    desk.report("cancelled", order, qty=200, code="user")
    assert desk.order(order).open
    assert desk.order(order).state == OrderState.CANCELLING
    assert desk.cash()[2] == 300_506, "all of it stays frozen until the missing fill is in"
    desk.report("filled", order, 10_000, 100)
    assert desk.order(order).state == OrderState.PARTLY_CANCELLED
    assert desk.cash() == (WHOLE - 100_000 - 500 - 1, 0, 0, 0)
    assert desk.shares() == (0, 100, 0, 0)
    check_state(desk.state)


def test_a_sale_whose_cancel_overtook_its_last_fill_gives_the_rest_back(desk: Desk) -> None:
    desk.give(MAIN, 300)
    held = desk.shares()
    order = desk.accepted(SELL, 10_000, 300)
    desk.cancel(order)
    desk.report("cancelled", order, qty=200, code="user")
    desk.report("filled", order, 10_000, 100)
    assert desk.order(order).state == OrderState.PARTLY_CANCELLED
    assert desk.shares() == (held[0] - 100, 0, 0, 0)
    check_state(desk.state)


def test_a_cancel_before_the_exchange_knows_the_order_is_asked_again(desk: Desk) -> None:
    order = desk.placed(BUY, 10_000, 300)
    desk.cancel(order)
    assert desk.order(order).state == OrderState.SENDING
    desk.report("cancel_rejected", order, code="V201_unknown_order")
    assert desk.order(order).cancel_wanted
    event = desk.report("accepted", order)
    assert isinstance(event, OrderAccepted)
    assert desk.order(order).state == OrderState.CANCELLING
    assert desk.gateway.sent == [("order", order), ("cancel", order), ("cancel", order)]


def test_a_cancel_refused_leaves_the_order_working(desk: Desk) -> None:
    order = desk.accepted(BUY, 10_000, 300)
    desk.report("filled", order, 10_000, 100)
    desk.cancel(order)
    desk.report("cancel_rejected", order, code="V203_no_cancel_now")
    assert desk.order(order).state == OrderState.PARTLY_FILLED
    assert not desk.order(order).cancel_wanted
    assert desk.cancel(order).accepted, "it may be asked again"


def test_refusals_of_a_cancel(desk: Desk) -> None:
    order = desk.accepted(BUY, 10_000, 300)
    desk.open_account(OTHER)
    assert desk.cancel(order, OTHER).code == "cancel.order_unknown"
    assert desk.cancel(order).accepted
    assert desk.cancel(order).code == "cancel.already_asked"
    desk.report("cancelled", order, qty=300, code="user")
    answer = desk.cancel(order)
    assert (answer.code, answer.facts) == (
        "cancel.already_done",
        {"state": int(OrderState.CANCELLED)},
    )
    refused = desk.place(BUY, 1, 100).order
    answer = desk.cancel(refused)
    assert (answer.code, answer.facts) == (
        "cancel.already_done",
        {"state": int(OrderState.REJECTED)},
    )


def test_no_cancel_in_a_phase_that_takes_none(desk: Desk) -> None:
    order = desk.accepted(BUY, 10_000, 300)
    desk.set_session(MAIN, LOCKED)
    assert desk.cancel(order).code == "cancel.not_now"
    desk.set_session(MAIN, Session("x", (), ("limit",), (), False))
    assert desk.cancel(order).accepted, "no new orders, but cancels"


def test_a_cancel_needs_no_reference_data(desk: Desk) -> None:
    order = desk.accepted(BUY, 10_000, 300)
    desk.instruments.clear()
    assert desk.cancel(order).accepted


def test_an_unsent_order_is_cancelled_at_once(desk: Desk) -> None:
    desk.links.clear()
    order = desk.placed(BUY, 10_000, 300)
    desk.set_session(MAIN, SHUT)
    assert desk.cancel(order).accepted
    event = desk.events[-1]
    assert isinstance(event, OrderCancelled)
    assert event.reason == "unsent"
    assert (desk.order(order).state, desk.cash()) == (OrderState.CANCELLED, (WHOLE, 0, 0, 0))
    assert desk.gateway.sent == []


def unmatched(desk: Desk) -> str:
    event = desk.events[-1]
    assert isinstance(event, ReportUnmatched)
    check_state(desk.state)
    return event.why


def test_reports_that_fit_nothing_are_kept_and_change_no_book(desk: Desk) -> None:
    order = desk.accepted(BUY, 10_000, 300)
    desk.report("filled", "ord_nobodys", 10_000, 100)
    assert unmatched(desk) == "unknown order"
    desk.report("surprise", order)
    assert unmatched(desk) == "unknown kind"
    desk.report("filled", order, 10_000, 301)
    assert unmatched(desk) == "fills more than is open"
    for qty, price in ((0, 10_000), (-100, 10_000), (100, 0), (100, -10_000)):
        desk.report("filled", order, price, qty)
        assert unmatched(desk) == "fills more than is open"
    desk.report("filled", order, 10_010, 100)
    assert unmatched(desk) == "worse than its price allows"
    desk.report("filled", order, 10_000, 100, execution="E-1")
    desk.report("filled", order, 10_000, 100, execution="E-1")
    assert unmatched(desk) == "execution reported before"
    desk.report("rejected", order, code="V101")
    assert unmatched(desk) == "rejected after it traded or closed"
    for qty in (0, -5, 201):
        desk.report("cancelled", order, qty=qty, code="user")
        assert unmatched(desk) == "cancels more than is open"
    desk.report("filled", order, 10_000, 200)
    desk.report("filled", order, 10_000, 100)
    assert unmatched(desk) == "fills more than is open"
    desk.report("cancelled", order, qty=100, code="user")
    assert unmatched(desk) == "cancels more than is open"
    assert desk.order(order).state == OrderState.FILLED
    assert desk.state.unmatched == 15
    check_same(desk.state, desk.replayed(), 1)


def test_a_sell_fill_at_an_absurd_price_is_not_believed(desk: Desk) -> None:
    """Any higher price is good for a seller; a figure beyond every share's would not fit."""
    desk.give(MAIN, 1000)
    order = desk.accepted(SELL, 10_000, 1000)
    for price in (10**12, 2**63 - 1, 2**64 - 1):
        desk.report("filled", order, price, 1000)
        assert unmatched(desk) == "no such price"
    assert desk.order(order).open


def test_a_report_is_taken_once_whatever_it_says(desk: Desk) -> None:
    order = desk.accepted(BUY, 10_000, 300)
    for index, qty in ((7, 100), (7, 100), (7, 200)):
        desk.one(
            c.VenueReport("r", "counter-0", index, "filled", order, f"E{qty}", 10_000, qty, "")
        )
    assert desk.order(order).filled == 100
    mark = desk.state.marks["counter-0"]
    assert (mark.next, sorted(mark.ahead)) == (2, [7])


def test_gateways_number_their_reports_apart(desk: Desk) -> None:
    order = desk.accepted(BUY, 10_000, 300)
    for gateway in ("counter-0", "counter-0b"):
        desk.one(c.VenueReport("r", gateway, 5, "filled", order, f"E-{gateway}", 10_000, 100, ""))
    assert desk.order(order).filled == 200


@pytest.mark.parametrize("index", [0, -1, -(2**63)])
def test_an_index_that_is_none_leaves_no_trace(desk: Desk, index: int) -> None:
    """It is ignored like a repeat; and what leads to no event must change no state."""
    desk.one(c.VenueReport("r", "another", index, "accepted", "ord_x", "", 0, 0, ""))
    check_same(desk.state, desk.replayed(), 1)


def test_the_gap_between_reports_closes_in_any_order(desk: Desk) -> None:
    order = desk.placed(BUY, 10_000, 300)
    for index in (4, 2, 3, 1):
        kind, qty = ("accepted", 0) if index == 1 else ("filled", 100)
        desk.one(c.VenueReport("r", "counter-0", index, kind, order, f"E{index}", 10_000, qty, ""))
    mark = desk.state.marks["counter-0"]
    assert (mark.next, mark.ahead) == (5, {})
    assert desk.order(order).state == OrderState.FILLED


def test_closed_orders_of_the_day_are_listed_newest_first(desk: Desk) -> None:
    from yunquan.counter.rules.views import account_view

    made = [desk.place(BUY, price, 100).order for price in (10_000, 1, 9_990, 9_980)]
    view = account_view(desk.state, ACCOUNT, 3, 1)
    assert view is not None
    assert [order.id for order in view.orders] == made[:0:-1]
    for limit in (0, -1, -5):
        none = account_view(desk.state, ACCOUNT, limit, 1)
        assert none is not None
        assert none.orders == ()
    assert account_view(desk.state, "6", 3, 1) is None
    desk.begin(NEXT_DAY)
    after = account_view(desk.state, ACCOUNT, 3, 1)
    assert after is not None
    assert after.orders == ()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ord_",
        "ord_202607130",
        "ord_2026071300000002",
        "ord_20260713-000001",
        "x" * 200,
        "ord_202607130" + "9" * 150,
        "ord_202607120" + "0000001",
        "ord_202607130" + "０００００01",
    ],
)
def test_an_order_is_found_by_its_whole_name_only(desk: Desk, name: str) -> None:
    order = desk.placed(BUY, 10_000, 100)
    assert desk.state.orders[order].id == order
    assert desk.state.orders.get(name) is None
    assert name not in desk.state.orders
    with pytest.raises(KeyError):
        desk.state.orders[name]


def test_a_cancel_that_overtook_its_order_is_asked_again_though_a_fill_came_first(
    desk: Desk,
) -> None:
    """The exchange refused the cancel because the order was still on its way; then it filled part
    of it, and that report comes before the refusal and the acceptance."""
    order = desk.placed(BUY, 10_000, 300)
    desk.cancel(order)
    desk.report("filled", order, 10_000, 100)
    desk.report("cancel_rejected", order, code="V201_unknown_order")
    assert desk.order(order).cancel_wanted
    desk.gateway.sent.clear()
    desk.report("accepted", order)
    assert desk.gateway.sent == [("cancel", order)]
    assert desk.order(order).state == OrderState.CANCELLING
    # Once it is confirmed, a refusal is the exchange's last word on that cancel.
    desk.report("cancel_rejected", order, code="V203_no_cancel_now")
    assert not desk.order(order).cancel_wanted
    assert desk.order(order).state == OrderState.PARTLY_FILLED
