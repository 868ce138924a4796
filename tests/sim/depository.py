"""Who owns what by the exchange's own record of fills, with fees worked out anew: what the counter
is compared with.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import msgspec

from yunquan.counter import events as e
from yunquan.counter.rules.state import State

COMMISSION, COMMISSION_FLOOR_FEN = Decimal("0.00025"), 500
STAMP = Decimal("0.0005")
TRANSFER = Decimal("0.00001")


@dataclass
class TheirOrder:
    """An order as the exchange has it. account: the number at the depository."""

    account: str
    symbol: str
    side: str
    state: str
    filled: int


@dataclass
class OurOrder:
    """An order as the log tells it."""

    account: str
    qty: int
    filled: int = 0
    cancelled: int = 0
    rejected: bool = False
    amount: int = 0
    commission: int = 0
    unpaid: int = 0

    @property
    def decided(self) -> bool:
        return self.rejected or self.filled + self.cancelled == self.qty


@dataclass
class Books:
    """Owned amounts by account and asset. The log says what was paid in and moved in; the exchange
    says what traded.
    """

    owned: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    known: dict[str, OurOrder] = field(default_factory=dict)
    sellable: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    numbers: dict[str, str] = field(default_factory=dict)
    fills: int = 0
    _open: dict[str, OurOrder] = field(default_factory=dict)
    _next_report: int = 1
    _ahead: set[int] = field(default_factory=set)
    _traded: dict[str, tuple[int, int]] = field(default_factory=dict)
    _short: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def hear(self, event: Any) -> None:
        """An event of the log."""
        match event:
            case e.AccountOpened():
                for one in event.securities:
                    self.numbers[one.number] = event.account
            case e.CashMoved():
                self.owned[event.account, "CNY"] += (
                    event.amount if event.kind == "deposit" else -event.amount
                )
            case e.SecuritiesMovedIn():
                self.owned[event.account, event.symbol] += event.qty
                self.sellable[event.account, event.symbol] += event.qty
            case e.OrderPlaced():
                self.known[event.order] = self._open[event.order] = OurOrder(
                    event.account, event.qty
                )
            case e.OrderRejected():
                self.known[event.order].rejected = True
            case e.OrderCancelled():
                self.known[event.order].cancelled += event.qty
            case e.OrderFilled():
                self._check_charges(event)
            case _:
                pass

    def _check_charges(self, fill: e.OrderFilled) -> None:
        """Fees worked out anew. What a penniless seller couldn't pay is still due from the next
        fill.
        """
        order = self.known[fill.order]
        amount = _fen(Decimal(fill.price * fill.qty) / 10)
        order.filled += fill.qty
        order.amount += amount
        order.commission += fill.commission
        due = max(_fen(order.amount * COMMISSION), COMMISSION_FLOOR_FEN)
        assert fill.amount == amount, fill
        assert fill.stamp == (_fen(amount * STAMP) if fill.side != 1 else 0), fill
        assert fill.transfer == _fen(amount * TRANSFER), fill
        assert order.commission + fill.unpaid == due, f"{fill}: due {due}"
        assert fill.side != 1 or not fill.unpaid, fill
        self._short[fill.account] += fill.unpaid - order.unpaid
        order.unpaid = fill.unpaid

    def take_finished(self, today: str) -> Iterator[tuple[str, OurOrder]]:
        """The orders of the days before, once."""
        for name in [name for name in self._open if not name.startswith(today)]:
            yield name, self._open.pop(name)

    def read_exchange(self, record: Path, gateway: str, taken: int, ahead: set[int]) -> None:
        """Book what the exchange reported as filled: every report up to `taken`, and those ahead of
        a gap.
        """
        sold: dict[tuple[str, str], int] = defaultdict(int)
        theirs = orders(record, gateway)
        for report in reports(record, gateway, self._next_report):
            index = report["index"]
            if (
                report["kind"] != "filled"
                or (index > taken and index not in ahead)
                or index in self._ahead
            ):
                continue
            order = theirs[report["id"]]
            key = (self.numbers[order.account], order.symbol)
            amount = _fen(Decimal(report["price_milli"] * report["qty"]) / 10)
            self.fills += 1
            self._pay(report["id"], key[0], order.side, amount)
            if order.side == "B":
                self.owned[key] += report["qty"]
            else:
                self.owned[key] -= report["qty"]
                sold[key] += report["qty"]
        self._next_report = taken + 1
        self._ahead = ahead
        for key, qty in sold.items():
            assert qty <= self.sellable[key], (
                f"{key}: sold {qty}, and only {self.sellable[key]} were sellable"
            )

    def _pay(self, name: str, account: str, side: str, amount: int) -> None:
        """Cash of one fill, by the exchange's figures alone."""
        before, charged = self._traded.get(name, (0, 0))
        commission = max(_fen((before + amount) * COMMISSION), COMMISSION_FLOOR_FEN)
        self._traded[name] = (before + amount, commission)
        fees = commission - charged + _fen(amount * TRANSFER)
        if side == "B":
            self.owned[account, "CNY"] -= amount + fees
        else:
            self.owned[account, "CNY"] += amount - fees - _fen(amount * STAMP)

    def check(self, state: State, *, settled: bool) -> None:
        """The counter's books say the same. settled: nothing has traded since midnight."""
        for account, book in state.books.clients.items():
            cash = book.cash.owned() - self._short[account]
            assert cash == self.owned[account, "CNY"], (
                f"{account}: {cash} fen, {self.owned[account, 'CNY']} by the fills"
            )
            held = {symbol: position.owned() for symbol, position in book.positions.items()}
            ours = {
                symbol: qty for (name, symbol), qty in self.owned.items() if name == account and qty
            }
            ours.pop("CNY", None)
            assert held == ours, f"{account}: {held} at the counter, {ours} by the fills"
            if settled:
                waiting = [
                    book.cash.settling,
                    *(position.settling for position in book.positions.values()),
                ]
                assert not any(waiting), f"{account}: {waiting} still in settlement"
        self.sellable.clear()
        for (account, symbol), qty in self.owned.items():
            self.sellable[account, symbol] = qty


def _fen(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def orders(record: Path, gateway: str) -> dict[str, TheirOrder]:
    """Every order the exchange ever took from a gateway."""
    with closing(sqlite3.connect(record)) as connection:
        rows = connection.execute(
            "SELECT id, body, state, filled FROM orders WHERE gateway = ?", (gateway,)
        ).fetchall()
    found = {}
    for name, body, state, filled in rows:
        order = msgspec.msgpack.decode(body)
        symbol = f"{order['security']}.{order['market']}"
        found[name] = TheirOrder(order["account"], symbol, order["side"], state, filled)
    return found


def reports(record: Path, gateway: str, first: int) -> list[dict[str, Any]]:
    """The exchange's reports to a gateway from an index on."""
    query = "SELECT body FROM reports WHERE gateway = ? AND idx >= ? ORDER BY idx"
    with closing(sqlite3.connect(record)) as connection:
        return [
            msgspec.msgpack.decode(body) for (body,) in connection.execute(query, (gateway, first))
        ]


def last_report_of_days_before(record: Path, gateway: str, day: str) -> int:
    """The index of the last report of the trading days before `day`; 0 if there was none."""
    query = "SELECT max(last_report) FROM day_ends WHERE gateway = ? AND trading_day < ?"
    with closing(sqlite3.connect(record)) as connection:
        (last,) = connection.execute(query, (gateway, day)).fetchone()
    return last or 0
