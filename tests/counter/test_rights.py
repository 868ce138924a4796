"""Subscriptions of a rights issue: the window, the entitlement, the cash, and how they are paid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.counter.desk import ACCOUNT, BUY, DAY, DAY_AFTER, MAIN, NEXT_DAY, Desk
from tests.counter.invariants import check_same, check_state, check_thaw
from yunquan.counter import types as c
from yunquan.counter.events import CommandRefused, EntriesBooked, RightsSubscribed
from yunquan.counter.rules.reference import Session
from yunquan.counter.types import BookEntries, Entry, SubscribeRights
from yunquan.ledger.types import AVAILABLE, FROZEN, SETTLING

ACTION = f"{MAIN}:2026-07-20"
ISSUER = f"issuer:{MAIN}"


def funded(fen: int = 1_000_000) -> Desk:
    desk = Desk()
    desk.begin(DAY)
    desk.open_account()
    desk.deposit(fen)
    return desk


def wish(desk: Desk, qty: int = 300, **changes: Any) -> SubscribeRights:
    fields: dict[str, Any] = {
        "id": desk.next_id(),
        "account": ACCOUNT,
        "action": ACTION,
        "symbol": MAIN,
        "qty": qty,
        "price": 7_000,
        "entitled": 300,
        "first_day": DAY,
        "last_day": NEXT_DAY,
        "day": DAY,
    }
    return SubscribeRights(**{**fields, **changes})


def pay(*entries: Entry, day: str = DAY, name: str = "clearing:1") -> BookEntries:
    return BookEntries(name, day, "rights_payment", ACTION, entries, day)


def test_money_is_frozen_until_the_day_end_takes_it() -> None:
    desk = funded()
    assert desk.one(wish(desk, 100)).accepted
    assert desk.one(wish(desk, 200)).accepted, "again, up to the entitlement"
    assert desk.cash() == (1_000_000 - 210_000, 0, 210_000, 0)
    assert desk.state.accounts[ACCOUNT].rights == {ACTION: (300, 210_000)}
    check_state(desk.state)
    desk.begin(NEXT_DAY)
    assert desk.cash()[2] == 210_000, "it stays frozen over the night"
    entry = Entry(ACCOUNT, "CNY", FROZEN, -210_000, ISSUER, ACTION)
    assert desk.one(pay(entry, day=NEXT_DAY)).accepted
    assert desk.cash() == (790_000, 0, 0, 0)
    assert desk.house(ISSUER) == 210_000
    assert desk.state.accounts[ACCOUNT].rights is None
    check_state(desk.state)
    check_same(desk.state, desk.replayed(), desk.journal.next_seq - 1)


def test_it_lives_through_a_snapshot() -> None:
    desk = funded()
    desk.one(wish(desk))
    check_thaw(desk.state, desk.journal.next_seq - 1)
    assert desk.thawed().accounts[ACCOUNT].rights == {ACTION: (300, 210_000)}


def test_the_same_command_takes_effect_once() -> None:
    desk = funded()
    command = wish(desk)
    assert desk.one(command) == desk.one(command)
    assert desk.cash()[2] == 210_000
    other = wish(desk, 100, id=command.id)
    assert desk.one(other).code == "command.reused"


def test_todays_proceeds_pay_first() -> None:
    desk = funded(100_000)
    desk.one(
        BookEntries(
            "x:1", DAY, "dividend", "a", (Entry(ACCOUNT, "CNY", SETTLING, 150_000, ISSUER),)
        )
    )
    desk.one(wish(desk))
    assert desk.cash() == (40_000, 0, 210_000, 0)
    check_state(desk.state)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"qty": 301}, "rights.more_than_entitled"),
        ({"qty": 0}, "order.quantity"),
        ({"qty": -5}, "order.quantity"),
        ({"price": 0}, "order.quantity"),
        ({"qty": 10**12, "entitled": 10**13}, "order.quantity"),
        ({"action": ""}, "order.quantity"),
        ({"first_day": NEXT_DAY, "last_day": DAY_AFTER}, "rights.outside_window"),
        ({"first_day": "2026-07-01", "last_day": "2026-07-10"}, "rights.outside_window"),
        ({"first_day": "", "last_day": ""}, "rights.outside_window"),
        ({"day": NEXT_DAY}, "order.day_mismatch"),
        ({"symbol": "000000.SH"}, "order.instrument_unknown"),
        ({"account": "nobody"}, "order.account_unknown"),
        ({"price": 70_000}, "order.insufficient_cash"),
    ],
)
def test_refused_by_name_and_nothing_moves(changes: dict[str, Any], code: str) -> None:
    desk = funded()
    answer = desk.one(wish(desk, **changes))
    assert answer.code == code
    assert isinstance(desk.events[-1], CommandRefused)
    assert desk.cash() == (1_000_000, 0, 0, 0)
    assert desk.state.accounts[ACCOUNT].rights is None


def test_who_may_not_buy_may_not_subscribe() -> None:
    desk = funded()
    desk.one(c.Restrict(desk.next_id(), ACCOUNT, "buy", "court"))
    assert desk.one(wish(desk)).code == "order.restricted"
    desk.one(c.Release(desk.next_id(), ACCOUNT, "buy", "court"))
    desk.one(c.Freeze(desk.next_id(), ACCOUNT, "*", 0, "court"))
    assert desk.one(wish(desk)).code == "order.judicial_freeze"


def test_a_halt_keeps_nobody_out_but_a_stop_and_the_close_do() -> None:
    desk = funded()
    desk.halts[MAIN] = "halted"
    assert desk.one(wish(desk, 1)).accepted
    desk.one(c.StopTrading(desk.next_id(), MAIN, "basis", "停", "stop"))
    assert desk.one(wish(desk, 1)).code == "order.stopped"
    desk.one(c.ResumeTrading(desk.next_id(), MAIN, "basis"))
    desk.set_session(MAIN, Session("closed", (), (), (), False))
    assert desk.one(wish(desk, 1)).code == "rights.session_over"
    desk.one(c.CloseDay(desk.next_id(), DAY))
    assert desk.one(wish(desk, 1)).code == "order.day_ended"


def test_only_what_was_frozen_for_it_is_taken() -> None:
    desk = funded()
    desk.one(wish(desk, 100))
    desk.placed(BUY, 10_000, 100)
    frozen = desk.cash()[2]
    entries = (
        Entry(ACCOUNT, "CNY", FROZEN, -60_000, ISSUER, ACTION),
        Entry(ACCOUNT, "CNY", FROZEN, -60_000, ISSUER, ACTION),
        Entry(ACCOUNT, "CNY", FROZEN, -10, ISSUER, "another"),
    )
    assert desk.one(pay(*entries)).accepted
    event = desk.events[-1]
    assert isinstance(event, EntriesBooked)
    assert event.unpaid == (0, 50_000, 10)
    assert desk.cash()[2] == frozen - 70_000
    check_state(desk.state)


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("dividend", Entry(ACCOUNT, "CNY", FROZEN, 5, ISSUER, ACTION)),
        ("rights_payment", Entry(ACCOUNT, "CNY", FROZEN, 5, ISSUER, ACTION)),
        ("fee", Entry(ACCOUNT, "CNY", FROZEN, -5, ISSUER, ACTION)),
    ],
)
def test_the_frozen_bucket_is_for_payments_of_rights_alone(kind: str, entry: Entry) -> None:
    desk = funded()
    desk.one(wish(desk, 100))
    command = BookEntries("clearing:1", DAY, kind, ACTION, (entry,), DAY)
    assert desk.one(command).code == "book.malformed"


@given(st.lists(st.integers(-2, 200), max_size=8), st.integers(0, 300_000))
def test_never_more_than_entitled_nor_than_the_cash(wishes: list[int], fen: int) -> None:
    desk = funded(fen or 1)
    taken = sum(one for one in wishes if desk.one(wish(desk, one)).accepted)
    events = [one for one in desk.events if isinstance(one, RightsSubscribed)]
    assert taken == sum(one.qty for one in events) <= 300
    assert desk.cash()[2] == taken * 700 <= (fen or 1)
    assert desk.cash()[AVAILABLE] == (fen or 1) - taken * 700
    check_state(desk.state)
