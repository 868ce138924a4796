"""The market of the month: a security of every sort, prices by a seed, corporate actions."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction

from tests.proofs.plain_books import CONVERTIBLE, FUND, SHARE, Gift
from yunquan.actions import Action
from yunquan.bars.types import DayBar
from yunquan.counter.rules.reference import Session
from yunquan.market import load_rule_book
from yunquan.market.rules.instruments import instrument_day, judged_by_code
from yunquan.market.types import InstrumentDay, InstrumentNotice
from yunquan.quotes.types import Quote

RULES = load_rule_book()
CHENSHAN, HAIYUAN = "600519.SH", "000001.SZ"
# Prices of the first day, 0.001 CNY.
PRICES = {
    CHENSHAN: 125_000,
    "600000.SH": 7_350,
    HAIYUAN: 10_800,
    "688001.SH": 31_000,
    "300001.SZ": 18_500,
    "920002.BJ": 15_200,
    "510300.SH": 4_021,
    "518880.SH": 5_513,
    "511010.SH": 138_417,
    "113050.SH": 112_403,
    "123101.SZ": 104_777,
}
KINDS = {
    symbol: CONVERTIBLE if symbol.startswith("1") else FUND if symbol.startswith("5") else SHARE
    for symbol in PRICES
}
# Bond and gold funds, convertibles (rules reference, 1.8).
SAME_DAY = {"518880.SH", "511010.SH", "113050.SH", "123101.SZ"}
KINDS_OF_ORDERS = ("limit", "best5_cancel")
OPEN = Session("continuous", KINDS_OF_ORDERS, KINDS_OF_ORDERS, (), True)


def weekdays(first: str, last: str) -> list[str]:
    day, found = date.fromisoformat(first), list[str]()
    while day.isoformat() <= last:
        if day.weekday() < 5:
            found.append(day.isoformat())
        day += timedelta(days=1)
    return found


# Shares of each age are held when the month begins: more than a year, and more than a month.
BEFORE = ["2025-05-12", "2026-05-18"]
JULY = weekdays("2026-07-01", "2026-07-31")


def actions_of(days: list[str]) -> list[Action]:
    """A dividend with bonus shares, a dividend paid later, and taxed new shares alone, from the
    second, fourth and fifth day on."""
    made = (
        (CHENSHAN, 1, 0, 0, 25_911_000, 3_000_000, 0),
        (HAIYUAN, 3, 2, 1, 3_620_000, 0, 2_000_000),
        ("300001.SZ", 4, 0, 1, 0, 1_500_000, 4_000_000),
    )
    found = []
    for symbol, at, pays, lists, cash, bonus, capital in made:
        if at + 3 >= len(days):
            continue
        ex = days[at + 1]
        found.append(
            Action(
                f"{symbol}:{ex}",
                symbol,
                days[at],
                ex,
                days[at + 1 + pays] if cash else "",
                days[at + 1 + lists] if bonus or capital else "",
                cash,
                bonus,
                capital,
                from_premium=symbol != "300001.SZ",
            )
        )
    return found


def gift_of(action: Action) -> Gift:
    """The same in the plain books' words."""
    cash, bonus, capital = (
        Fraction(part, 10**7) for part in (action.cash_e6, action.bonus_e6, action.capital_e6)
    )
    days = (action.record_day, action.pay_day, action.listing_day)
    taxed = not action.from_premium
    return Gift(action.id, action.symbol, *days, cash, bonus, capital, taxed)


class Market:
    """Last prices and closes. An ex day begins at the reference price after what was given."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(f"{seed}:market")
        self.last = dict(PRICES)
        self.before = dict(PRICES)
        self._seq = 0

    def tick(self, symbol: str) -> int:
        return 10 if KINDS[symbol] == SHARE else 1

    def begin(self, ex: list[Action]) -> None:
        self.before = dict(self.last)
        for action in ex:
            cash, new = action.cash_e6 // 10_000, action.bonus_e6 + action.capital_e6
            price = (self.before[action.symbol] - cash) * 10**7 // (10**7 + new)
            self.before[action.symbol] = self.last[action.symbol] = price // 10 * 10

    def move(self) -> None:
        """Some of the way of the day; never near its limits."""
        for symbol, before in self.before.items():
            tick = self.tick(symbol)
            to = before * self.chance.randrange(965, 1_036) // 1_000
            self.last[symbol] = max(to // tick * tick, tick)

    def instruments(self, day: str) -> dict[str, InstrumentDay]:
        return {
            symbol: instrument_day(RULES, judged_by_code(symbol), before, day)
            for symbol, before in self.before.items()
        }

    def notices(self, day: str) -> list[InstrumentNotice]:
        found = []
        for symbol, one in self.instruments(day).items():
            bounds = (one.prev_close_milli, one.limit_up_milli, one.limit_down_milli)
            named = judged_by_code(symbol)
            found.append(InstrumentNotice(named, day, *bounds, halted=False))
        return found

    def quotes(self, day: str) -> list[Quote]:
        found = []
        for symbol, last in self.last.items():
            self._seq += 1
            tick = self.tick(symbol)
            bids = tuple((last - tick * step, 400 * step) for step in range(1, 6))
            asks = tuple((last + tick * step, 400 * step) for step in range(1, 6))
            at, before = f"{day}T10:00:00.000+08:00", self.before[symbol]
            prices = (last, before, before, last, last)
            found.append(Quote(symbol, self._seq, at, *prices, 10_000, 10**8, bids, asks))
        return found

    def bars(self, day: str) -> list[DayBar]:
        return [
            DayBar(symbol, day, last, last, last, last, 100, 100, "simulated", False)
            for symbol, last in self.last.items()
        ]
