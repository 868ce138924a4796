"""A back office over counters in this process, and days full of orders for it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.counter.desk import BUY, MAIN, SELL, SZ_MAIN, Desk
from yunquan.clearing import Clearing, NoActions, perform
from yunquan.clearing.adapters.booking import OVER, booking, closing
from yunquan.clearing.types import Batch, Step
from yunquan.counter import Journal
from yunquan.counter import types as c
from yunquan.kernel.errors import Conflict
from yunquan.kernel.transaction import Database
from yunquan.market import load_rule_book

RULES = load_rule_book()


class DirectBooker:
    """Books at desks in this thread. broken: raises before or after the command took effect."""

    def __init__(self, desks: dict[str, Desk]) -> None:
        self.desks = desks
        self.booked: list[str] = []
        self.before: list[Exception] = []
        self.after: list[Exception] = []

    def book(self, batch: Batch) -> None:
        if self.before:
            raise self.before.pop()
        answer = self.desks[batch.counter].one(booking(batch))
        self.booked.append(batch.command)
        if self.after:
            raise self.after.pop()
        if answer.code:
            raise Conflict(answer.code, **answer.facts)

    def close(self, counter: str, day: str) -> None:
        answer = self.desks[counter].one(closing(day))
        if answer.code and answer.code not in OVER:
            raise Conflict(answer.code, **answer.facts)


def office_of(
    rooms: Database, folder: Path, desks: dict[str, Desk], actions: Any = None
) -> Clearing:
    """An office that has only the logs, as another process would."""
    journals = {name: Journal(desk.journal.database, name) for name, desk in desks.items()}
    return Clearing(
        rooms, journals, DirectBooker(desks), actions or NoActions(), RULES, folder / "clearing"
    )


def clear(office: Clearing, day: str) -> None:
    """The whole day end."""
    office.note_endings()
    for step in Step:
        perform(office, day, step)


def open_accounts(desk: Desk, accounts: list[str], fen: int = 50_000_000) -> None:
    for account in accounts:
        desk.open_account(account)
        desk.deposit(fen, account)
        desk.give(MAIN, 10_000, account)


def trade_a_day(desk: Desk, accounts: list[str], seed: int, orders: int = 60) -> None:
    """Random orders with whole, part and no fills, money in and out; some left open."""
    chance = random.Random(seed)
    for _ in range(orders):
        account = chance.choice(accounts)
        kind = chance.random()
        if kind < 0.1:
            desk.deposit(chance.randrange(1, 5_000_000), account)
        elif kind < 0.15:
            _withdraw(desk, account, chance.randrange(1, 2_000_000))
        else:
            _order(desk, account, chance)


def _withdraw(desk: Desk, account: str, fen: int) -> None:

    desk.one(c.Withdraw(desk.next_id(), account, fen, "icbc"))


def _order(desk: Desk, account: str, chance: random.Random) -> None:
    side, symbol = chance.choice((BUY, SELL)), chance.choice((MAIN, SZ_MAIN))
    price, qty = chance.randrange(9_000, 11_000, 10), chance.randrange(1, 20) * 100
    answer = desk.place(side, price, qty, symbol, account)
    if not answer.accepted:
        return
    desk.report("accepted", answer.order)
    left = qty
    while left and chance.random() < 0.75:
        part = min(left, chance.randrange(1, 10) * 100)
        better = chance.randrange(0, 5) * 10
        at = price - better if side == BUY else price + better
        desk.report("filled", answer.order, min(max(at, 9_000), 11_000), part)
        left -= part
    if left and chance.random() < 0.3:
        desk.cancel(answer.order, account)
        desk.report("cancelled", answer.order, qty=left)
