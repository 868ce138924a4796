"""Weeks through counter, clearing and actions, against a second, plain bookkeeping to the fen."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.actions.desks import announce
from tests.clearing.office import clear, office_of, open_accounts, trade_a_day
from tests.counter.desk import BUY, MAIN, SZ_MAIN, Desk
from tests.counter.invariants import check_state
from yunquan.actions import Action, DayActions, load_tax_rates, store
from yunquan.actions.events import EntitlementsFixed
from yunquan.actions.service import days
from yunquan.clearing import Clearing, load_days
from yunquan.counter import Journal
from yunquan.counter import events as e
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record
from yunquan.kernel.transaction import Database
from yunquan.rights import DayRights

ACCOUNTS = [f"60000000{number:02}" for number in range(1, 9)]
# Five days in a row, one more than a month later, one more than a year later.
DAYS = (
    "2026-07-13",
    "2026-07-14",
    "2026-07-15",
    "2026-07-16",
    "2026-07-17",
    "2026-08-20",
    "2027-08-20",
)
BOTH = Action(
    f"{MAIN}:2026-07-15",
    MAIN,
    "2026-07-14",
    "2026-07-15",
    "2026-07-15",
    "2026-07-15",
    4_000_000,
    2_000_000,
    1_000_000,
    from_premium=False,
)
LATER = Action(
    f"{SZ_MAIN}:2026-07-16",
    SZ_MAIN,
    "2026-07-15",
    "2026-07-16",
    "2026-07-17",
    "2026-07-20",
    1_234_500,
    capital_e6=3_333_333,
)
# By action: the days whose ends book cash and shares.
BOOKED = {BOTH.id: ("2026-07-14", "2026-07-14"), LATER.id: ("2026-07-16", "2026-07-17")}


class Plain:
    """Cash, and runs of shares as [day acquired, how many, income a share not taxed, CNY]."""

    def __init__(self) -> None:
        self.cash = dict.fromkeys(ACCOUNTS, 0)
        self.runs: dict[tuple[str, str], list[list[Any]]] = {}
        self.due: list[tuple[Action, str, int, int, int]] = []
        self.paid = self.given = self.tax = 0

    def day(self, day: str, events: list[Any]) -> None:
        """Everything of a day but what actions book, in the order it happened."""
        taxes: dict[tuple[str, str], Decimal] = {}
        for event in events:
            if isinstance(event, e.CashMoved):
                sign = 1 if event.kind == "deposit" else -1
                self.cash[event.account] += sign * event.amount
            elif isinstance(event, e.SecuritiesMovedIn):
                self._add(event.account, event.symbol, day, event.qty)
            elif isinstance(event, e.OrderFilled):
                key = (event.account, event.symbol)
                fees = event.commission + event.stamp + event.transfer
                if event.side == BUY:
                    self.cash[event.account] -= event.amount + fees
                    self._add(*key, day, event.qty)
                else:
                    self.cash[event.account] += event.amount - fees
                    taxes[key] = taxes.get(key, Decimal(0)) + self._remove(key, day, event.qty)
        for (account, _), tax in taxes.items():
            fen = int((tax * 100).quantize(Decimal(1), ROUND_HALF_UP))
            self.cash[account] -= fen
            self.tax += fen
        for action in (BOTH, LATER):
            self._record(action, day)
            self._book(action, day)

    def _add(self, account: str, symbol: str, day: str, qty: int) -> None:
        self.runs.setdefault((account, symbol), []).append([day, qty, []])

    def _remove(self, key: tuple[str, str], day: str, qty: int) -> Decimal:
        tax = Decimal(0)
        while qty:
            run = self.runs[key][0]
            part = min(qty, run[1])
            held = (date.fromisoformat(day) - date.fromisoformat(run[0])).days
            # Days of this test keep well away from the edges of a month and a year.
            percent = 20 if held < 28 else 10 if held < 360 else 0
            tax += part * sum(run[2], Decimal(0)) * percent / 100
            run[1] -= part
            qty -= part
            if not run[1]:
                self.runs[key].pop(0)
        return tax

    def owned(self, account: str, symbol: str) -> int:
        return sum(run[1] for run in self.runs.get((account, symbol), ()))

    def _record(self, action: Action, day: str) -> None:
        if action.record_day != day:
            return
        million = Decimal(10**6)
        cash, bonus, capital = (
            Decimal(part) / million / 10
            for part in (action.cash_e6, action.bonus_e6, action.capital_e6)
        )
        for account in ACCOUNTS:
            held = self.owned(account, action.symbol)
            fen = int((held * cash * 100).quantize(Decimal(1), ROUND_HALF_UP))
            self.due.append((action, account, fen, int(held * bonus), int(held * capital)))
            for run in self.runs.get((account, action.symbol), ()):
                run[2].append(cash + bonus + (0 if action.from_premium else capital))

    def _book(self, action: Action, day: str) -> None:
        cash_on, shares_on = BOOKED[action.id]
        for one, account, fen, bonus, capital in self.due:
            if one is action and day == cash_on:
                self.cash[account] += fen
                self.paid += fen
            if one is action and day == shares_on and bonus + capital:
                self._add(account, action.symbol, action.listing_day, bonus + capital)
                self.given += bonus + capital


@pytest.fixture
def desk(database: Database) -> Desk:
    made = Desk(Journal(database, "0"))
    made.begin(DAYS[0])
    open_accounts(made, ACCOUNTS)
    for account in ACCOUNTS[:5]:
        made.give(SZ_MAIN, 3_333, account)
    with database.transaction() as tx:
        announce(tx, BOTH, LATER)
    return made


@pytest.fixture
def office(database: Database, tmp_path: Path, desk: Desk) -> Clearing:
    return office_of(database, tmp_path, {"0": desk}, DayRights(DayActions(load_tax_rates())))


def check_day(database: Database, desk: Desk, plain: Plain, day: str) -> None:
    check_state(desk.state)
    for account in ACCOUNTS:
        book = desk.state.accounts[account].book
        assert book.cash.owned() == plain.cash[account]
        with database.read() as tx:
            (row,) = load_days(tx, account, day, day)
            lots = store.load_lots(tx, [account])
        assert row.opening + row.moved == row.closing == plain.cash[account]
        for symbol in (MAIN, SZ_MAIN):
            owned = plain.owned(account, symbol)
            position = book.positions.get(symbol)
            assert (position.owned() if position else 0) == owned
            kept = lots.get((account, symbol), ("", ()))[1]
            assert sum(lot.quantity for lot in kept) == owned


def test_weeks_agree_with_a_plain_bookkeeping(
    database: Database, desk: Desk, office: Clearing
) -> None:
    plain = Plain()
    seen = 0
    for number, day in enumerate(DAYS):
        if number:
            desk.day = day
            desk.begin(day)
        trade_a_day(desk, ACCOUNTS, seed=number)
        plain.day(day, desk.events[seen:])
        clear(office, day)
        seen = len(desk.events)
        check_day(database, desk, plain, day)
        again = office.actions.act(database, day, "0", [], {})
        booked = [one for one in desk.events if isinstance(one, e.EntriesBooked) and one.day == day]
        expected = {
            (one.kind, one.basis): one.entries
            for one in booked
            if one.kind in ("dividend", "bonus", "dividend_tax")
        }
        assert again == expected
    assert min(plain.paid, plain.given, plain.tax) > 0
    assert desk.house(f"issuer:{MAIN}") + desk.house(f"issuer:{SZ_MAIN}") == -plain.paid
    shares = desk.house(f"issuer:{MAIN}", MAIN) + desk.house(f"issuer:{SZ_MAIN}", SZ_MAIN)
    assert shares == -plain.given
    assert desk.house("tax:dividend") == plain.tax
    fixed = fixed_events(database)
    assert [one.action for one in fixed] == [BOTH.id, LATER.id]
    assert sum(one.cash_fen for one in fixed) == plain.paid


def fixed_events(database: Database) -> list[EntitlementsFixed]:
    codec = EventCodec((EntitlementsFixed,))
    with database.read() as tx:
        return [
            event
            for record in each_record(tx.connection, "rooms")
            if b"actions.entitlements_fixed@1" in record.body
            for event in codec.decode(record.body)
        ]


def test_new_shares_and_cash_are_there_when_their_day_begins(
    database: Database, desk: Desk, office: Clearing
) -> None:
    account = ACCOUNTS[0]
    clear(office, DAYS[0])
    desk.day = DAYS[1]
    desk.begin(DAYS[1])
    before = desk.cash(account)
    clear(office, DAYS[1])
    assert desk.shares(MAIN, account) == (13_000, 0, 0, 0)
    assert desk.cash(account) == (before[0], 400_000, 0, 0), "settling till the pay day begins"
    desk.day = DAYS[2]
    desk.begin(DAYS[2])
    assert desk.cash(account) == (before[0] + 400_000, 0, 0, 0)


class Broken(Exception):
    """The process dies here."""


@pytest.mark.parametrize("moment", range(1, 7))
def test_broken_off_anywhere_it_goes_on(
    moment: int, database: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Portions of three, and the n-th transaction doesn't commit."""
    monkeypatch.setattr(days, "AT_ONCE", 3)
    acting = DayActions(load_tax_rates())
    holdings = [(account, MAIN, 1_000) for account in ACCOUNTS]
    before, count = database.transaction, 0

    def dying(*args: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if count == moment:
            raise Broken
        return before(*args, **more)

    monkeypatch.setattr(database, "transaction", dying)
    with suppress(Broken):
        acting.act(database, DAYS[1], "0", holdings, {})
    monkeypatch.setattr(database, "transaction", before)
    found = acting.act(database, DAYS[1], "0", holdings, {})
    assert [entry.amount for entry in found["dividend", BOTH.id]] == [40_000] * len(ACCOUNTS)
    assert [entry.amount for entry in found["bonus", BOTH.id]] == [300] * len(ACCOUNTS)
    with database.read() as tx:
        kept = store.load_lots(tx, ACCOUNTS)
        assert store.totals_of(tx, BOTH.id)[0] == len(ACCOUNTS)
    assert [[lot.quantity for lot in lots] for _, lots in kept.values()] == [[1_000, 300]] * 8
    assert len(fixed_events(database)) == 1
