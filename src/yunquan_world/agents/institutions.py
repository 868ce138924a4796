"""Institutions: a large parent order, worked in children over hours.

A child waits at the best price of its side; who falls behind his schedule crosses the spread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from yunquan_world.agents.desk import Desk
from yunquan_world.blotter import At
from yunquan_world.book import BUY, SELL

_SHORTEST, _LONGEST = 0.08, 0.5  # of a day
_SIZES = 30.0  # usual orders in a usual parent
_HURRIES = 2.0  # usual orders behind the schedule
_CHILD = 1.5


@dataclass(slots=True)
class Parent:
    """A large order. qty: shares. sent: shares in children so far; from_share, to_share: of the
    day."""

    side: int
    qty: int
    from_share: float
    to_share: float
    sent: int = 0

    def due(self, share_of_day: float) -> int:
        """Shares that the schedule wants sent by now, less those that are."""
        span = max(self.to_share - self.from_share, 1e-9)
        part = min(max((share_of_day - self.from_share) / span, 0.0), 1.0)
        return int(self.qty * part) - self.sent


def begin(desk: Desk, share_of_day: float) -> Parent:
    """A new parent of a random side, size and duration."""
    draw = desk.draw
    lasts = draw.uniform(_SHORTEST, _LONGEST)
    qty = round(_SIZES * desk.usual_qty * math.exp(0.8 * draw.gauss(0, 1)))
    side = BUY if draw.random() < 0.5 else SELL
    return Parent(side, qty, share_of_day, min(share_of_day + lasts, 1.0))


def act(desk: Desk, parent: Parent, share_of_day: float, at: At) -> bool:
    """Send the next child if one is due; False when the parent is done."""
    due = parent.due(share_of_day)
    if due >= desk.plan.instrument.rule.buy_min:
        qty = desk.lots(min(due, _CHILD * desk.usual_qty))
        parent.sent += qty
        best = desk.bid if parent.side == BUY else desk.ask
        if due > _HURRIES * desk.usual_qty or not best or desk.chance() < 0.4:
            desk.take(parent.side, qty, at, levels=1)
        else:
            desk.rest(parent.side, best, qty, at)
    return parent.sent < parent.qty and share_of_day < parent.to_share
