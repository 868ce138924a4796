"""Entries that clearing books, fee plans, and the end of a trading day."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.counter.desk import ACCOUNT, BUY, DAY, MAIN, NEXT_DAY, Desk
from tests.counter.invariants import check_same, check_state
from yunquan.counter import types as c
from yunquan.counter.events import CommandRefused, DayEnded, EntriesBooked, OrderPlaced
from yunquan.counter.types import BookEntries, Entry, FeeRate, SetFeePlan
from yunquan.ledger.types import AVAILABLE, FROZEN, SETTLING

ISSUER = f"issuer:{MAIN}"


def funded() -> Desk:
    desk = Desk()
    desk.begin(DAY)
    desk.open_account()
    desk.deposit(1_000_00)
    return desk


def book(*entries: Entry, **changes: Any) -> BookEntries:
    fields: dict[str, Any] = {
        "id": "clearing:1",
        "day": DAY,
        "kind": "dividend",
        "basis": "act_1",
        "entries": entries,
        "sent": DAY,
    }
    return BookEntries(**{**fields, **changes})


def test_credits_reach_their_bucket_and_settle_with_the_day() -> None:
    desk = funded()
    answer = desk.one(
        book(
            Entry(ACCOUNT, "CNY", AVAILABLE, 500, ISSUER, "act_1"),
            Entry(ACCOUNT, MAIN, SETTLING, 30, ISSUER, "act_1"),
        )
    )
    assert answer.accepted
    book_of = desk.state.accounts[ACCOUNT].book
    assert book_of.cash.available == 1_000_00 + 500
    assert (book_of.positions[MAIN].settling, book_of.positions[MAIN].available) == (30, 0)
    assert desk.state.books.house[ISSUER] == {"CNY": -500, MAIN: -30}
    desk.begin(NEXT_DAY)
    assert book_of.positions[MAIN].available == 30
    check_state(desk.state)


def test_a_debit_takes_what_is_there_and_says_what_is_missing() -> None:
    desk = funded()
    desk.one(book(Entry(ACCOUNT, "CNY", SETTLING, 50, ISSUER)))
    debits = (
        Entry(ACCOUNT, "CNY", AVAILABLE, -100_020, "tax:dividend", "act_1"),
        Entry(ACCOUNT, "CNY", AVAILABLE, -100, "tax:dividend", "act_2"),
        Entry(ACCOUNT, MAIN, AVAILABLE, -1, ISSUER, "act_3"),
    )
    desk.one(book(*debits, id="clearing:2", kind="dividend_tax"))
    event = desk.events[-1]
    assert isinstance(event, EntriesBooked)
    assert event.unpaid == (0, 70, 1)
    assert desk.state.accounts[ACCOUNT].book.cash.owned() == 0
    assert desk.state.books.house["tax:dividend"]["CNY"] == 100_050
    check_state(desk.state)


def test_what_is_frozen_for_an_order_is_not_taken() -> None:
    desk = funded()
    desk.deposit(200_000_00)
    desk.placed(BUY, 10_000, 100)
    cash = desk.state.accounts[ACCOUNT].book.cash
    before = cash.frozen
    desk.one(book(Entry(ACCOUNT, "CNY", AVAILABLE, -(10**12), "tax:dividend"), kind="dues"))
    assert (cash.available, cash.frozen) == (0, before)


def test_house_accounts_move_between_themselves() -> None:
    desk = funded()
    entry = Entry("clearing:SH", "CNY", AVAILABLE, -700, "reserve:SH")
    desk.one(book(entry, kind="settlement"))
    assert desk.state.books.house["clearing:SH"]["CNY"] == -700
    assert desk.state.books.house["reserve:SH"]["CNY"] == 700


def test_booked_once() -> None:
    desk = funded()
    command = book(Entry(ACCOUNT, "CNY", AVAILABLE, 500, ISSUER))
    first = desk.one(command)
    assert desk.one(command).accepted
    assert first.accepted
    assert desk.state.accounts[ACCOUNT].book.cash.available == 1_000_00 + 500
    check_same(desk.state, desk.replayed(), 1)
    check_same(desk.state, desk.thawed(), 1)


ENTRY = Entry(ACCOUNT, "CNY", AVAILABLE, 1, ISSUER)
REFUSED = {
    "no entries": (book(), "book.malformed"),
    "too many": (book(*(ENTRY for _ in range(501))), "book.malformed"),
    "no basis": (book(ENTRY, basis=""), "book.malformed"),
    "no day": (book(ENTRY, day=""), "book.malformed"),
    "unknown kind": (book(ENTRY, kind="gift"), "book.malformed"),
    "nothing": (book(Entry(ACCOUNT, "CNY", AVAILABLE, 0, ISSUER)), "book.malformed"),
    "beyond 64 bits": (book(Entry(ACCOUNT, "CNY", AVAILABLE, 10**16, ISSUER)), "book.malformed"),
    "another bucket": (book(Entry(ACCOUNT, "CNY", FROZEN, 1, ISSUER)), "book.malformed"),
    "against a client": (book(Entry(ACCOUNT, "CNY", AVAILABLE, 1, ACCOUNT)), "book.malformed"),
    "unknown account": (book(Entry("6", "CNY", AVAILABLE, 1, ISSUER)), "account.unknown"),
    "another currency": (book(Entry(ACCOUNT, "USD", AVAILABLE, 1, ISSUER)), "account.symbol"),
    "one of two unknown": (
        book(ENTRY, Entry("6", "CNY", AVAILABLE, 1, ISSUER)),
        "account.unknown",
    ),
    "first sent long ago": (book(ENTRY, sent="2026-01-05"), "command.too_old"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_whole(name: str) -> None:
    command, code = REFUSED[name]
    desk = funded()
    assert desk.one(command).code == code
    assert isinstance(desk.events[-1], CommandRefused)
    assert desk.state.accounts[ACCOUNT].book.cash.available == 1_000_00
    check_state(desk.state)


@given(
    st.lists(
        st.tuples(st.sampled_from(["CNY", MAIN]), st.sampled_from([0, 1]), st.integers(-900, 900)),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_is_booked_balances(rows: list[tuple[str, int, int]]) -> None:
    desk = funded()
    entries = [Entry(ACCOUNT, asset, bucket, amount, ISSUER) for asset, bucket, amount in rows]
    wanted = [entry for entry in entries if entry.amount]
    if not wanted:
        return
    desk.one(book(*wanted))
    event = desk.events[-1]
    assert isinstance(event, EntriesBooked)
    assert all(0 <= left <= max(-e.amount, 0) for e, left in zip(wanted, event.unpaid, strict=True))
    check_state(desk.state)
    check_same(desk.state, desk.replayed(), 1)
    check_same(desk.state, desk.thawed(), 1)


def test_a_plan_changes_what_the_next_order_pays() -> None:
    desk = funded()
    desk.deposit(500_000_00)
    plan = SetFeePlan("staff:1", ACCOUNT, "vip", (FeeRate("stock", 10_000, 0),), "agreement 7")
    assert desk.one(plan).accepted
    desk.place(BUY, 10_000, 100)
    event = desk.events[-1]
    assert isinstance(event, OrderPlaced)
    assert (event.commission_e8, event.commission_min) == (10_000, 0)
    check_same(desk.state, desk.replayed(), 1)
    check_same(desk.state, desk.thawed(), 1)
    assert desk.one(SetFeePlan("staff:2", ACCOUNT, "house", (), "agreement over")).accepted
    desk.place(BUY, 10_000, 200)
    event = desk.events[-1]
    assert isinstance(event, OrderPlaced)
    assert event.commission_min > 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"account": "6"}, "account.unknown"),
        ({"basis": ""}, "plan.malformed"),
        ({"plan": ""}, "plan.malformed"),
        ({"plan": "x" * 41}, "plan.malformed"),
        ({"rates": (FeeRate("", 1, 1),)}, "plan.malformed"),
        ({"rates": (FeeRate("stock", -1, 0),)}, "plan.malformed"),
        ({"rates": (FeeRate("stock", 300_001, 0),)}, "plan.malformed"),
        ({"rates": (FeeRate("stock", 1, 100_001),)}, "plan.malformed"),
    ],
)
def test_a_plan_refused(changes: dict[str, Any], code: str) -> None:
    fields = {"account": ACCOUNT, "plan": "vip", "rates": (), "basis": "b"} | changes
    assert funded().one(SetFeePlan(id="staff:1", **fields)).code == code


def test_after_the_close_nothing_is_open_and_no_order_is_taken() -> None:
    desk = funded()
    desk.deposit(200_000_00)
    desk.placed(BUY, 10_000, 100)
    assert desk.one(c.CloseDay("system:close", DAY)).accepted
    assert isinstance(desk.events[-1], DayEnded)
    assert desk.state.open_orders == 0
    assert desk.state.accounts[ACCOUNT].book.cash.frozen == 0
    assert desk.place(BUY, 10_000, 100).code == "order.day_ended"
    desk.deposit(100)
    check_same(desk.state, desk.replayed(), 1)
    check_same(desk.state, desk.thawed(), 1)
    desk.begin(NEXT_DAY)
    assert not desk.state.day_ended
    assert sum(isinstance(event, DayEnded) for event in desk.events) == 1


def test_a_day_that_nobody_closed_ends_with_the_roll() -> None:
    desk = funded()
    desk.begin(NEXT_DAY)
    ended = [event.day for event in desk.events if isinstance(event, DayEnded)]
    assert ended == [DAY]
