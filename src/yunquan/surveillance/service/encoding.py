"""Facts of the log and ticks of the tape become rows of the kernel.

Accounts, instruments and devices get numbers in the order in which the stream first names them, so
that a replay gives the same. What an event lacks of its order (price, age) is remembered here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

import msgspec
import numpy as np

from yunquan.clients.events import ClientRegistered
from yunquan.counter import events as counter
from yunquan.indicators.types import EVENT, Kind, Rows
from yunquan.quotes.types import QuoteTick, TradeTick
from yunquan.security.events import LoggedIn, LoginFailed
from yunquan.surveillance.types import Unreadable

Limits = Callable[[str, str], tuple[int, int, int]]
# A row of EVENT as bytes, its fields in their order.
ROW: Final = struct.Struct("<9q6iBbH")
assert ROW.size == EVENT.itemsize
# Prices, shares and fen from here on are nobody's: sums of such would be exact no more.
ABSURD: Final = 1 << 53
# Executions remembered, to see both sides of one: the second comes within seconds.
EXECUTIONS: Final = 20_000
BUY: Final = 1
# Everything that is watched; most events aren't.
KNOWN: Final = frozenset(
    {
        ClientRegistered,
        counter.AccountOpened,
        counter.OrderPlaced,
        counter.OrderRefused,
        counter.OrderRejected,
        counter.OrderFilled,
        counter.OrderCancelled,
        counter.CashMoved,
        LoggedIn,
        LoginFailed,
        QuoteTick,
        TradeTick,
        Unreadable,
    }
)
# The side of a login: from a device that is new to its account.
NEW_DEVICE: Final = 1
# The side of a quote: of an index. What is told in place of its limits, which it hasn't.
INDEX: Final = 1
UNLIMITED: Final = -1


class OpenOrder(msgspec.Struct, array_like=True):
    """What is remembered of an order in the market."""

    account: int
    symbol: int
    side: int
    price: int
    placed_ms: int


class StreamMemory(msgspec.Struct):
    """All that encoding remembers, as it goes into a snapshot.

    accounts, symbols, devices: number by name. clients: of an account; accounts_of, device_of: of a
    client, by its latest login; client_of: of who logs in. group_of: by account, the least number
    it shares a device with. day_of: the trading day whose limits an instrument was told. indices:
    instruments that are one. volume: of an instrument's last tick, shares and fen so far.
    """

    accounts: dict[str, int] = {}
    symbols: dict[str, int] = {}
    devices: dict[str, int] = {}
    clients: dict[str, str] = {}
    accounts_of: dict[str, list[int]] = {}
    client_of: dict[str, str] = {}
    device_of: dict[str, int] = {}
    users_of: dict[int, list[int]] = {}
    group_of: dict[int, int] = {}
    orders: dict[str, OpenOrder] = {}
    executions: dict[str, tuple[int, int, int]] = {}
    day_of: dict[int, str] = {}
    indices: set[int] = set()
    volume: dict[int, tuple[int, int]] = {}
    minute: int = 0


class Encoder:
    """limits: close before, upper and lower limit of a symbol on a day, in milli; 0 for none,
    UNLIMITED of an index.
    """

    def __init__(self, limits: Limits, memory: StreamMemory | None = None) -> None:
        self.memory = memory or StreamMemory()
        self._limits = limits
        self._names: dict[str, list[str]] = {"accounts": [], "symbols": [], "devices": []}
        self._rows = bytearray()
        self._by_kind: dict[type, Callable[[Any, int], None]] = {
            ClientRegistered: self._client_registered,
            counter.AccountOpened: self._account_opened,
            counter.OrderPlaced: self._placed,
            counter.OrderRefused: self._refused,
            counter.OrderRejected: self._rejected,
            counter.OrderFilled: self._filled,
            counter.OrderCancelled: self._cancelled,
            counter.CashMoved: self._cash_moved,
            LoggedIn: self._logged_in,
            LoginFailed: self._login_failed,
            QuoteTick: self._quoted,
            TradeTick: self._traded,
        }

    def put(self, event: Any, at_ms: int) -> None:
        """One event or tick. Raises OverflowError, ValueError or struct.error for numbers that
        can't be meant.
        """
        if act := self._by_kind.get(type(event)):
            act(event, at_ms)

    def rows(self, first_seq: int) -> Rows:
        """What was put since the last call, numbered from `first_seq` on."""
        made = np.frombuffer(self._rows, EVENT)
        made["seq"] = np.arange(first_seq, first_seq + len(made))
        self._rows = bytearray()
        return made

    def name_of(self, what: str, number: int) -> str:
        """The name behind a number; what: accounts, symbols or devices. "" for -1."""
        if number < 0:
            return ""
        names, known = self._names[what], getattr(self.memory, what)
        if len(names) < len(known):
            # Numbers follow the order in which names came, which a dict keeps.
            names.extend(list(known)[len(names) :])
        return names[number]

    # --- numbers

    def _account(self, name: str) -> int:
        return self.memory.accounts.setdefault(name, len(self.memory.accounts))

    def _symbol(self, name: str) -> int:
        return self.memory.symbols.setdefault(name, len(self.memory.symbols))

    def _device(self, name: str) -> int:
        return self.memory.devices.setdefault(name, len(self.memory.devices)) if name else -1

    def _device_of(self, account: str) -> int:
        return self.memory.device_of.get(self.memory.clients.get(account, ""), -1)

    def _row(
        self,
        kind: Kind,
        at_ms: int,
        account: int = -1,
        symbol: int = -1,
        side: int = 0,
        price: int = 0,
        qty: int = 0,
        amount: int = 0,
        told: tuple[int, int, int, int] = (0, 0, 0, 0),
        age: int = 0,
        other: int = -1,
        device: int = -1,
    ) -> None:
        if max(abs(price), abs(qty), abs(amount)) >= ABSURD:
            raise ValueError(f"price {price}, quantity {qty}, amount {amount}")
        memory = self.memory
        group = memory.group_of.get(account, -1)
        who = (account, symbol, other, device, group, kind, side, memory.minute)
        self._rows += ROW.pack(at_ms, 0, price, qty, amount, *told, min(age, 2**31 - 1), *who)

    # --- the counter

    def _client_registered(self, event: ClientRegistered, at_ms: int) -> None:
        del at_ms
        self.memory.client_of[event.principal] = event.client

    def _account_opened(self, event: counter.AccountOpened, at_ms: int) -> None:
        del at_ms
        account = self._account(event.account)
        if event.account in self.memory.clients:
            # Told before: whoever begins in the middle learns first who is who.
            return
        self.memory.clients[event.account] = event.client
        self.memory.accounts_of.setdefault(event.client, []).append(account)

    def _placed(self, event: counter.OrderPlaced, at_ms: int) -> None:
        memory, at_ms = self.memory, min(event.at_ms, at_ms)
        account, symbol = self._account(event.account), self._symbol(event.symbol)
        side = 1 if event.side == BUY else -1
        if event.clock_s:
            memory.minute = event.clock_s // 60
        memory.orders[event.order] = OpenOrder(account, symbol, side, event.price, at_ms)
        amount = event.price * event.qty // 10
        device = self._device_of(event.account)
        self._row(
            Kind.ORDER,
            at_ms,
            account,
            symbol,
            side,
            event.price,
            event.qty,
            amount,
            device=device,
        )

    def _refused(self, event: counter.OrderRefused, at_ms: int) -> None:
        at_ms = min(event.at_ms, at_ms)
        side = 1 if event.side == BUY else -1
        account, symbol = self._account(event.account), self._symbol(event.symbol)
        amount = event.price * event.qty // 10
        self._row(Kind.REFUSED, at_ms, account, symbol, side, event.price, event.qty, amount)

    def _rejected(self, event: counter.OrderRejected, at_ms: int) -> None:
        if known := self.memory.orders.pop(event.order, None):
            self._row(Kind.REFUSED, at_ms, known.account, known.symbol, known.side, known.price)

    def _filled(self, event: counter.OrderFilled, at_ms: int) -> None:
        memory, at_ms = self.memory, min(event.at_ms, at_ms)
        account, symbol = self._account(event.account), self._symbol(event.symbol)
        side = 1 if event.side == BUY else -1
        known = memory.orders.get(event.order)
        price = known.price if known else event.price
        age = at_ms - known.placed_ms if known else 0
        if event.closes:
            memory.orders.pop(event.order, None)
        self._row(
            Kind.FILL,
            at_ms,
            account,
            symbol,
            side,
            event.price,
            event.qty,
            event.amount,
            (price, 0, 0, 0),
            max(age, 0),
        )
        self._match(event, at_ms, account, symbol, side)

    def _match(
        self, event: counter.OrderFilled, at_ms: int, account: int, symbol: int, side: int
    ) -> None:
        """The other side of the same execution may be ours too."""
        executions = self.memory.executions
        key = f"{event.symbol} {event.execution}"
        if (first := executions.get(key)) is None:
            if len(executions) >= EXECUTIONS:
                # Half of them at once: taken one by one, a dictionary looks through all that are
                # gone for the oldest there is.
                for old in list(islice(executions, EXECUTIONS // 2)):
                    del executions[old]
            executions[key] = (account, side, at_ms)
            return
        other, other_side, _ = first
        if other_side == side:
            return
        buyer, seller = (account, other) if side > 0 else (other, account)
        told = (event.price, event.qty, event.amount)
        self._row(Kind.MATCH, at_ms, buyer, symbol, 1, *told, other=seller)
        if buyer != seller:
            self._row(Kind.MATCH, at_ms, seller, symbol, -1, *told)

    def _cancelled(self, event: counter.OrderCancelled, at_ms: int) -> None:
        known = self.memory.orders.get(event.order)
        if event.closes:
            self.memory.orders.pop(event.order, None)
        if known is None or event.reason != "user":
            return
        amount = known.price * event.qty // 10
        self._row(
            Kind.CANCEL,
            at_ms,
            known.account,
            known.symbol,
            known.side,
            known.price,
            event.qty,
            amount,
            (known.price, 0, 0, 0),
            max(at_ms - known.placed_ms, 0),
        )

    def _cash_moved(self, event: counter.CashMoved, at_ms: int) -> None:
        kinds = {"deposit": Kind.CASH_IN, "withdraw": Kind.CASH_OUT}
        if kind := kinds.get(event.kind):
            account = self._account(event.account)
            device = self._device_of(event.account)
            self._row(kind, at_ms, account, amount=event.amount, device=device)

    # --- the doors

    def _logged_in(self, event: LoggedIn, at_ms: int) -> None:
        if event.kind != "client":
            return
        # A label and an address: the nearest to a device that a browser tells.
        device = self._device(f"{event.address} {event.device}".strip())
        client = self.memory.client_of.get(event.principal, "")
        before = self.memory.device_of.get(client, -1)
        self.memory.device_of[client] = device
        for account in self.memory.accounts_of.get(client, []):
            # New to whom has used another; of a first login there is nothing to say.
            known = account in self.memory.users_of.get(device, [])
            side = NEW_DEVICE if before >= 0 and not known else 0
            self._join(device, account)
            self._row(Kind.LOGIN, at_ms, account, side=side, device=device)

    def _login_failed(self, event: LoginFailed, at_ms: int) -> None:
        client = self.memory.client_of.get(event.principal or "", "")
        for account in self.memory.accounts_of.get(client, []):
            self._row(Kind.LOGIN_FAILED, at_ms, account)

    def _join(self, device: int, account: int) -> None:
        """Who logs in from one device is one group."""
        if device < 0:
            return
        memory = self.memory
        users = memory.users_of.setdefault(device, [])
        if account not in users:
            users.append(account)
        if len(users) > 1:
            groups = {memory.group_of.get(one, one) for one in users}
            least = min(groups)
            for one in users:
                memory.group_of[one] = least
            if len(groups) == 1:
                return
            for one, group in memory.group_of.items():
                if group in groups:
                    memory.group_of[one] = least

    # --- the tape

    def _quoted(self, tick: QuoteTick, at_ms: int) -> None:
        memory, symbol = self.memory, self._symbol(tick.symbol)
        memory.minute = int(tick.at[11:13]) * 60 + int(tick.at[14:16])
        day = tick.at[:10]
        if memory.day_of.get(symbol) != day:
            memory.day_of[symbol] = day
            memory.volume[symbol] = (0, 0)
            close, upper, lower = self._limits(tick.symbol, day)
            if upper == UNLIMITED:
                memory.indices.add(symbol)
            self._row(Kind.LIMITS, at_ms, symbol=symbol, told=(close, upper, lower, 0))
        volume, turnover = memory.volume[symbol]
        memory.volume[symbol] = (tick.volume, tick.turnover_fen)
        quote = tick.quote()
        best = (quote.bids[0][0] if quote.bids else 0, quote.asks[0][0] if quote.asks else 0)
        depth = (sum(q for _, q in quote.bids[:5]), sum(q for _, q in quote.asks[:5]))
        self._row(
            Kind.QUOTE,
            at_ms,
            symbol=symbol,
            side=INDEX if symbol in memory.indices else 0,
            price=tick.last_milli,
            qty=max(tick.volume - volume, 0),
            amount=max(tick.turnover_fen - turnover, 0),
            told=(*best, *depth),
        )

    def _traded(self, tick: TradeTick, at_ms: int) -> None:
        side = {"B": 1, "S": -1}.get(tick.side, 0)
        amount = tick.price_milli * tick.qty // 10
        symbol = self._symbol(tick.symbol)
        self._row(
            Kind.TRADE,
            at_ms,
            symbol=symbol,
            side=side,
            price=tick.price_milli,
            qty=tick.qty,
            amount=amount,
        )
