"""The tables of history say what the counter says, whatever events come side by side."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.counter.desk import BUY, SELL, Desk
from yunquan.counter import types as c
from yunquan.counter.adapters.snapshots import SnapshotFiles
from yunquan.counter.events import codec
from yunquan.counter.store import Journal
from yunquan.history import load_costs, load_fills, load_movements, load_orders
from yunquan.history.readers import PROJECTION
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import Database

STEPS = ("accepted", "filled", "cancelled", "rejected", "cancel_rejected", "cancel")


@pytest.fixture
def desk(database: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    made = Desk(Journal(database, "0"), SnapshotFiles(tmp_path / "snapshots"), clock)
    made.begin()
    made.open_account()
    made.deposit(100_000_000)
    made.give("600519.SH", 10_000)
    return made


def command(desk: Desk, step: str, order: str) -> Any:
    if step == "cancel":
        return c.CancelOrder(desk.next_id(), "6000000001", order)
    desk.index += 1
    qty = {"filled": 100, "cancelled": 100}.get(step, 0)
    name, execution = f"counter-0:{desk.index}", f"E{desk.index}"
    return c.VenueReport(name, "counter-0", desk.index, step, order, execution, 10_000, qty, "code")


def check_history(desk: Desk) -> None:
    database = desk.journal.database
    catch_up(PROJECTION, "counter-0", database, database, codec())
    with database.read() as tx:
        rows = load_orders(tx, "6000000001", before=None, limit=1000)
        fills = load_fills(tx, "6000000001", limit=1000)
    there = {
        row.id: (
            row.state,
            row.filled,
            row.cancelled,
            row.amount,
            row.commission,
            row.is_open,
            row.cancel_wanted,
        )
        for row in rows
    }
    here = {
        one.id: (
            one.state,
            one.filled,
            one.cancelled,
            one.amount,
            one.commission,
            one.open,
            one.cancel_wanted,
        )
        for one in desk.state.orders.values()
    }
    assert there == here
    assert sum(row.qty for row in fills) == sum(one.filled for one in desk.state.orders.values())


def test_orders_side_by_side_through_any_two_steps(desk: Desk) -> None:
    """Every pair of steps, each by a buy and a sale: rows of one kind go to the database as one
    statement.
    """
    pairs = list(product(STEPS, repeat=2))
    places = [
        c.PlaceOrder(desk.next_id(), "6000000001", "600519.SH", side, price, 200, desk.state.day)
        for _ in pairs
        for side, price in ((BUY, 10_000), (SELL, 10_500))
    ]
    orders = [answer.order for answer in desk.do(*places)]
    assert all(orders)
    for which in (0, 1):
        steps = [pair[which] for pair in pairs for _ in (BUY, SELL)]
        desk.do(*(command(desk, step, order) for step, order in zip(steps, orders, strict=True)))
        check_history(desk)
    for order in orders:
        if desk.order(order).open:
            desk.report("cancelled", order, qty=desk.order(order).remaining(), code="expired")
    check_history(desk)


def test_orders_that_waited_for_the_link(desk: Desk) -> None:
    desk.links.clear()
    orders = [desk.placed(BUY, 10_000, 100) for _ in range(3)]
    desk.links.update({"SH", "SZ", "BJ"})
    desk.do(c.RouteUnsent("system:route:1", ("SH", "SZ", "BJ")))
    desk.do(*(command(desk, "accepted", order) for order in orders))
    check_history(desk)


def booked(desk: Desk, kind: str, asset: str, amount: int) -> None:
    entry = c.Entry("6000000001", asset, 0, amount, "issuer:600519.SH", "act_1")
    name = f"clearing:{desk.day}:{kind}"
    assert desk.one(c.BookEntries(name, desk.day, kind, "notice 1", (entry,))).accepted


def test_what_shares_cost_on_average_with_those_that_an_issuer_gave(desk: Desk) -> None:
    """1,000 for 10,002.60 with fees, 300 given, 100 offered for 500: a sale takes the average."""
    database = desk.journal.database
    order = desk.accepted(BUY, 10_000, 1_000)
    desk.report("filled", order, 10_000, 1_000)
    paid = desk.order(order).amount + desk.order(order).commission + 10
    booked(desk, "bonus", "600519.SH", 300)
    booked(desk, "rights_payment", "CNY", -50_000)
    booked(desk, "rights", "600519.SH", 100)
    catch_up(PROJECTION, "counter-0", database, database, codec())
    with database.read() as tx:
        assert load_costs(tx, "6000000001") == {"600519.SH": (1_400, paid + 50_000)}
    sale = desk.accepted(SELL, 10_500, 700)
    desk.report("filled", sale, 10_500, 700)
    catch_up(PROJECTION, "counter-0", database, database, codec())
    with database.read() as tx:
        left = paid + 50_000 - (paid + 50_000) // 2
        assert load_costs(tx, "6000000001") == {"600519.SH": (700, left)}


def test_a_tax_on_dividends_is_of_its_security_whatever_buckets_paid_it(desk: Desk) -> None:
    """Two securities in one booking, the first paid from settled cash and proceeds."""
    database, account = desk.journal.database, "6000000001"
    order = desk.accepted(SELL, 10_000, 100)
    desk.report("filled", order, 10_000, 100)
    taxes = ((-100_050_000, "600519.SH"), (-30, "000001.SZ"))
    entries = tuple(
        c.Entry(account, "CNY", 0, fen, "tax:dividend", symbol) for fen, symbol in taxes
    )
    booked = c.BookEntries("clearing:1", desk.day, "dividend_tax", "sold", entries)
    assert desk.one(booked).accepted
    catch_up(PROJECTION, "counter-0", database, database, codec())
    with database.read() as tx:
        rows = [row for row in load_movements(tx, account, (0, -1), 1_000) if row.booked_kind]
    assert [(row.amount, row.booked_symbol) for row in rows] == [
        (100_000_000, "600519.SH"),
        (50_000, "600519.SH"),
        (30, "000001.SZ"),
    ]


def test_a_sale_of_more_than_was_bought_here_leaves_no_cost_behind(desk: Desk) -> None:
    """10,000 shares came from elsewhere: they take no cost along, and no cost goes below zero."""
    database, account = desk.journal.database, "6000000001"
    for side, qty in ((BUY, 100), (SELL, 3_000), (BUY, 200)):
        order = desk.accepted(side, 10_000, qty)
        desk.report("filled", order, 10_000, qty)
    paid = desk.order(order).amount + desk.order(order).commission + 2
    catch_up(PROJECTION, "counter-0", database, database, codec())
    with database.read() as tx:
        assert load_costs(tx, account) == {"600519.SH": (200, paid)}
