"""What a price triggers, against a plain reading that asks every condition at every price."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.conditions import rules
from yunquan.conditions.types import Attention, Crossing, Sight, Watch

SYMBOLS = ("600519.SH", "000001.SZ")
ABOVE, BELOW = Crossing.AT_OR_ABOVE, Crossing.AT_OR_BELOW
TRADING = Sight(
    "600519.SH",
    last_milli=10_000,
    prev_close_milli=9_900,
    closed_milli=9_900,
    is_continuous=True,
    is_halted=False,
    is_stale=False,
)


@pytest.mark.parametrize(
    ("sight", "expected"),
    [
        (TRADING, Attention.ACT),
        (replace(TRADING, closed_milli=0), Attention.ACT),
        (replace(TRADING, last_milli=0), Attention.WAIT),
        (replace(TRADING, is_stale=True), Attention.WAIT),
        (replace(TRADING, is_halted=True), Attention.WAIT),
        (replace(TRADING, is_continuous=False), Attention.WAIT),
        (replace(TRADING, prev_close_milli=9_400), Attention.EX_RIGHT),
        (replace(TRADING, prev_close_milli=9_400, is_continuous=False), Attention.EX_RIGHT),
    ],
)
def test_a_quote_is_acted_on_only_while_it_means_something(
    sight: Sight, expected: Attention
) -> None:
    assert rules.attend(sight) is expected


@pytest.mark.parametrize(
    ("crossing", "price", "expected"),
    [
        (ABOVE, 9_999, False),
        (ABOVE, 10_000, True),
        (ABOVE, 12_000, True),
        (BELOW, 10_001, False),
        (BELOW, 10_000, True),
        (BELOW, 8_000, True),
    ],
)
def test_the_threshold_counts_and_so_does_a_gap_over_it(
    crossing: Crossing, price: int, expected: bool
) -> None:
    watch = Watch("cnd_1", "600519.SH", crossing, 10_000)
    index = rules.WatchIndex()
    index.add(watch)
    assert rules.is_crossed(watch, price) is expected
    assert index.take("600519.SH", price) == ([watch] if expected else [])
    assert index.take("600519.SH", price) == []


def test_the_same_trigger_has_the_same_command_and_another_has_not() -> None:
    first = rules.trigger_command("cnd_1", "2026-03-02", 1)
    assert first == rules.trigger_command("cnd_1", "2026-03-02", 1)
    others = {
        rules.trigger_command("cnd_2", "2026-03-02", 1),
        rules.trigger_command("cnd_1", "2026-03-03", 1),
        rules.trigger_command("cnd_1", "2026-03-02", 2),
    }
    assert len(others - {first}) == 3


watches = st.builds(
    Watch,
    st.integers(0, 30).map("cnd_{}".format),
    st.sampled_from(SYMBOLS),
    st.sampled_from(Crossing),
    st.integers(90, 110),
)
prices = st.tuples(st.sampled_from(SYMBOLS), st.integers(85, 115))
drops = st.integers(0, 30).map("cnd_{}".format)


@given(st.lists(st.one_of(watches, prices, drops), max_size=80))
def test_the_index_agrees_with_asking_everyone(steps: list[Watch | tuple[str, int] | str]) -> None:
    index, plain = rules.WatchIndex(), dict[str, Watch]()
    for step in steps:
        if isinstance(step, Watch):
            index.add(step)
            plain[step.condition] = step
        elif isinstance(step, str):
            index.drop(step)
            plain.pop(step, None)
        else:
            symbol, price = step
            crossed = {
                name
                for name, watch in plain.items()
                if watch.symbol == symbol and rules.is_crossed(watch, price)
            }
            assert {watch.condition for watch in index.take(symbol, price)} == crossed
            for name in crossed:
                del plain[name]
        assert len(index) == len(plain)
