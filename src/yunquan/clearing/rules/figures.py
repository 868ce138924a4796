"""A day's figures of every account, gathered from the events of a counter in order."""

from __future__ import annotations

import sys
from typing import Any, Final

from yunquan.actions.types import Traded
from yunquan.clearing.rules.fees import OrderFees, wrong_fee
from yunquan.clearing.types import FeeCheck
from yunquan.counter import events as e
from yunquan.counter.types import Side

BUY: Final = Side.BUY


class Figures:
    """What moved for one account on one day, in fen."""

    __slots__ = (
        "account",
        "bought",
        "commission",
        "deposits",
        "dividend_tax",
        "dividends",
        "other",
        "sold",
        "stamp",
        "trades",
        "transfer",
        "withdrawals",
    )

    def __init__(self, account: str) -> None:
        self.account = account
        self.deposits = 0
        self.withdrawals = 0
        self.bought = 0
        self.sold = 0
        self.commission = 0
        self.stamp = 0
        self.transfer = 0
        self.dividends = 0
        self.dividend_tax = 0
        self.other = 0
        self.trades = 0


AMOUNTS: Final = tuple(name for name in Figures.__slots__ if name != "account")


def summed(one: Figures | None, other: Figures | None) -> Figures | None:
    """Both together; None if there is neither."""
    if one is None or other is None:
        return one or other
    both = Figures(one.account)
    for name in AMOUNTS:
        setattr(both, name, getattr(one, name) + getattr(other, name))
    return both


class DayBook:
    """Gathers one counter's day. open_orders: those that may still trade; wrong: those that ended
    with another commission than their fills make; placed: how many there were; nets: what each
    market is owed, by market; turnover: by symbol, fill by fill, for what exchange and regulator
    take; traded: by account and symbol, for tax lots.
    """

    def __init__(self, day: str) -> None:
        self.day = day
        self.accounts: dict[str, Figures] = {}
        self.open_orders: dict[str, OrderFees] = {}
        self.wrong: list[FeeCheck] = []
        self.placed = 0
        self.nets: dict[str, int] = {}
        self.turnover: dict[str, list[int]] = {}
        self.traded: dict[tuple[str, str], Traded] = {}
        self.trades = 0

    def of(self, account: str) -> Figures:
        found = self.accounts.get(account)
        if found is None:
            found = Figures(account)
            self.accounts[account] = found
        return found

    def take(self, event: Any) -> None:
        """Count one event; what moves nothing is passed over."""
        if isinstance(event, e.OrderPlaced):
            rates = (event.commission_e8, event.commission_min)
            self.open_orders[event.order] = OrderFees(event.account, *rates)
            self.placed += 1
        elif isinstance(event, e.OrderFilled):
            self._fill(event)
        elif isinstance(event, e.OrderCancelled):
            if event.closes:
                self._ended(event.order)
        elif isinstance(event, e.OrderRejected):
            self._ended(event.order)
        elif isinstance(event, e.CashMoved):
            self._cash(event)
        elif isinstance(event, e.SecuritiesMovedIn):
            self._traded(event.account, event.symbol)
        elif isinstance(event, e.EntriesBooked) and event.day == self.day:
            self.book(event)

    def _cash(self, event: e.CashMoved) -> None:
        figures = self.of(event.account)
        if event.kind == "deposit":
            figures.deposits += event.amount
        elif event.kind == "withdraw":
            figures.withdrawals += event.amount
        else:
            figures.other += event.amount if event.kind == "moved_in" else -event.amount

    def _fill(self, event: e.OrderFilled) -> None:
        figures = self.of(event.account)
        amount, commission = event.amount, event.commission
        market = event.symbol[-2:]
        traded = self._traded(event.account, event.symbol)
        if event.side == BUY:
            traded.bought += event.qty
            traded.cost_fen += amount + commission + event.stamp + event.transfer
            figures.bought += amount
            self.nets[market] = self.nets.get(market, 0) + amount
        else:
            traded.sold += event.qty
            figures.sold += amount
            self.nets[market] = self.nets.get(market, 0) - amount
        figures.commission += commission
        figures.stamp += event.stamp
        figures.transfer += event.transfer
        figures.trades += 1
        self.trades += 1
        self.turnover.setdefault(event.symbol, []).append(amount)
        order = self.open_orders[event.order]
        order.worth += event.price * event.qty
        order.charged += commission
        if event.closes:
            self._ended(event.order)

    def _ended(self, order: str) -> None:
        """Its fees are final: read them a second time, and let go of it."""
        wrong = wrong_fee(order, self.open_orders.pop(order))
        if wrong is not None:
            self.wrong.append(wrong)

    def _traded(self, account: str, symbol: str) -> Traded:
        """What moved of a security; one that only came in is there too, with nothing traded."""
        key = (account, symbol)
        found = self.traded.get(key)
        if found is None:
            found = Traded()
            # Names that are there already, not those of this event.
            self.traded[self.of(account).account, sys.intern(symbol)] = found
        return found

    def book(self, event: e.EntriesBooked) -> None:
        """Count what clearing moved, of whatever day the event lies in."""
        for entry, unpaid in zip(event.entries, event.unpaid, strict=True):
            if ":" in entry.account:
                continue
            figures = self.of(entry.account)
            if "." in entry.asset:
                continue
            amount = entry.amount + (unpaid if entry.amount < 0 else 0)
            if event.kind == "dividend":
                figures.dividends += amount
            elif event.kind == "dividend_tax":
                figures.dividend_tax -= amount
            elif event.kind == "fee":
                figures.commission -= amount
            else:
                figures.other += amount
