"""What people send into the opening and the closing call auction.

Orders rest there until the auction trades them at one price. Most are priced around the worth,
with everybody's own error; the careful stay away from it and wait in the book for what follows.
"""

from __future__ import annotations

from yunquan_world.agents.desk import Desk
from yunquan_world.blotter import At
from yunquan_world.book import BUY, SELL

_ERRS = 2.5  # usual minutes' moves, in the opening
_EAGER = 1.0
_ANCHOR = 10


def act(desk: Desk, at: At, errs: float = _ERRS) -> None:
    """Somebody's order: who is eager bids above his opinion of the worth, who is not below it."""
    draw = desk.draw
    side = BUY if draw.random() < 0.5 else SELL
    opinion = desk.worth + errs * desk.step_milli * draw.gauss(0.0, 1.0)
    eager = draw.gauss(-0.3, _EAGER) * (desk.half_milli + 0.5 * desk.step_milli)
    price = desk.to_tick(opinion + eager if side == BUY else opinion - eager, side)
    desk.rest(side, price, desk.size(), at)


def anchor(desk: Desk, close_milli: int, at: At) -> None:
    """Buy and sell so much at the day's real close that the auction can have no other price.

    Each side gets more than everything that could trade elsewhere: at another price fewer shares
    would find each other.
    """
    book = desk.book
    crossing = book.shares_through(BUY, close_milli) + book.shares_through(SELL, close_milli)
    qty = crossing + _ANCHOR * desk.usual_qty
    rule = desk.plan.instrument.rule
    while qty > 0:
        part = desk.lots(min(qty, rule.max_qty))
        desk.place(SELL, close_milli, part, at)
        desk.place(BUY, close_milli, part, at)
        qty -= part
