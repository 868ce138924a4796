"""The stylised facts: how prices, volumes and books of the simulated market behave.

Each figure has a bound that a market without the fact breaks: the same figure of independent
normal returns, of even volumes or of linear impact is held against the same bound.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from statistics import fmean

import pytest

from benchmarks.venue.facts import (
    ORDERS_PER_MINUTE,
    PARENTS,
    SYMBOLS,
    Facts,
    book_by_time,
    facts_of,
    real,
    shared_data,
    simulated,
)
from benchmarks.venue.market import Played, impact, play, prices_of
from benchmarks.venue.statistics import exponent

# The fact, what it must be over the mean of the shares, and in words.
BOUNDS: tuple[tuple[str, Callable[[Facts], bool]], ...] = (
    ("fat tails", lambda facts: facts["excess kurtosis"] > 1.0),
    ("clustering", lambda facts: facts["of sizes, mean of lags 1, 2, 5, 10"] > 0.05),
    (
        "hardly predictable",
        lambda facts: (
            abs(facts["autocorrelation, 1 minute"]) < 0.25
            and abs(facts["autocorrelation, 2 minutes"]) < 0.1
        ),
    ),
    ("volume moves with size", lambda facts: facts["volume with size"] > 0.15),
    (
        "U-shaped volume",
        lambda facts: (
            facts["volume, first half hour"] > 1.3
            and facts["volume, last half hour"] > 1.05
            and facts["volume, noon"] < 0.85
        ),
    ),
)


@pytest.fixture(scope="module")
def played() -> Played:
    return play(prices_of("small"), SYMBOLS, 2, ORDERS_PER_MINUTE)


def mean_of(found: list[Facts]) -> Facts:
    return {name: fmean(facts[name] for facts in found) for name in found[0]}


def walk(step: Callable[[float], float], days: int = 12) -> Facts:
    """A market of made-up returns and even, independent volumes."""
    draw = random.Random(3)
    made = []
    move = 0.0
    for _ in range(days):
        price, day = 10_000.0, []
        for _ in range(240):
            move = step(move)
            price *= 1 + 0.001 * move
            day.append((price, 1_000 * draw.lognormvariate(0, 0.5)))
        made.append(day)
    return facts_of(made)


@pytest.mark.parametrize(("fact", "holds"), BOUNDS, ids=[fact for fact, _ in BOUNDS])
def test_the_market_has_the_fact(fact: str, holds: Callable[[Facts], bool], played: Played) -> None:
    found = mean_of(simulated(played.minutes))
    assert holds(found), (fact, found)


def test_no_share_is_left_without_trades(played: Played) -> None:
    for symbol, minutes in played.minutes.items():
        assert sum(minute.volume > 0 for minute in minutes) > 0.9 * len(minutes), symbol
        assert sum(minute.spread_milli > 0 for minute in minutes) > 0.95 * len(minutes), symbol


def test_independent_normal_returns_have_none_of_the_facts() -> None:
    draw = random.Random(5)
    control = walk(lambda _: draw.gauss(0, 1))
    assert {fact: holds(control) for fact, holds in BOUNDS} == {
        "fat tails": False,
        "clustering": False,
        "hardly predictable": True,
        "volume moves with size": False,
        "U-shaped volume": False,
    }


def test_returns_that_follow_the_last_one_are_predictable() -> None:
    draw = random.Random(5)
    control = walk(lambda last: 0.6 * last + draw.gauss(0, 1))
    assert not dict(BOUNDS)["hardly predictable"](control)


def test_the_opening_is_wide_and_thin(played: Played) -> None:
    spread, depth = book_by_time(played.minutes)
    assert spread[0] == max(spread)
    assert spread[0] > 1.05
    assert depth[0] == min(depth)
    assert depth[0] < 0.95


def test_large_parents_move_the_price_less_than_in_proportion() -> None:
    prices = prices_of("small")
    moved = [impact(prices, SYMBOLS[:4], size, 10) for size in PARENTS]
    assert 0 < moved[0] < moved[1] < moved[2]
    assert 0.2 < exponent(PARENTS, moved) < 0.85
    linear = [0.01 * size for size in PARENTS]
    assert not 0.2 < exponent(PARENTS, linear) < 0.85


def test_real_minutes_have_the_facts_too() -> None:
    """What the bounds are for: real shares are within them."""
    folder = shared_data()
    if folder is None:
        pytest.skip("real minutes are absent: name their folder in YUNQUAN_SHARED_DATA")
    found = mean_of(real(folder))
    assert [fact for fact, holds in BOUNDS if not holds(found)] == []
