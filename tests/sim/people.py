"""The clients of the simulation and those who serve them: they do what people do at any hour, also
what is not allowed, and repeat what wasn't answered.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec

from tests.sim.audit import Audit
from tests.sim.calling import Caller
from tests.sim.houses import SHARES, CounterHouse, ExchangeHouse
from yunquan.counter import SocketClient
from yunquan.counter import types as c
from yunquan.market.types import AFTER_HOURS, LIMIT, ORDER_KINDS, InstrumentDay

BUY, SELL = c.Side.BUY, c.Side.SELL
PERMISSIONS = ("star", "chinext", "bse", "convertible")
# Beside the shares with bars, of what the generated market lists: what people trade most. Shares
# that are risk-warned, leaving or new; funds of every kind, bonds.
GENERATED = (
    "607057.SH",
    "003533.SZ",
    "003521.SZ",
    "689201.SH",
    "302507.SZ",
    "003501.SZ",
    "920601.BJ",
    "569001.SH",
    "587901.SH",
    "511901.SH",
    "518901.SH",
    "511911.SH",
    "513901.SH",
    "113901.SH",
    "019901.SH",
)
LIKED = (*SHARES, *GENERATED)


class Person:
    """One client, with the staff that serves them. Everything is drawn from the seed and the
    account's number.
    """

    def __init__(
        self,
        number: int,
        seed: int,
        client: SocketClient,
        house: CounterHouse,
        exchange: ExchangeHouse,
        audit: Audit,
    ) -> None:
        self.chance = random.Random(f"{seed}:person:{number}")
        self.account = f"60{number:08d}"
        self.number = number
        self.house = house
        self.exchange = exchange
        self.audit = audit
        self.caller = Caller(f"client:{self.account}", self.chance, client, house, audit)
        self.name, self.say = self.caller.name, self.caller.say
        self.orders: list[str] = []

    async def live(self) -> None:
        """Open the account, pay in, and then act until told to stop."""
        await asyncio.sleep(self.chance.random() * 3.0)
        await self.open()
        while not self.audit.closing:
            await asyncio.sleep(self.chance.expovariate(3.0))
            await self.act()

    async def open(self) -> None:
        chance = self.chance
        securities = [
            c.SecuritiesAccount("SH", f"A{self.number:09d}", designated=chance.random() < 0.95),
            c.SecuritiesAccount("SZ", f"{self.number:010d}", custody_unit="YQ01"),
        ]
        if chance.random() < 0.08:
            securities.pop(chance.randrange(2))
        opening = c.OpenAccount(
            self.name(),
            self.account,
            f"cli_{self.number}",
            "credit" if chance.random() < 0.04 else "ordinary",
            "CNY",
            tuple(securities),
            tuple(one for one in PERMISSIONS if chance.random() < 0.8),
            "2026-07-16" if chance.random() < 0.1 else "2031-01-01",
        )
        await self.say(opening)
        # A few could buy more of a cheap share than anybody may.
        worth = chance.randint(1, 60) * (100_000_000 if chance.random() < 0.25 else 500_000)
        await self.say(c.Deposit(self.name(), self.account, worth, "icbc"))
        for symbol in chance.sample(LIKED, 9):
            qty = chance.choice((100, 500, 1_000, 2_350, 77))
            await self.say(c.TransferIn(self.name(), self.account, symbol, qty, "elsewhere"))

    async def act(self) -> None:
        deeds = (
            self.place,
            self.cancel,
            self.move_money,
            self.repeat,
            self.look,
            self.staff,
            self.nonsense,
        )
        (deed,) = self.chance.choices(deeds, (60, 18, 8, 6, 5, 4, 5))
        await deed()

    # Deeds.

    async def place(self) -> None:
        held = await self.held()
        side = SELL if held and self.chance.random() < 0.5 else BUY
        instrument = self.instrument(tuple(held) if side == SELL else ())
        if instrument is None:
            return
        kind = self.kind(instrument)
        price = self.price(instrument, side, kind)
        qty = self.quantity(instrument, side, held.get(instrument.symbol, 0))
        day = self.house.floor.reference(0).day
        command = c.PlaceOrder(
            self.name(), self.account, instrument.symbol, side, price, qty, day, kind
        )
        answer = await self.say(command)
        if answer is not None and answer.accepted:
            self.orders = [*self.orders[-30:], answer.order]

    async def cancel(self) -> None:
        if self.orders:
            order = self.chance.choice(self.orders[-6:])
            await self.say(c.CancelOrder(self.name(), self.account, order))

    async def move_money(self) -> None:
        fen = self.chance.choice((1, 100, 50_000, 3_000_000, 10**9))
        kind = c.Deposit if self.chance.random() < 0.5 else c.Withdraw
        if kind is c.Deposit and fen == 10**9:
            fen = 2_000_000
        await self.say(kind(self.name(), self.account, fen, "icbc"))

    async def repeat(self) -> None:
        """The same again, or another wish under the same id."""
        today = self.house.driver.state.day
        remembered = [command for day, command in self.caller.said if day == today]
        if not remembered:
            return
        command = self.chance.choice(remembered)
        if self.chance.random() < 0.3 and isinstance(
            command, c.PlaceOrder | c.Deposit | c.Withdraw | c.CancelOrder
        ):
            other = msgspec.structs.replace(command, account=self.account + "x")
            await self.say(other, reused=True)
        else:
            await self.say(command)

    async def look(self) -> None:
        if view := await self.caller.view(self.account, 20):
            self.audit.look(view)

    async def staff(self) -> None:
        chance, account = self.chance, self.account
        basis = "case 7"
        scope = chance.choice(("buy", "sell", "withdraw", "all", "judicial", "mood"))
        asset = chance.choice(("CNY", "CNY", *LIKED, "*"))
        amount = 0 if asset == "*" else chance.choice((1, 100, 10_000, 10**12))
        command: Any = chance.choice(
            (
                c.Restrict(self.name(), account, scope, basis),
                c.Freeze(self.name(), account, asset, amount, basis),
                c.Unfreeze(self.name(), account, asset, amount, basis),
            )
        )
        await self.say(command)
        # Nobody stays locked up for long, or nothing would happen here.
        await asyncio.sleep(chance.random() * 2)
        lifted = "judicial" if isinstance(command, c.Freeze) else scope
        await self.say(c.Release(self.name(), account, lifted, basis))

    async def nonsense(self) -> None:
        chance, account = self.chance, self.account
        day = self.house.floor.reference(0).day
        symbol = chance.choice(LIKED)
        command: Any = chance.choice(
            (
                c.OpenAccount(
                    self.name(), account, "cli_0", "ordinary", "CNY", (), (), "2031-01-01"
                ),
                c.OpenAccount(self.name(), "a:b", "cli_0", "ordinary", "CNY", (), (), "2031-01-01"),
                c.Deposit(self.name(), account, -5, "icbc"),
                c.Deposit(self.name(), "6099999999", 5, "icbc"),
                c.Withdraw(self.name(), account, 0, "icbc"),
                c.TransferIn(self.name(), account, "CNY", 100, "elsewhere"),
                c.TransferIn(self.name(), account, symbol, -100, "elsewhere"),
                c.CancelOrder(self.name(), account, "ord_unknown"),
                c.RollDay(self.name(), "someday"),
                c.RollDay(self.name(), "2020-01-02"),
                c.PlaceOrder(self.name(), account, "999999.SH", BUY, 10_000, 100, day),
                c.PlaceOrder(self.name(), account, symbol, 3, 10_000, 100, day),
                c.PlaceOrder(self.name(), account, symbol, BUY, -10, 100, day),
                c.PlaceOrder(self.name(), account, symbol, SELL, 10_000, 0, day),
                c.PlaceOrder(self.name(), account, symbol, BUY, 10_000, 10**9, day),
                c.PlaceOrder(self.name(), account, symbol, BUY, 10_000, 100, "2026-01-05"),
                c.PlaceOrder(self.name(), "6099999999", symbol, BUY, 10_000, 100, day),
            )
        )
        await self.say(command)

    # What they need for it.

    async def held(self) -> dict[str, int]:
        """Sellable shares by symbol."""
        view = await self.caller.view(self.account, 0)
        return {one.asset: one.available for one in view.positions} if view else {}

    def instrument(self, held: tuple[str, ...]) -> InstrumentDay | None:
        """One of those held, else mostly one that many trade."""
        known = self.house.floor.reference(0).instruments
        if not known:
            return None
        liked = held or (LIKED if self.chance.random() < 0.85 else tuple(known))
        return known.get(self.chance.choice(liked))

    def kind(self, instrument: InstrumentDay) -> str:
        chance = self.chance.random()
        if chance < 0.55:
            return LIMIT
        if chance < 0.85:
            return self.chance.choice(instrument.kinds)
        if chance < 0.95:
            return AFTER_HOURS if instrument.after_hours else LIMIT
        return self.chance.choice((*ORDER_KINDS, "stop"))

    def price(self, instrument: InstrumentDay, side: int, kind: str) -> int:
        """Of a market order its protection, or none where none is wanted; of an after-hours order
        mostly one that any close allows."""
        chance = self.chance.random()
        if kind not in (LIMIT, AFTER_HOURS):
            if instrument.market_price != "protection":
                return 0 if chance < 0.95 else instrument.limit_up_milli
            if chance < 0.05:
                return 0
        if kind == AFTER_HOURS and chance < 0.7:
            return instrument.limit_up_milli if side == BUY else instrument.limit_down_milli
        return self.limit(instrument, side)

    def limit(self, instrument: InstrumentDay, side: int) -> int:
        """Mostly around the book, sometimes at a limit, now and then wrong."""
        chance, tick = self.chance, instrument.tick_milli
        bid, ask = self.exchange.best(instrument.symbol) if self.exchange.alive else (0, 0)
        middle = (bid + ask) // 2 if bid and ask else instrument.prev_close_milli
        kind = chance.random()
        if kind < 0.45:  # takes what is there
            price = (ask or middle) + tick * chance.randint(0, 3)
            if side == SELL:
                price = (bid or middle) - tick * chance.randint(0, 3)
        elif kind < 0.85:  # waits
            away = tick * chance.randint(1, 30)
            price = middle - away if side == BUY else middle + away
        elif kind < 0.92:
            return instrument.limit_down_milli if side == BUY else instrument.limit_up_milli
        elif kind < 0.96:
            return (
                instrument.limit_up_milli + tick
                if side == BUY
                else instrument.limit_down_milli - tick
            )
        else:
            return middle // tick * tick + 3
        inside = min(max(price, instrument.limit_down_milli), instrument.limit_up_milli)
        return inside // tick * tick

    def quantity(self, instrument: InstrumentDay, side: int, sellable: int) -> int:
        chance = self.chance
        if chance.random() < 0.06:
            return chance.choice((1, 50, 130, 199, 10_000_000))
        if side == BUY:
            if instrument.daily_buy_cap and chance.random() < 0.4:
                return chance.choice((100_000, 200_000, 300_000, 450_000))
            return instrument.buy_min + instrument.buy_step * chance.choice((0, 0, 1, 3, 9, 20))
        # Also more than there is: two sales of the same shares in a row.
        return (
            chance.choice((sellable, sellable // 200 * 100, 100, instrument.lot, sellable + 100))
            or 100
        )
