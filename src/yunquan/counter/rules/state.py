"""What the counter holds in memory. Changed only by `apply`."""

from __future__ import annotations

import sys
from typing import Any, Final

from yunquan.counter.types import FeeRate, SecuritiesAccount
from yunquan.ledger.rules import Book, Books

UNSENT: Final = 0
SENDING: Final = 1
SENT: Final = 2
CANCELLING: Final = 3
PARTLY_CANCELLED: Final = 5
CANCELLED: Final = 6
PARTLY_FILLED: Final = 7
FILLED: Final = 8
REJECTED: Final = 9

# A bound of one order a minute and one of 999 look at no more orders than this.
MOST_LATELY: Final = 1_000

# Digits of an order's number within a day, at most.
LONGEST_NUMBER: Final = 12

BUY: Final = 1
SELL: Final = 2


class Fees:
    """Fee rates of an order in parts per 10^8, and the commission floor in fen. Shared by the
    orders that have the same.
    """

    __slots__ = ("commission_e8", "commission_min", "stamp_e8", "transfer_e8")

    def __init__(
        self, commission_e8: int, commission_min: int, stamp_e8: int, transfer_e8: int
    ) -> None:
        self.commission_e8: int = commission_e8
        self.commission_min: int = commission_min
        self.stamp_e8: int = stamp_e8
        self.transfer_e8: int = transfer_e8


class Order:
    """One order. frozen: what is still held for it (fen for a buy, shares for a sell). confirmed:
    the exchange's acceptance has come, which a fill may overtake. earlier: the place in the day's
    row of the same account's order before it, 0 for none. price: the worst it may trade at; asked:
    what its client named. worth: what has traded, in milli times shares: fills of a fund round to
    the fen together, not one by one.
    """

    __slots__ = (
        "account",
        "amount",
        "asked",
        "at_ms",
        "cancel_wanted",
        "cancelled",
        "cap",
        "clock_s",
        "commission",
        "confirmed",
        "digest",
        "earlier",
        "executions",
        "facts",
        "fees",
        "filled",
        "from_settling",
        "frozen",
        "gateway",
        "id",
        "kind",
        "open",
        "price",
        "qty",
        "reason",
        "side",
        "state",
        "symbol",
        "t0",
        "worth",
    )

    def __init__(
        self,
        id: str,
        digest: int,
        account: str,
        symbol: str,
        side: int,
        price: int,
        qty: int,
        state: int,
        at_ms: int,
    ) -> None:
        self.id: str = id
        self.digest: int = digest
        self.account: str = account
        self.symbol: str = symbol
        self.side: int = side
        self.price: int = price
        self.qty: int = qty
        self.state: int = state
        self.at_ms: int = at_ms
        self.fees: Fees | None = None
        self.frozen: int = 0
        self.from_settling: int = 0
        self.filled: int = 0
        self.cancelled: int = 0
        self.amount: int = 0
        self.commission: int = 0
        self.confirmed: bool = False
        self.cancel_wanted: bool = False
        self.open: bool = True
        self.earlier: int = 0
        self.executions: list[str] | None = None
        self.reason: str = ""
        self.facts: dict[str, int | str] | None = None
        self.kind: str = "limit"
        self.asked: int = price
        self.clock_s: int = 0
        self.gateway: str = ""
        self.t0: bool = False
        self.cap: int = 0
        self.worth: int = 0

    def remaining(self) -> int:
        """Shares that may still trade."""
        return self.qty - self.filled - self.cancelled


class Orders:
    """A day's orders by id. Ids are numbered, so the orders stand in a row: late in a day of a
    million, finding one costs what it cost in the morning.
    """

    __slots__ = ("_digits_from", "_row")

    def __init__(self, counter: str) -> None:
        self._digits_from: int = len("ord_20260713") + len(counter)
        self._row: list[Order] = []

    def add(self, order: Order) -> None:
        """The next order; its id ends with its place in the row, counted from one."""
        self._row.append(order)

    def get(self, id: str) -> Order | None:
        """The order with this id, or None; ids come from outside, so they may be anything."""
        digits = id[self._digits_from :]
        if not digits.isdecimal() or len(digits) > LONGEST_NUMBER:
            return None
        number = int(digits)
        if not 0 < number <= len(self._row):
            return None
        order = self._row[number - 1]
        return order if order.id == id else None

    def at(self, place: int) -> Order:
        """The order at this place in the row, counted from one."""
        return self._row[place - 1]

    def __getitem__(self, id: str) -> Order:
        order = self.get(id)
        if order is None:
            raise KeyError(id)
        return order

    def __contains__(self, id: str) -> bool:
        return self.get(id) is not None

    def __len__(self) -> int:
        return len(self._row)

    def values(self) -> list[Order]:
        """All of them, oldest first; not to be changed."""
        return self._row


