"""Who owns what by the exchange's own record of fills, with fees worked out anew: what the counter
is compared with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from tests.sim.exchange_record import TheirOrder
from yunquan.counter import events as e
from yunquan.counter.rules.state import State

STAMP = Decimal("0.0005")
TRANSFER = Decimal("0.00001")
CAP, BEIJING_CAP, BEIJING_CAP_FROM = 500_000, 200_000, "2026-08-31"
# Codes of what may be sold on the day it is bought: bond, money, gold and overseas funds, bonds.
SAME_DAY = ("511", "518", "513", "113", "118", "019", "123", "127", "10")


class Plan(NamedTuple):
    """The firm's fees for a sort of security. taxed: stamp duty and transfer fee are due."""

    rate: Decimal
    floor_fen: int
    taxed: bool


SHARE = Plan(Decimal("0.00025"), 500, taxed=True)
FUND = Plan(Decimal("0.0001"), 10, taxed=False)
CONVERTIBLE = Plan(Decimal("0.00005"), 10, taxed=False)
TREASURY = Plan(Decimal("0.00001"), 10, taxed=False)


def plan_of(symbol: str) -> Plan:
    if symbol.startswith(("019", "10")):
        return TREASURY
    if symbol.startswith(("11", "12")):
        return CONVERTIBLE
    return FUND if symbol.startswith(("5", "15")) else SHARE


def turns_around(symbol: str) -> bool:
    return symbol.startswith(SAME_DAY)


@dataclass
class OurOrder:
    """An order as the log tells it. worth: what has traded, milli times shares. waited: it was kept
    for a later phase first.
    """

    account: str
    symbol: str
    side: int
    kind: str
    asked: int
    qty: int
    waited: bool = False
    routed: bool = False
    filled: int = 0
    cancelled: int = 0
    rejected: bool = False
    worth: int = 0
    amount: int = 0
    commission: int = 0
    unpaid: int = 0

    @property
    def decided(self) -> bool:
        return self.rejected or self.filled + self.cancelled == self.qty

    def is_the_same_as(self, theirs: TheirOrder) -> bool:
        """What went out is what was placed."""
        here = (self.symbol, "B" if self.side == 1 else "S", self.kind, self.asked, self.qty)
        return here == (theirs.symbol, theirs.side, theirs.kind, theirs.price, theirs.qty)


