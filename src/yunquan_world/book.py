"""One security's order book for one day: price, then time, on a fixed ladder of ticks.

The daily price limits bound the prices, so every price is an index into arrays. Orders of one price
are a linked list (any of them leaves in constant time) and a two-level bitmap of the prices in use
finds the next best price in constant time, however sparse the book is. The cost of an event thus
does not grow with the number of orders nor with the distance between prices.

Prices are in milli (0.001 CNY), quantities in shares, order numbers are the caller's and unique.
"""

from __future__ import annotations

BUY = 1
SELL = 2

# Prices in one word of the bitmap. The widest book in use (20 % of a price above 1,000 CNY) has
# about 50,000 ticks: then both the words and the summary are integers of a few hundred bits.
_WORD_SHIFT = 7
_WORD_MASK = (1 << _WORD_SHIFT) - 1


class Resting:
    """An order waiting in the book; `quantity` is what is left of it, in shares."""

    __slots__ = ("after", "before", "level", "number", "quantity", "side")

    def __init__(self, number: int, side: int, level: int, quantity: int) -> None:
        self.number = number
        self.side = side
        self.level = level
        self.quantity = quantity
        self.before: Resting | None = None
        self.after: Resting | None = None


class Book:
    """The resting orders between two price limits, and the matching of a new one against them."""

    def __init__(self, low_milli: int, high_milli: int, tick_milli: int) -> None:
        assert 0 < low_milli <= high_milli
        assert tick_milli > 0
        self.low = low_milli
        self.tick = tick_milli
        self.levels = (high_milli - low_milli) // tick_milli + 1
        self.orders: dict[int, Resting] = {}
        # The best prices as levels; -1 and `levels` stand for an empty side, so that a comparison
        # with a limit needs no special case.
        self.best_bid = -1
        self.best_ask = self.levels
        # A level holds bids or asks, never both (the book is never crossed): one set of arrays.
        self.first: list[Resting | None] = [None] * self.levels
        self.last: list[Resting | None] = [None] * self.levels
        self.total: list[int] = [0] * self.levels
        words = (self.levels >> _WORD_SHIFT) + 1
        self.bid_words: list[int] = [0] * words
        self.ask_words: list[int] = [0] * words
        self.bid_summary = 0
        self.ask_summary = 0

    def add(
        self, number: int, side: int, price_milli: int, quantity: int
    ) -> list[tuple[int, int, int]]:
        """Match a limit order and rest what is left.

        Returns the fills in order, each (number of the resting order, price in milli, shares). The
        price must be a tick between the limits: the caller has validated it.
        """
        fills: list[tuple[int, int, int]] = []
        level = (price_milli - self.low) // self.tick
        assert 0 <= level < self.levels
        assert quantity > 0
        if side == BUY:
            while quantity > 0 and self.best_ask <= level:
                quantity = self._take(self.best_ask, quantity, fills)
        else:
            while quantity > 0 and self.best_bid >= level:
                quantity = self._take(self.best_bid, quantity, fills)
        if quantity > 0:
            self._rest(Resting(number, side, level, quantity))
        return fills

    def cancel(self, number: int) -> int:
        """Take an order out; returns the shares it had left, 0 if it is not in the book."""
        order = self.orders.pop(number, None)
        if order is None:
            return 0
        level = order.level
        before, after = order.before, order.after
        if before is None:
            self.first[level] = after
        else:
            before.after = after
        if after is None:
            self.last[level] = before
        else:
            after.before = before
        self.total[level] -= order.quantity
        if before is None and after is None:
            self._vacate(level, order.side)
        return order.quantity

    def left(self, number: int) -> int:
        """The shares an order still has in the book; 0 if it is not there."""
        order = self.orders.get(number)
        return 0 if order is None else order.quantity

    def bid_milli(self) -> int:
        """The best bid in milli; 0 if nobody bids."""
        return self.low + self.best_bid * self.tick if self.best_bid >= 0 else 0

    def ask_milli(self) -> int:
        """The best ask in milli; 0 if nobody offers."""
        return self.low + self.best_ask * self.tick if self.best_ask < self.levels else 0

    def depth(self, side: int, count: int) -> list[tuple[int, int]]:
        """The best `count` prices of a side as (price in milli, shares), best first."""
        words = self.bid_words if side == BUY else self.ask_words
        summary = self.bid_summary if side == BUY else self.ask_summary
        rows: list[tuple[int, int]] = []
        while summary and len(rows) < count:
            index = _best_bit(summary, side)
            summary ^= 1 << index
            word = words[index]
            while word and len(rows) < count:
                bit = _best_bit(word, side)
                word ^= 1 << bit
                level = (index << _WORD_SHIFT) + bit
                rows.append((self.low + level * self.tick, self.total[level]))
        return rows

    def shares_through(self, side: int, price_milli: int) -> int:
        """All shares resting on `side` at `price_milli` or better, in shares."""
        return sum(
            shares
            for price, shares in self.depth(side, self.levels)
            if (price >= price_milli if side == BUY else price <= price_milli)
        )

    def _take(self, level: int, quantity: int, fills: list[tuple[int, int, int]]) -> int:
        """Fill from one level, oldest order first; returns the shares still wanted."""
        price_milli = self.low + level * self.tick
        maker = self.first[level]
        assert maker is not None
        side = maker.side
        while maker is not None and quantity > 0:
            if maker.quantity > quantity:
                maker.quantity -= quantity
                self.total[level] -= quantity
                fills.append((maker.number, price_milli, quantity))
                return 0
            shares = maker.quantity
            quantity -= shares
            self.total[level] -= shares
            fills.append((maker.number, price_milli, shares))
            del self.orders[maker.number]
            maker = maker.after
            self.first[level] = maker
            if maker is not None:
                maker.before = None
        if maker is None:
            self.last[level] = None
            self._vacate(level, side)
        return quantity

    def _rest(self, order: Resting) -> None:
        level = order.level
        assert order.number not in self.orders
        self.orders[order.number] = order
        self.total[level] += order.quantity
        last = self.last[level]
        self.last[level] = order
        if last is not None:
            last.after = order
            order.before = last
            return
        self.first[level] = order
        index = level >> _WORD_SHIFT
        bit = 1 << (level & _WORD_MASK)
        if order.side == BUY:
            self.bid_words[index] |= bit
            self.bid_summary |= 1 << index
            if level > self.best_bid:
                self.best_bid = level
        else:
            self.ask_words[index] |= bit
            self.ask_summary |= 1 << index
            if level < self.best_ask:
                self.best_ask = level

    def _vacate(self, level: int, side: int) -> None:
        """Note that a level has become empty and find the next best one if it was the best."""
        index = level >> _WORD_SHIFT
        bit = 1 << (level & _WORD_MASK)
        if side == BUY:
            word = self.bid_words[index] ^ bit
            self.bid_words[index] = word
            if not word:
                self.bid_summary ^= 1 << index
            if level == self.best_bid:
                index = self.bid_summary.bit_length() - 1
                self.best_bid = (
                    -1
                    if index < 0
                    else (index << _WORD_SHIFT) + self.bid_words[index].bit_length() - 1
                )
            return
        word = self.ask_words[index] ^ bit
        self.ask_words[index] = word
        if not word:
            self.ask_summary ^= 1 << index
        if level == self.best_ask:
            if not self.ask_summary:
                self.best_ask = self.levels
                return
            index = _best_bit(self.ask_summary, SELL)
            self.best_ask = (index << _WORD_SHIFT) + _best_bit(self.ask_words[index], SELL)


def _best_bit(word: int, side: int) -> int:
    """The best set bit: the highest for bids, the lowest for asks."""
    return word.bit_length() - 1 if side == BUY else (word & -word).bit_length() - 1
