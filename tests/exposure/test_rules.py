"""Values, shares, history and shocks: by hand, against independent implementations, and by law."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from tests.exposure.shelf import SECTORS, drawn_book, universe
from yunquan.exposure.rules.book import (
    by_group,
    herfindahl_bp,
    make_book,
    revalue,
    valuation,
)
from yunquan.exposure.rules.figures import client_figures, firm_figures, unit_figures
from yunquan.exposure.rules.history import (
    LEAST_DAYS,
    client_risks,
    fill_returns,
    losses_of,
    place_of,
    proxied_bp,
    risk_of,
)
from yunquan.exposure.rules.picture import exposure_of, priced, tenth_days
from yunquan.exposure.rules.scenarios import (
    all_scenarios,
    scenarios_on,
    shock_bp,
    shocked,
    stress_line,
    stressed,
)
from yunquan.exposure.rules.trial import CRITICAL, WINDOW, likelihood_ratio, trial_of
from yunquan.exposure.types import Exceedance, Scenario
from yunquan.thresholds.rules.watches import watches_on

TODAY = "2026-11-26"
PRICES = np.array([10_000, 20_000, 5_000], np.int64)


def scenario(what: str, bp: int, days: int = 1, *, by_limit: bool = False) -> Scenario:
    return Scenario("x", what, bp, days, by_limit, "2026-01-01", "test", "F", "x", "x")


# --- values


def test_values_by_hand() -> None:
    book = make_book({"A": {0: 100, 2: 400}, "B": {1: 300}, "nobody": {0: 0}})
    now = revalue(book, PRICES)
    assert book.clients == ("A", "B")
    assert_array_equal(now.holding, [100_000, 200_000, 600_000])
    assert_array_equal(now.client, [300_000, 600_000])
    assert_array_equal(now.top_bp, [6_666, 10_000])
    assert [int(book.symbol[at]) for at in now.top] == [2, 1]
    assert now.total == 900_000


def test_an_odd_fraction_of_a_fen_rounds_half_up() -> None:
    book = make_book({"A": {0: 5}, "B": {0: 4}})
    assert_array_equal(revalue(book, np.array([1_001])).client, [501, 400])


@given(st.integers(1, 40), st.integers(1, 30), st.integers(0, 10_000))
def test_a_whole_is_the_sum_of_its_parts(clients: int, symbols: int, seed: int) -> None:
    book = drawn_book(clients, symbols, seed)
    prices = np.random.default_rng(seed).integers(1, 10**7, symbols)
    now = revalue(book, prices)
    slow = [
        sum(
            (int(book.qty[at]) * int(prices[book.symbol[at]]) + 5) // 10
            for at in range(int(book.starts[one]), int(book.starts[one + 1]))
        )
        for one in range(clients)
    ]
    assert now.client.tolist() == slow
    assert int(by_group(now.holding, book.symbol, symbols).sum()) == now.total
    assert all(now.holding[now.top] * 10_000 // now.client == now.top_bp)


def test_an_empty_book_is_worth_nothing() -> None:
    book = make_book({})
    told = exposure_of(
        universe(), book, PRICES, scenarios_on(TODAY), whose="", at_ms=1, day=TODAY, cash_fen=7
    )
    assert (told.value_fen, told.cash_fen, told.hhi_bp, told.holdings) == (0, 7, 0, ())
    assert {one.loss_fen for one in told.stresses} == {0}


@pytest.mark.parametrize(
    ("values", "expected"), [([], 0), ([5], 10_000), ([1, 1], 5_000), ([3, 1], 6_250), ([0], 0)]
)
def test_concentration(values: list[int], expected: int) -> None:
    assert herfindahl_bp(np.array(values, np.int64)) == expected


def test_a_price_that_is_missing_is_the_close_before() -> None:
    assert_array_equal(priced(universe(), {"000001.SZ": 12_340}), [10_000, 12_340, 10_000])


def test_days_to_sell_round_up() -> None:
    # A fifth of 1,000 a day: 200. 1,001 shares take five days and a piece of the sixth.
    assert_array_equal(tenth_days(np.array([1_000, 1_001, 0]), np.array([1_000] * 3)), [50, 51, 0])


# --- history


def oracle(losses: Any, confidence: float) -> tuple[float, float]:
    """NumPy's own quantile, and the mean of what is at least as bad."""
    at_risk = float(np.quantile(losses, confidence, method="inverted_cdf"))
    return max(at_risk, 0.0), max(float(np.mean(losses[losses >= at_risk])), 0.0)


