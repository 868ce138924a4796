"""A day end takes no more than the day's own cash covers, and what it takes late leaves no day
below zero.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clearing.office import clear, office_of, open_accounts
from tests.counter.desk import DAY, MAIN, NEXT_DAY, SELL, Desk
from yunquan.clearing import Clearing, load_days, load_dues
from yunquan.clearing.ports import NoActions
from yunquan.clearing.rules.purses import covered, within_means
from yunquan.counter import Journal
from yunquan.counter import types as c
from yunquan.counter.types import Entry
from yunquan.kernel.transaction import Database

ACCOUNT = "6000000001"
TAX = "tax:dividend"


def wish(amount: int, account: str = "a", asset: str = "CNY") -> tuple[str, str, Entry]:
    return "dividend_tax", "sold", Entry(account, asset, 0, amount, TAX, f"ref{abs(amount)}")


@pytest.mark.parametrize(
    ("cash", "wanted", "asked", "owing"),
    [
        (100, [-60], [-60], []),
        (100, [-100, -1], [-100], [-1]),
        (100, [-60, -60], [-60, -40], [-20]),
        (0, [-60], [], [-60]),
        (0, [50, -60], [50, -50], [-10]),
        (0, [-60, 50], [50], [-60]),
    ],
)
def test_what_a_day_can_pay(
    cash: int, wanted: list[int], asked: list[int], owing: list[int]
) -> None:
    found = within_means([wish(amount) for amount in wanted], lambda _: cash, "CNY")
    assert [[one[2].amount for one in part] for part in found] == [asked, owing]


def test_house_accounts_and_shares_are_not_bounded() -> None:
    wanted = [wish(-60, "firm:commission"), wish(-60, asset=MAIN)]
    assert within_means(wanted, lambda _: 0, "CNY") == (wanted, [])


@pytest.mark.parametrize(
    ("buckets", "shown"),
    [
        ((5, 1, 2, 3), (5, 1, 2, 3)),
        ((-5, 8, 2, 3), (0, 3, 2, 3)),
        ((0, 0, 0, 0), (0, 0, 0, 0)),
    ],
)
def test_what_settled_since_pays(buckets: Any, shown: Any) -> None:
    assert covered(buckets) == shown


class TaxOfOne(NoActions):
    """An issuer whose dividend is taxed with so much on the first day."""

    def __init__(self, fen: int) -> None:
        self.fen = fen

    def act(
        self, _database: Any, day: str, *_rest: Any
    ) -> dict[tuple[str, str], tuple[Entry, ...]]:
        if day != DAY:
            return {}
        return {("dividend_tax", "sold"): (Entry(ACCOUNT, "CNY", 0, -self.fen, TAX, MAIN),)}


def a_day(database: Database, folder: Path, tax: int) -> tuple[Desk, Clearing]:
    """One client who sold 100 shares for 1,000.00 and has nothing else, at the end of that day."""
    desk = Desk(Journal(database, "0"))
    desk.begin()
    open_accounts(desk, [ACCOUNT], 1)
    order = desk.accepted(SELL, 10_000, 100, MAIN, ACCOUNT)
    desk.report("filled", order, 10_000, 100)
    assert desk.one(c.CloseDay(f"system:close:{DAY}", DAY)).accepted
    return desk, office_of(database, folder, {"0": desk}, TaxOfOne(tax))


def test_cleared_after_the_next_day_has_begun(database: Database, tmp_path: Path) -> None:
    """Proceeds that have settled since pay, and the day shows them as they were."""
    desk, office = a_day(database, tmp_path, 2_000)
    desk.begin(NEXT_DAY)
    clear(office, DAY)
    with database.read() as tx:
        (row,) = load_days(tx, ACCOUNT, DAY, DAY)
        assert load_dues(tx, ACCOUNT) == []
    fees = 500 + 50 + 1
    assert (row.available, row.settling) == (0, 1 + 100_000 - fees - 2_000)
    assert row.opening + row.moved == row.closing


def test_money_of_the_evening_pays_nothing_of_the_day(database: Database, tmp_path: Path) -> None:
    """What the day's cash doesn't cover is owed, and taken at the end of the next day."""
    left = 1 + 100_000 - 551
    desk, office = a_day(database, tmp_path, left + 300)
    desk.deposit(5_000, ACCOUNT)
    clear(office, DAY)
    assert desk.cash(ACCOUNT) == (0, 5_000, 0, 0)
    with database.read() as tx:
        (row,) = load_days(tx, ACCOUNT, DAY, DAY)
        (due,) = load_dues(tx, ACCOUNT)
    assert row.closing == 0
    assert (due.kind, due.amount, due.left) == ("dividend_tax", 300, 300)
    desk.begin(NEXT_DAY)
    desk.one(c.CloseDay(f"system:close:{NEXT_DAY}", NEXT_DAY))
    clear(office, NEXT_DAY)
    with database.read() as tx:
        (row,) = load_days(tx, ACCOUNT, NEXT_DAY, NEXT_DAY)
        (due,) = load_dues(tx, ACCOUNT)
    assert (row.opening, row.deposits, row.other, row.closing) == (0, 5_000, -300, 4_700)
    assert due.left == 0
