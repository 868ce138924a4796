"""Somebody who says things to the counter until there is an answer, and remembers what was said."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from tests.sim.audit import Audit
from tests.sim.houses import CounterHouse
from yunquan.counter import SocketClient
from yunquan.counter import types as c
from yunquan.kernel.errors import Conflict, Unavailable

LONGEST_WAIT_S = 150.0


class Caller:
    """caller: the first part of its command ids. chance: what it draws its patience from."""

    def __init__(
        self,
        caller: str,
        chance: random.Random,
        client: SocketClient,
        house: CounterHouse,
        audit: Audit,
    ) -> None:
        self.caller = caller
        self.chance = chance
        self.client = client
        self.house = house
        self.audit = audit
        self.said: list[tuple[str, Any]] = []
        self._commands = 0

    def name(self) -> str:
        self._commands += 1
        return f"{self.caller}:{self._commands}"

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

    async def view(self, account: str, orders: int) -> c.AccountView | None:
        """The account as the counter shows it now, None while it can't."""
        try:
            view: c.AccountView | None = await self.client.ask(c.AskAccount(account, orders))
        except Unavailable:
            return None
        return view
