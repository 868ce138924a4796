"""Other people's orders for trading at the close after hours.

Who has not traded by 15:00 and takes the close as it is: about as many buyers as sellers over the
market, but of one security mostly one side, so that some wait in vain. All of it from the seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yunquan_world.book import BUY, SELL
from yunquan_world.chance import dice
from yunquan_world.exchange import At, Exchange
from yunquan_world.prices import DayPlan
from yunquan_world.rules import Instrument, after_hours

_SHARE_OF_ORDERS = 0.2
_TYPICAL_ORDER_MILLI = 30_000_000
# The part of a security's orders that come from its larger side, at most.
_LOPSIDED = 0.85


@dataclass(frozen=True)
class _Late:
    instrument: Instrument
    buyers: float


class Latecomers:
    """Everybody who trades after hours, for one day."""

    def __init__(
        self,
        exchange: Exchange,
        plans: Sequence[DayPlan],
        seed: int,
        orders_per_s: float,
        run: str,
    ):
        """orders_per_s: those of the sessions. run: tells apart the parts of a day before and
        after a restart, so that dice differ."""
        self._exchange = exchange
        self._orders_per_s = orders_per_s * _SHARE_OF_ORDERS
        self._due = 0.0
        day = plans[0].instrument.trading_day if plans else ""
        self._draw = dice(seed, "latecomers", day, run)
        self._late: list[_Late] = []
        for plan in plans:
            instrument = plan.instrument
            if instrument.halted or after_hours(instrument) is None:
                continue
            lean = dice(seed, "late side", instrument.symbol, day)
            self._late.append(_Late(instrument, lean.uniform(1 - _LOPSIDED, _LOPSIDED)))

    def act(self, real_s: float, at: At) -> int:
        """What they do in `real_s` seconds; returns how many orders that were."""
        if not self._late:
            return 0
        self._due += real_s * self._orders_per_s
        count = int(self._due)
        self._due -= count
        for late in self._draw.choices(self._late, k=count):
            self._one_order(late, at)
        return count

    def _one_order(self, late: _Late, at: At) -> None:
        draw, instrument = self._draw, late.instrument
        side = BUY if draw.random() < late.buyers else SELL
        # At any price the close may be: whoever names a worse limit only waits.
        limit = instrument.limit_up_milli if side == BUY else instrument.limit_down_milli
        close_milli = self._exchange.tapes[instrument.symbol].price_milli
        rule = instrument.rule
        lots = round(draw.expovariate(1.0) * _TYPICAL_ORDER_MILLI / (close_milli * rule.buy_min))
        qty = rule.buy_min * min(max(lots, 1), rule.most("after_hours") // rule.buy_min)
        self._exchange.place_other(instrument.symbol, side, limit, qty, at, kind="after_hours")
