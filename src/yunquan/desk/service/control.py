"""What staff do to an account, and how the counters are."""

from __future__ import annotations

import asyncio
from typing import Any

from yunquan.counter import Counters
from yunquan.counter.types import AskHealth, Freeze, HealthView, Release, Restrict, Unfreeze
from yunquan.desk.service.accounts import PROJECTION
from yunquan.kernel.errors import Conflict
from yunquan.kernel.i18n import readable
from yunquan.kernel.readers import load_offset
from yunquan.kernel.transaction import Database


class Control:
    """Restrictions and freezes of accounts, the counters' health."""

    def __init__(self, database: Database, counters: Counters) -> None:
        self.database = database
        self.counters = counters

    async def restrict(self, caller: str, key: str, account: str, scope: str, basis: str) -> None:
        """Forbid buying, selling, withdrawing or all. Raises Conflict with the refusal."""
        await self._act(account, Restrict(f"{caller}:{key}", account, scope, basis))

    async def release(self, caller: str, key: str, account: str, scope: str, basis: str) -> None:
        """Lift a restriction; scope "judicial" lifts the freeze of the whole account."""
        await self._act(account, Release(f"{caller}:{key}", account, scope, basis))

    async def freeze(
        self, caller: str, key: str, account: str, asset: str, amount: int, basis: str
    ) -> None:
        """Judicial freeze of fen or shares, or of the whole account with asset "*" and amount 0."""
        await self._act(account, Freeze(f"{caller}:{key}", account, asset, amount, basis))

    async def unfreeze(
        self, caller: str, key: str, account: str, asset: str, amount: int, basis: str
    ) -> None:
        """Lift (part of) a freeze of fen or shares."""
        await self._act(account, Unfreeze(f"{caller}:{key}", account, asset, amount, basis))

    async def _act(self, account: str, command: Any) -> None:
        answer = await self.counters.of(account).submit(command)
        if answer.code:
            raise Conflict(answer.code, **readable(answer.facts))

    async def health(self) -> list[HealthView]:
        """How each counter is."""
        return list(
            await asyncio.gather(*(counter.ask(AskHealth()) for counter in self.counters.clients))
        )

    async def reader_lags(self) -> dict[str, int]:
        """Events the projection is behind, by counter stream."""
        health = await self.health()
        with self.database.read() as tx:
            return {
                f"counter-{view.name}": max(
                    0, view.seq + 1 - load_offset(tx, PROJECTION, f"counter-{view.name}")
                )
                for view in health
            }
