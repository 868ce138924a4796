"""The call auction against a second, naive reading of the same text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.market.rules.auction import MIDDLE, NEAREST, NEAREST_OF_ALL, uncross

TIES = (MIDDLE, NEAREST, NEAREST_OF_ALL)

BUY, SELL = 1, 2
Order = tuple[int, int, int]


def by_the_text(orders: list[Order], tie: str, reference: int, tick: int) -> tuple[list[int], int]:
    """(prices the text allows, shares), trying every tick and counting anew each time.

    Nothing here is shared with the rule: no cumulative sums, no stretches, no bisection.
    """
    if not orders:
        return [], 0
    named = sorted({price for _, price, _ in orders})
    # Shanghai speaks of order prices (申报价格), the others of prices.
    tried = named if tie == MIDDLE else list(range(named[0], named[-1] + tick, tick))

    def bought(price: int) -> int:
        return sum(qty for side, limit, qty in orders if side == BUY and limit >= price)

    def sold(price: int) -> int:
        return sum(qty for side, limit, qty in orders if side == SELL and limit <= price)

    most = max(min(bought(price), sold(price)) for price in tried)
    if most == 0:
        return [], 0
    allowed = []
    for price in tried:
        traded = min(bought(price), sold(price))
        better_buys = sum(qty for side, limit, qty in orders if side == BUY and limit > price)
        better_sells = sum(qty for side, limit, qty in orders if side == SELL and limit < price)
        one_side_done = traded in (bought(price), sold(price))
        if traded == most and max(better_buys, better_sells) <= traded and one_side_done:
            allowed.append(price)
    if tie != NEAREST_OF_ALL:
        least = min(abs(bought(price) - sold(price)) for price in allowed)
        allowed = [price for price in allowed if abs(bought(price) - sold(price)) == least]
    if tie != MIDDLE:
        gap = min(abs(price - reference) for price in allowed)
        return [price for price in allowed if abs(price - reference) == gap], most
    ticks_twice = (allowed[0] + allowed[-1]) // tick
    return [(ticks_twice + 1) // 2 * tick], most


orders = st.lists(
    st.tuples(
        st.sampled_from([BUY, SELL]),
        st.integers(990, 1_010).map(lambda ticks: ticks * 10),
        st.integers(1, 5).map(lambda lots: lots * 100),
    ),
    max_size=14,
)


@given(orders, st.sampled_from(TIES), st.integers(985, 1_015))
def test_both_readings_agree(book: list[Order], tie: str, reference_ticks: int) -> None:
    allowed, shares = by_the_text(book, tie, reference_ticks * 10, 10)
    price, volume = uncross(book, tie, reference_ticks * 10, 10)
    assert volume == shares
    assert price in (allowed or [0])


@given(orders.filter(len), st.sampled_from(TIES))
def test_the_order_of_orders_does_not_matter(book: list[Order], tie: str) -> None:
    assert uncross(book, tie, 10_000, 10) == uncross(book[::-1], tie, 10_000, 10)


@given(orders, st.integers(985, 1_015))
def test_both_ties_trade_the_same(book: list[Order], reference_ticks: int) -> None:
    nearest = uncross(book, NEAREST, reference_ticks * 10, 10)[1]
    assert uncross(book, MIDDLE, reference_ticks * 10, 10)[1] == nearest


@pytest.mark.parametrize(
    ("book", "tie", "reference", "expected"),
    [
        ([], MIDDLE, 10_000, (0, 0)),
        ([(BUY, 10_000, 100)], MIDDLE, 10_000, (0, 0)),
        ([(SELL, 10_000, 100)], NEAREST, 10_000, (0, 0)),
        ([(BUY, 9_990, 100), (SELL, 10_000, 100)], NEAREST, 10_000, (0, 0)),
        # Everybody at the upper limit, one seller there too.
        ([(BUY, 11_000, 900)] * 3 + [(SELL, 11_000, 200)], MIDDLE, 10_000, (11_000, 200)),
        # Everybody sells at the lower limit.
        ([(SELL, 9_000, 900)] * 3 + [(BUY, 9_000, 200)], NEAREST, 10_000, (9_000, 200)),
        # A stretch of prices does: its middle, half up to the tick, or what is nearest.
        ([(BUY, 10_100, 100), (SELL, 10_000, 100)], MIDDLE, 9_000, (10_050, 100)),
        ([(BUY, 10_110, 100), (SELL, 10_000, 100)], MIDDLE, 9_000, (10_060, 100)),
        ([(BUY, 10_100, 100), (SELL, 10_000, 100)], NEAREST, 10_070, (10_070, 100)),
        ([(BUY, 10_100, 100), (SELL, 10_000, 100)], NEAREST, 9_000, (10_000, 100)),
        ([(BUY, 10_100, 100), (SELL, 10_000, 100)], NEAREST, 12_000, (10_100, 100)),
        # Prices above 10.05 leave nothing over: Shanghai looks at order prices, Shenzhen at all.
        (
            [(BUY, 10_100, 100), (BUY, 10_050, 100), (SELL, 10_000, 100)],
            MIDDLE,
            10_000,
            (10_100, 100),
        ),
        (
            [(BUY, 10_100, 100), (BUY, 10_050, 100), (SELL, 10_000, 100)],
            NEAREST,
            10_000,
            (10_060, 100),
        ),
        # Beijing asks only what is nearest: what it leaves over plays no part.
        (
            [(BUY, 10_100, 100), (BUY, 10_050, 100), (SELL, 10_000, 100)],
            NEAREST_OF_ALL,
            10_000,
            (10_050, 100),
        ),
    ],
)
def test_uncross(book: list[Order], tie: str, reference: int, expected: tuple[int, int]) -> None:
    assert uncross(book, tie, reference, 10) == expected
