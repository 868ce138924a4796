"""Limits of a day as the stream was told them: an announcement is overwritten the next day, and a
replay must hear the same.
"""

from __future__ import annotations

from yunquan.kernel.transaction import Database, Tx
from yunquan.surveillance import store
from yunquan.surveillance.service.encoding import Limits

NONE = (0, 0, 0)


class KeptLimits:
    """What was said once is said again; what wasn't is asked of whoever knows, and kept."""

    def __init__(self, database: Database, ask: Limits = lambda _symbol, _day: NONE) -> None:
        self._database = database
        self._ask = ask
        self._day = ""
        self._told: dict[str, tuple[int, int, int]] = {}
        self._new: dict[tuple[str, str], tuple[int, int, int]] = {}

    def of(self, symbol: str, day: str) -> tuple[int, int, int]:
        """Close before, upper and lower limit in milli; zeros for none."""
        if day != self._day:
            with self._database.read() as tx:
                self._told = store.load_told(tx, day)
            # Of a day that was left and comes back: what isn't written yet.
            self._told |= {one: said for (one, of), said in self._new.items() if of == day}
            self._day = day
        if symbol not in self._told:
            self._told[symbol] = self._new[symbol, day] = self._ask(symbol, day)
        return self._told[symbol]

    def write(self, tx: Tx, batch: int) -> None:
        """Keep what was asked since; with the events it belongs to."""
        store.insert_told(tx, self._new, batch)
        self._new = {}
