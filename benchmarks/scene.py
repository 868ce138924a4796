"""The stage of the counter's benchmarks: accounts, instruments, and the orders that clients send.

Everything comes from a seed, so that each round and each peer gets the same work.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from yunquan.counter import Driver
from yunquan.counter import types as c
from yunquan.counter.rules.reference import Reference, Session, session_key, session_now
from yunquan.market import load_rule_book
from yunquan.market.rules import day_phases, instrument_day
from yunquan.market.types import MARKETS, Instrument, InstrumentDay

DAY = "2026-07-13"
NOON_MS = 1_783_915_200_000
ACCOUNTS = 10_000
HELD_SYMBOLS = 4
WATCHED_SYMBOLS = 4
CASH_FEN = 5_000_000_000
HELD_SHARES = 1_000_000
GATEWAY = "counter-0"
MORNING_S = 11 * 3600
# Codes by market, board, first code and how many: about 300 instruments on all four boards.
LISTED = (
    ("SH", "main", 600000, 110),
    ("SZ", "main", 1, 80),
    ("SZ", "chinext", 300001, 60),
    ("SH", "star", 688001, 40),
    ("BJ", "bse", 920001, 10),
)
SECURITIES = (
    c.SecuritiesAccount("SH", "A000000001", designated=True),
    c.SecuritiesAccount("SZ", "0000000001", custody_unit="000001"),
)
PERMISSIONS = (("star", "chinext", "bse"), ("chinext",), ())


def instruments() -> dict[str, InstrumentDay]:
    """About 300 stocks of all boards with the rules of the day, priced from 3 to 300 CNY."""
    book, dice = load_rule_book(), Random(7)
    listed: dict[str, InstrumentDay] = {}
    for market, board, first, count in LISTED:
        for code in range(first, first + count):
            name = f"{code:06d}.{market}"
            stock = Instrument(name, market, board, name, name)
            listed[name] = instrument_day(book, stock, dice.randrange(300, 30_000) * 10, DAY)
    return listed


def sessions(listed: dict[str, InstrumentDay]) -> dict[str, Session]:
    """Continuous trading on all boards."""
    book = load_rule_book()
    return {
        session_key(day.market, day.board, day.product): session_now(
            day_phases(book, day.market, day.board, day.product, DAY), "continuous", MORNING_S
        )
        for day in listed.values()
    }


def reference(
    now_ms: int, listed: dict[str, InstrumentDay], open_sessions: dict[str, Session]
) -> Reference:
    """Continuous trading on all boards, all links up."""
    links = frozenset(MARKETS)
    return Reference(DAY, now_ms, listed, open_sessions, links, {}, {}, MORNING_S)


def account_number(index: int) -> str:
    return f"6{index:09d}"


def openings(accounts: int, listed: dict[str, InstrumentDay]) -> Iterator[Any]:
    """Commands that open the accounts with cash and a few holdings, then begin the day."""
    dice, symbols = Random(11), list(listed)
    for index in range(accounts):
        account, key = account_number(index), f"setup:{index}"
        allowed = PERMISSIONS[index % len(PERMISSIONS)]
        yield c.OpenAccount(
            f"{key}:open",
            account,
            f"cli_{index:07d}",
            "ordinary",
            "CNY",
            SECURITIES,
            allowed,
            "2036-01-01",
        )
        yield c.Deposit(f"{key}:cash", account, CASH_FEN, "simbank")
        for symbol in dice.sample(symbols, HELD_SYMBOLS):
            yield c.TransferIn(f"{key}:{symbol}", account, symbol, HELD_SHARES, "elsewhere")
    yield c.RollDay("setup:day", DAY)


class Clients:
    """Clients that send orders: 95 in 100 in order, the rest refused for various reasons.

    Each trades the few stocks it holds and as many that it watches; of four orders one sells.
    Quantities of 100 to 500 shares, prices on the passive half of the day's limits.
    """

    def __init__(self, accounts: int, listed: dict[str, InstrumentDay], seed: int = 13) -> None:
        self._dice = Random(seed)
        self._listed = list(listed.values())
        self._day = DAY
        self._numbers = itertools.count(1)
        self._accounts = [account_number(index) for index in range(accounts)]
        holdings, symbols = Random(11), list(listed)
        self._held = [
            [listed[symbol] for symbol in holdings.sample(symbols, HELD_SYMBOLS)]
            for _ in range(accounts)
        ]
        self._bought = [
            held + self._dice.sample(self._listed, WATCHED_SYMBOLS) for held in self._held
        ]
        for index, stocks in enumerate(self._bought):
            allowed = PERMISSIONS[index % len(PERMISSIONS)]
            stocks[:] = [day for day in stocks if not day.permission or day.permission in allowed]

    def places(self, count: int) -> list[c.PlaceOrder]:
        """The next `count` orders."""
        return [self._place() for _ in range(count)]

    def _place(self) -> c.PlaceOrder:
        dice = self._dice
        index = int(dice.random() * len(self._accounts))
        key = f"app:{next(self._numbers):012x}"
        buys = dice.random() >= 0.25 and self._bought[index]
        stocks = self._bought[index] if buys else self._held[index]
        day = stocks[int(dice.random() * len(stocks))]
        qty = 100 * (1 + int(dice.random() * 5)) if buys else 100
        return self._spoil(key, index, day, 1 if buys else 2, qty)

    def _spoil(self, key: str, index: int, day: InstrumentDay, side: int, qty: int) -> c.PlaceOrder:
        """The order, five times in a hundred with something that a check will find."""
        dice = self._dice
        tick = day.tick_milli
        ticks = (day.limit_up_milli - day.limit_down_milli) // tick
        # Buyers bid below the previous close and sellers ask above it, so accounts seldom meet
        # themselves.
        half = int(dice.random() * (ticks // 2))
        price = day.limit_down_milli + tick * (half if side == 1 else ticks - half)
        qty = max(qty, day.buy_min)
        chance = dice.random()
        if chance < 0.05:
            fault = int(chance * 100)
            if fault == 0:
                price = day.limit_up_milli + tick
            elif fault == 1:
                price += 1
            elif fault == 2:
                qty += 1_000_000_000
            elif fault == 3:
                return c.PlaceOrder(key, "6999999999", day.symbol, side, price, qty, self._day)
            else:
                return c.PlaceOrder(
                    key, self._accounts[index], "600999.XX", side, price, qty, self._day
                )
        return c.PlaceOrder(key, self._accounts[index], day.symbol, side, price, qty, self._day)


def set_stage(driver: Driver, accounts: int = ACCOUNTS) -> dict[str, InstrumentDay]:
    """Open the driver with funded accounts on a trading day; the day's instruments."""
    listed = instruments()
    open_sessions = sessions(listed)
    driver.reference_parts = lambda now_ms: reference(now_ms, listed, open_sessions)
    driver.open()
    for commands in in_batches(openings(accounts, listed), 5000):
        driver.process(commands)
    return listed


def in_batches(commands: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The commands in lists of `size`, the last one shorter."""
    source = iter(commands)
    while batch := list(itertools.islice(source, size)):
        yield batch


def settle_memory() -> None:
    """Treat the garbage collector as the counter's process does once it has loaded its accounts."""
    gc.collect()
    gc.freeze()
    gc.disable()
