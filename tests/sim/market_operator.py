"""The exchange's operator: exceptional days, each announced as a real one would be."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from tests.sim.audit import Audit
from tests.sim.houses import GATEWAYS, CounterHouse, ExchangeHouse
from tests.sim.people import LIKED
from yunquan_world.book import BUY, SELL
from yunquan_world.statuses import VOLATILITY_HALT

MEAN_PAUSE_S = 6.0
# How far somebody with deep pockets pushes a price that has no limit, in percent.
PUSH = 32


class Operator:
    """Halts, quotas, rehearsals; and a trader who moves what has no price limit. had: counts."""

    def __init__(
        self, seed: int, house: CounterHouse, exchange: ExchangeHouse, audit: Audit
    ) -> None:
        self.chance = random.Random(f"{seed}:operator")
        self.house = house
        self.exchange = exchange
        self.audit = audit
        self.had: Counter[str] = Counter()
        self._deeds: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "exchange halted": (4, self.halt_exchange),
            "security halted": (10, self.halt_security),
            "quota changed": (3, self.change_quota),
            "gateway closed": (3, self.close_gateway),
            "rehearsal planned": (2, self.plan_rehearsal),
            "price pushed": (12, self.push_price),
        }

    async def work(self) -> None:
        """Until everybody goes home."""
        names, weights = list(self._deeds), [weight for weight, _ in self._deeds.values()]
        while not self.audit.closing:
            await asyncio.sleep(self.chance.expovariate(1 / MEAN_PAUSE_S))
            (name,) = self.chance.choices(names, weights)
            if self.exchange.alive:
                await self._deeds[name][1]()
                self.had[name] += 1

    async def halt_exchange(self) -> None:
        market, halts = self.chance.choice(("SH", "SZ", "BJ")), self.audit.conduct.halts
        halts.begin(market, self._stamp())
        self.exchange.world.halt_exchange(market, "drill")
        await asyncio.sleep(self.chance.uniform(0.5, 4.0))
        await self._back()
        self.exchange.world.resume_exchange(market)
        halts.end(market, self._stamp())

    async def halt_security(self) -> None:
        """For some time; at the end of its day the halt is over anyway."""
        symbol = self.chance.choice(LIKED)
        if symbol not in self.exchange.world.floor.instruments:
            return
        self.exchange.world.halt(symbol, "news")
        await asyncio.sleep(self.chance.uniform(0.5, 4.0))
        await self._back()
        if symbol in self.exchange.world.floor.instruments:
            self.exchange.world.resume(symbol)

    async def change_quota(self) -> None:
        gateway = self.chance.choice(tuple(GATEWAYS.values()))
        self.exchange.world.change_gateway(gateway, self.chance.choice((0, 6, 15, 40)))

    async def close_gateway(self) -> None:
        self.exchange.close_gateway(self.chance.choice(("", "b")), self.chance.uniform(0.5, 8.0))

    async def plan_rehearsal(self) -> None:
        """On the coming Saturday. The firm mostly notes it; if not, the exchange says it."""
        today = date.fromisoformat(self.exchange.trading_day)
        if today.weekday() > 4:
            return
        day = (today + timedelta(days=5 - today.weekday())).isoformat()
        self.exchange.world.plan_test_day(day)
        self.audit.conduct.test_days.add(day)
        if self.chance.random() < 0.6:
            self.house.days.rehearsals.add(day)

    async def push_price(self) -> None:
        """Through everything that is offered or bid, up to a third of the day's open away."""
        exchange = self.exchange.exchange
        wild = [
            pit
            for symbol, pit in exchange.pits.items()
            if pit.volatility and symbol in LIKED and pit.tape.open_milli
        ]
        if not wild or self.exchange.phase != "continuous":
            return
        pit = self.chance.choice(wild)
        side = self.chance.choice((BUY, SELL))
        percent = 100 + PUSH if side == BUY else 100 - PUSH
        price = pit.tape.open_milli * percent // 1000 * 10
        qty = pit.instrument.rule.buy_min * 20
        symbol = pit.instrument.symbol
        taken = pit.book.shares_through(SELL if side == BUY else BUY, price)
        self.exchange.world.place_other(symbol, side, price, taken // 100 * 100 + qty)
        # And somebody on the other side there, so that the price is traded.
        self.exchange.world.place_other(symbol, SELL if side == BUY else BUY, price, qty)
        if pit.status.status == VOLATILITY_HALT:
            self.had["halted for a move"] += 1

    async def _back(self) -> None:
        while not self.exchange.alive:
            await asyncio.sleep(0.2)

    def _stamp(self) -> str:
        return self.exchange.world.floor.stamp()
