"""What stood out, for any minute that is kept."""

from __future__ import annotations

from yunquan.heat import store
from yunquan.heat.types import HeatPicture
from yunquan.kernel.clock import to_ms
from yunquan.kernel.transaction import Database


class Heat:
    """The office of the heat map."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def at(self, at_ms: int) -> HeatPicture | None:
        """As it stood at a moment: the newest minute written by then; None where nothing is kept
        of it.
        """
        with self.database.read() as tx:
            return store.find(tx, at_ms)

    def now(self) -> HeatPicture | None:
        """The newest."""
        return self.at(to_ms(self.database.clock.now()))
