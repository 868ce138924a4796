"""Durations of the last minute: right within a tenth, and only of the last minute."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.recent import Recent


def test_nothing_has_no_figures() -> None:
    assert Recent().percentiles_ms(100.0, 0.5) == ()


@given(
    st.lists(st.floats(2e-5, 50), min_size=1, max_size=300),
    st.sampled_from((0.01, 0.5, 0.9, 0.99, 1.0)),
)
def test_a_figure_is_right_within_a_tenth(took: list[float], rank: float) -> None:
    recent = Recent()
    for place, one in enumerate(took):
        recent.note(1_000 + place % 50, one)
    exact = sorted(took)[max(0, -int(-len(took) * rank // 1) - 1)] * 1000
    (found,) = recent.percentiles_ms(1_049, rank)
    assert exact * 0.999 <= found <= exact * 1.101


@pytest.mark.parametrize(
    ("now_s", "found"), [(59.0, (2,)), (60.9, (1,)), (69.9, (1,)), (70.0, (0,)), (500.0, (0,))]
)
def test_what_is_older_than_a_minute_is_forgotten(now_s: float, found: tuple[int]) -> None:
    recent = Recent()
    recent.note(0.5, 1.0)
    recent.note(10.5, 0.001)
    shares = recent.percentiles_ms(now_s, 0.01)
    # The shorter one is the last to go.
    assert (bool(shares), recent.percentiles_ms(now_s, 1.0) > (500.0,)) == (
        found[0] > 0,
        found[0] > 1,
    )


def test_extremes_have_a_place() -> None:
    recent = Recent()
    for took in (0.0, -0.001, 1e-9, 1e9):
        recent.note(5.0, took)
    shortest, longest = recent.percentiles_ms(5.0, 0.25, 1.0)
    assert shortest <= 0.011
    assert longest > 50_000


def test_noting_many_keeps_their_shares() -> None:
    recent, chance = Recent(), random.Random(3)
    for _ in range(50_000):
        recent.note(7.0, 0.002 if chance.random() < 0.95 else 0.2)
    half, most = recent.percentiles_ms(7.0, 0.5, 0.99)
    assert 2.0 <= half <= 2.2
    assert 200 <= most <= 220
