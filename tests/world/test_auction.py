"""The call auction against a second one that tries every price: slow, and plainly right."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunquan_world.auction import (
    NEAREST,
    SMALLEST_REST_THEN_MIDDLE,
    SMALLEST_REST_THEN_NEAREST,
    Outcome,
    clear,
)
from yunquan_world.book import BUY, SELL, Book

TIES = (SMALLEST_REST_THEN_MIDDLE, SMALLEST_REST_THEN_NEAREST, NEAREST)
LOW, HIGH, TICK = 9_000, 11_000, 10


@dataclass(frozen=True)
class Bid:
    side: int
    price: int
    shares: int


def naive(orders: list[Bid], tie: str, reference: int) -> Outcome | None:
    """Every tick between the limits, each condition of the rule as it stands in the text."""
    buys = [order for order in orders if order.side == BUY]
    sells = [order for order in orders if order.side == SELL]

    def bid(price: int) -> int:
        return sum(order.shares for order in buys if order.price >= price)

    def offered(price: int) -> int:
        return sum(order.shares for order in sells if order.price <= price)

    def volume(price: int) -> int:
        return min(bid(price), offered(price))

    def holds(price: int) -> bool:
        above = sum(order.shares for order in buys if order.price > price)
        below = sum(order.shares for order in sells if order.price < price)
        at_buy = bid(price) - above
        at_sell = offered(price) - below
        traded = volume(price)
        one_side_is_filled = traded - above == at_buy or traded - below == at_sell
        return traded == largest and above <= traded >= below and one_side_is_filled

    prices = range(LOW, HIGH + TICK, TICK)
    largest = max(volume(price) for price in prices)
    if not largest:
        return None
    left = [price for price in prices if holds(price)]
    assert left, "the largest volume is always reached by a price that fills all better ones"
    if tie == SMALLEST_REST_THEN_MIDDLE:
        asked = {order.price for order in orders}
        left = [price for price in left if price in asked] or left
    if tie != NEAREST:
        least = min(abs(bid(price) - offered(price)) for price in left)
        left = [price for price in left if abs(bid(price) - offered(price)) == least]
    if tie == SMALLEST_REST_THEN_MIDDLE:
        middle = (left[0] + left[-1]) / 2
        price = int(middle / TICK + 0.5) * TICK
    else:
        price = min(left, key=lambda price: (abs(price - reference), -price))
    return Outcome(price, volume(price), bid(price) - offered(price))


def filled(orders: list[Bid]) -> Book:
    book = Book(LOW, HIGH, TICK)
    for number, order in enumerate(orders):
        book.rest(number, order.side, order.price, order.shares)
    return book


def cleared(book: Book, tie: str, reference: int) -> Outcome | None:
    return clear(
        book.depth(BUY, book.levels),
        book.depth(SELL, book.levels),
        tick_milli=TICK,
        tie=tie,
        reference_milli=reference,
    )


# Few prices make ties and locked limits; few sizes make equal sums.
PRICES = st.sampled_from([LOW, HIGH, *range(9_900, 10_110, 10)])
ORDERS = st.lists(
    st.builds(
        Bid, st.sampled_from([BUY, SELL]), PRICES, st.sampled_from([100, 200, 300, 500, 700])
    ),
    max_size=14,
)
REFERENCES = st.sampled_from([LOW, 9_950, 10_000, 10_020, 10_300, HIGH])


@settings(max_examples=400, deadline=None)
@given(ORDERS, REFERENCES, st.sampled_from(TIES))
def test_the_auction_does_what_trying_every_price_does(
    orders: list[Bid], reference: int, tie: str
) -> None:
    assert cleared(filled(orders), tie, reference) == naive(orders, tie, reference)


@settings(max_examples=300, deadline=None)
@given(ORDERS, st.sampled_from(TIES))
def test_an_auction_fills_by_price_then_time_and_leaves_no_cross(
    orders: list[Bid], tie: str
) -> None:
    book = filled(orders)
    outcome = cleared(book, tie, 10_000)
    before = {number: order.shares for number, order in enumerate(orders)}
    if outcome is None:
        assert not book.is_crossed
        return
    fills = book.uncross(outcome.price_milli)
    got: dict[int, int] = {}
    for buyer, seller, shares in fills:
        assert (orders[buyer].side, orders[seller].side) == (BUY, SELL)
        for number in (buyer, seller):
            got[number] = got.get(number, 0) + shares
    assert sum(shares for _, _, shares in fills) == outcome.matched
    assert not book.is_crossed
    for number, shares in before.items():
        assert book.left(number) == shares - got.get(number, 0), "no share is lost or made"
    for side, sign in ((BUY, -1), (SELL, 1)):
        queue = sorted(
            (number for number, order in enumerate(orders) if order.side == side),
            key=lambda number: (sign * orders[number].price, number),
        )
        # By price then time: whoever stands behind an order that is not filled has nothing.
        waiting = [number for number in queue if got.get(number, 0) < before[number]]
        behind = queue[queue.index(waiting[0]) + 1 :] if waiting else []
        assert [number for number in behind if got.get(number)] == []


def rows(text: str) -> list[Bid]:
    """ "B10.03x200 S9.99x300" as orders."""
    found = []
    for word in text.split():
        price, shares = word[1:].split("x")
        side = BUY if word[0] == "B" else SELL
        found.append(Bid(side, round(float(price) * 1000), int(shares)))
    return found


VECTOR_7 = "B10.03x200 B10.01x400 B10.00x400 S9.99x300 S10.00x500 S10.02x300"
# From 9.90 to 10.10 everything trades.
WIDE = "B10.10x300 S9.90x300"
# The same volume from 10.00 to 10.10; at 10.00 200 shares are left, above it none.
UNEVEN = "B10.10x300 B10.00x200 S9.90x300"


@pytest.mark.parametrize(
    ("orders", "tie", "reference", "expected"),
    [
        *[
            pytest.param(VECTOR_7, tie, 9_000, Outcome(10_000, 800, 200), id=f"vector 7, {tie}")
            for tie in TIES
        ],
        (WIDE, SMALLEST_REST_THEN_MIDDLE, 9_900, Outcome(10_000, 300, 0)),
        (WIDE, SMALLEST_REST_THEN_NEAREST, 9_950, Outcome(9_950, 300, 0)),
        (WIDE, SMALLEST_REST_THEN_NEAREST, 10_500, Outcome(10_100, 300, 0)),
        (WIDE, NEAREST, 9_000, Outcome(9_900, 300, 0)),
        # Shanghai looks at prices that somebody asked, Shenzhen at every price.
        (UNEVEN, SMALLEST_REST_THEN_MIDDLE, 10_000, Outcome(10_100, 300, 0)),
        (UNEVEN, SMALLEST_REST_THEN_NEAREST, 10_000, Outcome(10_010, 300, 0)),
        (UNEVEN, NEAREST, 10_000, Outcome(10_000, 300, 200)),
        # At the upper limit: buyers queue, what is sold there trades.
        ("B11.00x5000 S11.00x200", NEAREST, 10_000, Outcome(11_000, 200, 4_800)),
        ("B9.00x200 S9.00x700", SMALLEST_REST_THEN_MIDDLE, 10_000, Outcome(9_000, 200, -500)),
        # The middle of two ticks is rounded half up.
        ("B10.01x100 S10.00x100", SMALLEST_REST_THEN_MIDDLE, 10_000, Outcome(10_010, 100, 0)),
        ("B10.00x100", NEAREST, 10_000, None),
        ("B10.00x100 S10.01x100", NEAREST, 10_000, None),
        ("", NEAREST, 10_000, None),
    ],
)
def test_prices_of_auctions(
    orders: str, tie: str, reference: int, expected: Outcome | None
) -> None:
    assert cleared(filled(rows(orders)), tie, reference) == expected
