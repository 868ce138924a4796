"""The firm's own staff on a busy day: they stop and resume trading, switch gateways, and keep the
calendar, sometimes too late.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from tests.sim.audit import Audit
from tests.sim.calling import Caller
from tests.sim.houses import CounterHouse, ExchangeHouse
from tests.sim.people import LIKED
from yunquan.counter import SocketClient
from yunquan.counter import types as c

MEAN_PAUSE_S = 5.0
BASIS = "order 7 of the chief"


class Staff:
    """One person at the firm's desk. had: how often they did what."""

    def __init__(
        self,
        seed: int,
        client: SocketClient,
        house: CounterHouse,
        exchange: ExchangeHouse,
        audit: Audit,
    ) -> None:
        self.chance = random.Random(f"{seed}:staff")
        self.house = house
        self.exchange = exchange
        self.audit = audit
        self.had: Counter[str] = Counter()
        self.caller = Caller("staff:desk", self.chance, client, house, audit)
        self.name, self.say = self.caller.name, self.caller.say
        self._deeds: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "trading stopped": (10, self.stop_trading),
            "gateway switched": (10, self.switch_gateway),
            "calendar short": (1, self.run_out_of_days),
            "refused": (3, self.ask_in_vain),
        }

    async def work(self) -> None:
        """Until everybody goes home; then everything trades again."""
        names, weights = list(self._deeds), [weight for weight, _ in self._deeds.values()]
        while not self.audit.closing:
            await asyncio.sleep(self.chance.expovariate(1 / MEAN_PAUSE_S))
            (name,) = self.chance.choices(names, weights)
            await self._deeds[name][1]()
            self.had[name] += 1

    async def stop_trading(self) -> None:
        chance = self.chance
        scope = chance.choice(("all", "SH", "SZ", "BJ", *chance.sample(LIKED, 4)))
        stop = c.StopTrading(self.name(), scope, BASIS, "临时停止委托", "Trading is stopped")
        await self.say(stop)
        await asyncio.sleep(chance.uniform(0.3, 4.0))
        await self.say(c.ResumeTrading(self.name(), scope, BASIS))

    async def switch_gateway(self) -> None:
        """To the other one, sometimes because the line of this one is down, sometimes while its
        own is."""
        chance, used = self.chance, self.house.driver.state.gateway
        if self.exchange.alive and chance.random() < 0.4:
            self.exchange.close_gateway(chance.choice(("", "b")), chance.uniform(1.0, 6.0))
            await asyncio.sleep(chance.random())
        await self.say(c.UseGateway(self.name(), "" if used else "b", BASIS))

    async def run_out_of_days(self) -> None:
        """Nobody has entered next year's days; somebody does, after a while."""
        days, today = self.house.days, self.house.driver.state.day
        if not today or days.known_to:
            return
        ahead = timedelta(days=self.chance.choice((10, 20, 27, 28, 40)))
        days.known_to = (date.fromisoformat(today) + ahead).isoformat()
        await asyncio.sleep(self.chance.uniform(20.0, 90.0))
        days.known_to = ""

    async def ask_in_vain(self) -> None:
        used = self.house.driver.state.gateway
        await self.say(
            self.chance.choice(
                (
                    c.StopTrading(self.name(), "", BASIS, "", ""),
                    c.StopTrading(self.name(), "SH", "", "", ""),
                    c.StopTrading(self.name(), "SH", BASIS, "长" * 501, ""),
                    c.ResumeTrading(self.name(), "688888.SH", BASIS),
                    c.UseGateway(self.name(), used, BASIS),
                    c.UseGateway(self.name(), "z", BASIS),
                    c.UseGateway(self.name(), "", ""),
                )
            )
        )
