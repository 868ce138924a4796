"""Barer books to measure the exchange's against: the same answers, less to know about an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

BUY, SELL = 1, 2


class AnyBook(Protocol):
    """What the measured events need."""

    def add(
        self, number: int, side: int, price_milli: int, quantity: int, /
    ) -> list[tuple[int, int, int]]: ...

    def cancel(self, number: int, /) -> int: ...


class Ladder:
    """A bare tick ladder: a list of prices, at each a dict of orders, and the best price searched
    tick by tick."""

    def __init__(self, low: int, high: int, tick: int) -> None:
        self._low, self._tick = low, tick
        count = (high - low) // tick + 1
        self._bids: list[dict[int, int]] = [{} for _ in range(count)]
        self._asks: list[dict[int, int]] = [{} for _ in range(count)]
        self._places: dict[int, dict[int, int]] = {}
        self._bid, self._ask = -1, count
        self._count = count

    def add(self, number: int, side: int, price: int, quantity: int) -> list[tuple[int, int, int]]:
        level = (price - self._low) // self._tick
        fills: list[tuple[int, int, int]] = []
        if side == BUY:
            orders, asks, best = self._bids[level], self._asks, self._ask
            while quantity and best <= level:
                quantity = self._eat(asks[best], best, quantity, fills)
                while best < self._count and not asks[best]:
                    best += 1
            self._ask = best
            if quantity:
                self._bid = max(self._bid, level)
        else:
            orders, bids, best = self._asks[level], self._bids, self._bid
            while quantity and best >= level:
                quantity = self._eat(bids[best], best, quantity, fills)
                while best >= 0 and not bids[best]:
                    best -= 1
            self._bid = best
            if quantity:
                self._ask = min(self._ask, level)
        if quantity:
            orders[number] = quantity
            self._places[number] = orders
        return fills

    def _eat(
        self, orders: dict[int, int], level: int, quantity: int, fills: list[tuple[int, int, int]]
    ) -> int:
        price = self._low + level * self._tick
        gone = []
        for maker, shares in orders.items():
            if shares > quantity:
                orders[maker] = shares - quantity
                fills.append((maker, price, quantity))
                quantity = 0
                break
            fills.append((maker, price, shares))
            gone.append(maker)
            quantity -= shares
            if not quantity:
                break
        for maker in gone:
            del orders[maker]
            del self._places[maker]
        return quantity

    def cancel(self, number: int) -> int:
        orders = self._places.pop(number, None)
        if orders is None:
            return 0
        shares = orders.pop(number)
        if not orders:
            bids, asks = self._bids, self._asks
            while self._bid >= 0 and not bids[self._bid]:
                self._bid -= 1
            while self._ask < self._count and not asks[self._ask]:
                self._ask += 1
        return shares


class SortedBook:
    """Prices in two sorted maps, at each a dict of orders."""

    def __init__(self, sorted_dict: Callable[..., Any]) -> None:
        """sorted_dict: sortedcontainers.SortedDict."""
        self._bids = sorted_dict(lambda price: -price)
        self._asks = sorted_dict()
        self._places: dict[int, tuple[Any, int]] = {}

    def add(self, number: int, side: int, price: int, quantity: int) -> list[tuple[int, int, int]]:
        fills: list[tuple[int, int, int]] = []
        own, other = (self._bids, self._asks) if side == BUY else (self._asks, self._bids)
        while quantity and other:
            best, orders = other.peekitem(0)
            if best > price if side == BUY else best < price:
                break
            gone = []
            for maker, shares in orders.items():
                traded = min(shares, quantity)
                fills.append((maker, best, traded))
                quantity -= traded
                if traded < shares:
                    orders[maker] = shares - traded
                else:
                    gone.append(maker)
                if not quantity:
                    break
            for maker in gone:
                del orders[maker]
                del self._places[maker]
            if not orders:
                del other[best]
        if quantity:
            orders = own.get(price)
            if orders is None:
                orders = own[price] = {}
            orders[number] = quantity
            self._places[number] = (own, price)
        return fills

    def cancel(self, number: int) -> int:
        place = self._places.pop(number, None)
        if place is None:
            return 0
        side, price = place
        orders = side[price]
        shares = orders.pop(number)
        if not orders:
            del side[price]
        return shares
