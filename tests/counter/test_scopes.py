"""Narrowed restrictions: what they keep back, what they leave alone, and that a replay agrees."""

from __future__ import annotations

import pytest

from tests.counter.desk import ACCOUNT, MAIN, SZ_MAIN, Desk, funded_desk
from yunquan.counter import types as c
from yunquan.counter.rules.state import BUY, MOST_LATELY
from yunquan.kernel.scopes import is_scope, order_fault, rate_of, withdrawal_fault


def restrict(desk: Desk, scope: str) -> c.Answer:
    return desk.one(c.Restrict(desk.next_id(), ACCOUNT, scope, "Article 12"))


def release(desk: Desk, scope: str) -> c.Answer:
    return desk.one(c.Release(desk.next_id(), ACCOUNT, scope, "Article 12"))


@pytest.mark.parametrize(
    ("scope", "good"),
    [
        ("buy", True),
        ("confirm", True),
        ("program", True),
        ("symbol:600519.SH", True),
        ("rate:1", True),
        ("rate:999", True),
        ("rate:0", False),
        ("rate:1000", False),
        ("rate:", False),
        ("symbol:", False),
        ("symbol:CNY", False),
        ("symbol:600519.SH ", False),
        ("judicial", False),
        ("", False),
    ],
)
def test_what_an_account_can_be_kept_from(scope: str, good: bool) -> None:
    assert is_scope(scope) is good
    desk = funded_desk()
    assert restrict(desk, scope).code == ("" if good else "restriction.malformed")


@pytest.mark.parametrize(
    ("scopes", "side", "symbol", "origin", "code"),
    [
        (["rate:1"], "buy", MAIN, "", ""),
        (["program"], "buy", MAIN, "", ""),
        (["program"], "buy", MAIN, "program", "order.program_suspended"),
        ([f"symbol:{MAIN}"], "sell", MAIN, "", "order.security_limited"),
        ([f"symbol:{MAIN}"], "sell", SZ_MAIN, "", ""),
        (["confirm", "all"], "sell", MAIN, "", "order.restricted"),
        (["sell"], "buy", MAIN, "", ""),
    ],
)
def test_why_an_order_is_kept_back(
    scopes: list[str], side: str, symbol: str, origin: str, code: str
) -> None:
    assert order_fault(scopes, side, symbol, origin) == code


def test_money_stays_until_it_is_known_who_asks() -> None:
    assert withdrawal_fault(["program", "rate:3"]) == ""
    assert withdrawal_fault(["confirm"]) == "withdrawal.confirm_first"
    desk = funded_desk()
    assert restrict(desk, "confirm").accepted
    asked = c.Withdraw(desk.next_id(), ACCOUNT, 100, "simbank", desk.state.day)
    assert desk.one(asked).code == "withdrawal.confirm_first"
    assert release(desk, "confirm").accepted
    again = c.Withdraw(desk.next_id(), ACCOUNT, 100, "simbank", desk.state.day)
    assert desk.one(again).accepted


def test_the_strictest_rate_holds_and_time_lets_orders_through() -> None:
    assert rate_of(["rate:30", "rate:2", "buy"]) == 2
    assert rate_of(["buy"]) == 0
    desk = funded_desk()
    for scope in ("rate:30", "rate:2"):
        assert restrict(desk, scope).accepted
    codes = [desk.place(BUY, 9_000, 100).code for _ in range(4)]
    assert codes == ["", "", "order.throttled", "order.throttled"]
    desk.clock.advance(61)
    assert desk.place(BUY, 9_000, 100).accepted
    assert release(desk, "rate:2").accepted
    assert [desk.place(BUY, 9_000, 100).code for _ in range(3)] == ["", "", ""]
    # What was decided then is decided again, from the log and from a snapshot.
    for state in (desk.replayed(), desk.thawed()):
        assert state.accounts[ACCOUNT].restrictions == {"rate:30": "Article 12"}


def test_a_flood_of_refused_orders_costs_a_bounded_look() -> None:
    desk = funded_desk()
    assert restrict(desk, "rate:999").accepted
    codes = {desk.place(BUY, 99_000, 100).code for _ in range(MOST_LATELY + 2)}
    assert codes == {"order.price_above_limit", "order.throttled"}


def test_cancels_are_never_kept_back() -> None:
    desk = funded_desk()
    order = desk.accepted(BUY, 9_000, 100)
    for scope in ("all", "confirm", "program", "rate:1", f"symbol:{MAIN}"):
        assert restrict(desk, scope).accepted
    assert desk.cancel(order).accepted
