"""Other people's orders: makers, takers, trend followers and idle hands around the fair value.

They know the day's path and trade so that the book follows it, always with several prices on both
sides. Everything is drawn from the seed. Orders are counted in real time, so that the market looks
the same at any speed; the clients' orders meet theirs in the book like any other.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from random import Random

from yunquan_world.book import BUY, SELL, Book
from yunquan_world.chance import dice
from yunquan_world.exchange import At, Exchange
from yunquan_world.paths import activity
from yunquan_world.prices import DayPlan
from yunquan_world.rules import BoardRule

_MAKER, _IDLE, _TAKER = 0.56, 0.78, 0.93  # and trend followers up to 1
_HALF_SPREAD = 0.0002  # of the price
_TYPICAL_ORDER_FEN = 4_000_000
_ORDERS_KEPT = 150
_OPENING_LEVELS = 9
_LEAST_LEVELS = 6
_LEVELS_CHECKED_EVERY = 8
_TREND_SHARE = 0.012  # of the day: what a trend follower looks back


@dataclass
class _Desk:
    """One security as the crowd sees it. Ticks are multiples of the price step.

    half_ticks: from the fair value to the first quote. gap_ticks: from one quoted price to the
    next. resting: the crowd's own orders, oldest first.
    """

    symbol: str
    plan: DayPlan
    book: Book
    draw: Random
    half_ticks: int
    gap_ticks: int
    resting: deque[int] = field(default_factory=deque)
    acts: int = 0

    @property
    def rule(self) -> BoardRule:
        return self.plan.instrument.rule

    @property
    def up_milli(self) -> int:
        return self.plan.instrument.limit_up_milli

    @property
    def down_milli(self) -> int:
        return self.plan.instrument.limit_down_milli


class Crowd:
    """Everybody else, for one trading day."""

    def __init__(
        self, exchange: Exchange, plans: list[DayPlan], seed: int, orders_per_s: float, run: str
    ):
        """run: tells apart the parts of a day before and after a restart, so that dice differ."""
        self._exchange = exchange
        self._orders_per_s = orders_per_s
        self._due = 0.0
        self._desks: list[_Desk] = []
        for plan in plans:
            instrument = plan.instrument
            if instrument.halted:
                continue
            ticks = instrument.prev_close_milli / instrument.rule.tick_milli
            half_ticks = max(1, round(ticks * _HALF_SPREAD))
            self._desks.append(
                _Desk(
                    symbol=instrument.symbol,
                    plan=plan,
                    book=exchange.books[instrument.symbol],
                    draw=dice(seed, "crowd", instrument.symbol, instrument.trading_day, run),
                    half_ticks=half_ticks,
                    gap_ticks=max(1, half_ticks // 3),
                )
            )
        self._draw = dice(seed, "crowd", [plan.instrument.trading_day for plan in plans[:1]], run)
        shares, total = [], 0.0
        for desk in self._desks:
            total += dice(seed, "weight", desk.symbol).uniform(0.6, 1.6)
            shares.append(total)
        self._weights = shares

    def open_books(self, share_of_day: float, at: At) -> None:
        """Put several prices on both sides of every book."""
        if not self._orders_per_s:
            return
        for desk in self._desks:
            self._fill_levels(desk, desk.plan.fair_milli(share_of_day), _OPENING_LEVELS, at)

    def act(self, real_s: float, share_of_day: float, at: At) -> int:
        """What everybody does in `real_s` seconds; returns how many orders that were."""
        if not self._desks or not self._orders_per_s:
            return 0
        self._due += real_s * self._orders_per_s * activity(share_of_day)
        count = int(self._due)
        if not count:
            return 0
        self._due -= count
        for desk in self._draw.choices(self._desks, cum_weights=self._weights, k=count):
            self._one_order(desk, share_of_day, at)
        return count

    def close(self, at: At) -> None:
        """Trade every book to the day's close, the way a closing auction would."""
        if not self._orders_per_s:
            return
        for desk in self._desks:
            close_milli = desk.plan.close_milli
            for side in (SELL, BUY):
                other = BUY if side == SELL else SELL
                shares = desk.book.shares_through(other, close_milli)
                if shares:
                    self._exchange.place_other(desk.symbol, side, close_milli, shares, at)
            qty = self._quantity(desk, close_milli)
            self._exchange.place_other(desk.symbol, SELL, close_milli, qty, at)
            self._exchange.place_other(desk.symbol, BUY, close_milli, qty, at)

    def _one_order(self, desk: _Desk, share_of_day: float, at: At) -> None:
        fair_milli = desk.plan.fair_milli(share_of_day)
        desk.acts += 1
        if desk.acts % _LEVELS_CHECKED_EVERY == 0:
            self._fill_levels(desk, fair_milli, _LEAST_LEVELS, at)
        kind = desk.draw.random()
        if kind < _MAKER:
            self._quote(desk, fair_milli, at)
        elif kind < _IDLE:
            self._idle(desk, at)
        elif kind < _TAKER:
            self._take(desk, self._wanted_side(desk, fair_milli), at)
        else:
            before_milli = desk.plan.fair_milli(share_of_day - _TREND_SHARE)
            self._take(desk, BUY if fair_milli >= before_milli else SELL, at)
        while len(desk.resting) > _ORDERS_KEPT:
            self._exchange.cancel_other(desk.symbol, desk.resting.popleft())

    def _quote(self, desk: _Desk, fair_milli: float, at: At) -> None:
        """A maker's order some steps away from the fair value.

        Quotes that the fair value has left behind are in its way: those it takes, so whoever rests
        at such a price is filled.
        """
        side = BUY if desk.draw.random() < 0.5 else SELL
        steps = min(int(desk.draw.expovariate(0.3)), 14)
        self._place(desk, side, self._step_price(desk, side, fair_milli, steps), at)

    def _idle(self, desk: _Desk, at: At) -> None:
        """An order at the best price of its side, or just inside the spread."""
        side = BUY if desk.draw.random() < 0.5 else SELL
        bid, ask = desk.book.bid_milli(), desk.book.ask_milli()
        best = bid if side == BUY else ask
        if not best:
            return
        tick = desk.rule.tick_milli
        step = tick if side == BUY else -tick
        inside = best + step
        improves = bid < inside < ask if bid and ask else desk.down_milli <= inside <= desk.up_milli
        if improves and desk.draw.random() < 0.3:
            best = inside
        else:
            best -= step * min(int(desk.draw.expovariate(0.7)) * desk.gap_ticks, 8 * desk.gap_ticks)
        if desk.down_milli <= best <= desk.up_milli:
            self._place(desk, side, best, at)

    def _take(self, desk: _Desk, side: int, at: At) -> None:
        """An order that trades at once, rarely through more than the best price."""
        best = desk.book.ask_milli() if side == BUY else desk.book.bid_milli()
        if not best:
            # Nothing to take: at a price limit people queue there, else they wait.
            limit = desk.up_milli if side == BUY else desk.down_milli
            own_best = desk.book.bid_milli() if side == BUY else desk.book.ask_milli()
            if own_best == limit:
                self._place(desk, side, limit, at)
            return
        through = desk.gap_ticks * min(int(desk.draw.expovariate(2.0)), 2) * desk.rule.tick_milli
        price_milli = best + through if side == BUY else best - through
        self._place(desk, side, min(max(price_milli, desk.down_milli), desk.up_milli), at)

    def _wanted_side(self, desk: _Desk, fair_milli: float) -> int:
        """More buyers when the book stands below the fair value, more sellers when above."""
        bid, ask = desk.book.bid_milli(), desk.book.ask_milli()
        if not bid or not ask:
            return BUY if desk.draw.random() < 0.5 else SELL
        off = (fair_milli - (bid + ask) / 2) / (4 * desk.half_ticks * desk.rule.tick_milli)
        return BUY if desk.draw.random() < 0.5 + min(max(off, -0.4), 0.4) else SELL

    def _fill_levels(self, desk: _Desk, fair_milli: float, count: int, at: At) -> None:
        """See to it that each side shows at least `count` prices, as far as the limits allow."""
        for side in (BUY, SELL):
            shown = {price for price, _ in desk.book.depth(side, count)}
            missing = count - len(shown)
            for steps in range(2 * count):
                if missing <= 0:
                    break
                price_milli = self._step_price(desk, side, fair_milli, steps)
                if price_milli and price_milli not in shown:
                    shown.add(price_milli)
                    missing -= 1
                    self._place(desk, side, price_milli, at)

    def _step_price(self, desk: _Desk, side: int, fair_milli: float, steps: int) -> int:
        """The tick that lies a number of steps from the fair value; 0 if outside the limits.

        A price at its limit leaves one side empty: nobody sells at the upper limit what will be
        worth more tomorrow, and the buyers queue there.
        """
        tick = desk.rule.tick_milli
        away = (desk.half_ticks + steps * desk.gap_ticks) * tick
        if side == BUY:
            if fair_milli >= desk.up_milli - tick / 2:
                away = steps * tick
            elif fair_milli <= desk.down_milli + tick / 2:
                return 0
            price_milli = int((fair_milli - away) // tick) * tick
        else:
            if fair_milli <= desk.down_milli + tick / 2:
                away = steps * tick
            elif fair_milli >= desk.up_milli - tick / 2:
                return 0
            price_milli = math.ceil((fair_milli + away) / tick) * tick
        return price_milli if desk.down_milli <= price_milli <= desk.up_milli else 0

    def _place(self, desk: _Desk, side: int, price_milli: int, at: At) -> None:
        if not price_milli:
            return
        qty = self._quantity(desk, price_milli)
        number = self._exchange.place_other(desk.symbol, side, price_milli, qty, at)
        if desk.book.left(number):
            desk.resting.append(number)

    def _quantity(self, desk: _Desk, price_milli: int) -> int:
        """Shares of an order: round lots, a few tens of thousands of yuan, rarely much more."""
        rule = desk.rule
        typical = _TYPICAL_ORDER_FEN * 10 / price_milli
        lots = round(typical * math.exp(0.8 * desk.draw.gauss(0, 1)) / 100)
        return min(max(lots * 100, rule.buy_min), rule.max_qty)
