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
import yunquan.kernel.scopes
from tests.counter.desk import (
    ACCOUNT,
    BOTH_MARKETS,
    BSE,
    BUY,
    CHINEXT,
    DAY,
    LOCKED,
    MAIN,
    NEXT_DAY,
    NIGHT,
    SELL,
    SHUT,
    STAR,
    SZ_MAIN,
    Desk,
)
from tests.counter.invariants import check_state
from yunquan.counter import types as c
from yunquan.counter.events import OrderRefused
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
    kind: str = "limit"
    origin: str = ""
    changes: dict[str, Any] = field(default_factory=dict)


def halt(desk: Desk) -> None:
    desk.instruments[MAIN] = msgspec.structs.replace(desk.instruments[MAIN], halted=True)


def freeze_all(desk: Desk) -> None:
    assert desk.one(c.Freeze("court:1", ACCOUNT, "*", 0, "(2026)沪01执1号")).accepted


def restrict(scope: str) -> Setup:
    def do(desk: Desk) -> None:
        assert desk.one(c.Restrict("staff:1", ACCOUNT, scope, "rule 9")).accepted

    return do


def hurry(scope: str) -> Setup:
    """Two orders within the minute, and a third that was refused and doesn't count."""

    def do(desk: Desk) -> None:
        restrict(scope)(desk)
        desk.accepted(BUY, 9_000, 100)
        assert desk.place(BUY, 99_000, 100).code == "order.price_above_limit"
        desk.accepted(BUY, 9_000, 100)

    return do


def close(symbol: str) -> Setup:
    return lambda desk: desk.set_session(symbol, SHUT)


def resting(side: int, price: int) -> Setup:
    def do(desk: Desk) -> None:
        desk.give(MAIN, 1000)
        desk.accepted(side, price, 100)

    return do


def stop(scope: str) -> Setup:
    def do(desk: Desk) -> None:
        assert desk.one(c.StopTrading("staff:s", scope, "drill", "演练", "A drill")).accepted

    return do


def put(**changes: Any) -> Setup:
    """The instrument's day is another one."""

    def do(desk: Desk) -> None:
        for symbol in (MAIN, SZ_MAIN):
            desk.instruments[symbol] = msgspec.structs.replace(desk.instruments[symbol], **changes)

    return do


