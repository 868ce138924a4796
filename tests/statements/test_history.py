"""Statements of days through the real counter against a separate bookkeeping, on both databases."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.clearing.office import clear, office_of
from tests.counter.desk import ACCOUNT, BUY, DAY, DAY_AFTER, MAIN, NEXT_DAY, SELL, SZ_MAIN, Desk
from yunquan.clearing import load_days, load_positions
from yunquan.counter import types as c
from yunquan.counter.adapters.snapshots import SnapshotFiles
from yunquan.counter.events import codec
from yunquan.counter.store import Journal
from yunquan.history.readers import PROJECTION
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import Database
from yunquan.statements.rules.clear import earned
from yunquan.statements.rules.costs import METHODS, reckon
from yunquan.statements.rules.days import figures
from yunquan.statements.store import load_account
from yunquan.statements.types import Movement

DAYS = (DAY, NEXT_DAY, DAY_AFTER)
SYMBOLS = (MAIN, SZ_MAIN)


def half_up(amount: int, e8: int) -> int:
    return int((amount * e8 + 50_000_000) // 100_000_000)


@dataclass
class Plain:
    """Bookkeeping from scratch: a dict a day, a list of shares each with what it cost."""

    cash: int = 0
    days: dict[str, dict[str, int]] = field(default_factory=dict)
    closing: dict[str, int] = field(default_factory=dict)
    fills: dict[str, int] = field(default_factory=dict)
    orders: dict[str, tuple[int, int]] = field(default_factory=dict)
    shares: dict[str, list[list[int]]] = field(default_factory=dict)
    average: dict[str, list[int]] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)
    got: dict[str, int] = field(default_factory=dict)
    fifo_profit: dict[str, int] = field(default_factory=dict)
    average_profit: dict[str, int] = field(default_factory=dict)

    def book(self, day: str, kind: str, amount: int) -> None:
        if amount:
            sums = self.days.setdefault(day, {})
            sums[kind] = sums.get(kind, 0) + amount
            self.cash += amount

    def fill(self, day: str, order: str, symbol: str, side: int, price: int, qty: int) -> None:
        worth = price * qty // 10
        traded, charged = self.orders.get(order, (0, 0))
        due = max(half_up(traded + worth, 25_000), 500)
        commission, transfer = due - charged, half_up(worth, 1_000)
        stamp = half_up(worth, 50_000) if side == SELL else 0
        self.orders[order] = (traded + worth, due)
        self.fills[day] = self.fills.get(day, 0) + 1
        self.book(day, "bought" if side == BUY else "sold", -worth if side == BUY else worth)
        self.book(day, "commission", -commission)
        self.book(day, "transfer_fee", -transfer)
        self.book(day, "stamp", -stamp)
        fees = commission + transfer + stamp
        if side == BUY:
            self._buy(symbol, qty, worth + fees)
        else:
            self._sell(symbol, qty, worth - fees)

    def _buy(self, symbol: str, qty: int, cost: int) -> None:
        self.shares.setdefault(symbol, []).append([qty, cost])
        average = self.average.setdefault(symbol, [0, 0])
        average[0] += qty
        average[1] += cost
        self.paid[symbol] = self.paid.get(symbol, 0) + cost

    def _sell(self, symbol: str, qty: int, net: int) -> None:
        average = self.average[symbol]
        gone = average[1] * qty // average[0]
        average[0] -= qty
        average[1] -= gone
        self.average_profit[symbol] = self.average_profit.get(symbol, 0) + net - gone
        self.got[symbol] = self.got.get(symbol, 0) + net
        lots, cost, left = self.shares[symbol], 0, qty
        while left:
            part = min(left, lots[0][0])
            share = lots[0][1] * part // lots[0][0]
            lots[0][0] -= part
            lots[0][1] -= share
            cost += share
            left -= part
            if not lots[0][0]:
                cost += lots.pop(0)[1]
        self.fifo_profit[symbol] = self.fifo_profit.get(symbol, 0) + net - cost


@dataclass
class Story:
    """Three days of one account, made by a seed."""

    desk: Desk
    plain: Plain
    chance: random.Random

    def play(self) -> None:
        for number, day in enumerate(DAYS):
            if number:
                self.desk.begin(day)
            self._money(day)
            for _ in range(12):
                self._trade(day)
            self.desk.do(c.CloseDay(f"system:close:{day}", day))
            self.plain.closing[day] = self.plain.cash
            self._booked(day)
        # After the last day's end, money still moves: it belongs to the next day.
        self.desk.deposit(777)
        self.plain.book("next", "deposit", 777)

    def _money(self, day: str) -> None:
        amount = self.chance.randrange(1_000_000, 9_000_000)
        self.desk.deposit(amount)
        self.plain.book(day, "deposit", amount)

    def _trade(self, day: str) -> None:
        symbol = self.chance.choice(SYMBOLS)
        side = self.chance.choice((BUY, BUY, SELL))
        price, qty = self.chance.randrange(950, 1_050) * 10, self.chance.randrange(1, 9) * 100
        command = c.PlaceOrder(self.desk.next_id(), ACCOUNT, symbol, side, price, qty, day)
        (answer,) = self.desk.do(command)
        if not answer.accepted:
            return
        self.desk.report("accepted", answer.order)
        for part in self._parts(qty):
            self.desk.report("filled", answer.order, qty=part, price=price)
            self.plain.fill(day, answer.order, symbol, side, price, part)
        left = self.desk.order(answer.order).remaining()
        if left and self.chance.random() < 0.5:
            self.desk.report("cancelled", answer.order, qty=left)

    def _parts(self, qty: int) -> list[int]:
        first = self.chance.randrange(0, qty // 100 + 1) * 100
        return [part for part in (first, (qty - first) * self.chance.choice((0, 1))) if part]

    def _booked(self, day: str) -> None:
        """Clearing books for the day after its end."""
        for kind, amount in (("dividend", 1_234), ("dividend_tax", -123)):
            house = f"issuer:{MAIN}" if amount > 0 else "tax:dividend"
            ref = "act_1" if amount > 0 else MAIN
            entry = c.Entry(ACCOUNT, "CNY", 0, amount, house, ref)
            name = f"clearing:{day}:{kind}"
            (answer,) = self.desk.do(c.BookEntries(name, day, kind, "notice 1", (entry,)))
            assert answer.accepted
            self.plain.book(day, kind, amount)
        self.plain.closing[day] = self.plain.cash


@pytest.fixture(params=[1, 7, 23])
def story(
    request: pytest.FixtureRequest, database: Database, clock: ManualClock, tmp_path: Path
) -> Story:
    desk = Desk(Journal(database, "0"), SnapshotFiles(tmp_path / "snapshots"), clock)
    desk.begin()
    desk.open_account()
    made = Story(desk, Plain(), random.Random(request.param))
    made.play()
    catch_up(PROJECTION, "counter-0", database, database, codec())
    return made


def load(story: Story) -> list[Movement]:
    with story.desk.journal.database.read() as tx:
        days, found = load_account(tx, ACCOUNT, "counter-0", "next")
    assert days == list(DAYS)
    return found


def test_every_figure_of_every_day_to_the_fen(story: Story) -> None:
    found, plain = load(story), story.plain
    before = 0
    for day in DAYS:
        said = figures(found, day, day, "CNY", {})
        assert said.sums == plain.days[day]
        assert sum(said.opening) == before
        assert sum(said.closing) == plain.closing[day]
        assert len(said.fills) == plain.fills.get(day, 0)
        before = plain.closing[day]
    said = figures(found, "next", "next", "CNY", {})
    assert said.sums == {"deposit": 777}
    balance: Any = story.desk.state.accounts[ACCOUNT].book.cash
    assert said.closing == (balance.available, balance.settling, balance.frozen, balance.held)


def test_days_add_up_to_their_span(story: Story) -> None:
    found = load(story)
    days = [figures(found, day, day, "CNY", {}) for day in DAYS]
    whole = figures(found, DAYS[0], DAYS[-1], "CNY", {})
    for kind, fen in whole.sums.items():
        assert fen == sum(day.sums.get(kind, 0) for day in days)
    assert whole.realised == sum(day.realised for day in days)
    assert whole.fills == tuple(fill for day in days for fill in day.fills)
    assert (whole.opening, whole.closing) == (days[0].opening, days[-1].closing)


def test_positions_are_the_counters_own(story: Story) -> None:
    said = figures(load(story), "next", "next", "CNY", {})
    positions = story.desk.state.accounts[ACCOUNT].book.positions
    there = {
        symbol: (one.available, one.settling, one.frozen, one.held)
        for symbol, one in positions.items()
        if one.available or one.settling or one.frozen or one.held
    }
    assert {one.symbol: one.buckets for one in said.holdings} == there


def test_three_costs_to_the_fen(story: Story) -> None:
    found, plain = load(story), story.plain
    held = {method: reckon(found, method, "CNY") for method in METHODS}
    assert any(plain.got.values()), "a story without a sale proves little"
    for symbol in plain.paid:
        moving, fifo, diluted = (held[way][symbol] for way in ("moving", "fifo", "diluted"))
        assert [moving.qty, moving.cost] == plain.average[symbol]
        assert moving.realised == plain.average_profit.get(symbol, 0)
        assert fifo.cost == sum(lot[1] for lot in plain.shares[symbol])
        assert fifo.realised == plain.fifo_profit.get(symbol, 0)
        # Whatever the method: what was got and paid is cost or profit, and nothing is lost.
        paid, got = plain.paid[symbol], plain.got.get(symbol, 0)
        assert fifo.realised - fifo.cost == moving.realised - moving.cost == got - paid
        dividends = 3 * (1_234 - 123) if symbol == MAIN else 0
        assert diluted.realised - diluted.cost == got - paid + dividends


def test_what_was_earned_is_what_the_assets_grew_by(story: Story) -> None:
    found = load(story)
    closes = {DAYS[0]: 10_010, DAYS[1]: 9_930, DAYS[2]: 10_120, "next": 10_050}
    now = dict.fromkeys(SYMBOLS, closes["next"])
    for number, first in enumerate((*DAYS, "next")):
        before = "" if not number else (*DAYS, "next")[number - 1]
        then = dict.fromkeys(SYMBOLS, closes.get(before, 0))
        told = earned(found, first, "CNY", then, now, {})
        grown = wealth(found, "next", closes["next"]) - wealth(found, before, closes.get(before, 0))
        paid_in = sum(one.amount for one in found if one.day >= first and one.kind == "deposit")
        assert told.net == grown - paid_in
        parts = [
            earned([one for one in found if one.symbol == symbol], first, "CNY", then, now, {})
            for symbol in SYMBOLS
        ]
        assert sum(part.gain for part in parts) == told.gain
        assert sum(part.realised for part in parts) == told.realised


def wealth(found: list[Movement], last: str, price: int) -> int:
    """Cash and shares at one price after a day, summed from scratch."""
    mine = [one for one in found if one.day <= last]
    cash = sum(one.amount for one in mine if one.asset == "CNY")
    return cash + sum(one.amount for one in mine if one.asset != "CNY") * price // 10


def test_the_day_end_wrote_down_the_same_day(
    story: Story, database: Database, tmp_path: Path
) -> None:
    """Two ways to a day's figures, one from the log's events and one from its postings."""
    office = office_of(database, tmp_path, {"0": story.desk})
    found = load(story)
    for day in DAYS:
        clear(office, day)
        said = figures(found, day, day, "CNY", {})
        with database.read() as tx:
            (row,) = load_days(tx, ACCOUNT, day, day)
            held = load_positions(tx, ACCOUNT, day)
        assert row.opening == sum(said.opening)
        assert (row.available, row.settling, row.frozen, row.held) == said.closing
        assert row.deposits == said.sums.get("deposit", 0)
        assert (row.bought, row.sold) == (-said.sums.get("bought", 0), said.sums.get("sold", 0))
        fees = (row.commission, row.stamp, row.transfer)
        assert fees == tuple(
            -said.sums.get(one, 0) for one in ("commission", "stamp", "transfer_fee")
        )
        assert (row.dividends, row.dividend_tax) == (1_234, 123)
        assert row.trades == len(said.fills)
        assert {one.symbol: one.owned for one in held} == {
            one.symbol: sum(one.buckets) for one in said.holdings
        }
