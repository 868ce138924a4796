"""Designation in Shanghai 指定交易: no order before the depository has confirmed it."""

from __future__ import annotations

import pytest

from tests.counter.desk import ACCOUNT, BUY, MAIN, SZ_MAIN, Desk
from tests.counter.invariants import check_same, check_state
from yunquan.counter import types as c
from yunquan.counter.adapters.snapshots import frames, thaw

NUMBER = "A123456789"
BOTH = (c.SecuritiesAccount("SH", NUMBER), c.SecuritiesAccount("SZ", "0123456789", False, "390001"))


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.begin()
    made.open_account(securities=BOTH)
    made.deposit(100_000_000)
    return made


def test_shanghai_waits_for_the_depository_and_shenzhen_does_not(desk: Desk) -> None:
    refused = desk.place(BUY, 10_000, 100, MAIN)
    assert (refused.code, refused.facts) == ("order.not_designated", {"market": "SH"})
    assert desk.place(BUY, 10_000, 100, SZ_MAIN).accepted
    assert desk.one(c.Designate("d:1", ACCOUNT, NUMBER)).accepted
    assert desk.place(BUY, 10_000, 100, MAIN).accepted
    check_state(desk.state)
    check_same(desk.state, desk.replayed(), 1)


def test_confirmed_twice_is_confirmed_once(desk: Desk) -> None:
    confirmed = c.Designate("d:1", ACCOUNT, NUMBER)
    assert desk.one(confirmed).accepted
    before = len(desk.events)
    assert desk.one(confirmed).accepted
    assert len(desk.events) == before
    assert desk.one(c.Designate("d:2", ACCOUNT, NUMBER)).accepted
    account = desk.state.accounts[ACCOUNT]
    assert account.markets == ("SH", "SZ", "BJ")
    assert account.securities[1].custody_unit == "390001"


def test_it_outlives_a_snapshot(desk: Desk) -> None:
    assert desk.one(c.Designate("d:1", ACCOUNT, NUMBER)).accepted
    thawed, _ = thaw(frames(desk.state, 1))
    assert thawed.accounts[ACCOUNT].markets == ("SH", "SZ", "BJ")


@pytest.mark.parametrize(
    ("account", "number", "code"),
    [
        ("6999999999", NUMBER, "account.unknown"),
        (ACCOUNT, "A000000000", "order.no_securities_account"),
        (ACCOUNT, "0123456789", "order.no_securities_account"),
    ],
)
def test_what_can_t_be_designated_is_refused(
    desk: Desk, account: str, number: str, code: str
) -> None:
    assert desk.one(c.Designate("d:1", account, number)).code == code
    assert desk.place(BUY, 10_000, 100, MAIN).code == "order.not_designated"
