"""Market makers: quotes on both sides around a price they learn from the trades against them.

They don't know the worth. A trade tells them which way the market leans: they move their price
that way, by the square root of its size, and holding more than they like they lean against it until
they are rid of it.
They stand back in the first minutes and when the market is stirred up.
"""

from __future__ import annotations

from yunquan_world.agents.desk import Desk, Quote
from yunquan_world.blotter import At
from yunquan_world.book import BUY, SELL

QUOTES_KEPT = 44
LEVELS = 9
_LEARNS = 0.6  # of a usual minute's move, for a usual order that trades
_LEARNS_MOST = 1.5
_LEANS = 0.12  # of half a spread, for each usual order held
_LEANS_MOST = 3.0
_SHEDS = 0.995
_LOOKED_AT = 6


def quote(desk: Desk, caution: float, at: At) -> None:
    """Refresh one of a maker's quotes: learn from the old ones, then place one anew.

    caution: how many times as wide as usual to quote.
    """
    _learn(desk)
    chance = desk.chance
    side = BUY if chance() < 0.5 else SELL
    half = desk.half_milli * caution
    lean = max(min(_LEANS * desk.stock, _LEANS_MOST), -_LEANS_MOST) * desk.half_milli
    guess = desk.guess - lean
    # Most quotes are near the best price, some far behind: the sum of two draws piles up in front.
    level = int(LEVELS * chance() * chance() * 1.6)
    away = half + level * desk.gap_milli
    price = desk.to_tick(guess - away if side == BUY else guess + away, side)
    # A maker doesn't pay the spread.
    if side == BUY and desk.ask and price >= desk.ask:
        price = desk.ask - desk.tick
    elif side == SELL and desk.bid and price <= desk.bid:
        price = desk.bid + desk.tick
    if not desk.down <= price <= desk.up:
        return
    qty = desk.size()
    if caution > 1.3:
        qty = desk.lots(qty / caution)
    number = desk.place(side, price, qty, at)
    desk.quotes.append((number, side, price, qty))
    while len(desk.quotes) > QUOTES_KEPT:
        _withdraw(desk, desk.quotes.popleft())


def _learn(desk: Desk) -> None:
    """Follow the trades; look at a few quotes in turn: what is gone of them was taken."""
    left = desk.book.left
    quotes = desk.quotes
    for _ in range(min(_LOOKED_AT, len(quotes))):
        number, side, price, qty = quotes.popleft()
        now = left(number)
        taken = (qty - now) / desk.usual_qty
        if taken:
            desk.stock += taken if side == BUY else -taken
        if not now:
            continue
        if (price - desk.guess if side == BUY else desk.guess - price) > 0:
            # The market has gone past it: it would only be picked off.
            desk.exchange.cancel_other(desk.symbol, number)
        else:
            quotes.append((number, side, price, now))
    desk.stock *= _SHEDS
    desk.guess += max(min(_LEARNS * desk.flow, _LEARNS_MOST), -_LEARNS_MOST) * desk.step_milli
    desk.flow = 0.0
    # Far from the market a maker follows it.
    off = desk.mid - desk.guess
    limit = 4 * desk.half_milli + desk.step_milli
    if abs(off) > limit:
        desk.guess += off - (limit if off > 0 else -limit)


def _withdraw(desk: Desk, quoted: Quote) -> None:
    number, side, _, qty = quoted
    left = desk.exchange.cancel_other(desk.symbol, number)
    desk.stock += (qty - left) / desk.usual_qty * (1 if side == BUY else -1)


def fill_levels(desk: Desk, count: int, at: At) -> None:
    """See to it that each side shows at least `count` prices, as far as the limits allow.

    A price at its limit leaves one side empty: nobody sells at the upper limit what will be worth
    more tomorrow.
    """
    for side in (BUY, SELL):
        if desk.worth >= desk.up - desk.tick / 2 and side == SELL:
            continue
        if desk.worth <= desk.down + desk.tick / 2 and side == BUY:
            continue
        shown = {price for price, _ in desk.book.depth(side, count)}
        best = desk.bid if side == BUY else desk.ask
        step = -desk.gap_milli if side == BUY else desk.gap_milli
        start = best + step if best and not _is_stray(desk, best) else _first_quote(desk, side)
        for number in range(2 * count):
            price = start + number * step
            if len(shown) >= count or not desk.down <= price <= desk.up:
                break
            if price not in shown:
                shown.add(price)
                qty = desk.size()
                desk.quotes.append((desk.place(side, price, qty, at), side, price, qty))


def _is_stray(desk: Desk, best: int) -> bool:
    """The best price of a side is nobody's market: a lone order far off, as after a restart."""
    return abs(best - desk.guess) > 4 * desk.half_milli + desk.step_milli


def _first_quote(desk: Desk, side: int) -> int:
    """A first price on an empty side, which doesn't trade with the other."""
    price = desk.to_tick(
        desk.guess - desk.half_milli if side == BUY else desk.guess + desk.half_milli, side
    )
    if side == BUY and desk.ask and price >= desk.ask:
        return desk.ask - desk.tick
    if side == SELL and desk.bid and price <= desk.bid:
        return desk.bid + desk.tick
    return price
