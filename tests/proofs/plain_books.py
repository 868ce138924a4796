"""A second bookkeeping of clients' days, plain on purpose: lists, dicts and fractions.

Written from the rules reference (fees: section 2; T+1 and money: 1.8; client money: 4; dividends
and their tax: 12) and from what the firm tells its clients: its table of fees, that a buy uses
today's proceeds before settled cash, that what may round up is frozen with an order, when a day's
end books what is due on the next day, and the three ways statements reckon a cost. It shares no
line with what it is compared to. Amounts are fen, prices 0.001 CNY, quantities shares.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

SHARE, FUND, CONVERTIBLE = "share", "fund", "convertible"
STAMP, TRANSFER = Fraction(5, 10_000), Fraction(1, 100_000)
HOUSE = {
    SHARE: (Fraction(25, 100_000), 500),
    FUND: (Fraction(1, 10_000), 10),
    CONVERTIBLE: (Fraction(5, 100_000), 10),
}
SETTLED, UNSETTLED, FROZEN, HELD = range(4)
DAY_KINDS = {"dividend": "dividends", "dividend_tax": "dividend_tax", "fee": "commission"}


def half_up(amount: Fraction | int) -> int:
    """To the fen; of amounts that are not negative."""
    exact = Fraction(amount)
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def commission(worth: int, rate: Fraction, least: int) -> int:
    """Of everything an order has traded so far: at least the minimum, nothing for nothing."""
    return max(half_up(worth * rate), least) if worth else 0


def months_after(day: str, months: int) -> str:
    """The same date so many months on; a month without it ends on its last day."""
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).isoformat()


def percent(acquired: str, sold: str) -> int:
    """Tax on dividends by how long the share was held: a month, a year, longer."""
    if sold <= months_after(acquired, 1):
        return 20
    return 10 if sold <= months_after(acquired, 12) else 0


@dataclass
class Order:
    """worst: the worst price it may trade at. unsettled: how much of frozen came from today's
    proceeds. rate, least: as when placed.
    """

    symbol: str
    buys: bool
    worst: int
    qty: int
    frozen: int
    unsettled: int
    rate: Fraction
    least: int
    day: str
    filled: int = 0
    worth: int = 0
    commission: int = 0
    stamp: int = 0
    transfer: int = 0
    unpaid: int = 0
    open: bool = True

    @property
    def left(self) -> int:
        return self.qty - self.filled


@dataclass
class Gift:
    """A corporate action. cash, bonus, capital: per share held; listing: "" without new shares."""

    name: str
    symbol: str
    record: str
    pay: str = ""
    listing: str = ""
    cash: Fraction = Fraction(0)
    bonus: Fraction = Fraction(0)
    capital: Fraction = Fraction(0)
    capital_taxed: bool = False

    @property
    def taxable(self) -> Fraction:
        return self.cash + self.bonus + (self.capital if self.capital_taxed else 0)


@dataclass
class Client:
    """One client's books.

    own: rate and minimum of the fee plan, by the securities it names. cash, shares: four buckets
    each. lots: [acquired, shares, taxable incomes a share]. kept: cash movements (day, kind, fen).
    story: what happened to securities (day, what, symbol, shares, worth, fees). closing: by day,
    the buckets after everything that belongs to it. not_listed: by day, given shares among those
    that are sold only later. coming, going: transfers in doubt.
    """

    own: dict[str, tuple[Fraction, int]] = field(default_factory=dict)
    cash: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    shares: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0]))
    lots: dict[str, list[list[Any]]] = field(default_factory=lambda: defaultdict(list))
    orders: dict[str, Order] = field(default_factory=dict)
    kept: list[tuple[str, str, int]] = field(default_factory=list)
    story: list[tuple[str, str, str, int, int, int]] = field(default_factory=list)
    closing: dict[str, tuple[list[int], dict[str, list[int]]]] = field(default_factory=dict)
    not_listed: dict[str, dict[str, int]] = field(default_factory=dict)
    fills: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    taxes: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    owed: list[list[Any]] = field(default_factory=list)
    coming: list[int] = field(default_factory=list)
    going: list[int] = field(default_factory=list)


class PlainBooks:
    """kinds: of each security, share, fund or convertible; same_day: those sold on the day they
    are bought. day: to which what happens now belongs.
    """

    def __init__(self, kinds: dict[str, str], same_day: set[str], day: str) -> None:
        self.kinds = kinds
        self.same_day = same_day
        self.day = day
        self.clients: dict[str, Client] = {}
        self.gifts: list[Gift] = []
        self.due: list[dict[str, Any]] = []
        self.closes: dict[str, dict[str, int]] = {}

    # --- money and shares that come and go ---

    def pay_in(self, name: str, fen: int) -> None:
        self._move(self.clients[name], "deposit", fen)

    def may_pay_out(self, name: str, fen: int) -> bool:
        return fen <= self.clients[name].cash[SETTLED]

    def pay_out(self, name: str, fen: int) -> None:
        self._move(self.clients[name], "withdrawal", -fen)

    def _move(self, one: Client, kind: str, fen: int) -> None:
        one.cash[SETTLED] += fen
        one.kept.append((self.day, kind, fen))

    def bring(self, name: str, symbol: str, qty: int) -> None:
        """Shares from another broker: what they cost is unknown."""
        one = self.clients[name]
        one.shares[symbol][SETTLED] += qty
        one.lots[symbol].append([self.day, qty, []])
        one.story.append((self.day, "brought", symbol, qty, 0, 0))

    def hold(self, name: str, asset: str, amount: int) -> bool:
        """A court's freeze, or with a negative amount its end; whether there is so much."""
        one = self.clients[name]
        buckets = one.cash if asset == "CNY" else one.shares[asset]
        there = buckets[SETTLED] if amount > 0 else buckets[HELD]
        if abs(amount) > there:
            return False
        buckets[SETTLED] -= amount
        buckets[HELD] += amount
        return True

    # --- orders ---

    def rates(self, one: Client, symbol: str) -> tuple[Fraction, int]:
        """By the client's plan, or the firm's table."""
        return one.own.get(symbol) or HOUSE[self.kinds[symbol]]

    def place(self, name: str, key: str, symbol: str, buys: bool, worst: int, qty: int) -> bool:
        """Whether the client can pay for it, or has it to sell; if so, it is frozen."""
        one, kind = self.clients[name], self.kinds[symbol]
        rate, least = self.rates(one, symbol)
        order = Order(symbol, buys, worst, qty, qty, 0, rate, least, self.day)
        if buys:
            worth = half_up(Fraction(worst * qty, 10))
            # Of many fills each transfer fee may round up: twice the fee is never too little.
            spare = 2 * worth * TRANSFER if kind == SHARE else 0
            order.frozen = worth + commission(worth, rate, least) + int(spare)
            if order.frozen > one.cash[SETTLED] + one.cash[UNSETTLED]:
                return False
            order.unsettled = min(order.frozen, one.cash[UNSETTLED])
            one.cash[UNSETTLED] -= order.unsettled
            one.cash[SETTLED] -= order.frozen - order.unsettled
            one.cash[FROZEN] += order.frozen
        else:
            held = one.shares[symbol]
            if qty > held[SETTLED]:
                return False
            held[SETTLED] -= qty
            held[FROZEN] += qty
        one.orders[key] = order
        return True

    def fill(self, name: str, key: str, price: int, qty: int) -> None:
        """Amount, commission so far, and per trade transfer fee and, of a sale, stamp duty."""
        one = self.clients[name]
        order = one.orders[key]
        before, order.worth = half_up(Fraction(order.worth, 10)), order.worth + price * qty
        total = half_up(Fraction(order.worth, 10))
        amount = total - before
        taxed = self.kinds[order.symbol] == SHARE
        moved = half_up(amount * TRANSFER) if taxed else 0
        stamp = half_up(amount * STAMP) if taxed and not order.buys else 0
        due = commission(total, order.rate, order.least) - order.commission
        order.filled += qty
        if order.buys:
            self._bought(one, order, qty, amount + due + moved)
        else:
            due = self._sold(one, order, qty, amount - stamp - moved, due)
        order.commission += due
        order.stamp += stamp
        order.transfer += moved
        one.fills[self.day] += 1
        signed = -amount if order.buys else amount
        parts = ("bought" if order.buys else "sold", signed), ("commission", -due)
        for kind, fen in (*parts, ("transfer_fee", -moved), ("stamp", -stamp)):
            if fen:
                one.kept.append((self.day, kind, fen))
        what = "bought" if order.buys else "sold"
        one.story.append((self.day, what, order.symbol, qty, amount, due + moved + stamp))
        if not order.left:
            self._end(one, order)

    def _bought(self, one: Client, order: Order, qty: int, cost: int) -> None:
        one.cash[FROZEN] -= cost
        order.frozen -= cost
        order.unsettled = max(order.unsettled - cost, 0)
        bucket = SETTLED if order.symbol in self.same_day else UNSETTLED
        one.shares[order.symbol][bucket] += qty
        one.lots[order.symbol].append([self.day, qty, []])

    def _sold(self, one: Client, order: Order, qty: int, proceeds: int, due: int) -> int:
        """What of the commission could be paid: proceeds first, then settled cash."""
        one.shares[order.symbol][FROZEN] -= qty
        order.frozen -= qty
        one.cash[UNSETTLED] += proceeds
        paid = min(due, one.cash[UNSETTLED] + one.cash[SETTLED])
        order.unpaid = due - paid
        self._take(one, paid, (UNSETTLED, SETTLED))
        self._leave(one, order.symbol, qty)
        return paid

    def _leave(self, one: Client, symbol: str, qty: int) -> None:
        """First in, first out; the tax of what leaves is added up until the day ends."""
        while qty:
            lot = one.lots[symbol][0]
            part = min(qty, lot[1])
            for income in lot[2]:
                tax = part * income * percent(lot[0], self.day)  # CNY times percent: fen
                one.taxes[symbol] += tax
            lot[1] -= part
            qty -= part
            if not lot[1]:
                one.lots[symbol].pop(0)

    @staticmethod
    def _take(one: Client, fen: int, buckets: tuple[int, int]) -> int:
        """Take it from one bucket and then the other; what was there."""
        taken = 0
        for bucket in buckets:
            part = min(one.cash[bucket], fen - taken)
            one.cash[bucket] -= part
            taken += part
        return taken

    def end(self, name: str, key: str) -> None:
        """The rest is cancelled, or its day is over: what is frozen goes back where it was."""
        self._end(self.clients[name], self.clients[name].orders[key])

    def _end(self, one: Client, order: Order) -> None:
        order.open = False
        if order.buys:
            one.cash[FROZEN] -= order.frozen
            one.cash[UNSETTLED] += order.unsettled
            one.cash[SETTLED] += order.frozen - order.unsettled
        else:
            one.shares[order.symbol][FROZEN] -= order.frozen
            one.shares[order.symbol][SETTLED] += order.frozen
        order.frozen = order.unsettled = 0

    # --- days ---

    def close_day(self, following: str, closes: dict[str, int]) -> None:
        """Nothing is open any more; what happens from now on belongs to the following day."""
        self.closes[self.day] = closes
        for one in self.clients.values():
            for order in one.orders.values():
                if order.open:
                    self._end(one, order)
            held = {symbol: list(four) for symbol, four in one.shares.items()}
            one.closing[self.day] = (list(one.cash), held)
        self.day = following

    def clear(self, day: str, following: str) -> None:
        """What a day's end books: fees left unpaid, what is owed, gifts, and tax on dividends."""
        for name, one in self.clients.items():
            debts = [
                ["fee", order.unpaid]
                for order in one.orders.values()
                if order.day == day and order.unpaid
            ]
            older, one.owed = one.owed, []
            for kind, fen in [*debts, *(["dues", debt[1]] for debt in older)]:
                self._debit(one, day, kind, fen)
            self._record(name, one, day)
        self._give(day, following)
        for one in self.clients.values():
            for symbol, tax in one.taxes.items():
                if half_up(tax):
                    self._debit(one, day, "dividend_tax", half_up(tax), symbol)
            one.taxes.clear()

    def _debit(self, one: Client, day: str, kind: str, fen: int, symbol: str = "") -> None:
        """What the day's own cash covers is taken, the rest is owed: no later money pays it."""
        closing, before = one.closing[day][0], list(one.cash)
        covered = max(closing[SETTLED] + closing[UNSETTLED], 0)
        taken = self._take(one, min(fen, covered), (SETTLED, UNSETTLED))
        for bucket in (SETTLED, UNSETTLED):
            closing[bucket] += one.cash[bucket] - before[bucket]
        if closing[SETTLED] < 0:
            # It was taken once that day's proceeds had settled.
            closing[UNSETTLED] += closing[SETTLED]
            closing[SETTLED] = 0
        if taken:
            one.kept.append((day, kind, -taken))
            if symbol:
                one.story.append((day, "tax", symbol, 0, -taken, 0))
        if taken < fen:
            one.owed.append([kind, fen - taken])

    def _record(self, name: str, one: Client, day: str) -> None:
        for gift in self.gifts:
            held = sum(one.closing[day][1].get(gift.symbol, ()))
            if gift.record != day or not held:
                continue
            cash = half_up(held * gift.cash * 100)
            new = int(held * gift.bonus) + int(held * gift.capital)
            self.due.append({"gift": gift, "client": name, "cash": cash, "shares": new})
            for lot in one.lots[gift.symbol]:
                # Bought in the evening there is nothing, so every lot was held at the close.
                lot[2].append(gift.taxable)

    def _give(self, day: str, following: str) -> None:
        """Cash and shares that the following day begins with."""
        for due in self.due:
            gift, one = due["gift"], self.clients[due["client"]]
            cash, shares = one.closing[day]
            if due["cash"] and gift.pay <= following:
                one.cash[UNSETTLED] += due["cash"]
                cash[UNSETTLED] += due["cash"]
                one.kept.append((day, "dividend", due["cash"]))
                one.story.append((day, "dividend", gift.symbol, 0, due["cash"], 0))
                due["cash"] = 0
            if due["shares"] and gift.listing <= following:
                one.shares[gift.symbol][SETTLED] += due["shares"]
                shares.setdefault(gift.symbol, [0, 0, 0, 0])[SETTLED] += due["shares"]
                if gift.listing > day:
                    later = one.not_listed.setdefault(day, {})
                    later[gift.symbol] = later.get(gift.symbol, 0) + due["shares"]
                one.lots[gift.symbol].append([gift.listing, due["shares"], []])
                one.story.append((day, "bonus", gift.symbol, due["shares"], 0, 0))
                due["shares"] = 0

    def begin(self) -> None:
        """A day begins: what was bought may be sold, what was sold may be taken out."""
        for one in self.clients.values():
            for buckets in (one.cash, *one.shares.values()):
                buckets[SETTLED] += buckets[UNSETTLED]
                buckets[UNSETTLED] = 0
