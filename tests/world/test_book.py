"""The matching book against a naive one that keeps sorted lists."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from yunquan_world.book import BUY, SELL, Book

LOW, HIGH, TICK = 1_000, 5_000, 10


@dataclass
class Waiting:
    number: int
    side: int
    price: int
    quantity: int


class NaiveBook:
    """All orders in one list, sorted anew for every order: slow, and plainly right."""

    def __init__(self) -> None:
        self.orders: list[Waiting] = []

    def add(self, number: int, side: int, price: int, quantity: int) -> list[tuple[int, int, int]]:
        sign = -1 if side == SELL else 1
        # A stable sort by price keeps the order of arrival among equal prices.
        others = sorted(
            (order for order in self.orders if order.side != side),
            key=lambda order: sign * order.price,
        )
        fills = []
        for order in others:
            if quantity == 0 or sign * order.price > sign * price:
                break
            shares = min(quantity, order.quantity)
            quantity -= shares
            order.quantity -= shares
            fills.append((order.number, order.price, shares))
        self.orders = [order for order in self.orders if order.quantity]
        if quantity:
            self.orders.append(Waiting(number, side, price, quantity))
        return fills

    def cancel(self, number: int) -> int:
        found = [order.quantity for order in self.orders if order.number == number]
        self.orders = [order for order in self.orders if order.number != number]
        return sum(found)

    def depth(self, side: int) -> list[tuple[int, int]]:
        totals: dict[int, int] = {}
        for order in self.orders:
            if order.side == side:
                totals[order.price] = totals.get(order.price, 0) + order.quantity
        return sorted(totals.items(), reverse=side == BUY)


# Few prices make many fills; the far ones make the bitmap jump over words.
PRICES = st.sampled_from([*range(2_900, 3_100, 10), LOW, LOW + 10, 2_270, 2_280, 4_000, HIGH])
ADD = st.tuples(st.just("add"), st.sampled_from([BUY, SELL]), PRICES, st.integers(1, 900))
CANCEL = st.tuples(st.just("cancel"), st.integers(0, 60), st.just(0), st.just(0))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(ADD, ADD, CANCEL), max_size=60))
def test_the_book_does_what_a_sorted_list_does(events: list[tuple[str, int, int, int]]) -> None:
    book, naive = Book(LOW, HIGH, TICK), NaiveBook()
    placed = filled = cancelled = 0
    for number, (kind, first, price, quantity) in enumerate(events):
        if kind == "cancel":
            shares = book.cancel(first)
            assert shares == naive.cancel(first)
            cancelled += shares
        else:
            fills = book.add(number, first, price, quantity)
            assert fills == naive.add(number, first, price, quantity)
            placed += quantity
            filled += sum(shares for _, _, shares in fills)
        for side in (BUY, SELL):
            assert book.depth(side, book.levels) == naive.depth(side)
        bids, asks = naive.depth(BUY), naive.depth(SELL)
        assert book.bid_milli() == (bids[0][0] if bids else 0)
        assert book.ask_milli() == (asks[0][0] if asks else 0)
        assert not bids or not asks or bids[0][0] < asks[0][0], "the book is crossed"
        # Every share placed is in the book, cancelled, or filled against another one.
        resting = sum(order.quantity for order in book.orders.values())
        assert placed == resting + cancelled + 2 * filled


def test_one_price_is_served_in_order_of_arrival() -> None:
    book = Book(LOW, HIGH, TICK)
    for number in (1, 2, 3):
        book.add(number, SELL, 3_000, 100)
    assert book.add(4, BUY, 3_000, 250) == [(1, 3_000, 100), (2, 3_000, 100), (3, 3_000, 50)]
    assert book.left(3) == 50


def test_a_partly_filled_order_keeps_its_place() -> None:
    book = Book(LOW, HIGH, TICK)
    book.add(1, BUY, 3_000, 300)
    book.add(2, BUY, 3_000, 300)
    book.add(3, SELL, 3_000, 100)
    assert book.add(4, SELL, 3_000, 300) == [(1, 3_000, 200), (2, 3_000, 100)]


def test_a_cancelled_order_leaves_from_the_middle_of_its_price() -> None:
    book = Book(LOW, HIGH, TICK)
    for number in (1, 2, 3):
        book.add(number, BUY, 3_000, 100)
    assert book.cancel(2) == 100
    assert book.cancel(2) == 0
    assert book.add(4, SELL, 3_000, 200) == [(1, 3_000, 100), (3, 3_000, 100)]


def test_depth_and_shares_through_a_price() -> None:
    book = Book(LOW, HIGH, TICK)
    for number, price in enumerate((3_000, 2_990, 2_990, 2_000)):
        book.add(number, BUY, price, 100)
    assert book.depth(BUY, 2) == [(3_000, 100), (2_990, 200)]
    assert book.shares_through(BUY, 2_990) == 300
    assert book.depth(SELL, 5) == []
