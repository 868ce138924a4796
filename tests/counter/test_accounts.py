"""Everything about an account that is no order: refusals with their facts, freezes, restrictions,
the day roll.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import yunquan.counter
from tests.counter.desk import (
    ACCOUNT,
    BUY,
    CHINEXT,
    DAY,
    MAIN,
    NEXT_DAY,
    SELL,
    Desk,
    funded_desk,
)
from tests.counter.invariants import check_same, check_state, check_thaw
from yunquan.counter import types as c
from yunquan.counter.events import CommandRefused

Make = Callable[[Desk], Any]
LARGEST = 10**15


def sold(desk: Desk) -> None:
    """1,000 shares sold at 10.00: 999,490 fen in settlement."""
    desk.give(MAIN, 1000)
    order = desk.accepted(SELL, 10_000, 1000)
    desk.report("filled", order, 10_000, 1000)


def restricted(scope: str) -> Make:
    return lambda desk: desk.one(c.Restrict("staff:r", ACCOUNT, scope, "rule 9"))


def judicial(desk: Desk) -> None:
    desk.one(c.Freeze("court:f", ACCOUNT, "*", 0, "case 1"))


def nothing(_desk: Desk) -> None:
    """Just the funded account: 1,000,000.00."""


# What is done before, the command, its refusal and the facts of it.
REFUSALS: dict[str, tuple[Make, Any, str, dict[str, int | str]]] = {
    "open: number taken": (
        nothing,
        c.OpenAccount("t:1", ACCOUNT, "cli_2", "ordinary", "CNY", (), (), "2030-01-01"),
        "account.exists",
        {"account": ACCOUNT},
    ),
    "open: no number": (
        nothing,
        c.OpenAccount("t:1", "", "cli_2", "ordinary", "CNY", (), (), "2030-01-01"),
        "account.malformed",
        {"kind": "ordinary"},
    ),
    "open: a house account's name": (
        nothing,
        c.OpenAccount("t:1", "bank:icbc", "cli_2", "ordinary", "CNY", (), (), "2030-01-01"),
        "account.malformed",
        {"kind": "ordinary"},
    ),
    "open: unknown kind": (
        nothing,
        c.OpenAccount("t:1", "6000000009", "cli_2", "vip", "CNY", (), (), "2030-01-01"),
        "account.malformed",
        {"kind": "vip"},
    ),
    "deposit: unknown": (
        nothing,
        c.Deposit("t:1", "6", 1, "icbc"),
        "account.unknown",
        {"account": "6"},
    ),
    "deposit: zero": (
        nothing,
        c.Deposit("t:1", ACCOUNT, 0, "icbc"),
        "account.amount",
        {"amount": 0},
    ),
    "deposit: negative": (
        nothing,
        c.Deposit("t:1", ACCOUNT, -5, "icbc"),
        "account.amount",
        {"amount": -5},
    ),
    "deposit: absurd": (
        nothing,
        c.Deposit("t:1", ACCOUNT, LARGEST + 1, "icbc"),
        "account.amount",
        {"amount": LARGEST + 1},
    ),
    "withdraw: unknown": (
        nothing,
        c.Withdraw("t:1", "6", 1, "icbc"),
        "account.unknown",
        {"account": "6"},
    ),
    "withdraw: negative": (
        nothing,
        c.Withdraw("t:1", ACCOUNT, -1, "icbc"),
        "account.amount",
        {"amount": -1},
    ),
    "withdraw: too much": (
        nothing,
        c.Withdraw("t:1", ACCOUNT, 100_000_001, "icbc"),
        "withdrawal.insufficient_cash",
        {"withdrawable_fen": 100_000_000, "settling_fen": 0},
    ),
    "withdraw: today's proceeds": (
        sold,
        c.Withdraw("t:1", ACCOUNT, 100_000_001, "icbc"),
        "withdrawal.unsettled_cash",
        {"withdrawable_fen": 100_000_000, "settling_fen": 998_990},
    ),
    "withdraw: more than proceeds too": (
        sold,
        c.Withdraw("t:1", ACCOUNT, 100_998_991, "icbc"),
        "withdrawal.insufficient_cash",
        {"withdrawable_fen": 100_000_000, "settling_fen": 998_990},
    ),
    "withdraw: judicial freeze": (
        judicial,
        c.Withdraw("t:1", ACCOUNT, 1, "icbc"),
        "withdrawal.judicial_freeze",
        {},
    ),
    "withdraw: restricted": (
        restricted("withdraw"),
        c.Withdraw("t:1", ACCOUNT, 1, "icbc"),
        "withdrawal.restricted",
        {},
    ),
    "withdraw: all restricted": (
        restricted("all"),
        c.Withdraw("t:1", ACCOUNT, 1, "icbc"),
        "withdrawal.restricted",
        {},
    ),
    "transfer in: unknown": (
        nothing,
        c.TransferIn("t:1", "6", MAIN, 100, "elsewhere"),
        "account.unknown",
        {"account": "6"},
    ),
    "transfer in: nothing": (
        nothing,
        c.TransferIn("t:1", ACCOUNT, MAIN, 0, "elsewhere"),
        "account.amount",
        {"amount": 0},
    ),
    "transfer in: money, not shares": (
        nothing,
        c.TransferIn("t:1", ACCOUNT, "CNY", 100, "elsewhere"),
        "account.symbol",
        {"symbol": "CNY"},
    ),
    "transfer in: no symbol": (
        nothing,
        c.TransferIn("t:1", ACCOUNT, "", 100, "elsewhere"),
        "account.symbol",
        {"symbol": ""},
    ),
    "permission: unknown": (
        nothing,
        c.GrantPermission("t:1", "6", "chinext", "spr_1"),
        "account.unknown",
        {"account": "6"},
    ),
    "permission: no name": (
        nothing,
        c.GrantPermission("t:1", ACCOUNT, "chi,next", "spr_1"),
        "permission.malformed",
        {"permission": "chi,next"},
    ),
    "permission: no basis": (
        nothing,
        c.GrantPermission("t:1", ACCOUNT, "chinext", ""),
        "permission.malformed",
        {"permission": "chinext"},
    ),
    "restrict: unknown": (
        nothing,
        c.Restrict("t:1", "6", "buy", "b"),
        "account.unknown",
        {"account": "6"},
    ),
    "restrict: no such scope": (
        nothing,
        c.Restrict("t:1", ACCOUNT, "breathe", "b"),
        "restriction.malformed",
        {"scope": "breathe"},
    ),
    "restrict: no basis": (
        nothing,
        c.Restrict("t:1", ACCOUNT, "buy", ""),
        "restriction.malformed",
        {"scope": "buy"},
    ),
    "restrict: judicial is a freeze": (
        nothing,
        c.Restrict("t:1", ACCOUNT, "judicial", "b"),
        "restriction.malformed",
        {"scope": "judicial"},
    ),
    "release: unknown": (
        nothing,
        c.Release("t:1", "6", "buy", "b"),
        "account.unknown",
        {"account": "6"},
    ),
    "release: none stands": (
        nothing,
        c.Release("t:1", ACCOUNT, "buy", "b"),
        "restriction.none",
        {"scope": "buy"},
    ),
    "release: another scope": (
        restricted("sell"),
        c.Release("t:1", ACCOUNT, "buy", "b"),
        "restriction.none",
        {"scope": "buy"},
    ),
    "release: no judicial freeze": (
        restricted("sell"),
        c.Release("t:1", ACCOUNT, "judicial", "b"),
        "restriction.none",
        {"scope": "judicial"},
    ),
    "freeze: unknown": (
        nothing,
        c.Freeze("t:1", "6", "CNY", 1, "b"),
        "account.unknown",
        {"account": "6"},
    ),
    "freeze: no basis": (
        nothing,
        c.Freeze("t:1", ACCOUNT, "CNY", 1, ""),
        "restriction.malformed",
        {"scope": "CNY"},
    ),
    "freeze: too much": (
        nothing,
        c.Freeze("t:1", ACCOUNT, "CNY", 100_000_001, "b"),
        "freeze.insufficient",
        {"available": 100_000_000, "amount": 100_000_001},
    ),
    "freeze: negative": (
        nothing,
        c.Freeze("t:1", ACCOUNT, "CNY", -1, "b"),
        "freeze.insufficient",
        {"available": 100_000_000, "amount": -1},
    ),
    "freeze: no such asset": (
        nothing,
        c.Freeze("t:1", ACCOUNT, MAIN, 1, "b"),
        "freeze.insufficient",
        {"available": 0, "amount": 1},
    ),
    "unfreeze: unknown": (
        nothing,
        c.Unfreeze("t:1", "6", "CNY", 1, "b"),
        "account.unknown",
        {"account": "6"},
    ),
    "unfreeze: nothing held": (
        nothing,
        c.Unfreeze("t:1", ACCOUNT, "CNY", 1, "b"),
        "freeze.not_held",
        {"held": 0, "amount": 1},
    ),
    "unfreeze: more than held": (
        lambda desk: desk.one(c.Freeze("court:f", ACCOUNT, "CNY", 70, "b")),
        c.Unfreeze("t:1", ACCOUNT, "CNY", 71, "b"),
        "freeze.not_held",
        {"held": 70, "amount": 71},
    ),
    "roll: the same day": (
        nothing,
        c.RollDay("t:1", DAY),
        "day.not_after",
        {"day": DAY, "today": DAY},
    ),
    "roll: back": (
        nothing,
        c.RollDay("t:1", "2026-07-10"),
        "day.not_after",
        {"day": "2026-07-10", "today": DAY},
    ),
    "roll: no day": (nothing, c.RollDay("t:1", ""), "day.malformed", {"day": ""}),
    "roll: nonsense": (nothing, c.RollDay("t:1", "tomorrow"), "day.malformed", {"day": "tomorrow"}),
    "roll: other digits": (
        nothing,
        c.RollDay("t:1", "２０２６-07-14"),
        "day.malformed",
        {"day": "２０２６-07-14"},
    ),
    "roll: no such month": (
        nothing,
        c.RollDay("t:1", "2026-13-01"),
        "day.malformed",
        {"day": "2026-13-01"},
    ),
    "close: another day": (
        nothing,
        c.CloseDay("t:1", "2026-07-10"),
        "day.not_today",
        {"day": "2026-07-10", "today": DAY},
    ),
    "close: twice": (
        lambda desk: desk.one(c.CloseDay("system:close", DAY)),
        c.CloseDay("t:1", DAY),
        "day.ended",
        {"day": DAY},
    ),
    "cancel: unknown order": (
        nothing,
        c.CancelOrder("t:1", ACCOUNT, "ord_x"),
        "cancel.order_unknown",
        {},
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refused_with_its_code_and_facts(name: str) -> None:
    before, command, code, facts = REFUSALS[name]
    desk = funded_desk()
    before(desk)
    owned = desk.cash()
    answer = desk.one(command)
    assert (answer.code, answer.facts) == (code, facts)
    event = desk.events[-1]
    assert isinstance(event, CommandRefused)
    assert (event.command, event.code, event.facts) == ("t:1", code, facts)
    assert desk.cash() == owned
    check_state(desk.state)
    again = desk.one(command)
    assert (again.code, again.facts) == (code, facts)
    check_same(desk.state, desk.replayed(), 1)


def test_every_refusal_of_the_rules_is_in_a_table() -> None:
    rules = Path(yunquan.counter.__file__).parent / "rules"
    source = "".join((rules / name).read_text() for name in ("accounts.py", "reports.py"))
    codes = set(
        re.findall(r'"((?:account|withdrawal|restriction|freeze|day|cancel)\.[a-z_]+)"', source)
    )
    tested = {code for _, _, code, _ in REFUSALS.values()}
    assert codes - tested == {"cancel.already_done", "cancel.already_asked", "cancel.not_now"}, (
        "those are in test_orders"
    )


@pytest.mark.parametrize("command", [
    c.Deposit("", ACCOUNT, 5, "icbc"),
    c.PlaceOrder("", ACCOUNT, MAIN, BUY, 10_000, 100, DAY),
    c.Withdraw("", ACCOUNT, 5, "icbc"),
    c.Deposit("x" * 201, ACCOUNT, 5, "icbc"),
])  # fmt: skip
def test_a_command_without_a_usable_id_is_not_done(command: Any) -> None:
    """Without an id a repeat could not be told from a second wish."""
    desk = funded_desk()
    seq = desk.journal.next_seq
    for _ in range(2):
        assert desk.one(command).code == "command.id"
    assert desk.journal.next_seq == seq


def test_money_in_and_out() -> None:
    desk = funded_desk(50_000)
    assert desk.one(c.Withdraw("t:1", ACCOUNT, 20_000, "icbc")).accepted
    assert desk.cash() == (30_000, 0, 0, 0)
    assert desk.house("bank:icbc") == -30_000
    assert desk.one(c.Withdraw("t:2", ACCOUNT, 30_000, "icbc")).accepted
    assert desk.cash() == (0, 0, 0, 0)
    check_state(desk.state)


def test_largest_amounts_pass() -> None:
    desk = funded_desk(LARGEST)
    assert desk.one(c.Withdraw("t:1", ACCOUNT, LARGEST, "icbc")).accepted
    check_thaw(desk.state, 1)


def test_freeze_and_unfreeze_an_amount() -> None:
    desk = funded_desk()
    desk.give(MAIN, 300)
    assert desk.one(c.Freeze("court:1", ACCOUNT, "CNY", 70_000_000, "case")).accepted
    assert desk.one(c.Freeze("court:2", ACCOUNT, MAIN, 200, "case")).accepted
    assert (desk.cash(), desk.shares()) == ((30_000_000, 0, 0, 70_000_000), (100, 0, 0, 200))
    assert (
        desk.one(c.Withdraw("t:1", ACCOUNT, 30_000_001, "icbc")).code
        == "withdrawal.insufficient_cash"
    )
    assert desk.place(SELL, 10_000, 200).code == "order.insufficient_shares"
    assert desk.place(SELL, 10_000, 100).accepted, "the rest still trades"
    assert desk.one(c.Unfreeze("court:3", ACCOUNT, "CNY", 70_000_000, "case")).accepted
    assert desk.one(c.Unfreeze("court:4", ACCOUNT, MAIN, 50, "case")).accepted
    assert (desk.cash(), desk.shares()) == ((100_000_000, 0, 0, 0), (50, 0, 100, 150))
    check_state(desk.state)


def test_held_shares_stay_held_over_the_day() -> None:
    desk = funded_desk()
    desk.give(MAIN, 300)
    desk.one(c.Freeze("court:2", ACCOUNT, MAIN, 200, "case"))
    desk.begin(NEXT_DAY)
    assert desk.shares() == (100, 0, 0, 200)


def test_the_whole_account_is_frozen_and_released() -> None:
    desk = funded_desk()
    order = desk.accepted(BUY, 10_000, 100)
    judicial(desk)
    assert desk.place(BUY, 10_000, 100).code == "order.judicial_freeze"
    assert desk.place(SELL, 10_000, 100).code == "order.judicial_freeze"
    assert desk.cancel(order).accepted, "risk never blocks a cancel"
    assert desk.one(c.Deposit("t:1", ACCOUNT, 5, "icbc")).accepted
    assert desk.one(c.Release("court:r", ACCOUNT, "judicial", "lifted")).accepted
    assert desk.place(BUY, 10_000, 100).accepted
    check_same(desk.state, desk.replayed(), 1)


@pytest.mark.parametrize("scope", ["buy", "sell", "withdraw", "all"])
def test_restrictions_never_block_a_cancel_and_are_lifted(scope: str) -> None:
    desk = funded_desk()
    order = desk.accepted(BUY, 10_000, 100)
    assert restricted(scope)(desk).accepted
    assert desk.state.accounts[ACCOUNT].restrictions == {scope: "rule 9"}
    assert desk.cancel(order).accepted
    assert desk.one(c.Restrict("staff:again", ACCOUNT, scope, "rule 10")).accepted
    assert desk.state.accounts[ACCOUNT].restrictions == {scope: "rule 10"}
    assert desk.one(c.Release("staff:l", ACCOUNT, scope, "settled")).accepted
    assert desk.state.accounts[ACCOUNT].restrictions is None
    assert desk.place(BUY, 9_000, 100).accepted


def test_two_restrictions_are_lifted_one_by_one() -> None:
    desk = funded_desk()
    restricted("buy")(desk)
    desk.one(c.Restrict("staff:2", ACCOUNT, "all", "rule 3"))
    desk.one(c.Release("staff:l", ACCOUNT, "buy", "settled"))
    assert desk.place(BUY, 9_000, 100).code == "order.restricted"


def test_a_granted_permission_lets_orders_through_and_is_replayed() -> None:
    desk = Desk()
    desk.begin()
    desk.open_account(permissions=("star",))
    desk.deposit(10**8)
    assert desk.place(BUY, 10_000, 100, symbol=CHINEXT).code == "order.permission_missing"
    grant = c.GrantPermission("suitability:1", ACCOUNT, "chinext", "spr_1")
    for command in (grant, grant, c.GrantPermission("suitability:2", ACCOUNT, "chinext", "spr_2")):
        assert desk.one(command).accepted
    assert desk.state.accounts[ACCOUNT].permissions == ("chinext", "star")
    assert desk.place(BUY, 10_000, 100, symbol=CHINEXT).accepted
    check_same(desk.state, desk.replayed(), 1)
    check_thaw(desk.state, 1)
