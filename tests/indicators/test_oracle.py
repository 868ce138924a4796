"""Every indicator of the kernel against the slow, obvious one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given, settings

from tests.indicators.formulas import is_algebra, reckon
from tests.indicators.oracle import PROSE, Oracle
from tests.indicators.streams import long_stream, streams
from yunquan.indicators.rules.catalogue import CATALOGUE
from yunquan.indicators.rules.kernel import trace
from yunquan.indicators.rules.update import make_state
from yunquan.indicators.types import Family

ROOM = {family: 256 for family in Family}
# Of a deviation: what doubles can't carry of the squares it is taken from.
CARRIED = 1e-13
# Of amounts, and no whole numbers.
FRACTIONS = {"order_mean", "order_sd", "order_usual", "own_usual"}
# Sums of ratios that may cancel each other.
SIGNED = {"imbalance"}


def traced(rows: Any) -> tuple[Any, Any]:
    """The kernel's values after every row, and the families present as bits."""
    state = make_state(ROOM, ROOM)
    values = np.full((len(rows), len(CATALOGUE)), np.nan)
    present = np.zeros(len(rows), np.int64)
    trace(state, rows, values, present)
    return values, present


def squares_behind(oracle: Oracle, i: int, place: int) -> float:
    """Mean of the squares a deviation is made of, in its own unit; 0 of what is none."""
    one = CATALOGUE[place]
    name = one.code.split(".")[1]
    if name == "order_sd":
        square = reckon("order_amount_sq / orders", lambda each: oracle.name(i, one, each))
        return float(square or 0)
    if name == "gap_sd":
        square = reckon("1000000 gap_s_sq / gaps", lambda each: oracle.name(i, one, each))
        return float(square or 0)
    return 0.0


def agree(oracle: Oracle, i: int, place: int, ours: float, truth: Any) -> bool:
    """Whole numbers exactly, the rest to a billionth; undefined is NaN."""
    if truth is None or math.isnan(ours):
        return truth is None and math.isnan(ours)
    unit, name = CATALOGUE[place].unit, CATALOGUE[place].code.split(".")[1]
    if unit in ("count", "qty", "fen", "milli") and name not in FRACTIONS:
        return ours == truth
    if math.isclose(ours, truth, rel_tol=1e-9, abs_tol=1e-12 if name in SIGNED else 0.0):
        return True
    behind = squares_behind(oracle, i, place)
    return abs(ours * ours - truth * truth) <= CARRIED * behind or near_zero(ours, truth, unit)


def near_zero(ours: float, truth: Any, unit: str) -> bool:
    """Shares and deviations are differences of numbers about one."""
    return unit in ("share", "sd") and abs(ours - truth) <= 1e-12


def differences(rows: Any, seen: set[int]) -> list[str]:
    """Where the kernel and the oracle disagree; seen: places that were defined."""
    values, present = traced(rows)
    oracle, found = Oracle(rows), list[str]()
    for i, truth in enumerate(oracle.values()):
        families = {CATALOGUE[place].family for place in truth}
        if present[i] != sum(1 << family for family in families):
            found.append(f"row {i} is about {families}, not {present[i]:b}")
        for place, one in truth.items():
            ours = float(values[i, place])
            if not agree(oracle, i, place, ours, one):
                told = None if one is None else float(one)
                found.append(f"row {i} {CATALOGUE[place].code}: {ours!r}, should be {told!r}")
            elif not math.isnan(ours):
                seen.add(place)
    return found


def test_every_formula_is_reckoned_as_it_stands_or_told_in_words() -> None:
    told = {formula for _, formula in PROSE}
    assert [one.code for one in CATALOGUE if not is_algebra(one.formula)] == [
        one.code for one in CATALOGUE if one.formula in told
    ]
    assert told <= {one.formula for one in CATALOGUE}


@settings(max_examples=40)
@given(rows=streams())
def test_the_kernel_keeps_what_the_catalogue_says(rows: Any) -> None:
    assert differences(rows, set()) == []


def test_all_372_are_compared_where_they_are_defined() -> None:
    seen = set[int]()
    for seed, busy, accounts in ((1, False, 4), (2, True, 4), (3, True, 4), (4, True, 60)):
        rows = long_stream(seed, 300, busy=busy, accounts=accounts)
        assert differences(rows, seen) == [], seed
    assert len(CATALOGUE) == 372
    assert [one.code for one in CATALOGUE if one.place not in seen] == []
