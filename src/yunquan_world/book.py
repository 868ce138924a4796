"""One security's order book for one day: price, then time, on a ladder of ticks.

Every price is a number of ticks above the lowest one. Orders of one price are a linked list (any of
them leaves in constant time) and a two-level bitmap of the prices in use finds the next best price
in constant time, however sparse the book is: the cost of an event does not grow with the number of
orders nor with the distance between prices. Only prices in use take memory, so that a security
without price limits needs no other book.

Bids and asks are kept apart, so that the book may be crossed: in a call auction orders `rest`
without being matched, and `uncross` trades them at one price.

Prices are in milli (0.001 CNY), quantities in shares, order numbers are the caller's and unique.
"""

from __future__ import annotations

BUY = 1
SELL = 2

# Prices in one word of the bitmap. A wide book (20 % of a price above 1,000 CNY) has about 50,000
# ticks: then both the words and the summary are integers of a few hundred bits.
_WORD_SHIFT = 7
_WORD_MASK = (1 << _WORD_SHIFT) - 1
# Stands for the best ask of an empty side, so that a comparison with a limit needs no special case.
_NO_ASK = 1 << 62

Fill = tuple[int, int, int]


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


class _Level:
    """The orders of one side at one price, oldest first, and their shares together."""

    __slots__ = ("first", "last", "total")

    def __init__(self) -> None:
        self.first: Resting | None = None
        self.last: Resting | None = None
        self.total = 0