def test_var_by_hand() -> None:
    losses = np.arange(1, 101) * 100.0
    risk = risk_of(losses, 9_500)
    assert (risk.var_fen, risk.shortfall_fen) == (9_500, 9_750)
    assert place_of(250, 9_900) == 247
    assert risk.normal_fen == int(np.ceil(1.6448536269514722 * np.sqrt((losses**2).mean())))


@given(
    st.lists(st.integers(-(10**12), 10**12), min_size=LEAST_DAYS, max_size=400, unique=True),
    st.sampled_from([9_000, 9_500, 9_900]),
)
def test_var_against_numpy(losses: list[int], confidence_bp: int) -> None:
    found = risk_of(np.array(losses, np.float64), confidence_bp)
    at_risk, beyond = oracle(np.array(losses, np.float64), confidence_bp / 10_000)
    assert found.var_fen is not None
    assert found.shortfall_fen is not None
    assert found.var_fen == pytest.approx(at_risk, abs=1)
    assert found.shortfall_fen == pytest.approx(max(beyond, at_risk), abs=1)
    assert found.shortfall_fen >= found.var_fen >= 0


@given(st.integers(0, 1_000), st.integers(2, 9))
def test_twice_the_book_twice_the_loss(seed: int, times: int) -> None:
    losses = np.random.default_rng(seed).standard_normal(120) * 1e8
    one, many = risk_of(losses, 9_900), risk_of(losses * times, 9_900)
    assert one.var_fen is not None
    assert many.var_fen == pytest.approx(one.var_fen * times, abs=times + 1)
    assert many.shortfall_fen == pytest.approx((one.shortfall_fen or 0) * times, abs=times + 1)


def test_too_few_days_say_nothing() -> None:
    short = universe(days=LEAST_DAYS - 1)
    book = make_book({"A": {0: 100}})
    now = revalue(book, PRICES)
    assert risk_of(losses_of(short, np.array([1, 1, 1])), 9_900).var_fen is None
    assert client_risks(short, book, now.holding, 9_900) is None


def test_each_clients_var_is_that_of_its_own_book() -> None:
    known, book = universe(tuple(f"{n:06d}.SH" for n in range(40))), drawn_book(300, 40, 3)
    now = revalue(book, np.full(40, 12_340, np.int64))
    found = client_risks(known, book, now.holding, 9_900)
    assert found is not None
    for one in range(0, 300, 17):
        held = slice(int(book.starts[one]), int(book.starts[one + 1]))
        values = by_group(now.holding[held], book.symbol[held], 40)
        alone = risk_of(losses_of(known, values), 9_900)
        # Single precision, as there are many.
        assert int(found[one]) == pytest.approx(alone.var_fen, rel=1e-4)


def test_together_clients_never_risk_more_than_apart_in_one_security() -> None:
    known, book = universe(("600519.SH",)), drawn_book(50, 1)
    now = revalue(book, np.array([10_000]))
    each = client_risks(known, book, now.holding, 9_900)
    assert each is not None
    together = risk_of(losses_of(known, np.array([now.total])), 9_900)
    assert int(each.sum()) == pytest.approx(together.var_fen, rel=1e-4)


def test_what_has_no_past_moves_with_the_market() -> None:
    chance = np.random.default_rng(5)
    market = chance.standard_normal(100) * 0.01
    closes = np.full((101, 3), 100.0)
    closes[1:, 0] = 100 * np.cumprod(1 + market)
    closes[1:, 1] = 100 * np.cumprod(1 + market)
    closes[:, 2] = np.nan
    returns, proxied, betas = fill_returns(closes, np.array([True, True, True]))
    assert betas == pytest.approx([1, 1, 1])
    assert proxied.tolist() == [0, 0, 100]
    assert returns[:, 2] == pytest.approx(market)
    known = replace(universe(days=100), returns=returns, proxied=proxied)
    assert proxied_bp(known, np.array([1, 1, 2])) == 5_000


