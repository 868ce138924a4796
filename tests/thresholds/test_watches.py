"""Lines: which one a figure is beyond, when it is news, and when it is over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.thresholds.rules.watches import (
    all_watches,
    compare,
    figure_names,
    is_back,
    line_beyond,
    number_of,
    passed,
    watches_on,
)
from yunquan.thresholds.types import Measured, Standing, Watch

DAY = "2026-11-26"


def line(grade: int, at: float, ends: float, way: str = "above") -> Watch:
    told = ("exposure", "x", "exposure", way, at, ends, "count", grade, "2026-01-01")
    return Watch(*told, "test", "F", "某指标", "Some figure")


LINES = (line(2, 10, 8), line(3, 20, 18))


def stands(grade: int, value: float) -> Standing:
    return Standing("exposure", "x", "a", 10, grade, value, 5, 5, "", "", "", "alt_1")


@pytest.mark.parametrize(
    ("value", "before", "grade"),
    [
        (9.9, None, 0),
        (10, None, 2),
        (25, None, 3),
        (8.5, stands(2, 11), 2),
        (7.9, stands(2, 11), 0),
        (18.5, stands(3, 21), 3),
        (17.9, stands(3, 21), 2),
        (25, stands(2, 11), 3),
    ],
)
def test_the_furthest_line(value: float, before: Standing | None, grade: int) -> None:
    found = line_beyond(LINES, value, before)
    assert (found.grade if found else 0) == grade


def test_a_line_may_be_passed_downward() -> None:
    one = line(2, 10, 12, "below")
    assert [passed(one, value) for value in (9, 10, 11)] == [True, True, False]
    assert [is_back(one, value) for value in (11, 12, 13)] == [False, False, True]


@given(st.lists(st.floats(0, 30), max_size=40))
def test_alerts_come_only_with_something_worse(values: list[float]) -> None:
    standing: list[Standing] = []
    for value in values:
        found = compare({"x": LINES}, ["x"], [Measured("x", "a", value)], standing, 0)
        before = standing[0].grade if standing else 0
        assert len(found.raised) <= 1
        if found.raised:
            assert found.raised[0][1].grade > before
        now = (*found.raised, *found.moved)
        if found.ended:
            standing = []
        elif now:
            standing = [stands(now[0][1].grade, value)]
        if standing:
            assert value >= 8
        else:
            assert value < 10


def test_what_was_not_measured_stays() -> None:
    assert compare({"x": LINES}, [], [], [stands(2, 11)], 0).ended == ()
    assert len(compare({"x": LINES}, ["x"], [], [stands(2, 11)], 0).ended) == 1


def test_every_row_is_whole() -> None:
    for one in all_watches():
        assert one.zh
        assert one.en
        assert one.source
        assert one.certainty in ("V", "KH", "KM", "F")
        assert 1 <= one.grade <= 4
        assert one.line > one.ends if one.way == "above" else one.line < one.ends
    by_name = watches_on(DAY, "exposure")
    assert [one.grade for one in by_name["firm_top"]] == [2, 3]
    assert by_name["firm_top"][0].line == 0.2
    assert "warned_cap" not in watches_on("2026-08-30", "exposure")
    assert {one.unit for one in figure_names().values()} <= {
        "",
        "fen",
        "count",
        "share",
        "qty",
        "ms",
    }


def test_every_figure_has_a_name_that_is_not_one_of_its_lines() -> None:
    """A number of an alert is called by what it is, whichever line it passed."""
    named = {f"{one.room}_{one.name}" for one in all_watches()}
    assert named - figure_names().keys() == set()
    said, unit = number_of("credit.line") or (None, "")
    assert said is not None
    assert (said.en.split(":")[0], unit) == ("Line reached", "count")