class Book:
    """The resting orders between two price limits, and the matching of a new one against them."""

    def __init__(self, low_milli: int, high_milli: int, tick_milli: int) -> None:
        assert 0 < low_milli <= high_milli
        assert tick_milli > 0
        self.low = low_milli
        self.tick = tick_milli
        self.levels = (high_milli - low_milli) // tick_milli + 1
        self.orders: dict[int, Resting] = {}
        self.best_bid = -1
        self.best_ask = _NO_ASK
        self.bids: dict[int, _Level] = {}
        self.asks: dict[int, _Level] = {}
        self.bid_words: dict[int, int] = {}
        self.ask_words: dict[int, int] = {}
        self.bid_summary = 0
        self.ask_summary = 0

    def add(self, number: int, side: int, price_milli: int, quantity: int) -> list[Fill]:
        """Match a limit order and rest what is left.

        Returns the fills in order, each (number of the resting order, price in milli, shares). The
        price must be a tick between the limits: the caller has validated it.
        """
        level = (price_milli - self.low) // self.tick
        assert 0 <= level < self.levels
        assert quantity > 0
        if side == BUY:
            if self.best_ask > level:
                self._rest(Resting(number, side, level, quantity))
                return []
        elif self.best_bid < level:
            self._rest(Resting(number, side, level, quantity))
            return []
        fills: list[Fill] = []
        quantity = self._sweep(side, level, quantity, fills)
        if quantity > 0:
            self._rest(Resting(number, side, level, quantity))
        return fills

    def take(self, side: int, price_milli: int, quantity: int) -> list[Fill]:
        """Match an order up to a price without resting what is left of it; returns the fills."""
        fills: list[Fill] = []
        self._sweep(side, (price_milli - self.low) // self.tick, quantity, fills)
        return fills

    def rest(self, number: int, side: int, price_milli: int, quantity: int) -> None:
        """Put an order into the book unmatched, even if it crosses: for call auctions."""
        level = (price_milli - self.low) // self.tick
        assert 0 <= level < self.levels
        assert quantity > 0
        self._rest(Resting(number, side, level, quantity))

    def uncross(self, price_milli: int) -> list[Fill]:
        """Trade everything that can trade at one price, better prices first, then time.

        Returns (number of the buyer, number of the seller, shares).
        """
        level = (price_milli - self.low) // self.tick
        fills: list[Fill] = []
        while self.best_bid >= level >= self.best_ask:
            buy = self.bids[self.best_bid].first
            sell = self.asks[self.best_ask].first
            assert buy is not None
            assert sell is not None
            shares = min(buy.quantity, sell.quantity)
            fills.append((buy.number, sell.number, shares))
            for order in (buy, sell):
                if order.quantity == shares:
                    self.cancel(order.number)
                else:
                    order.quantity -= shares
                    side = self.bids if order.side == BUY else self.asks
                    side[order.level].total -= shares
        return fills

    def cancel(self, number: int) -> int:
        """Take an order out; returns the shares it had left, 0 if it is not in the book."""
        order = self.orders.pop(number, None)
        if order is None:
            return 0
        level = (self.bids if order.side == BUY else self.asks)[order.level]
        before, after = order.before, order.after
        if before is None:
            level.first = after
        else:
            before.after = after
        if after is None:
            level.last = before
        else:
            after.before = before
        level.total -= order.quantity
        if before is None and after is None:
            self._vacate(order.level, order.side)
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
        return self.low + self.best_ask * self.tick if self.best_ask != _NO_ASK else 0

    def depth(self, side: int, count: int) -> list[tuple[int, int]]:
        """The best `count` prices of a side as (price in milli, shares), best first."""
        words = self.bid_words if side == BUY else self.ask_words
        summary = self.bid_summary if side == BUY else self.ask_summary
        levels = self.bids if side == BUY else self.asks
        rows: list[tuple[int, int]] = []
        while summary and len(rows) < count:
            index = _best_bit(summary, side)
            summary ^= 1 << index
            word = words[index]
            while word and len(rows) < count:
                bit = _best_bit(word, side)
                word ^= 1 << bit
                level = (index << _WORD_SHIFT) + bit
                rows.append((self.low + level * self.tick, levels[level].total))
        return rows

    def through(self, side: int, price_milli: int) -> list[tuple[int, int]]:
        """All prices of a side at `price_milli` or better as (price, shares), best first."""
        count = 8
        while True:
            # Most often only a few of many prices are wanted.
            rows = self.depth(side, count)
            last = rows[-1][0] if rows else 0
            if len(rows) < count or (last < price_milli if side == BUY else last > price_milli):
                break
            count *= 8
        if side == BUY:
            return [row for row in rows if row[0] >= price_milli]
        return [row for row in rows if row[0] <= price_milli]

    def shares_through(self, side: int, price_milli: int) -> int:
        """All shares resting on `side` at `price_milli` or better, in shares."""
        return sum(shares for _, shares in self.through(side, price_milli))

    @property
    def is_crossed(self) -> bool:
        """Whether a buyer bids as much as a seller asks: only in a call auction."""
        return self.best_bid >= self.best_ask

    def _sweep(self, side: int, level: int, quantity: int, fills: list[Fill]) -> int:
        """Fill from the best price on, not beyond `level`; returns the shares still wanted."""
        if side == BUY:
            while quantity > 0 and self.best_ask <= level:
                quantity = self._take(self.best_ask, self.asks[self.best_ask], quantity, fills)
        else:
            while quantity > 0 and self.best_bid >= level:
                quantity = self._take(self.best_bid, self.bids[self.best_bid], quantity, fills)
        return quantity

    def _take(self, number: int, level: _Level, quantity: int, fills: list[Fill]) -> int:
        """Fill from one level, oldest order first; returns the shares still wanted."""
        price_milli = self.low + number * self.tick
        maker = level.first
        assert maker is not None
        side = maker.side
        while maker is not None and quantity > 0:
            shares = maker.quantity
            if shares > quantity:
                maker.quantity = shares - quantity
                level.total -= quantity
                fills.append((maker.number, price_milli, quantity))
                return 0
            quantity -= shares
            level.total -= shares
            fills.append((maker.number, price_milli, shares))
            del self.orders[maker.number]
            maker = maker.after
            level.first = maker
            if maker is not None:
                maker.before = None
        if maker is None:
            level.last = None
            self._vacate(number, side)
        return quantity

    def _rest(self, order: Resting) -> None:
        number, side = order.level, order.side
        orders = self.orders
        assert order.number not in orders
        orders[order.number] = order
        levels = self.bids if side == BUY else self.asks
        level = levels.get(number)
        if level is None:
            level = levels[number] = _Level()
        level.total += order.quantity
        last = level.last
        level.last = order
        if last is not None:
            last.after = order
            order.before = last
            return
        level.first = order
        self._occupy(number, side)

    def _occupy(self, level: int, side: int) -> None:
        """Note that a level is in use."""
        index = level >> _WORD_SHIFT
        bit = 1 << (level & _WORD_MASK)
        if side == BUY:
            words = self.bid_words
            word = words.get(index, 0)
            if not word:
                self.bid_summary |= 1 << index
            words[index] = word | bit
            if level > self.best_bid:
                self.best_bid = level
            return
        words = self.ask_words
        word = words.get(index, 0)
        if not word:
            self.ask_summary |= 1 << index
        words[index] = word | bit
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
                if not word:
                    if not self.bid_summary:
                        self.best_bid = -1
                        return
                    index = self.bid_summary.bit_length() - 1
                    word = self.bid_words[index]
                self.best_bid = (index << _WORD_SHIFT) + word.bit_length() - 1
            return
        word = self.ask_words[index] ^ bit
        self.ask_words[index] = word
        if not word:
            self.ask_summary ^= 1 << index
        if level == self.best_ask:
            if not word:
                if not self.ask_summary:
                    self.best_ask = _NO_ASK
                    return
                index = _best_bit(self.ask_summary, SELL)
                word = self.ask_words[index]
            self.best_ask = (index << _WORD_SHIFT) + _best_bit(word, SELL)


def _best_bit(word: int, side: int) -> int:
    """The best set bit: the highest for bids, the lowest for asks."""
    return word.bit_length() - 1 if side == BUY else (word & -word).bit_length() - 1
