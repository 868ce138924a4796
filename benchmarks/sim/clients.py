"""Clients that trade with each other through a whole day: around the last price, with every kind of
order that a security takes in its phase, and cancels.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from yunquan.counter import types as c
from yunquan.counter.rules.reference import Reference, session_key
from yunquan.market.types import AFTER_HOURS, LIMIT, InstrumentDay

BUY, SELL = 1, 2
HELD_SYMBOLS = 8
CASH_FEN = 20_000_000_000
HELD = 200_000
CANCELS = 0.15
MARKET = 0.08
LATE = 0.03
SPREAD_TICKS = 3.0
PERMISSIONS = ("star", "chinext", "bse", "convertible")


def account_number(index: int) -> str:
    return f"6{index:09d}"


def openings(accounts: int, symbols: list[str], seed: int) -> Iterator[Any]:
    """Commands that open the accounts with cash and a few holdings."""
    draw = Random(f"{seed}:openings")
    for index in range(accounts):
        account, key = account_number(index), f"setup:{index}"
        securities = (
            c.SecuritiesAccount("SH", f"A{index:09d}", designated=True),
            c.SecuritiesAccount("SZ", f"{index:010d}", custody_unit="YQ01"),
        )
        yield c.OpenAccount(
            f"{key}:open",
            account,
            f"cli_{index:07d}",
            "ordinary",
            "CNY",
            securities,
            PERMISSIONS,
            "2099-01-01",
        )
        yield c.Deposit(f"{key}:cash", account, CASH_FEN, "simbank")
        for symbol in draw.sample(symbols, min(HELD_SYMBOLS, len(symbols))):
            yield c.TransferIn(f"{key}:{symbol}", account, symbol, HELD, "elsewhere")


class Traders:
    """accounts: how many. symbols: what they hold and trade, a few each."""

    def __init__(self, accounts: int, symbols: list[str], seed: int) -> None:
        holdings = Random(f"{seed}:openings")
        count = min(HELD_SYMBOLS, len(symbols))
        self._held = [holdings.sample(symbols, count) for _ in range(accounts)]
        self._accounts = [account_number(index) for index in range(accounts)]
        self._draw = Random(f"{seed}:traders")
        self._numbers = itertools.count(1)
        self._placed: list[tuple[str, str]] = []

    def commands(self, count: int, now: Reference, prices: Mapping[str, Any]) -> list[Any]:
        """`count` orders and the cancels beside them, for the phase it is. prices: best bid, best
        ask and last trade in milli by symbol."""
        found: list[Any] = []
        placed = 0
        tries = 0
        while placed < count and tries < 20 * count:
            tries += 1
            if self._placed and self._draw.random() < CANCELS:
                account, order = self._placed.pop()
                found.append(c.CancelOrder(f"app:{next(self._numbers)}", account, order))
            order = self._place(now, prices)
            if order is not None:
                found.append(order)
                placed += 1
        return found

    def answered(self, commands: list[Any], answers: list[c.Answer]) -> None:
        """Remember some of the orders that went out, to take them back later."""
        self._placed = [
            (command.account, answer.order)
            for command, answer in zip(commands, answers, strict=True)
            if type(command) is c.PlaceOrder and not answer.code
        ]
        self._draw.shuffle(self._placed)

    def _place(self, now: Reference, prices: Mapping[str, Any]) -> c.PlaceOrder | None:
        random = self._draw.random
        index = int(random() * len(self._held))
        held = self._held[index]
        which = int(random() * len(held))
        symbol = held[which]
        day = now.instruments.get(symbol)
        if day is None or day.halted:
            return None
        session = now.sessions[session_key(day.market, day.board, day.product)]
        takes = session.takes
        kind = self._kind(takes, day)
        if kind not in takes:
            return None
        # Of what it holds it buys one half and sells the other today, so it never meets itself.
        side = BUY if which % 2 else SELL
        price = self._price(day, side, kind, prices.get(symbol))
        lots = day.buy_step if day.buy_step > 1 else 100
        qty = max(day.buy_min, lots * (1 + int(random() * 5)))
        account = self._accounts[index]
        number = f"app:{next(self._numbers)}"
        return c.PlaceOrder(number, account, symbol, side, price, qty, now.day, kind)

    def _kind(self, takes: tuple[str, ...], day: InstrumentDay) -> str:
        chance = self._draw.random()
        if LIMIT not in takes or (chance > 1 - LATE and AFTER_HOURS in takes):
            return AFTER_HOURS
        if chance < MARKET and len(takes) > 2 and "best5_cancel" in day.kinds:
            return "best5_cancel" if chance < MARKET / 2 else "own_best"
        return LIMIT

    def _price(self, day: InstrumentDay, side: int, kind: str, prices: Any) -> int:
        up, down, tick = day.limit_up_milli, day.limit_down_milli, day.tick_milli
        if kind == AFTER_HOURS:
            return up if side == BUY else down
        bid, ask, last = prices or (0, 0, 0)
        around = last or bid or ask or day.prev_close_milli
        if kind != LIMIT:
            if day.market_price != "protection":
                return 0
            reach = around // 50
            price = around + reach if side == BUY else around - reach
        else:
            away = self._draw.gauss(0.5, SPREAD_TICKS)
            price = around + int(-away if side == BUY else away) * tick
        return min(max(price // tick * tick, down), up)