def test_a_beta_is_twice_the_market_where_it_moves_twice() -> None:
    chance = np.random.default_rng(6)
    market = chance.standard_normal(200) * 0.01
    closes = np.ones((201, 3))
    for column, times in enumerate((1, 1, 4)):
        closes[1:, column] = np.cumprod(1 + times * market)
    # The mean of the three moves twice as much as the first.
    _, _, betas = fill_returns(closes, np.array([True, True, True]))
    assert betas == pytest.approx([0.5, 0.5, 2])
    _, _, betas = fill_returns(closes[:40], np.array([True, True, False]))
    assert betas.tolist() == [1, 1, 0]


# --- shocks


def slow_price(price: int, bp: int, days: int) -> int:
    for _ in range(days):
        moved = Decimal(price) * (10_000 + bp) / 10_000
        price = max(int(moved.quantize(Decimal(1), ROUND_HALF_UP)), 0)
    return price


@pytest.mark.parametrize("one", [row for row in all_scenarios() if row.what in ("market", "all")])
def test_a_stress_is_a_full_revaluation(one: Scenario) -> None:
    known = universe(tuple(f"{n:06d}.SH" for n in range(30)), betas=np.linspace(0, 3, 30))
    book = drawn_book(80, 30, 9)
    prices = np.random.default_rng(2).integers(1_000, 10**6, 30)
    now = revalue(book, prices)
    then = stressed(one, known, book, prices, now)
    moved = shock_bp(one, known)
    slow = sum(
        (int(qty) * slow_price(int(prices[symbol]), int(moved[symbol]), one.days) + 5) // 10
        for symbol, qty in zip(book.symbol, book.qty, strict=True)
    )
    assert then.total == slow
    assert stress_line(one, now, then).loss_fen == now.total - slow


def test_three_limits_in_a_row_by_hand() -> None:
    book = make_book({"A": {0: 1_000, 1: 100}, "B": {1: 100}})
    now = revalue(book, PRICES)
    known = universe(fall_bp=np.array([1_000, 2_000, 0]))
    then = stressed(scenario("top", -2_000, 3, by_limit=True), known, book, PRICES, now)
    # A: 10,000 CNY fall to 7,290 and 2,000 stay; B: 2,000 CNY at 20% a day to 1,024.
    assert_array_equal(then.client, [929_000, 102_400])
    line = stress_line(scenario("top", 0), now, then)
    assert (line.worst_bp, line.hit) == (4_880, 2)


def test_a_sector_falls_for_who_is_mostly_in_it() -> None:
    book = make_book({"A": {0: 1_000, 1: 100}, "B": {1: 100, 2: 100}})
    now = revalue(book, PRICES)
    then = stressed(scenario("sector", -1_500), universe(), book, PRICES, now)
    # A is in the first sector with 10,000 CNY, B in the second with 2,000.
    assert SECTORS[0][0] == "C"
    assert_array_equal(now.client - then.client, [150_000, 30_000])


def test_rates_move_bonds_alone() -> None:
    known = universe(products=("stock", "treasury", "etf_bond"))
    rate = next(one for one in all_scenarios() if one.what == "rate")
    assert_array_equal(shock_bp(rate, known), [0, -700, -500])


def test_no_price_falls_below_nothing() -> None:
    assert_array_equal(shocked(np.array([10_000]), np.array([-15_000]), 1), [0])


def test_scenarios_are_dated() -> None:
    assert scenarios_on("2025-12-31") == ()
    assert {one.code for one in scenarios_on(TODAY)} == {one.code for one in all_scenarios()}


# --- figures


def test_figures_that_lines_are_held_against() -> None:
    lines = watches_on(TODAY, "exposure")
    book = make_book({"A": {0: 6_000_000}, "B": {1: 3_000, 2: 100}})
    known, now = universe(), revalue(book, PRICES)
    told = exposure_of(
        known, book, PRICES, scenarios_on(TODAY), whose="", at_ms=1, day=TODAY, cash_fen=0
    )
    firm = {one.name: one for one in firm_figures(told, told.value_fen)}
    assert firm["firm_top"].symbol == "600519.SH"
    assert firm["firm_top"].value == pytest.approx(0.9989)
    assert firm["firm_stress"].value >= 0.1
    assert firm_figures(told, told.value_fen + 1) == []
    units = {(one.name, one.about): one.value for one in unit_figures(known, book, lines)}
    assert units == {("firm_units", "600519.SH"): 0.06, ("client_units", "A 600519.SH"): 0.06}
    found = client_figures(known, book, now, lines, 1_000_000)
    assert {(one.name, one.account, one.value) for one in found} == {
        ("client_top", "A", 1.0),
        ("client_top", "B", 0.9917),
        ("client_sell", "A", 30.0),
    }
    assert client_figures(known, book, now, lines, 10**12) == []


