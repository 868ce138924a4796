"""The clients and the staff of the simulation: they do what people do, also what is not allowed,
and repeat what wasn't
answered."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec

from tests.sim.audit import Audit
from tests.sim.houses import SHARES, CounterHouse, ExchangeHouse
from yunquan.counter import SocketClient
from yunquan.counter import types as c
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.market.types import InstrumentDay

BUY, SELL = c.Side.BUY, c.Side.SELL
LONGEST_WAIT_S = 150.0
PERMISSIONS = ("star", "chinext", "bse")


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
        self.client = client
        self.house = house
        self.exchange = exchange
        self.audit = audit
        self.orders: list[str] = []
        self.said: list[tuple[str, Any]] = []
        self.commands = 0

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
        await self.say(
            c.Deposit(self.name(), self.account, chance.randint(1, 60) * 500_000, "icbc")
        )
        for symbol in SHARES:
            if chance.random() < 0.7:
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
        instrument = self.instrument()
        if instrument is None:
            return
        side = self.chance.choice((BUY, SELL))
        price = self.price(instrument, side)
        qty = await self.quantity(instrument, side)
        day = self.house.floor.reference(0).day
        answer = await self.say(
            c.PlaceOrder(self.name(), self.account, instrument.symbol, side, price, qty, day)
        )
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
        remembered = [command for day, command in self.said if day == today]
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
        try:
            view = await self.client.ask(c.AskAccount(self.account, 20))
        except Unavailable:
            return
        if view is not None:
            self.audit.look(view)

    async def staff(self) -> None:
        chance, account = self.chance, self.account
        basis = "case 7"
        scope = chance.choice(("buy", "sell", "withdraw", "all", "judicial", "mood"))
        asset = chance.choice(("CNY", "CNY", *SHARES, "*"))
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
        symbol = chance.choice(tuple(SHARES))
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

    def instrument(self) -> InstrumentDay | None:
        known = self.house.floor.reference(0).instruments
        return known.get(self.chance.choice(tuple(SHARES)))

    def price(self, instrument: InstrumentDay, side: int) -> int:
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

    async def quantity(self, instrument: InstrumentDay, side: int) -> int:
        chance = self.chance
        if chance.random() < 0.06:
            return chance.choice((1, 50, 130, 199, 10_000_000))
        if side == BUY:
            return instrument.buy_min + instrument.buy_step * chance.choice((0, 0, 1, 3, 9, 20))
        try:
            view = await self.client.ask(c.AskAccount(self.account, 0))
        except Unavailable:
            return 100
        held = {position.asset: position.available for position in view.positions} if view else {}
        sellable = held.get(instrument.symbol, 0)
        # Also more than there is: two sales of the same shares in a row.
        return (
            chance.choice((sellable, sellable // 200 * 100, 100, instrument.lot, sellable + 100))
            or 100
        )

    def name(self) -> str:
        self.commands += 1
        return f"client:{self.account}:{self.commands}"

    async def say(self, command: Any, *, reused: bool = False) -> c.Answer | None:
        """Submit, and again under the same id until there is an answer."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while True:
            try:
                answer = await self.client.submit(command)
            except Conflict:
                self.audit.expect(reused, f"{command.id} was never used for anything else")
                return None
            except Unavailable:
                self.audit.tries += 1
                if self.audit.failed.is_set():
                    return None
                self.audit.expect(
                    loop.time() - began_s < LONGEST_WAIT_S, f"{command.id} got no answer"
                )
                await asyncio.sleep(0.05 + self.chance.random() * 0.3)
                continue
            if reused:
                self.audit.expect(
                    False, f"{command.id} was taken again with another body: {answer}"
                )
                return None
            self.audit.acknowledged(command, answer)
            self.said = [*self.said[-8:], (self.house.driver.state.day, command)]
            return answer
