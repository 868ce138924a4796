"""Cash between accounts of one client: settled money, at once, once, never past a freeze."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.counter.desk import ACCOUNT, BUY, MAIN, SELL, Desk, funded_desk
from tests.counter.invariants import check_state
from yunquan.counter import types as c
from yunquan.counter.adapters.client import partition

OTHER, STRANGER, DOLLARS = f"{ACCOUNT}-1", "6000000002", f"{ACCOUNT}-2"


@pytest.fixture
def desk() -> Desk:
    made = funded_desk()
    made.open_account(OTHER, kind="auxiliary", securities=(), permissions=())
    made.open_account(STRANGER, client="cli_2")
    made.open_account(DOLLARS, kind="auxiliary", securities=(), permissions=(), currency="USD")
    return made


def cash(desk: Desk, account: str) -> int:
    return desk.driver.state.books.clients[account].cash.available


def test_it_moves_at_once_and_back(desk: Desk) -> None:
    all_of_it = cash(desk, ACCOUNT)
    assert desk.one(c.MoveCash("t:1", ACCOUNT, OTHER, 30_000)).accepted
    assert (cash(desk, ACCOUNT), cash(desk, OTHER)) == (all_of_it - 30_000, 30_000)
    assert desk.one(c.MoveCash("t:2", OTHER, ACCOUNT, 30_000)).accepted
    assert (cash(desk, ACCOUNT), cash(desk, OTHER)) == (all_of_it, 0)
    check_state(desk.driver.state)


def test_the_same_id_moves_once(desk: Desk) -> None:
    moved = c.MoveCash("t:1", ACCOUNT, OTHER, 30_000)
    assert desk.one(moved).accepted
    assert desk.one(moved).accepted
    assert cash(desk, OTHER) == 30_000
    assert desk.one(c.MoveCash("t:1", ACCOUNT, OTHER, 1)).code == "command.reused"


def nothing(_desk: Desk) -> None:
    """Just the accounts."""


def sold_today(desk: Desk) -> None:
    desk.give(MAIN, 1000)
    order = desk.accepted(SELL, 10_000, 1000)
    desk.report("filled", order, 10_000, 1000)


def ordered(desk: Desk) -> None:
    assert desk.place(BUY, 10_000, 1000).accepted


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        (nothing, c.MoveCash("t:1", ACCOUNT, STRANGER, 1), "move.not_own"),
        (nothing, c.MoveCash("t:1", ACCOUNT, "nobody", 1), "move.not_own"),
        (nothing, c.MoveCash("t:1", ACCOUNT, ACCOUNT, 1), "move.not_own"),
        (nothing, c.MoveCash("t:1", ACCOUNT, DOLLARS, 1), "move.currency"),
        (nothing, c.MoveCash("t:1", "nobody", OTHER, 1), "account.unknown"),
        (nothing, c.MoveCash("t:1", ACCOUNT, OTHER, 0), "account.amount"),
        (nothing, c.MoveCash("t:1", ACCOUNT, OTHER, -1), "account.amount"),
        (nothing, c.MoveCash("t:1", OTHER, ACCOUNT, 1), "withdrawal.insufficient_cash"),
        (nothing, c.MoveCash("t:1", ACCOUNT, OTHER, 1, "2020-01-01"), "command.too_old"),
        (
            sold_today,
            c.MoveCash("t:1", ACCOUNT, OTHER, 100_000_001),
            "withdrawal.unsettled_cash",
        ),
        (ordered, c.MoveCash("t:1", ACCOUNT, OTHER, 100_000_000), "withdrawal.insufficient_cash"),
        (
            lambda desk: desk.one(c.Restrict("s:1", ACCOUNT, "withdraw", "rule 9")),
            c.MoveCash("t:1", ACCOUNT, OTHER, 1),
            "withdrawal.restricted",
        ),
        (
            lambda desk: desk.one(c.Freeze("s:1", ACCOUNT, "*", 0, "case 1")),
            c.MoveCash("t:1", ACCOUNT, OTHER, 1),
            "withdrawal.judicial_freeze",
        ),
    ],
)
def test_refused(desk: Desk, before: Callable[[Desk], Any], command: Any, code: str) -> None:
    before(desk)
    was = cash(desk, ACCOUNT)
    assert desk.one(command).code == code
    assert (cash(desk, ACCOUNT), cash(desk, OTHER), cash(desk, STRANGER)) == (was, 0, 0)
    check_state(desk.driver.state)


def test_nothing_is_traded_with_an_auxiliary_account(desk: Desk) -> None:
    assert desk.one(c.MoveCash("t:1", ACCOUNT, OTHER, 50_000_000)).accepted
    assert not desk.place(BUY, 10_000, 100, account=OTHER).accepted


def test_an_auxiliary_account_is_held_where_its_main_one_is() -> None:
    for number in range(500):
        account = f"8800{number:08d}"
        assert {partition(f"{account}-{branch}", 7) for branch in (1, 2, 12)} == {
            partition(account, 7)
        }
