"""Value traders: each has an opinion of the worth, near the truth, and waits for a price.

The further the market is from the worth, the more of them see it and the more they trade: their
numbers grow with the square of the distance. That makes a large order move the price less than in
proportion to its size.
"""

from __future__ import annotations

from yunquan_world.agents.desk import Desk
from yunquan_world.blotter import At
from yunquan_world.book import BUY, SELL

_ERRS = 0.5  # of a usual minute's move
_ALL_SEE_IT_AT = 2.0  # usual minutes' moves from the worth
_MOST_ORDERS = 3.0
_PATIENT = 1.2


def act(desk: Desk, at: At) -> None:
    chance, step = desk.chance, desk.step_milli
    opinion = desk.opinions[int(chance() * len(desk.opinions))] * _ERRS * step
    off = desk.worth + opinion - desk.mid
    side = BUY if off > 0 else SELL
    distance = max(abs(off) - desk.half_milli, 0.0) / step
    seen = distance / _ALL_SEE_IT_AT
    if chance() < seen * seen:
        qty = desk.size()
        if seen > 1:
            qty = desk.lots(qty * min(seen, _MOST_ORDERS))
        desk.take(side, qty, at, levels=2 if seen > 1 else 0)
        return
    # Not worth the spread: wait where the price would be a bargain.
    price = desk.to_tick(
        desk.worth + opinion + (-_PATIENT * step if side == BUY else _PATIENT * step), side
    )
    best = desk.ask if side == BUY else desk.bid
    crosses = best and (price >= best if side == BUY else price <= best)
    if not crosses and desk.down <= price <= desk.up and chance() < 0.5:
        desk.rest(side, price, desk.size(), at)
