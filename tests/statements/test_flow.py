"""Movements of cash against everything the account ever moved: order, balances, filters, days."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from tests.clearing.office import clear, office_of
from tests.counter.desk import ACCOUNT, BUY, DAY, MAIN, NEXT_DAY, SELL, Desk
from yunquan.counter import types as c
from yunquan.counter.adapters.snapshots import SnapshotFiles
from yunquan.counter.events import codec
from yunquan.counter.store import Journal
from yunquan.history import load_cash, load_changes, load_day_ends, sum_newer
from yunquan.history.readers import PROJECTION
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Refused
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import Database
from yunquan.statements.rules.days import movement_of
from yunquan.statements.rules.flow import GROUPS, WAYS, check_span, place_of, wanted_cash
from yunquan.statements.store import load_account
from yunquan.statements.types import FlowFilter

STREAM = "counter-0"
TOP = (10**12, 0)
OF = {
    "transfer": ("deposit", "withdrawal"),
    "trade": ("bought", "sold"),
    "fee": ("commission", "transfer_fee", "fee"),
    "tax": ("stamp", "dividend_tax"),
    "dividend": ("dividend", "rights_payment"),
    "interest": ("interest",),
    "correction": ("correction", "settlement", "dues"),
}


@pytest.fixture
def lived(database: Database, clock: ManualClock, tmp_path: Path) -> Database:
    """Two days of one account among another's: trades, transfers, and what clearing booked."""
    desk = Desk(Journal(database, "0"), SnapshotFiles(tmp_path / "snapshots"), clock)
    desk.begin()
    for account in (ACCOUNT, "6000000002"):
        desk.open_account(account)
        desk.deposit(50_000_000, account)
        desk.give(MAIN, 10_000, account)
    chance = random.Random(5)
    for day in (DAY, NEXT_DAY):
        if day != DAY:
            desk.begin(day)
        for _ in range(6):
            side = chance.choice((BUY, SELL))
            command = c.PlaceOrder(desk.next_id(), ACCOUNT, MAIN, side, 10_000, 200, day)
            (answer,) = desk.do(command)
            desk.report("accepted", answer.order)
            desk.report("filled", answer.order, qty=200, price=10_000)
        desk.deposit(chance.randrange(1_000, 9_000))
        desk.do(c.CloseDay(f"system:close:{day}", day))
        for number, (kind, fen) in enumerate(
            (("dividend", 70_000), ("dividend_tax", -500), ("interest", 11), ("correction", -7))
        ):
            entry = c.Entry(ACCOUNT, "CNY", 0, fen, f"issuer:{MAIN}", "ref")
            book = c.BookEntries(f"clearing:{day}:{number}", day, kind, "basis", (entry,))
            (answer,) = desk.do(book)
            assert answer.accepted
        clear(office_of(database, tmp_path, {"0": desk}), day)
    desk.deposit(333)
    catch_up(PROJECTION, STREAM, database, database, codec())
    return database


def everything(database: Database) -> list[Any]:
    """By another way: all movements of the account, those of its cash, newest first."""
    with database.read() as tx:
        _, found = load_account(tx, ACCOUNT, STREAM, "2026-07-15")
    cash = [one for one in found if one.asset == "CNY" and one.kind != "moved"]
    return sorted(cash, key=lambda one: (-one.seq, -one.line))


def asked(database: Database, limit: int = 1_000, **narrowed: str) -> list[Any]:
    with database.read() as tx:
        ends = load_day_ends(tx, STREAM)
        wanted = wanted_cash(FlowFilter(**narrowed), ends)
        assert not isinstance(wanted, Refused)
        rows: list[Any] = []
        place = TOP
        while turn := load_cash(tx, ACCOUNT, "CNY", place, limit, wanted):
            rows += turn
            place = (turn[-1].seq, turn[-1].line)
        return [movement_of(row, ACCOUNT, ends, "2026-07-15") for row in rows]


@pytest.mark.parametrize("limit", [1, 2, 7, 1_000])
def test_pages_leave_nothing_out_and_repeat_nothing(lived: Database, limit: int) -> None:
    found = asked(lived, limit)
    assert found == everything(lived)
    assert len(found) > 40


def test_every_filter_is_what_the_movement_says_of_itself(lived: Database) -> None:
    whole = everything(lived)
    assert {one.kind for one in whole} >= {"dividend", "stamp", "correction", "interest"}
    days = ("", DAY, NEXT_DAY, "2026-07-15")
    for kind, way, first, last in itertools.product(GROUPS, WAYS, days, days):
        if first and last and first > last:
            continue
        expected = [
            one
            for one in whole
            if (not kind or one.kind in OF[kind])
            and (not way or (one.amount > 0) is (way == "in"))
            and (not first or one.day >= first)
            and (not last or one.day <= last)
        ]
        found = asked(lived, kind=kind, way=way, from_day=first, to_day=last)
        assert found == expected, (kind, way, first, last)


def test_balances_follow_from_the_movements(lived: Database) -> None:
    whole = everything(lived)
    with lived.read() as tx:
        for place, one in enumerate(whole):
            at = (one.seq, one.line)
            assert sum_newer(tx, ACCOUNT, "CNY", at, TOP[0]) == sum(
                newer.amount for newer in whole[:place]
            )
        first, last = whole[3], whole[-4]
        changes = load_changes(tx, ACCOUNT, "CNY", (first.seq, first.line), (last.seq, last.line))
    assert changes == [(one.seq, one.line, one.amount) for one in whole[3:-3]]


@pytest.mark.parametrize(
    ("narrowed", "code"),
    [
        ({"kind": "money"}, "flow.filter_unknown"),
        ({"way": "sideways"}, "flow.filter_unknown"),
        ({"from_day": "2026-02-30"}, "flow.period_malformed"),
        ({"from_day": "2026-07-14", "to_day": "2026-07-13"}, "flow.period_malformed"),
        ({"from_day": "today"}, "flow.period_malformed"),
    ],
)
def test_what_means_nothing_is_refused(narrowed: dict[str, str], code: str) -> None:
    found = wanted_cash(FlowFilter(**narrowed), [])
    assert isinstance(found, Refused)
    assert found.code == code


@pytest.mark.parametrize(
    ("before", "place"),
    [
        (None, (8, 0)),
        ("", (8, 0)),
        ("5-2", (5, 2)),
        ("5", "flow.cursor_malformed"),
        ("-1-2", "flow.cursor_malformed"),
        ("5-2;drop", "flow.cursor_malformed"),
        ("9" * 40 + "-1", "flow.cursor_malformed"),
    ],
)
def test_a_cursor_is_a_place_or_refused(before: str | None, place: Any) -> None:
    found = place_of(before, 7)
    assert (found.code if isinstance(found, Refused) else found) == place


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-01-01", "2026-12-31", None),
        ("2026-01-01", "2027-01-02", "flow.period_too_long"),
        ("", "2026-12-31", "flow.period_malformed"),
        ("2026-01-01", "x", "flow.period_malformed"),
    ],
)
def test_a_file_has_both_ends_and_at_most_a_year(first: str, last: str, code: str | None) -> None:
    found = check_span(FlowFilter(from_day=first, to_day=last))
    assert (found.code if found else None) == code
