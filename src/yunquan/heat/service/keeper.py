"""What stands out, taken down once a minute beside the monitor. It imports the kernel with its
compiler: for the process of surveillance alone.
"""

from __future__ import annotations

from typing import Final

from yunquan.heat import store
from yunquan.heat.rules.pictures import picture
from yunquan.heat.types import HeatPicture
from yunquan.indicators.rules.tables import USED
from yunquan.kernel.clock import to_ms
from yunquan.surveillance import Monitor

MINUTE_MS: Final = 60_000
# As long as the market tape, which a replay of that minute needs too.
KEPT_DAYS: Final = 30
DAY_MS: Final = 86_400_000
ACTOR: Final = "surveillance"


class HeatKeeper:
    """One a monitor, in its thread: nobody feeds the kernel while a picture is taken."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._minute = 0
        self._pruned_ms = 0

    def write(self) -> HeatPicture | None:
        """A picture of the minute that has begun, once; None until the next."""
        database = self._monitor.database
        now_ms = to_ms(database.clock.now())
        minute_ms = now_ms - now_ms % MINUTE_MS
        if minute_ms <= self._minute:
            return None
        self._minute = minute_ms
        state = self._monitor.own_engine.state
        keys = [table.keys[: table.counts[USED]] for table in (state.account, state.instrument)]
        made = picture(keys[0], keys[1], minute_ms, self._monitor.encoder.name_of)
        with database.transaction(actor=ACTOR) as tx:
            store.save(tx, made)
            if now_ms - self._pruned_ms > DAY_MS:
                store.forget(tx, now_ms - KEPT_DAYS * DAY_MS)
                self._pruned_ms = now_ms
        return made
