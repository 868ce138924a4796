"""Everybody else, for one trading day: who acts, on which security, how often.

Orders are counted in real time, so that the market looks the same at any speed: `orders_per_s` on
average, more where the day is busy (U-shaped), where there is news and where prices have just
moved. Everything is drawn from the seed; the clients' orders meet the crowd's in the book like any
other.
"""

from __future__ import annotations

import math
from itertools import accumulate

from yunquan_world.agents import calls, institutions, makers, momentum, noise, value
from yunquan_world.agents.desk import Desk
from yunquan_world.agents.institutions import Parent
from yunquan_world.baskets import Baskets
from yunquan_world.blotter import At
from yunquan_world.chance import dice
from yunquan_world.exchange import Exchange
from yunquan_world.levels import Levels
from yunquan_world.paths import activity
from yunquan_world.prices import DayPlan

# Of all acts: makers, noise, value, trend, and institutions up to 1.
_MAKERS, _NOISE, _VALUE, _TREND = 0.40, 0.68, 0.87, 0.91
_PARENT_BEGINS = 0.02
_OPENING_LEVELS = 9
_LEAST_LEVELS = 6
_LEVELS_CHECKED_EVERY = 8
_ORDERS_KEPT = 60
_CALL_ORDERS = 10
_BASKETS_EVERY_S = 0.5
# A security with real closes is as busy as the busiest generated ones.
_REAL_WEIGHT = 3.0
_LEAST_WEIGHT, _MOST_WEIGHT = 0.2, 5.0
_TYPICAL_TURNOVER_MILLI = 5e10
_WIDE_OPENING = 2.0
_OPENING_LASTS = 0.05
_CALLS = ("opening_call", "opening_call_locked", "closing_call")
# An average of heat and stir, by which the whole market's business is measured.
_USUAL_BUSINESS = 1.3
_MOST_BUSINESS = 4.0


