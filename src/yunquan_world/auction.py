"""The price of a call auction: pure arithmetic over what is bid and offered at each price.

D(p): shares bid at p or more. S(p): shares offered at p or less. The price is one at which (1) the
volume min(D, S) is largest, (2) all buyers above it and all sellers below it are filled, and (3) at
the price itself one side is filled. Where several are left, each exchange has its own rule.
Prices in milli (0.001 CNY), quantities in shares.

Source: trading rules of the Shanghai and Shenzhen stock exchanges (2026), 3.6; trading rules of the
Beijing Stock Exchange (2026), 3.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Row = tuple[int, int]

# What decides between prices that are equally good.
SMALLEST_REST_THEN_MIDDLE = "smallest_rest_then_middle"
SMALLEST_REST_THEN_NEAREST = "smallest_rest_then_nearest"
NEAREST = "nearest"


class Outcome(NamedTuple):
    """What a call auction comes to. unmatched: shares left at the price, + buyers, - sellers."""

    price_milli: int
    matched: int
    unmatched: int


class _Span(NamedTuple):
    """Neighbouring prices at which the same is bid and the same offered.

    ordered: somebody's order has this price; else the prices lie between those of orders.
    """

    low_milli: int
    high_milli: int
    bid: int
    offered: int
    ordered: bool


def clear(
    bids: Sequence[Row], asks: Sequence[Row], *, tick_milli: int, tie: str, reference_milli: int
) -> Outcome | None:
    """The auction's price and volume; None if nobody can trade.

    bids, asks: (price, shares), best price first, each price once. reference_milli: the price that
    decides a tie by nearness, by the exchange's rule the previous close or the last trade.
    """
    if not bids or not asks or bids[0][0] < asks[0][0]:
        return None
    spans = _candidates(bids, asks, tick_milli)
    if tie == SMALLEST_REST_THEN_MIDDLE:
        # Shanghai chooses between the prices of orders: "two or more order prices".
        spans = [span for span in spans if span.ordered] or spans
    if tie != NEAREST:
        least = min(abs(span.bid - span.offered) for span in spans)
        spans = [span for span in spans if abs(span.bid - span.offered) == least]
    if tie == SMALLEST_REST_THEN_MIDDLE:
        low, high = spans[0].low_milli, spans[-1].high_milli
        # The middle at the tick, half up.
        price_milli = (low + high + tick_milli) // (2 * tick_milli) * tick_milli
    else:
        price_milli = _nearest(spans, reference_milli)
    return _outcome(bids, asks, price_milli)


def _candidates(bids: Sequence[Row], asks: Sequence[Row], tick_milli: int) -> list[_Span]:
    """All prices that meet the three conditions, in rising order."""
    low, high = asks[0][0], bids[0][0]
    prices = sorted({price for price, _ in (*bids, *asks) if low <= price <= high})
    bid_at, offered_at = dict(bids), dict(asks)
    # Demand at the lowest price, supply below it; both are carried upwards.
    demand = sum(shares for price, shares in bids if price >= low)
    supply = 0
    found: list[_Span] = []
    largest = 0
    for place, price in enumerate(prices):
        supply += offered_at.get(price, 0)
        above = demand - bid_at.get(price, 0)
        below = supply - offered_at.get(price, 0)
        spans = []
        if above <= supply and below <= demand:
            spans.append(_Span(price, price, demand, supply, ordered=True))
        following = prices[place + 1] if place + 1 < len(prices) else price
        if following - price > tick_milli and above == supply:
            # Between two prices of orders everybody is above or below: all must be filled.
            span = _Span(price + tick_milli, following - tick_milli, above, supply, ordered=False)
            spans.append(span)
        for span in spans:
            volume = min(span.bid, span.offered)
            if volume > largest:
                largest = volume
                found.clear()
            if volume == largest:
                found.append(span)
        demand = above
    return found


def _nearest(spans: Sequence[_Span], reference_milli: int) -> int:
    """The price closest to the reference; of two equally close ones the higher.

    The rules don't say which of the two; a choice of this exchange.
    """
    closest = [min(max(reference_milli, span.low_milli), span.high_milli) for span in spans]
    return max(closest, key=lambda price: (-abs(price - reference_milli), price))


def _outcome(bids: Sequence[Row], asks: Sequence[Row], price_milli: int) -> Outcome:
    bid = sum(shares for price, shares in bids if price >= price_milli)
    offered = sum(shares for price, shares in asks if price <= price_milli)
    return Outcome(price_milli, min(bid, offered), bid - offered)
