"""Noise traders: they buy and sell for reasons of their own, and change their minds."""

from __future__ import annotations

from yunquan_world.agents.desk import Desk
from yunquan_world.blotter import At
from yunquan_world.book import BUY, SELL

_TAKES, _WAITS = 0.44, 0.84  # and changes his mind up to 1
_IMPROVES = 0.3
_DEEPER = 0.4


def act(desk: Desk, at: At) -> None:
    chance = desk.chance
    side = BUY if chance() < 0.5 else SELL
    kind = chance()
    if kind < _TAKES:
        desk.take(side, desk.size(), at, levels=1 if chance() < _DEEPER else 0)
    elif kind < _WAITS:
        _wait(desk, side, at)
    elif desk.resting:
        desk.exchange.cancel_other(desk.symbol, desk.resting.popleft())


def _wait(desk: Desk, side: int, at: At) -> None:
    """An order at the best price of its side, just inside the spread, or some steps behind."""
    chance = desk.chance
    best = desk.bid if side == BUY else desk.ask
    if not best:
        return
    step = desk.tick if side == BUY else -desk.tick
    inside = best + step
    if desk.bid < inside < desk.ask and chance() < _IMPROVES:
        price = inside
    else:
        behind = chance() * chance() * 9
        price = best - int(behind) * (desk.gap_milli if side == BUY else -desk.gap_milli)
    if desk.down <= price <= desk.up:
        desk.rest(side, price, desk.size(), at)
