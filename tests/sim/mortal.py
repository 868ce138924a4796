"""A database of a process that dies around its transactions, by chance."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.sim.houses import PowerCut
from yunquan.kernel.clock import Clock
from yunquan.kernel.transaction import Database


class MortalRooms:
    """One process's way to the rooms' database. Once it has died, nothing of it goes on.

    odds: of dying before a transaction, before its commit, and after it, each.
    """

    def __init__(self, inner: Database, chance: random.Random, odds: float) -> None:
        self.inner = inner
        self.dead = False
        self._chance = chance
        self._odds = odds

    @property
    def clock(self) -> Clock:
        return self.inner.clock

    @contextmanager
    def transaction(self, actor: str = "system") -> Iterator[Any]:
        self.pass_by()
        with self.inner.transaction(actor) as tx:
            yield tx
            self.pass_by()
        self.pass_by()

    def read(self) -> Any:
        self._live()
        return self.inner.read()

    def pass_by(self) -> None:
        """A place at which the process may die."""
        self._live()
        if self._chance.random() < self._odds:
            self.dead = True
            raise PowerCut

    def _live(self) -> None:
        if self.dead:
            raise PowerCut
