"""Trend followers: they run after what has moved, and sometimes past it."""

from __future__ import annotations

from yunquan_world.agents.desk import Desk
from yunquan_world.blotter import At
from yunquan_world.book import BUY, SELL

_NOTICED = 0.8  # of a usual minute's move
_SURE = 4.0


def act(desk: Desk, at: At) -> None:
    """Go with the trend if there is one: the fast average beyond the slow one."""
    trend = (desk.fast - desk.slow) / desk.step_milli
    strength = abs(trend)
    if strength < _NOTICED or desk.chance() > strength / _SURE:
        return
    side = BUY if trend > 0 else SELL
    desk.take(side, desk.size(), at, levels=1 if strength > _SURE else 0)