def caged(bid: int, ask: int, **changes: Any) -> Setup:
    def do(desk: Desk) -> None:
        put(**{"cage_bp": 200, "cage_ticks": 10, **changes})(desk)
        desk.prices[MAIN] = (bid, ask, 0)

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
    "after the close": Case(
        "order.day_ended", {"day": DAY}, before=lambda desk: desk.one(c.CloseDay("t:close", DAY))
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
    "must show who they are": Case(
        "order.confirm_first", {"symbol": MAIN}, before=restrict("confirm")
    ),
    "one security limited": Case(
        "order.security_limited", {"symbol": MAIN}, before=restrict(f"symbol:{MAIN}")
    ),
    "programs suspended": Case(
        "order.program_suspended",
        {"symbol": MAIN},
        before=restrict("program"),
        origin="program",
    ),
    "slowed down": Case("order.throttled", {"most": 2}, before=hurry("rate:2")),
    "unknown share": Case("order.instrument_unknown", {"symbol": "600000.SH"}, symbol="600000.SH"),
    "no symbol": Case("order.instrument_unknown", {"symbol": ""}, symbol=""),
    "no such side": Case("order.side", {"side": 3}, side=3),
    "side zero": Case("order.side", {"side": 0}, side=0),
    "session closed": Case("order.market_closed", {}, before=close(MAIN)),
    "phase unknown": Case("order.market_closed", {}, before=lambda desk: desk.sessions.clear()),
    "halted": Case("order.halted", {"symbol": MAIN}, before=halt),
    "the firm has stopped": Case(
        "order.stopped",
        {"scope": "all", "notice_zh": "演练", "notice_en": "A drill"},
        before=stop("all"),
    ),
    "a market is stopped": Case(
        "order.stopped",
        {"scope": "SH", "notice_zh": "演练", "notice_en": "A drill"},
        before=stop("SH"),
    ),
    "a share is stopped": Case(
        "order.stopped",
        {"scope": MAIN, "notice_zh": "演练", "notice_en": "A drill"},
        before=stop(MAIN),
    ),
    "an exchange is halted": Case(
        "order.exchange_halted",
        {"market": "SH"},
        before=lambda desk: desk.halts.update({"SH": "exchange_halt"}),
    ),
    "every exchange is halted": Case(
        "order.exchange_halted",
        {"market": "SH"},
        before=lambda desk: desk.halts.update({"*": "exchange_halt"}),
    ),
    "halted during the day": Case(
        "order.halted", {"symbol": MAIN}, before=lambda desk: desk.halts.update({MAIN: "halted"})
    ),
    "a rehearsal of the exchange": Case(
        "order.rehearsal", {}, before=lambda desk: setattr(desk, "rehearsal", True)
    ),
    "no such kind": Case("order.kind_unknown", {"kind": "iceberg"}, kind="iceberg"),
    "a kind of another exchange": Case(
        "order.kind_unknown", {"kind": "fill_or_kill"}, kind="fill_or_kill"
    ),
    "a market order in the call auction": Case(
        "order.kind_not_now",
        {"kind": "best5_cancel", "phase": "opening_call_locked"},
        before=lambda desk: desk.set_session(MAIN, LOCKED),
        kind="best5_cancel",
    ),
    "a market order at night": Case(
        "order.kind_not_now",
        {"kind": "best5_cancel", "phase": "pre_open"},
        before=lambda desk: desk.set_session(MAIN, NIGHT),
        kind="best5_cancel",
    ),
    "no protection price": Case(
        "order.tick", {"price_milli": 0, "tick_milli": 10}, kind="best5_cancel", price=0
    ),
    "protection price above the limit": Case(
        "order.price_above_limit",
        {"price_milli": 11_010, "limit_milli": 11_000},
        kind="best5_cancel",
        price=11_010,
    ),
    "a price in Shenzhen": Case(
        "order.price_not_wanted", {"kind": "best5_cancel"}, symbol=SZ_MAIN, kind="best5_cancel"
    ),
    "nothing bounds it": Case(
        "order.price_unbounded",
        {"symbol": SZ_MAIN},
        before=put(limit_up_milli=99_999_990),
        symbol=SZ_MAIN,
        kind="best5_cancel",
        price=0,
    ),
    "too much for a market order": Case(
        "order.quantity_too_large",
        {"qty": 500_100, "max_qty": 500_000},
        kind="best5_cancel",
        qty=500_100,
    ),
    "above the cage, vector 4": Case(
        "order.above_cage",
        {"price_milli": 7_510, "bound_milli": 7_500, "around_milli": 7_350},
        before=caged(7_340, 7_350, limit_down_milli=5_000),
        price=7_510,
    ),
    "below the cage, vector 4": Case(
        "order.below_cage",
        {"price_milli": 7_190, "bound_milli": 7_200, "around_milli": 7_350},
        before=lambda desk: (desk.give(MAIN, 100), caged(7_350, 0, limit_down_milli=5_000)(desk)),
        side=SELL,
        price=7_190,
    ),
    "more than the day's cap": Case(
        "order.daily_cap",
        {"cap": 500, "bought": 300, "left": 200},
        before=lambda desk: (put(daily_buy_cap=500)(desk), bought(desk, 300)),
        qty=300,
    ),
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
    "not designated here": Case(
        "order.not_designated", {"market": "SH"}, changes={"securities": NOT_DESIGNATED}
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
        "test:place",
        case.account,
        case.symbol,
        case.side,
        case.price,
        case.qty,
        case.day,
        case.kind,
        case.origin,
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
    rules = Path(yunquan.counter.__file__).parent / "rules"
    sources = [rules / "place.py", rules / "checks.py", Path(yunquan.kernel.scopes.__file__)]
    source = "".join(path.read_text() for path in sources)
    codes = set(re.findall(r'"(order\.[a-z_]+)"', source))
    assert codes == {case.code for case in REFUSALS.values()}