def test_the_picture_names_the_largest() -> None:
    known = universe(volumes=np.array([0, 1_000, 1_000]), units=np.array([0, 10_000, 0]))
    book = make_book({"A": {0: 100}, "B": {1: 1_000}})
    now = revalue(book, PRICES)
    told = exposure_of(
        known,
        book,
        PRICES,
        (),
        whose="",
        at_ms=1,
        day=TODAY,
        cash_fen=0,
        client_var=client_risks(known, book, now.holding, 9_900),
    )
    assert [one.account for one in told.by_value] == ["B", "A"]
    assert {one.account for one in told.by_risk} == {"A", "B"}
    first, second = told.holdings
    assert (first.symbol, first.of_units_bp, first.tenth_days) == ("000001.SZ", 1_000, 50)
    assert (second.symbol, second.of_units_bp, second.tenth_days) == ("600519.SH", None, None)
    assert [part.code for part in told.markets] == ["SZ", "SH"]
    assert sum(part.value_fen for part in told.sectors) == told.value_fen
    assert valuation(book, now.holding).total == told.value_fen


def test_var_is_tried_on_days_it_did_not_see() -> None:
    """By hand: days of at most 10, then 50, 50, 51: the last is beyond a VaR that saw two."""
    days = tuple(str(day) for day in range(242))
    losses = np.array([float(one % 11) for one in range(120)] + [10.0] * 122)
    losses[[130, 180, 241]] = 50.0, 50.0, 51.0
    found = trial_of(losses, days, 9_900)
    assert found is not None
    assert (found.window, found.tried, found.beyond, found.expected_tenths) == (121, 121, 3, 12)
    told = [Exceedance("241", 51, 50), Exceedance("180", 50, 10), Exceedance("130", 50, 10)]
    assert list(found.days) == told
    # Kupiec's table: of 255 days at 99 % fewer than 7 are accepted, and of 510 from 2 to 10.
    assert likelihood_ratio(255, 6, 0.01) < CRITICAL < likelihood_ratio(255, 7, 0.01)
    assert likelihood_ratio(510, 1, 0.01) > CRITICAL > likelihood_ratio(510, 2, 0.01)
    assert likelihood_ratio(510, 10, 0.01) < CRITICAL < likelihood_ratio(510, 11, 0.01)
    assert likelihood_ratio(100, 1, 0.01) == pytest.approx(0)
    assert likelihood_ratio(100, 0, 0.01) == pytest.approx(-200 * math.log(0.99))


def test_a_trial_needs_days_and_tells_the_newest() -> None:
    few = np.ones(2 * LEAST_DAYS - 1)
    assert trial_of(few, tuple(map(str, range(len(few)))), 9_900) is None
    rising = np.arange(400.0)
    told = trial_of(rising, tuple(map(str, range(400))), 9_500)
    assert told is not None
    # A loss that grows by the day passes every VaR: the confidence is contradicted.
    assert (told.window, told.tried, told.beyond, told.held) == (WINDOW, 275, 275, False)
    assert [one.day for one in told.days] == [str(day) for day in range(399, 379, -1)]


@given(st.integers(0, 2**31), st.integers(120, 320))
def test_a_trial_is_what_a_slow_reading_counts(seed: int, days: int) -> None:
    losses = np.random.default_rng(seed).standard_t(3, days) * 1_000
    found = trial_of(losses, tuple(map(str, range(days))), 9_500)
    assert found is not None
    slow = sum(
        losses[day] > (risk_of(losses[day - found.window : day], 9_500).var_fen or 0)
        for day in range(found.window, days)
    )
    assert (found.beyond, found.tried) == (slow, days - found.window)
