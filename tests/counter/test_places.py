"""Deciding a place: every refusal with its exact facts, and what an accepted order freezes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

import yunquan.counter
from tests.counter.desk import (
    ACCOUNT,
    BOTH_MARKETS,
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
from yunquan.counter import types as c
from yunquan.counter.events import OrderPlaced, OrderRefused
from yunquan.counter.types import OrderState

Setup = Callable[[Desk], Any]


@dataclass(frozen=True)
class Case:
    """A place that is refused: what is done before, the place, the code, the facts."""

    code: str
    facts: dict[str, int | str]
    before: Setup = lambda desk: None
    side: int = BUY
    price: int = 10_000
    qty: int = 100
    symbol: str = MAIN
    account: str = ACCOUNT
    day: str = DAY
    changes: dict[str, Any] = field(default_factory=dict)


def halt(desk: Desk) -> None:
    desk.instruments[MAIN] = msgspec.structs.replace(desk.instruments[MAIN], halted=True)


def freeze_all(desk: Desk) -> None:
    assert desk.one(c.Freeze("court:1", ACCOUNT, "*", 0, "(2026)沪01执1号")).accepted


def restrict(scope: str) -> Setup:
    def do(desk: Desk) -> None:
        assert desk.one(c.Restrict("staff:1", ACCOUNT, scope, "rule 9")).accepted

    return do


def close(board: str) -> Setup:
    return lambda desk: desk.phases.update({board: (False, True)})


def resting(side: int, price: int) -> Setup:
    def do(desk: Desk) -> None:
        desk.give(MAIN, 1000)
        desk.accepted(side, price, 100)

    return do


NOT_DESIGNATED = (c.SecuritiesAccount("SH", "A123456789", designated=False),)
ONLY_SZ = BOTH_MARKETS[1:]
ONLY_SH = BOTH_MARKETS[:1]
OWN_ORDER = "ord_2026071300000001"

REFUSALS = {
    "unknown account": Case(
        "order.account_unknown", {"account": "6999999999"}, account="6999999999"
    ),
    "yesterday's order": Case(
        "order.day_mismatch", {"day": "2026-07-10", "today": DAY}, day="2026-07-10"
    ),
    "tomorrow's order": Case("order.day_mismatch", {"day": NEXT_DAY, "today": DAY}, day=NEXT_DAY),
    "market a day ahead": Case(
        "order.day_mismatch",
        {"day": DAY, "today": DAY},
        before=lambda desk: setattr(desk, "day", NEXT_DAY),
    ),
    "credit account": Case("order.account_kind", {"kind": "credit"}, changes={"kind": "credit"}),
    "judicial freeze": Case("order.judicial_freeze", {}, before=freeze_all),
    "papers expired yesterday": Case(
        "order.id_expired", {"expired_on": "2026-07-12"}, changes={"id_expires_on": "2026-07-12"}
    ),
    "papers unknown": Case("order.id_expired", {"expired_on": ""}, changes={"id_expires_on": ""}),
    "buying restricted": Case("order.restricted", {"scope": "buy"}, before=restrict("buy")),
    "all restricted, buy": Case("order.restricted", {"scope": "buy"}, before=restrict("all")),
    "all restricted, sell": Case(
        "order.restricted", {"scope": "sell"}, before=restrict("all"), side=SELL
    ),
    "selling restricted": Case(
        "order.restricted", {"scope": "sell"}, before=restrict("sell"), side=SELL
    ),
    "unknown share": Case("order.instrument_unknown", {"symbol": "600000.SH"}, symbol="600000.SH"),
    "no symbol": Case("order.instrument_unknown", {"symbol": ""}, symbol=""),
    "no such side": Case("order.side", {"side": 3}, side=3),
    "side zero": Case("order.side", {"side": 0}, side=0),
    "session closed": Case("order.market_closed", {}, before=close("main")),
    "phase unknown": Case("order.market_closed", {}, before=lambda desk: desk.phases.clear()),
    "halted": Case("order.halted", {"symbol": MAIN}, before=halt),
    "no STAR permission": Case(
        "order.permission_missing",
        {"permission": "star"},
        symbol=STAR,
        qty=200,
        changes={"permissions": ()},
    ),
    "no ChiNext permission": Case(
        "order.permission_missing",
        {"permission": "chinext"},
        symbol=CHINEXT,
        changes={"permissions": ("star",)},
    ),
    "no BSE permission": Case(
        "order.permission_missing",
        {"permission": "bse"},
        symbol=BSE,
        changes={"permissions": ("star", "chinext")},
    ),
    "no Shanghai account": Case(
        "order.no_securities_account", {"market": "SH"}, changes={"securities": ONLY_SZ}
    ),
    "designated elsewhere": Case(
        "order.no_securities_account", {"market": "SH"}, changes={"securities": NOT_DESIGNATED}
    ),
    "no Shenzhen account": Case(
        "order.no_securities_account",
        {"market": "SZ"},
        symbol=SZ_MAIN,
        changes={"securities": ONLY_SH},
    ),
    "no account for BSE": Case(
        "order.no_securities_account", {"market": "BJ"}, symbol=BSE, changes={"securities": ONLY_SH}
    ),
    "nothing": Case("order.quantity", {"qty": 0}, qty=0),
    "less than nothing": Case("order.quantity", {"qty": -100}, qty=-100),
    "too much": Case(
        "order.quantity_too_large", {"qty": 1_000_100, "max_qty": 1_000_000}, qty=1_000_100
    ),
    "too much on STAR": Case(
        "order.quantity_too_large", {"qty": 100_001, "max_qty": 100_000}, qty=100_001, symbol=STAR
    ),
    "too much on ChiNext": Case(
        "order.quantity_too_large",
        {"qty": 300_100, "max_qty": 300_000},
        qty=300_100,
        symbol=CHINEXT,
    ),
    "a quantity beyond all sense": Case(
        "order.quantity_too_large", {"qty": 2**63, "max_qty": 1_000_000}, qty=2**63
    ),
    "vector 12: main buy 150": Case(
        "order.lot_size", {"qty": 150, "buy_min": 100, "buy_step": 100}, qty=150
    ),
    "vector 11: STAR buy 199": Case(
        "order.lot_size", {"qty": 199, "buy_min": 200, "buy_step": 1}, qty=199, symbol=STAR
    ),
    "BSE buy 99": Case(
        "order.lot_size", {"qty": 99, "buy_min": 100, "buy_step": 1}, qty=99, symbol=BSE
    ),
    "off the tick": Case("order.tick", {"price_milli": 10_001, "tick_milli": 10}, price=10_001),
    "no price": Case("order.tick", {"price_milli": 0, "tick_milli": 10}, price=0),
    "negative price": Case("order.tick", {"price_milli": -10_000, "tick_milli": 10}, price=-10_000),
    "one tick above": Case(
        "order.price_above_limit", {"price_milli": 11_010, "limit_milli": 11_000}, price=11_010
    ),
    "one tick below": Case(
        "order.price_below_limit", {"price_milli": 8_990, "limit_milli": 9_000}, price=8_990
    ),
    "a price beyond all sense": Case(
        "order.price_above_limit", {"price_milli": 2**63, "limit_milli": 11_000}, price=2**63
    ),
    "buy meets own sell": Case(
        "order.self_trade", {"order": OWN_ORDER}, before=resting(SELL, 10_000)
    ),
    "sell meets own buy": Case(
        "order.self_trade",
        {"order": OWN_ORDER},
        before=resting(BUY, 10_000),
        side=SELL,
        price=9_990,
    ),
    "cash short by one fen": Case(
        "order.insufficient_cash",
        {"needed_fen": 100_502, "usable_fen": 100_501},
        before=lambda desk: leave(desk, 100_501),
    ),
    "no shares": Case("order.insufficient_shares", {"qty": 100, "sellable": 0}, side=SELL),
    "shares bought today": Case(
        "order.insufficient_shares",
        {"qty": 100, "sellable": 0},
        side=SELL,
        before=lambda desk: bought(desk, 100),
    ),
    "vector 15: held 800, bought 300": Case(
        "order.insufficient_shares",
        {"qty": 900, "sellable": 800},
        side=SELL,
        qty=900,
        before=lambda desk: (desk.give(MAIN, 800), bought(desk, 300)),
    ),
    "odd lot split": Case(
        "order.odd_lot",
        {"qty": 30, "lot": 100, "odd": 50},
        side=SELL,
        qty=30,
        before=lambda desk: desk.give(MAIN, 250),
    ),
    "odd lot not whole": Case(
        "order.odd_lot",
        {"qty": 120, "lot": 100, "odd": 50},
        side=SELL,
        qty=120,
        before=lambda desk: desk.give(MAIN, 250),
    ),
    "STAR odd balance split": Case(
        "order.odd_lot",
        {"qty": 100, "lot": 200, "odd": 150},
        side=SELL,
        qty=100,
        symbol=STAR,
        before=lambda desk: desk.give(STAR, 150),
    ),
}


def leave(desk: Desk, fen: int) -> None:
    """Withdraw until this much is there."""
    there = desk.cash()[0]
    assert desk.one(c.Withdraw("test:w", ACCOUNT, there - fen, "icbc")).accepted


def bought(desk: Desk, qty: int) -> None:
    order = desk.accepted(BUY, 10_000, qty)
    desk.report("filled", order, 10_000, qty)


@pytest.mark.parametrize("name", REFUSALS)
def test_refused_with_its_code_and_facts(name: str) -> None:
    case = REFUSALS[name]
    desk = Desk()
    desk.begin()
    desk.open_account(**case.changes)
    desk.deposit(100_000_000)
    case.before(desk)
    before = desk.state.books.clients[ACCOUNT].cash.owned()
    command = c.PlaceOrder(
        "test:place", case.account, case.symbol, case.side, case.price, case.qty, case.day
    )
    answer = desk.one(command)
    assert (answer.code, answer.facts) == (case.code, case.facts)
    event = desk.events[-1]
    assert isinstance(event, OrderRefused)
    assert (event.code, event.facts, event.command, event.order) == (
        case.code,
        case.facts,
        "test:place",
        answer.order,
    )
    order = desk.order(answer.order)
    assert (order.state, order.reason, order.open) == (OrderState.REJECTED, case.code, False)
    assert desk.state.books.clients[ACCOUNT].cash.owned() == before
    assert not [sent for sent in desk.gateway.sent if sent == ("order", answer.order)]
    check_state(desk.state)
    again = desk.one(command)
    assert (again.code, again.facts, again.order) == (answer.code, answer.facts, answer.order)


def test_every_code_of_a_place_is_in_the_table() -> None:
    source = (Path(yunquan.counter.__file__).parent / "rules" / "place.py").read_text()
    codes = set(re.findall(r'Refusal\(\s*"([a-z_.]+)"', source))
    assert codes == {case.code for case in REFUSALS.values()}


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
