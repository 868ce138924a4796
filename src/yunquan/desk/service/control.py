"""How the counters are."""

from __future__ import annotations

import asyncio

from yunquan.counter import Counters
from yunquan.counter.types import AskHealth, HealthView
from yunquan.desk.service.accounts import PROJECTION
from yunquan.kernel.readers import load_offset
from yunquan.kernel.transaction import Database


class Control:
    """The counters' health."""

    def __init__(self, database: Database, counters: Counters) -> None:
        self.database = database
        self.counters = counters

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
