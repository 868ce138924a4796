"""The call auction as we read it: the firm's check of the price a venue uncrosses at.

Reference section 1.7. Integers of 0.001 CNY; sides 1 buy, 2 sell.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from yunquan.market.rules.limits import round_to_tick

BUY: Final = 1

# How an exchange chooses among prices that trade the same: Shanghai the middle of the order prices
# that leave least over, Shenzhen the nearest to a reference of the prices that leave least over,
# Beijing the nearest to it of all of them.
MIDDLE: Final = "middle"
NEAREST: Final = "nearest"
NEAREST_OF_ALL: Final = "nearest_of_all"

Order = tuple[int, int, int]


def uncross(
    orders: Iterable[Order], tie: str, reference_milli: int, tick_milli: int
) -> tuple[int, int]:
    """(price in 0.001 CNY, shares) of a call auction over (side, price, quantity); (0, 0) when
    nothing trades.

    tie: "middle", "nearest" or "nearest_of_all". reference_milli: to what: the previous close in an
    opening auction, the last trade in a later one.
    """
    book = _Depth(orders)
    prices = book.prices
    if tie != MIDDLE:
        # Between two order prices volume is constant, so their neighbours bound every stretch.
        prices = sorted({p + step for p in prices for step in (-tick_milli, 0, tick_milli)})
    most = max(map(book.volume, prices), default=0)
    if not most:
        return 0, 0
    fit = [p for p in prices if book.volume(p) == most and book.fills_the_better(p)]
    if tie != NEAREST_OF_ALL:
        least = min(map(book.left_over, fit))
        fit = [p for p in fit if book.left_over(p) == least]
    low, high = fit[0], fit[-1]
    if tie == MIDDLE:
        return round_to_tick(low + high, 2, tick_milli), most
    return min(max(reference_milli, low), high), most


class _Depth:
    """Cumulative quantities on both sides."""

    def __init__(self, orders: Iterable[Order]) -> None:
        buys: dict[int, int] = {}
        sells: dict[int, int] = {}
        for side, price, qty in orders:
            of = buys if side == BUY else sells
            of[price] = of.get(price, 0) + qty
        self.prices = sorted(buys.keys() | sells.keys())
        self._buy_prices, self._sell_prices = sorted(buys), sorted(sells)
        self._buy_sums = [0, *accumulate(buys[price] for price in self._buy_prices)]
        self._sell_sums = [0, *accumulate(sells[price] for price in self._sell_prices)]

    def demand(self, price: int) -> int:
        """Shares bought at this price or above."""
        return self._buy_sums[-1] - self._buy_sums[bisect_left(self._buy_prices, price)]

    def supply(self, price: int) -> int:
        """Shares sold at this price or below."""
        return self._sell_sums[bisect_right(self._sell_prices, price)]

    def volume(self, price: int) -> int:
        return min(self.demand(price), self.supply(price))

    def left_over(self, price: int) -> int:
        return abs(self.demand(price) - self.supply(price))

    def fills_the_better(self, price: int) -> bool:
        """Every buy above and every sale below the price can be filled."""
        above = self._buy_sums[-1] - self._buy_sums[bisect_right(self._buy_prices, price)]
        below = self._sell_sums[bisect_left(self._sell_prices, price)]
        return above <= self.supply(price) and below <= self.demand(price)
