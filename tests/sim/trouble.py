"""What goes wrong: processes die at any point, disks fill up, lines break, clocks go back, a second
writer appears.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.sim.audit import Audit
from tests.sim.houses import NAME, STREAM, CounterHouse, ExchangeHouse, open_database
from yunquan.counter import Journal
from yunquan.counter.rules.apply import apply
from yunquan.counter.rules.state import State

MEAN_PAUSE_S = 4.0
ARMED_FOR_S = 5.0


class Trouble:
    """One misfortune after the other, drawn from the seed. had: how often each came."""

    def __init__(
        self, seed: int, house: CounterHouse, exchange: ExchangeHouse, audit: Audit
    ) -> None:
        self.chance = random.Random(f"{seed}:trouble")
        self.house = house
        self.exchange = exchange
        self.audit = audit
        self.had: Counter[str] = Counter()
        self._kinds: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "counter killed": (20, self.kill_counter),
            "killed before a commit": (10, lambda: self.at_commit("cut before")),
            "killed after a commit": (15, lambda: self.at_commit("cut after")),
            "commit failed": (10, lambda: self.at_commit("fails")),
            "commit unknown": (10, lambda: self.at_commit("fails after")),
            "sessions broken": (15, self.break_sessions),
            "exchange restarted": (4, self.restart_exchange),
            "exchange killed": (8, self.kill_exchange),
            "snapshot": (12, self.snapshot),
            "second writer": (4, self.second_writer),
            "clock set back": (4, self.set_clock),
        }

    async def go_on(self) -> None:
        """Until cancelled."""
        names, weights = list(self._kinds), [weight for weight, _ in self._kinds.values()]
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / MEAN_PAUSE_S))
            (name,) = self.chance.choices(names, weights)
            await self._kinds[name][1]()
            self.had[name] += 1

    async def repair(self) -> None:
        """Both sides run, the clock is right."""
        self.house.troubles.arm("")
        self.house.clock.off_s = 0.0
        if not self.house.alive:
            await self.house.start()
        if not self.exchange.alive:
            await self.exchange.start()

    async def _downtime(self) -> None:
        """Mostly short; now and then through a midnight or a whole day."""
        long = self.chance.random() < 0.1
        await asyncio.sleep(
            self.chance.uniform(10.0, 60.0) if long else self.chance.uniform(0.0, 2.0)
        )

    async def kill_counter(self) -> None:
        self.house.kill()
        await self._downtime()
        await self.house.start()

    async def at_commit(self, how: str) -> None:
        """The next commit meets this; if it is the counter's end, another comes after a while."""
        self.house.troubles.arm(how)
        try:
            await asyncio.wait_for(self.house.troubles.met.wait(), ARMED_FOR_S)
        except TimeoutError:
            self.house.troubles.arm("")
            return
        await asyncio.sleep(0)
        if not how.startswith("cut"):
            return
        # The rest of a process that is gone: its sockets.
        self.house.alive = True
        self.house.kill()
        await self._downtime()
        await self.house.start()

    async def break_sessions(self) -> None:
        self.exchange.world.break_sessions()

    async def restart_exchange(self) -> None:
        await self.exchange.stop()
        await self._downtime()
        await self.exchange.start()

    async def kill_exchange(self) -> None:
        self.exchange.kill()
        await self._downtime()
        await self.exchange.start()

    async def snapshot(self) -> None:
        """What the follower does: replay on from the newest snapshot, prove, write the next."""
        journal = Journal(self.house.database, NAME)
        state, seq = self.house.snapshots.load(NAME) or (State(NAME), 0)
        for events in journal.replay(seq + 1):
            for event in events:
                apply(state, event)
            seq += len(events)
        self.house.snapshots.save(state, seq)

    async def second_writer(self) -> None:
        """Somebody starts another counter over the same log: the one before must stop by itself."""
        database = open_database(self.house.folder / "counter.db", self.house.clock)
        Journal(database, NAME).open()
        database.dispose()
        try:
            await asyncio.wait_for(self.house.server.failed.wait(), 30.0)
        except TimeoutError:
            self.audit.fail(f"{STREAM} was taken over, and its old writer went on")
        self.house.kill()
        await self._downtime()
        await self.house.start()

    async def set_clock(self) -> None:
        """A bad time server: an hour back, or a minute on, until the next time."""
        self.house.clock.off_s = self.chance.choice((-3600.0, -1.0, 60.0))