class Crowd:
    """All agents of all securities."""

    def __init__(
        self,
        exchange: Exchange,
        plans: list[DayPlan],
        seed: int,
        orders_per_s: float,
        run: str,
        levels: Levels | None = None,
    ):
        """run: tells apart the parts of a day before and after a restart, so that dice differ.

        levels: of the generated securities among the plans.
        """
        day = plans[0].instrument.trading_day if plans else ""
        self._baskets = Baskets(levels, day, exchange) if levels and plans else None
        self._baskets_due_s = 0.0
        self._exchange = exchange
        self._orders_per_s = orders_per_s
        self._due = 0.0
        self._desks: list[Desk] = []
        self._weights: list[float] = []
        for plan in plans:
            symbol = plan.instrument.symbol
            if plan.instrument.halted or not orders_per_s or symbol not in exchange.books:
                continue
            if plan.listing is not None and plan.listing.product == "index":
                continue
            draw = dice(seed, "crowd", symbol, plan.instrument.trading_day, run)
            follows = None
            if self._baskets and plan.listing:
                follows = self._baskets.followed(plan.listing)
            self._desks.append(Desk(plan, exchange, draw, follows))
            self._weights.append(_weight(plan))
        self._draw = dice(seed, "crowd", day, run)
        self._busy: list[float] = []
        self._business = 1.0
        self._since_weighed = 0
        self._parents: dict[Desk, Parent] = {}
        self.desks = {desk.symbol: desk for desk in self._desks}

    def open_books(self, share_of_day: float, at: At) -> None:
        """When a phase begins: have orders in every call, and several prices in every book."""
        self._update_baskets(_BASKETS_EVERY_S)
        if at.phase in _CALLS:
            self._call(share_of_day, at)
            return
        for desk in self._desks:
            desk.look(share_of_day)
            start = desk.mid if desk.bid and desk.ask else desk.worth
            desk.mid = desk.guess = desk.fast = desk.slow = start
            makers.fill_levels(desk, _OPENING_LEVELS, at)

    def _call(self, share_of_day: float, at: At) -> None:
        """The orders that most people have ready for a call auction."""
        for desk in self._desks:
            desk.look(share_of_day)
            for _ in range(_CALL_ORDERS):
                calls.act(desk, at)

    def act(self, real_s: float, share_of_day: float, at: At) -> int:
        """What everybody does in `real_s` seconds; returns how many orders that were."""
        if not self._desks:
            return 0
        self._update_baskets(real_s)
        self._weigh(share_of_day)
        self._due += real_s * self._orders_per_s * activity(share_of_day) * self._business
        count = int(self._due)
        if not count:
            return 0
        self._due -= count
        self._since_weighed += count
        before = self._exchange.counters.order
        chosen = self._draw.choices(self._desks, cum_weights=self._busy, k=count)
        if at.phase in _CALLS:
            for desk in chosen:
                desk.look(share_of_day)
                calls.act(desk, at)
        else:
            caution = 1 + _WIDE_OPENING * math.exp(-share_of_day / _OPENING_LASTS)
            for desk in chosen:
                self._one_act(desk, share_of_day, caution, at)
        return self._exchange.counters.order - before

    def _update_baskets(self, real_s: float) -> None:
        self._baskets_due_s += real_s
        if self._baskets and self._baskets_due_s >= _BASKETS_EVERY_S:
            self._baskets_due_s = 0.0
            self._baskets.update()

    def close(self, at: At) -> None:
        """The last orders of the closing call: everybody's, and of the securities with a real close
        so many at it that the auction can have no other price."""
        if at.phase not in _CALLS:
            return
        self._call(1.0, at)
        for desk in self._desks:
            if desk.plan.real:
                calls.anchor(desk, desk.plan.close_milli, at)

    def settle(self) -> None:
        """Write the indices' last prices, once the closing auctions are over."""
        self._update_baskets(_BASKETS_EVERY_S)

    def _one_act(self, desk: Desk, share_of_day: float, caution: float, at: At) -> None:
        desk.look(share_of_day)
        desk.acts += 1
        if desk.acts % _LEVELS_CHECKED_EVERY == 0:
            makers.fill_levels(desk, _LEAST_LEVELS, at)
            desk.forget(_ORDERS_KEPT)
        kind = desk.chance()
        if kind < _MAKERS:
            makers.quote(desk, caution + 0.3 * (desk.stir - 1), at)
        elif kind < _NOISE:
            noise.act(desk, at)
        elif kind < _VALUE:
            value.act(desk, at)
        elif kind < _TREND:
            momentum.act(desk, at)
        else:
            self._work_parent(desk, share_of_day, at)

    def _work_parent(self, desk: Desk, share_of_day: float, at: At) -> None:
        parent = self._parents.get(desk)
        if parent is not None:
            if not institutions.act(desk, parent, share_of_day, at):
                del self._parents[desk]
        elif desk.chance() < _PARENT_BEGINS:
            self._parents[desk] = institutions.begin(desk, share_of_day)
        else:
            noise.act(desk, at)

    def _weigh(self, share_of_day: float) -> None:
        """Find anew how busy each security is, now and then."""
        if self._busy and self._since_weighed < len(self._desks) // 4:
            return
        self._since_weighed = 0
        now = [
            weight * desk.stir * math.sqrt(desk.plan.heat_at(share_of_day))
            for weight, desk in zip(self._weights, self._desks, strict=True)
        ]
        self._busy = list(accumulate(now))
        business = self._busy[-1] / (sum(self._weights) * _USUAL_BUSINESS)
        self._business = min(business, _MOST_BUSINESS)


def _weight(plan: DayPlan) -> float:
    """How often people trade a security, 1 for a typical one."""
    listing = plan.listing
    if listing is None:
        return _REAL_WEIGHT
    value_milli = listing.units * listing.turnover * plan.instrument.prev_close_milli
    return min(max(math.sqrt(value_milli / _TYPICAL_TURNOVER_MILLI), _LEAST_WEIGHT), _MOST_WEIGHT)