class Account:
    """A cash account, who owns it and what it may do. book: its balances; markets: where its
    securities accounts let it trade; working: open orders by symbol; buys, sells: how many of them
    are open on either side; bought: shares bought or ordered today, of those that have a cap;
    plan, rates: its fee plan, commission in parts per 10^8 and its least by product; latest: place
    in the day's row of its last order, which leads to those before it; 0 for none. A place and
    not the order: to
    hold an order is to write to it, and late in a day it has left the caches. rights: shares of
    rights issues subscribed and the fen frozen for them, by action, until they are paid.
    """

    __slots__ = (
        "book",
        "bought",
        "buys",
        "client",
        "currency",
        "id",
        "id_expires_on",
        "judicial",
        "kind",
        "latest",
        "markets",
        "permissions",
        "plan",
        "rates",
        "restrictions",
        "rights",
        "securities",
        "sells",
        "working",
    )

    def __init__(self, id: str, client: str, kind: str, currency: str, book: Book) -> None:
        self.book: Book = book
        self.id: str = id
        self.client: str = client
        self.kind: str = kind
        self.currency: str = currency
        self.securities: tuple[SecuritiesAccount, ...] = ()
        self.markets: tuple[str, ...] = ()
        self.permissions: tuple[str, ...] = ()
        self.id_expires_on: str = ""
        self.judicial: str = ""
        self.restrictions: dict[str, str] | None = None
        self.working: dict[str, list[Order]] | None = None
        self.buys: int = 0
        self.sells: int = 0
        self.bought: dict[str, int] | None = None
        self.plan: str = ""
        self.rates: dict[str, tuple[int, int]] | None = None
        self.latest: int = 0
        self.rights: dict[str, tuple[int, int]] | None = None

    def begin(self, order: Order) -> None:
        """An order of this account is open from now on."""
        if order.side == BUY:
            self.buys += 1
        else:
            self.sells += 1
        working = self.working
        if working is None:
            self.working = {order.symbol: [order]}
            return
        orders = working.get(order.symbol)
        if orders is None:
            working[order.symbol] = [order]
        else:
            orders.append(order)

    def earmark(self, action: str, qty: int, fen: int) -> None:
        """Freeze more for a rights issue; nothing is left of one with no fen."""
        rights = self.rights
        if rights is None:
            rights = {}
            self.rights = rights
        before = rights.get(action, (0, 0))
        now = (before[0] + qty, before[1] + fen)
        if now[1] > 0:
            rights[action] = now
            return
        rights.pop(action, None)
        if not rights:
            self.rights = None

    def earmarked(self, action: str) -> int:
        """Fen frozen for a rights issue."""
        rights = self.rights
        return rights.get(action, (0, 0))[1] if rights is not None else 0

    def count_bought(self, symbol: str, qty: int) -> None:
        """Count shares towards their daily cap; negative when they were cancelled."""
        bought = self.bought
        if bought is None:
            bought = {}
            self.bought = bought
        bought[symbol] = bought.get(symbol, 0) + qty

    def end(self, order: Order) -> None:
        """An open order of this account is over."""
        if order.side == BUY:
            self.buys -= 1
        else:
            self.sells -= 1
        working = self.working
        assert working is not None
        orders = working[order.symbol]
        if len(orders) > 1:
            orders.remove(order)
        elif len(working) > 1:
            del working[order.symbol]
        else:
            self.working = None


class Outcome:
    """The first answer to a command that made no order, kept so that a repeat gets the same."""

    __slots__ = ("code", "digest", "facts", "order")

    def __init__(
        self, digest: int, code: str, facts: dict[str, int | str] | None, order: str
    ) -> None:
        self.digest: int = digest
        self.code: str = code
        self.facts: dict[str, int | str] | None = facts
        self.order: str = order


class ReportMark:
    """Which reports of a gateway were taken: every index below `next`, and those of `ahead`."""

    __slots__ = ("ahead", "next")

    def __init__(self, next: int = 1) -> None:
        self.next: int = next
        self.ahead: dict[int, bool] = {}

    def has(self, index: int) -> bool:
        return index < self.next or index in self.ahead

    def take(self, index: int) -> None:
        if index != self.next:
            self.ahead[index] = True
            return
        self.next += 1
        while self.next in self.ahead:
            del self.ahead[self.next]
            self.next += 1


class Stop:
    """Orders are not taken in some scope, or go out elsewhere, since a command of staff said so."""

    __slots__ = ("basis", "command", "notice_en", "notice_zh", "since_ms")

    def __init__(
        self, basis: str, notice_zh: str, notice_en: str, since_ms: int, command: str
    ) -> None:
        self.basis: str = basis
        self.notice_zh: str = notice_zh
        self.notice_en: str = notice_en
        self.since_ms: int = since_ms
        self.command: str = command


