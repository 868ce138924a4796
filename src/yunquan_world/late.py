"""Orders for trading at the close after hours: one price, first come, first served.

A buyer's limit below the close or a seller's above it can't be matched; a better limit gives no
priority. Prices in milli (0.001 CNY), quantities in shares.
"""

from __future__ import annotations

from dataclasses import dataclass

from yunquan_world.book import BUY

Match = tuple[int, int, int]


@dataclass(slots=True)
class _Late:
    number: int
    side: int
    price_milli: int
    quantity: int


class LateQueue:
    """One security's after-hours orders of a day, in the order of arrival."""

    def __init__(self) -> None:
        self._orders: dict[int, _Late] = {}

    def add(self, number: int, side: int, price_milli: int, quantity: int) -> None:
        self._orders[number] = _Late(number, side, price_milli, quantity)

    def cancel(self, number: int) -> int:
        """Take an order out; returns the shares it had left, 0 if it is not here."""
        order = self._orders.pop(number, None)
        return order.quantity if order else 0

    def match(self, close_milli: int) -> list[Match]:
        """Everything that can trade at the close: (number of the buyer, of the seller, shares)."""
        buyers = [
            order
            for order in self._orders.values()
            if order.side == BUY and order.price_milli >= close_milli
        ]
        sellers = [
            order
            for order in self._orders.values()
            if order.side != BUY and order.price_milli <= close_milli
        ]
        matches: list[Match] = []
        buyer = seller = 0
        while buyer < len(buyers) and seller < len(sellers):
            buying, selling = buyers[buyer], sellers[seller]
            shares = min(buying.quantity, selling.quantity)
            matches.append((buying.number, selling.number, shares))
            for order in (buying, selling):
                order.quantity -= shares
                if not order.quantity:
                    del self._orders[order.number]
            buyer += not buying.quantity
            seller += not selling.quantity
        return matches