@dataclass
class Books:
    """Owned amounts by account and asset. The log says what was paid in and moved in; the exchange
    says what traded. stopped: scopes in which the firm takes no orders. warned: symbols whose
    buying has a daily cap. stamp, transfer: the rates of the day.
    """

    stamp: Decimal = STAMP
    transfer: Decimal = TRANSFER

    owned: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    known: dict[str, OurOrder] = field(default_factory=dict)
    sellable: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    numbers: dict[str, str] = field(default_factory=dict)
    warned: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    fills: int = 0
    waited: int = 0
    turned: int = 0
    day: str = ""
    _open: dict[str, OurOrder] = field(default_factory=dict)
    _next_report: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))
    _ahead: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _traded: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    _short: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _ordered: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def hear_all(self, events: Iterable[Any]) -> None:
        for event in events:
            self.hear(event)

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
            case e.EntriesBooked():
                self._hear_of_clearing(event)
            case e.TradingStopped():
                self.stopped.add(event.scope)
            case e.TradingResumed():
                self.stopped.remove(event.scope)
            case e.DayRolled():
                self.day = event.day
                self._ordered.clear()
            case _:
                self._hear_of_orders(event)

    def _hear_of_orders(self, event: Any) -> None:
        match event:
            case e.OrderPlaced():
                self._placed(event)
            case e.OrdersRouted():
                for name in event.orders:
                    order = self.known[name]
                    assert not self._is_stopped(order.symbol), f"{name} went out while stopped"
                    order.routed = True
                    self.waited += 1
            case e.OrderRejected():
                order = self.known[event.order]
                order.rejected = True
                self._give_back(order, order.qty)
            case e.OrderCancelled():
                order = self.known[event.order]
                order.cancelled += event.qty
                self._give_back(order, event.qty)
            case e.OrderFilled():
                self._check_charges(event)
            case _:
                pass

    def _hear_of_clearing(self, event: e.EntriesBooked) -> None:
        """Only what couldn't be paid at the fill is taken from a client; nothing is given."""
        for entry, unpaid in zip(event.entries, event.unpaid, strict=True):
            if ":" not in entry.account:
                assert event.kind in ("fee", "dues"), event
                assert entry.amount < 0, event
                self._short[entry.account] -= -entry.amount - unpaid
                assert self._short[entry.account] >= 0, event

    def _is_stopped(self, symbol: str) -> bool:
        return bool(self.stopped & {"all", symbol[-2:], symbol})

    def _placed(self, event: e.OrderPlaced) -> None:
        assert not self._is_stopped(event.symbol), f"{event} was taken while stopped"
        asked = event.price if event.asked < 0 else event.asked
        order = OurOrder(
            event.account, event.symbol, event.side, event.kind, asked, event.qty, event.state == 0
        )
        self.known[event.order] = self._open[event.order] = order
        if event.side == 1 and (cap := self._cap(event.symbol)):
            self._ordered[event.account, event.symbol] += event.qty
            ordered = self._ordered[event.account, event.symbol]
            assert ordered <= cap, f"{event}: {ordered} ordered and bought, the cap is {cap}"

    def _cap(self, symbol: str) -> int:
        """Shares of it that one account may buy today, 0 for any number."""
        if symbol not in self.warned:
            return 0
        if symbol.endswith("BJ"):
            return BEIJING_CAP if self.day >= BEIJING_CAP_FROM else 0
        main = symbol.startswith(("60", "00"))
        return CAP if main or self.day >= "2026-07-06" else 0

    def _give_back(self, order: OurOrder, qty: int) -> None:
        if order.side == 1:
            self._ordered[order.account, order.symbol] -= qty

    def _check_charges(self, fill: e.OrderFilled) -> None:
        """Fees worked out anew. What a penniless seller couldn't pay is still due from the next
        fill.
        """
        order, plan = self.known[fill.order], plan_of(fill.symbol)
        order.worth += fill.price * fill.qty
        amount = _fen(Decimal(order.worth) / 10) - order.amount
        order.filled += fill.qty
        order.amount += amount
        order.commission += fill.commission
        due = max(_fen(order.amount * plan.rate), plan.floor_fen)
        taxed = plan.taxed and fill.side != 1
        assert fill.amount == amount, fill
        assert fill.stamp == (_fen(amount * self.stamp) if taxed else 0), fill
        assert fill.transfer == (_fen(amount * self.transfer) if plan.taxed else 0), fill
        assert order.commission + fill.unpaid == due, f"{fill}: due {due}"
        assert fill.side != 1 or not fill.unpaid, fill
        self._short[fill.account] += fill.unpaid - order.unpaid
        order.unpaid = fill.unpaid

    def take_finished(self, today: str) -> Iterator[tuple[str, OurOrder]]:
        """The orders of the days before, once."""
        for name in [name for name in self._open if not name.startswith(today)]:
            yield name, self._open.pop(name)

    def take_new(
        self, gateway: str, reports: Iterable[dict[str, Any]], taken: int, ahead: set[int]
    ) -> list[dict[str, Any]]:
        """The reports to a gateway that the counter has taken since the last time: every one up to
        `taken`, and those ahead of a gap.
        """
        had = self._ahead[gateway]
        new = [
            report
            for report in reports
            if (report["index"] <= taken or report["index"] in ahead) and report["index"] not in had
        ]
        self._next_report[gateway] = taken + 1
        self._ahead[gateway] = ahead
        return new

    def next_report(self, gateway: str) -> int:
        return self._next_report[gateway]

    def book(self, reports: Iterable[dict[str, Any]], theirs: dict[str, TheirOrder]) -> None:
        """Book what the exchange reported as filled, in the order in which it happened."""
        bought: dict[tuple[str, str], int] = defaultdict(int)
        sold: dict[tuple[str, str], int] = defaultdict(int)
        day = ""
        for report in sorted(reports, key=lambda report: report["exec"]):
            if report["kind"] != "filled":
                continue
            if day and day < report["at"][:10]:
                # A midnight in between was not looked at: its commit was heard of by nobody.
                self._settle()
                bought.clear()
                sold.clear()
            day = report["at"][:10]
            order, qty = theirs[report["id"]], report["qty"]
            key = (self.numbers[order.account], order.symbol)
            self.fills += 1
            self._pay(report["id"], key[0], order, report["price_milli"] * qty)
            if order.side == "B":
                self.owned[key] += qty
                bought[key] += qty
                continue
            self.owned[key] -= qty
            sold[key] += qty
            if sold[key] > self.sellable[key]:
                self.turned += 1
            allowed = self.sellable[key] + (bought[key] if turns_around(order.symbol) else 0)
            assert sold[key] <= allowed, f"{key}: sold {sold[key]}, {allowed} were sellable"

    def _pay(self, name: str, account: str, order: TheirOrder, worth: int) -> None:
        """Cash of one fill, by the exchange's figures alone."""
        plan = plan_of(order.symbol)
        before, paid, charged = self._traded.get(name, (0, 0, 0))
        total = _fen(Decimal(before + worth) / 10)
        amount = total - paid
        commission = max(_fen(total * plan.rate), plan.floor_fen)
        self._traded[name] = (before + worth, total, commission)
        fees = commission - charged + (_fen(amount * self.transfer) if plan.taxed else 0)
        if order.side == "B":
            self.owned[account, "CNY"] -= amount + fees
        else:
            stamp = _fen(amount * self.stamp) if plan.taxed else 0
            self.owned[account, "CNY"] += amount - fees - stamp

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
        self._settle()

    def _settle(self) -> None:
        """What was bought may be sold from now on."""
        self.sellable.clear()
        self.sellable.update(self.owned)


def _fen(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