def by_id() -> dict[str, Any]:
    """An empty table whose look-ups leave the ids alone: among a million of them, touching those
    that merely stand in the way costs more than all the rest. A table that ever held another key
    than text keeps each key's hash beside it.
    """
    table: dict[Any, Any] = {0: None}
    del table[0]
    return table


class State:
    """Everything one counter knows. day: the trading day it is in, "" before the first. waiting:
    unsent orders, oldest first. day_ended: the day takes no orders any more. gateway: where new
    orders go out, "" the first one; changed: when and why that was decided.
    """

    __slots__ = (
        "accounts",
        "answered",
        "answered_before",
        "books",
        "changed",
        "day",
        "day_before",
        "day_ended",
        "gateway",
        "marks",
        "name",
        "open_orders",
        "orders",
        "orders_today",
        "plans",
        "schedules",
        "stops",
        "unmatched",
        "waiting",
        "words",
    )

    def __init__(self, name: str) -> None:
        self.name: str = name
        self.day: str = ""
        self.day_before: str = ""
        self.day_ended: bool = False
        self.orders_today: int = 0
        self.open_orders: int = 0
        self.unmatched: int = 0
        self.books: Books = Books()
        self.accounts: dict[str, Account] = {}
        self.orders: Orders = Orders(name)
        # Commands of today and of the trading day before, by id: a place leads to its order, the
        # others to an outcome.
        self.answered: dict[str, Order | Outcome] = by_id()
        self.answered_before: dict[str, Order | Outcome] = {}
        self.marks: dict[str, ReportMark] = {}
        self.waiting: dict[str, bool] = {}
        self.stops: dict[str, Stop] = {}
        self.gateway: str = ""
        self.changed: Stop | None = None
        self.schedules: dict[tuple[int, int, int, int], Fees] = {}
        self.plans: dict[tuple[FeeRate, ...], dict[str, tuple[int, int]]] = {}
        self.words: dict[tuple[str, ...], tuple[str, ...]] = {}

    def lately(self, account: Account, since_ms: int) -> int:
        """Orders placed since then that weren't rejected; of more than MOST_LATELY, those seen."""
        seen, count, place = 0, 0, account.latest
        while place:
            order = self.orders.at(place)
            if order.at_ms < since_ms:
                return count
            seen += 1
            if seen > MOST_LATELY:
                return seen
            count += 0 if order.state == REJECTED else 1
            place = order.earlier
        return count

    def mark(self, gateway: str) -> ReportMark:
        found = self.marks.get(gateway)
        if found is None:
            found = ReportMark()
            self.marks[gateway] = found
        return found

    def open(
        self,
        id: str,
        client: str,
        kind: str,
        currency: str,
        securities: tuple[SecuritiesAccount, ...],
        permissions: tuple[str, ...],
    ) -> Account:
        """A new account with an empty book. What repeats over a million accounts is kept once."""
        book = self.books.open(id, currency)
        account = Account(id, client, kind, currency, book)
        account.securities = securities
        account.markets = self._shared(tradable(securities))
        account.permissions = self._shared(permissions)
        self.accounts[id] = account
        return account

    def designate(self, account: Account, number: str) -> None:
        """Its account of this number trades through this firm from now on."""
        account.securities = tuple(
            SecuritiesAccount(one.market, number, True) if one.number == number else one
            for one in account.securities
        )
        account.markets = self._shared(tradable(account.securities))

    def _shared(self, words: tuple[str, ...]) -> tuple[str, ...]:
        return self.words.setdefault(words, words)

    def charge(self, account: Account, plan: str, rates: tuple[FeeRate, ...]) -> None:
        """Orders of this account pay by these rates; what many accounts share is kept once."""
        if not rates:
            account.plan, account.rates = "", None
            return
        found = self.plans.get(rates)
        if found is None:
            found = {one.product: (one.commission_e8, one.commission_min_fen) for one in rates}
            self.plans[rates] = found
        account.plan, account.rates = sys.intern(plan), found

    def fees(
        self, commission_e8: int, commission_min: int, stamp_e8: int, transfer_e8: int
    ) -> Fees:
        """The shared schedule with these rates."""
        key = (commission_e8, commission_min, stamp_e8, transfer_e8)
        found = self.schedules.get(key)
        if found is None:
            found = Fees(commission_e8, commission_min, stamp_e8, transfer_e8)
            self.schedules[key] = found
        return found


def tradable(securities: tuple[SecuritiesAccount, ...]) -> tuple[str, ...]:
    """Markets these accounts can trade at: Shanghai only through the firm an account is designated
    to (指定交易), Beijing with a Shenzhen account.
    """
    markets: list[str] = []
    for each in securities:
        if each.market == "SZ":
            markets += ["SZ", "BJ"]
        elif each.market != "SH" or each.designated:
            markets.append(each.market)
    return tuple(markets)
