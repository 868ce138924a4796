"""A month of clients' days through the real rooms, told to the plain books as it happens.

The counter, funding with three banks that fail, fee plans with their approvals, the day end's
steps, corporate actions: all as they are. What the plain books hear is what was asked and what the
outside world did: fills of the exchange, the banks' own doings, notices of issuers. What an order
may cost, who can sell and who can take money out they say first, and the counter must agree.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.actions.desks import announce
from tests.clearing.office import clear, office_of
from tests.counter.desk import BOTH_MARKETS, BUY, SELL, Desk
from tests.funding.conftest import (
    CHEAP,
    CLIENT,
    FIRM,
    HOLDER,
    TERMS,
    Fate,
    FaultyBank,
    without_sync,
)
from tests.proofs.month_market import (
    JULY,
    KINDS,
    OPEN,
    RULES,
    SAME_DAY,
    Market,
    actions_of,
    gift_of,
)
from tests.proofs.plain_books import Client, PlainBooks
from yunquan.actions import DayActions, load_tax_rates
from yunquan.app.locale import catalogue
from yunquan.approvals import ApprovalQueue
from yunquan.bars import record_day_bars
from yunquan.counter import Counters, DirectClient, Journal
from yunquan.counter import types as c
from yunquan.counter.adapters.snapshots import SnapshotFiles
from yunquan.counter.events import codec
from yunquan.counter.rules.reference import session_key
from yunquan.custody import Custody, take_files
from yunquan.desk.service.accounts import Accounts
from yunquan.funding import Funding, bind, pay_in, pay_out
from yunquan.history.readers import PROJECTION
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import Database
from yunquan.kernel.zone import MARKET_ZONE
from yunquan.market import record_trading_days
from yunquan.market.types import MarketStatus
from yunquan.quotes import QuoteBoard
from yunquan.rights import DayRights
from yunquan.security import Argon2Passwords
from yunquan.statements import Statements, TypstPrinter
from yunquan.tariffs import Tariffs
from yunquan.tariffs.types import NewPlanVersion, PlanRate
from yunquan_world.bank_habits import Habits

BANKS = (
    Habits("simbank", "", "", password_in=False),
    Habits("yanpu", "", "", fee_fen=100, password_in=False, single_fen=50_000_000),
    Habits("qimei", "", "", fee_fen=200, client_pays=True, password_in=False, password_out=False),
)
FAULTS = ("", "", "", "", "lost", "away", "down", "twice", "refused")
BANK_FEN = 10_000_000_000
PERMISSIONS = ("star", "chinext", "bse", "convertible")
# A plan from a day on: commission in parts per 10^8 and the least in fen, of each product.
PLANS = (
    {"stock": (15_000, 100), "etf": (8_000, 0), "convertible": (4_500, 5)},
    {"stock": (18_300, 300), "etf": (9_000, 5), "convertible": (4_500, 0)},
)


@dataclass
class Doubt:
    """A transfer whose answer was lost. done: whether the bank did it."""

    client: str
    way: str
    fen: int
    done: bool


class Month:
    """days: trading days in order. how_many: clients."""

    def __init__(
        self, database: Database, folder: Path, days: list[str], how_many: int, seed: int
    ) -> None:
        clock = database.clock
        assert isinstance(clock, ManualClock)
        self.clock = clock
        self.chance = random.Random(seed)
        self.database = without_sync(database)
        self.days = days
        self.market = Market(seed)
        self.loop = asyncio.new_event_loop()
        self.desk = Desk(Journal(database, "0"), SnapshotFiles(folder / "snapshots"), clock)
        self.books = PlainBooks(KINDS, SAME_DAY, days[0])
        self.acting = DayRights(DayActions(load_tax_rates()))
        self.office = office_of(database, folder, {"0": self.desk}, self.acting)
        self.actions = actions_of([day for day in days if day >= JULY[0]])
        self.books.gifts = [gift_of(one) for one in self.actions]
        self.names = [f"61{number:08d}" for number in range(1, how_many + 1)]
        self.wrong_answers: list[str] = []
        self.counted: dict[str, int] = {}
        self.doubts: list[Doubt] = []
        self.bank_fen: dict[str, int] = {}
        self._keys = 0
        self._open_firm(folder)
        self._open_clients()

    def _open_firm(self, folder: Path) -> None:
        self.board = QuoteBoard(self.clock)
        counters = Counters([DirectClient(self.desk.driver)])
        fate, texts = Fate(), catalogue()
        self.banks = {one.code: FaultyBank(fate, folder, one) for one in BANKS}
        passwords = Argon2Passwords(CHEAP)
        parts = (self.database, counters, dict(self.banks), self.clock, passwords, TERMS)
        self.funding = Funding(*parts)
        self.custody = Custody(self.funding, texts)
        self.accounts = Accounts(self.database, counters, self.board, texts, self.clock)
        printer = TypstPrinter()
        firm = (self.database, counters, self.board, RULES, texts, self.clock, printer)
        self.statements = Statements(*firm, simulated=True)
        plans = (self.database, counters, texts, self.clock, RULES)
        self.tariffs = Tariffs(*plans, lambda: self.desk.day)
        self.queue = ApprovalQueue(self.database, texts, self.clock, (self.tariffs,))
        with self.database.transaction() as tx:
            record_trading_days(tx, [*self.days, self._after(self.days[-1])])
            announce(tx, *self.actions)

    def _open_clients(self) -> None:
        self.now(self.days[0])
        for bank in self.banks.values():
            bank.vault.begin_day(self.days[0])
        self._begin_day(self.days[0])
        for name in self.names:
            self.books.clients[name] = Client()
            self.desk.open_account(
                name, client=CLIENT, permissions=PERMISSIONS, securities=BOTH_MARKETS
            )
            code, card = self.bank_of(name), f"6222{name}"
            with self.database.transaction() as tx:
                bind(tx, name, card, HOLDER, code)
            self.banks[code].open(card, HOLDER, BANK_FEN)
            self.bank_fen[name] = BANK_FEN

    def bank_of(self, name: str) -> str:
        return BANKS[int(name) % len(BANKS)].code

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def count(self, what: str) -> None:
        self.counted[what] = self.counted.get(what, 0) + 1

    def key(self) -> str:
        self._keys += 1
        return f"month:{self._keys}"

    def now(self, day: str, hour: int = 10) -> None:
        """Set the clock to an hour of a day in Shanghai."""
        then = datetime.fromisoformat(day).replace(hour=hour, tzinfo=MARKET_ZONE)
        self.clock.advance((then - self.clock.now()).total_seconds())

    def following(self, day: str) -> str:
        at = self.days.index(day) + 1
        return self.days[at] if at < len(self.days) else self._after(day)

    @staticmethod
    def _after(day: str) -> str:
        found = datetime.fromisoformat(day) + timedelta(days=1)
        while found.weekday() > 4:
            found += timedelta(days=1)
        return found.date().isoformat()

    # --- a day ---

    def play(self, day: str) -> None:
        """Everything up to the day's end, without clearing it."""
        if self.desk.day != day:
            self.begin(day)
        if day == self.days[0]:
            self._endow()
        if self.chance.random() < 0.3:
            self._take_files()
        self._change_plans(day)
        for _ in range(4):
            self.market.move()
            self._hear(day)
            self._trade()
            self._others()
            self.clock.advance(600)

    def close(self, day: str) -> None:
        """The exchange and the banks end the day; in the evening some pay in still."""
        following = self.following(day)
        for bank in self.banks.values():
            bank.end_day(following)
        if self.chance.random() < 0.4:
            self._take_files()
        closes = dict(self.market.last)
        with self.database.transaction() as tx:
            record_day_bars(tx, self.market.bars(day))
        assert self.desk.one(c.CloseDay(f"system:close:{day}", day)).accepted
        self.books.close_day(following, closes)
        for name in self.chance.sample(self.names, len(self.names) // 10):
            if self.bank_of(name) == "simbank":
                self.pay(name, "in", self.chance.randrange(1, 1_000_000), "")
        if self.chance.random() < 0.5:
            self._take_files()

    def clear(self, day: str) -> None:
        """The day end's steps."""
        clear(self.office, day)
        self.books.clear(day, self._after(day))

    def catch_up(self) -> None:
        """History hears everything."""
        catch_up(PROJECTION, "counter-0", self.database, self.database, codec())

    def begin(self, day: str) -> None:
        """A day begins, for the exchange, the counter and the plain books."""
        self.now(day)
        self._begin_day(day)
        self.books.begin()

    def _begin_day(self, day: str) -> None:
        self.market.begin([one for one in self.actions if one.ex_day == day])
        self.desk.instruments = self.market.instruments(day)
        self.desk.sessions = {
            session_key(one.market, one.board, one.product): OPEN
            for one in self.desk.instruments.values()
        }
        self.desk.begin(day)
        for notice in self.market.notices(day):
            self.board.on_instrument(notice)
        self._hear(day)

    def _hear(self, day: str) -> None:
        self.board.on_heard()
        self.board.on_market(MarketStatus(day, "10:00:00", "continuous", 10.0))
        for quote in self.market.quotes(day):
            self.board.on_quote(quote)

    def _endow(self) -> None:
        """What clients have when the story begins: money, and shares from elsewhere."""
        for name in self.names:
            self.pay(name, "in", self.chance.randrange(100_000, 19_000_000), "")
            for symbol in self.chance.sample(sorted(KINDS), 3):
                self._bring(name, symbol)

    def _bring(self, name: str, symbol: str) -> None:
        qty = self.chance.choice((100, 230, 500, 1_000, 2_000))
        self.desk.give(symbol, qty, name)
        self.books.bring(name, symbol, qty)

    # --- fee plans ---

    def _change_plans(self, day: str) -> None:
        """On the second day half of the clients get a plan; later it changes, then some lose it."""
        number = self.days.index(day)
        middle, last = len(self.days) // 2, len(self.days) * 3 // 4
        if number == 1:
            self._plan(day, 0)
            self._plan(self.days[middle], 1)
            for name in self.names[::2]:
                self._assign(name, "active", PLANS[0])
        if number == middle:
            told = self.run(self.tariffs.bring_in_line())
            assert told == len(self.names[::2]), told
            for name in self.names[::2]:
                self._pays(name, PLANS[1])
        if number == last:
            for name in self.names[::4]:
                self._assign(name, "house", {})

    def _plan(self, effective: str, version: int) -> None:
        rates = tuple(PlanRate(product, *rate) for product, rate in PLANS[version].items())
        wish = NewPlanVersion("active", "活跃客户", "Active", effective, rates)
        made = self.tariffs.propose_version("staff:ann", self.key(), wish, "decision 7")
        self.run(self.queue.agree("staff:bob", str(made.id), "en"))

    def _assign(self, name: str, plan: str, rates: dict[str, tuple[int, int]]) -> None:
        wish = (self.key(), name, plan, "contract 12")
        made = self.run(self.tariffs.propose_assignment("staff:ann", *wish))
        self.run(self.queue.agree("staff:bob", str(made.id), "en"))
        self._pays(name, rates)
        self.count("plans")

    def _pays(self, name: str, rates: dict[str, tuple[int, int]]) -> None:
        """Gold and bond funds are products of their own, which the plan doesn't name."""
        self.books.clients[name].own = {
            symbol: (Fraction(rate, 10**8), least)
            for product, (rate, least) in rates.items()
            for symbol in KINDS
            if self.desk.instruments[symbol].product == product
        }

    # --- money ---

    def pay(self, name: str, way: str, fen: int, fault: str) -> None:
        """A transfer of the client's, during which the bank fails in some way."""
        bank, books = self.banks[self.bank_of(name)], self.books
        asks = way == "in" or books.may_pay_out(name, fen)
        bank.faults, bank.refuses = [fault] if fault != "refused" else [], fault == "refused"
        verb = pay_in if way == "in" else pay_out
        made = self.run(verb(self.funding, CLIENT, self.key(), name, fen))
        bank.faults, bank.refuses = [], False
        self.count(f"{way} {fault or 'done'}" if asks else "out refused here")
        if not asks:
            self._expect(
                made.code == "withdrawal.unsettled_cash" or "withdrawal" in made.code, name
            )
            return
        done = fault in ("", "twice", "lost")
        if way == "out":
            books.pay_out(name, fen)
        if done:
            self._at_bank(name, way, fen)
        if fault in ("lost", "away"):
            self.doubts.append(Doubt(name, way, fen, done))
            one = books.clients[name]
            (one.coming if way == "in" else one.going).append(fen)
        elif done == (way == "in"):
            books.pay_in(name, fen)  # what came, or what is given back

    def _at_bank(self, name: str, way: str, fen: int) -> None:
        habits = next(one for one in BANKS if one.code == self.bank_of(name))
        fee = habits.fee_fen if habits.client_pays else 0
        self.bank_fen[name] += (-fen if way == "in" else fen) - fee

    def end_doubts(self) -> None:
        """The last files are taken."""
        self._take_files()
        assert self.doubts == []

    def _take_files(self) -> None:
        """Only what a file of a day that is over says ends a doubt."""
        if not self.run(take_files(self.funding, FIRM)):
            return
        kept, self.doubts = self.doubts, []
        for doubt in kept:
            one = self.books.clients[doubt.client]
            (one.coming if doubt.way == "in" else one.going).remove(doubt.fen)
            if doubt.done == (doubt.way == "in"):
                self.books.pay_in(doubt.client, doubt.fen)
        self.count("bank files")

    def _others(self) -> None:
        """Transfers, shares from elsewhere, courts."""
        chance = self.chance
        for name in self.names:
            one = self.books.clients[name]
            luck = chance.random()
            if luck < 0.08:
                self.pay(name, "in", chance.randrange(1, 3_000_000), chance.choice(FAULTS))
            elif luck < 0.16:
                most = max(one.cash[0] + one.cash[1], 2)
                fen = chance.choice((chance.randrange(1, most), one.cash[0] or 1, most))
                self.pay(name, "out", min(fen, 19_000_000), chance.choice(FAULTS))
            elif luck < 0.18:
                self._bring(name, chance.choice(sorted(KINDS)))
            elif luck < 0.21:
                self._court(name)

    def _court(self, name: str) -> None:
        one = self.books.clients[name]
        asset = self.chance.choice(("CNY", *sorted(one.shares)))
        held = one.cash if asset == "CNY" else one.shares[asset]
        amount = -held[3] if held[3] else held[0] // 3
        if not amount:
            return
        kind = c.Freeze if amount > 0 else c.Unfreeze
        answer = self.desk.one(kind(self.key(), name, asset, abs(amount), "case 7"))
        self._expect(answer.accepted == self.books.hold(name, asset, amount), name)
        self.count("held by a court" if amount > 0 else "held no more")

    # --- orders ---

    def _trade(self) -> None:
        """Some of the clients each place an order, and of all open ones some trade or are taken
        back."""
        wishes = [
            wish
            for name in self.names
            if self.chance.random() < 0.45 and (wish := self._wish(name)) is not None
        ]
        placed = self.desk.do(*[command for command, _ in wishes]) if wishes else []
        reports: list[Any] = []
        for (command, worst), answer in zip(wishes, placed, strict=True):
            terms = (command.account, answer.order, command.symbol)
            expected = self.books.place(*terms, command.side == BUY, worst, command.qty)
            self._expect(answer.accepted == expected, f"{command} {answer}")
            self.count("orders" if answer.accepted else f"refused {answer.code}")
            if answer.accepted and expected:
                reports.append(self._report("accepted", answer.order))
                at_once = command.kind != "limit"
                reports += self._happens(command.account, answer.order, at_once)
        for name in self.names:
            for key, order in self.books.clients[name].orders.items():
                if order.open and order.day == self.books.day and self.chance.random() < 0.3:
                    reports += self._happens(name, key, at_once=self.chance.random() < 0.3)
        if reports:
            self.desk.do(*reports)

    def _wish(self, name: str) -> tuple[Any, int] | None:
        """An order as its client wants it, and its worst price."""
        chance, one = self.chance, self.books.clients[name]
        held = [symbol for symbol, four in one.shares.items() if four[0] + four[1]]
        side = SELL if held and chance.random() < 0.5 else BUY
        symbol = chance.choice(sorted(held) if side == SELL else sorted(KINDS))
        if any(order.open and order.symbol == symbol for order in one.orders.values()):
            return None  # it might meet the client's own
        terms = self.desk.instruments[symbol]
        last, tick = self.market.last[symbol], terms.tick_milli
        price = last + tick * chance.randrange(-8, 9)
        qty = terms.buy_min + terms.buy_step * chance.choice((0, 0, 1, 2, 5, 20))
        if side == SELL:
            there = one.shares[symbol][0]
            whole = there < terms.lot or chance.random() < 0.2
            if whole and there:
                qty = there
        kind, worst = "limit", price
        if "best5_cancel" in terms.kinds and chance.random() < 0.15:
            kind = "best5_cancel"
            if terms.market_price == "limit_up":
                price = 0
                worst = terms.limit_up_milli if side == BUY else terms.limit_down_milli
        asked = (name, symbol, side, price, qty, self.desk.state.day, kind)
        return c.PlaceOrder(self.key(), *asked), worst

    def _happens(self, name: str, key: str, at_once: bool) -> list[Any]:
        """What the exchange does with an order now. at_once: what doesn't trade is cancelled."""
        chance, order = self.chance, self.books.clients[name].orders[key]
        found: list[Any] = []
        while order.left and chance.random() < 0.6:
            step = self.desk.instruments[order.symbol].buy_step
            part = min(order.left, max(chance.randrange(1, 5) * step, order.qty // 4))
            price = self._trade_price(order)
            self.books.fill(name, key, price, part)
            found.append(self._report("filled", key, price, part))
            self.count("fills")
        if order.left and at_once:
            if chance.random() < 0.5:
                self.desk.one(c.CancelOrder(self.key(), name, key))
            found.append(self._report("cancelled", key, qty=order.left))
            self.books.end(name, key)
            self.count("cancelled")
        return found

    def _trade_price(self, order: Any) -> int:
        """At its price or better, never outside the day's limits."""
        terms = self.desk.instruments[order.symbol]
        last, tick = self.market.last[order.symbol], terms.tick_milli
        better = tick * self.chance.randrange(0, 6)
        if order.buys:
            return max(min(order.worst, last) - better, terms.limit_down_milli)
        return min(max(order.worst, last) + better, terms.limit_up_milli)

    def _report(self, kind: str, order: str, price: int = 0, qty: int = 0) -> Any:
        self.desk.index += 1
        index, execution = self.desk.index, f"E{self.desk.index}" if kind == "filled" else ""
        told = (index, kind, order, execution, price, qty, "", "")
        return c.VenueReport(f"counter-0:{index}", "counter-0", *told)

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong_answers.append(f"{self.books.day}: {what}")
