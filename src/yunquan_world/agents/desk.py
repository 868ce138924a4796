"""One security as the crowd sees it, and how the crowd's orders get into its book."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from random import Random

from yunquan_world.baskets import Followed
from yunquan_world.blotter import At
from yunquan_world.book import BUY, SELL
from yunquan_world.exchange import Exchange
from yunquan_world.hours import SESSION_MINUTES
from yunquan_world.prices import DayPlan

_TYPICAL_ORDER_FEN = 4_000_000
_SIZE_SPREAD = 0.8
_SIZES_KEPT = 1024
_MOST_OVER_TYPICAL = 40
# Of a usual minute's move.
_HALF_SPREAD, _GAP = 0.35, 0.14
_DAILY_MOVE = 0.02  # as a fraction, where nothing better is known
# What the drives of calm products move in a day, as a fraction.
_CALM = {"etf_money": 0.0001, "etf_bond": 0.001, "treasury": 0.001}
# Memory of the fast and the slow average of the mid price, as shares of a day.
_FAST, _SLOW = 2 / SESSION_MINUTES, 12 / SESSION_MINUTES
# How long a stir lasts, and how far a usual minute's move of the fast average stirs.
_STIR_LASTS = 6 / SESSION_MINUTES
_MOST_STIR = 3.0


# A maker's quote: number, side, price in milli, shares when last looked at.
Quote = tuple[int, int, int, int]


class Desk:
    """What everybody knows of a security now, and what the crowd has in its book.

    Prices in milli. bid, ask: 0 for nobody. mid: between them, or the side there is. fast, slow:
    averages of the mid. worth: what the plan says, times the move of the basket it follows.
    step_milli: a usual minute's move. half_milli: from the mid to a usual quote. gap_milli: between
    two quotes of one maker. stir: how many times as busy as usual the security is. stock: the
    makers' holdings, in usual orders. guess: the price around which the makers quote. flow: the
    trades that they have not learnt from yet, square roots of usual orders, bought less sold.
    """

    def __init__(
        self, plan: DayPlan, exchange: Exchange, draw: Random, follows: Followed | None = None
    ):
        instrument = plan.instrument
        rule = instrument.rule
        self.plan = plan
        self.follows = follows
        self.symbol = instrument.symbol
        self.exchange = exchange
        self.book = exchange.books[instrument.symbol]
        self.chance: Callable[[], float] = draw.random
        self.draw = draw
        self.tick = rule.tick_milli
        self.down, self.up = limits_of(plan)
        self.mid = self.fast = self.slow = float(instrument.prev_close_milli)
        self.guess = self.mid
        self.worth = self.mid
        self.opinions = tuple(draw.gauss(0.0, 1.0) for _ in range(8))
        self.bid = self.ask = 0
        self.seen_at = 0.0
        self.stir = 1.0
        self.stock = 0.0
        self.flow = 0.0
        self.tape = exchange.tapes[instrument.symbol]
        self._volume = self.tape.volume
        self.step_milli = max(_move_of(plan) * self.mid / math.sqrt(SESSION_MINUTES), self.tick / 2)
        ticks = self.step_milli / self.tick
        self.half_milli = max(1, round(_HALF_SPREAD * ticks)) * self.tick
        self.gap_milli = max(1, round(_GAP * ticks)) * self.tick
        self.usual_qty = 100
        self._sizes = self._draw_sizes()
        # The crowd's orders other than the makers' quotes, oldest first.
        self.resting: deque[int] = deque()
        self.quotes: deque[Quote] = deque()
        self.acts = 0

    def _draw_sizes(self) -> list[int]:
        """Sizes of orders as people choose them, drawn once: round lots, rarely much more."""
        rule, gauss = self.plan.instrument.rule, self.draw.gauss
        lot = rule.buy_step if rule.buy_step > 1 else 100
        typical = _TYPICAL_ORDER_FEN * 10 / self.mid / lot
        most = max(rule.max_qty // 4, rule.buy_min)
        sizes = []
        for _ in range(_SIZES_KEPT):
            lots = typical * min(math.exp(_SIZE_SPREAD * gauss(0, 1)), _MOST_OVER_TYPICAL)
            sizes.append(min(max(round(lots) * lot, rule.buy_min), most))
        self.usual_qty = sorted(sizes)[_SIZES_KEPT // 2]
        return sizes

    def size(self) -> int:
        """How many shares somebody's order has."""
        return self._sizes[int(self.chance() * _SIZES_KEPT)]

    def lots(self, qty: float) -> int:
        """The largest quantity not above `qty` that may be bought, at least the smallest one."""
        rule = self.plan.instrument.rule
        above = min(int(qty), rule.max_qty) - rule.buy_min
        return rule.buy_min + max(above - above % rule.buy_step, 0)

    def look(self, share_of_day: float) -> None:
        """See the book as it is at this moment of the day."""
        book, tape = self.book, self.tape
        if tape.volume != self._volume:
            # Who came last is not told, but a trade above the middle was a buyer's.
            part = math.sqrt((tape.volume - self._volume) / self.usual_qty)
            self.flow += part if tape.last_milli > self.mid else -part
            self._volume = tape.volume
        self.bid = bid = book.bid_milli()
        self.ask = ask = book.ask_milli()
        self.mid = mid = (bid + ask) / 2 if bid and ask else float(bid or ask or self.mid)
        passed = share_of_day - self.seen_at
        if passed > 0:
            self.seen_at = share_of_day
            before = self.fast
            self.fast += (mid - before) * min(passed / _FAST, 1.0)
            self.slow += (mid - self.slow) * min(passed / _SLOW, 1.0)
            moved = abs(self.fast - before) / self.step_milli
            self.stir += moved - (self.stir - 1.0) * min(passed / _STIR_LASTS, 1.0)
            self.stir = min(self.stir, _MOST_STIR)
        worth = self.plan.fair_milli(share_of_day)
        self.worth = worth * self.follows.ratio if self.follows else worth

    def to_tick(self, price_milli: float, side: int) -> int:
        """A price at a tick between the limits, rounded away from the other side."""
        ticks = price_milli / self.tick
        rounded = (math.floor(ticks) if side == BUY else math.ceil(ticks)) * self.tick
        return min(max(rounded, self.down), self.up)

    def place(self, side: int, price_milli: int, qty: int, at: At) -> int:
        """Send an order of nobody in particular; returns its number."""
        return self.exchange.place_other(self.symbol, side, price_milli, qty, at)

    def rest(self, side: int, price_milli: int, qty: int, at: At) -> None:
        """Send an order that is meant to wait, and remember it."""
        self.resting.append(self.place(side, price_milli, qty, at))

    def take(self, side: int, qty: int, at: At, levels: int = 0) -> None:
        """Trade at once at the best price, or that many usual gaps beyond it; the rest waits.

        Where nobody is on the other side there is nothing to take. At a price limit people queue.
        """
        best = self.ask if side == BUY else self.bid
        if not best:
            limit = self.up if side == BUY else self.down
            if (self.bid if side == BUY else self.ask) == limit:
                self.rest(side, limit, qty, at)
            return
        price = best + levels * self.gap_milli if side == BUY else best - levels * self.gap_milli
        self.rest(side, min(max(price, self.down), self.up), qty, at)

    def forget(self, most: int) -> None:
        """Take the oldest orders out when there are more than `most`."""
        while len(self.resting) > most:
            self.exchange.cancel_other(self.symbol, self.resting.popleft())


def limits_of(plan: DayPlan) -> tuple[int, int]:
    """The prices within which anybody in his right mind trades: the limits, where there are any."""
    instrument = plan.instrument
    down, up = instrument.limit_down_milli, instrument.limit_up_milli
    if not instrument.has_limit:
        tick = instrument.rule.tick_milli
        fair = (min(plan.path_milli), max(plan.path_milli))
        down = max(down, int(fair[0] / 2) // tick * tick, tick)
        up = min(up, int(2 * fair[1]) // tick * tick)
    return down, up


def _move_of(plan: DayPlan) -> float:
    """The size of a typical day's move, as a fraction."""
    listing = plan.listing
    if listing is None:
        return _DAILY_MOVE
    drives = (0.011 * share for _, share in listing.drives)
    if listing.product in _CALM:
        drives = (_CALM[listing.product] * share for _, share in listing.drives)
    return math.hypot(listing.own_move, *drives)


def other(side: int) -> int:
    return BUY if side == SELL else SELL
