"""Lines: which one a figure is beyond, when it is told of, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.clock import ManualClock
from yunquan.kernel.log import read_records
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.surveillance import Alerts, settle, standing_of
from yunquan.surveillance.rules.watches import (
    MOST_AT_ONCE,
    all_watches,
    compare,
    figure_names,
    is_back,
    line_beyond,
    passed,
    watches_on,
)
from yunquan.surveillance.types import Measured, Standing, Watch

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


def told(database: Database) -> Sequence[str]:
    with database.read() as tx:
        return [
            f"{one.alert.grade} {one.title}: {reasons}"
            for one in Alerts(database).recent("en")
            for reasons in ("; ".join(f"{why.name} {why.value}" for why in one.reasons),)
        ] + [str(len(read_records(tx.connection, ROOMS_STREAM, 1)))]


def test_a_figure_is_told_of_in_words_once_and_ends(database: Database, clock: ManualClock) -> None:
    def put(*measured: Measured) -> list[int]:
        with database.transaction("test") as tx:
            found = settle(tx, "exposure", ["firm_top"], measured)
        clock.advance(1)
        return [one.grade for one in found]

    def top(share: float) -> Measured:
        beside = {"exposure_value": 123_456_00.0}
        return Measured("firm_top", "600519.SH", share, symbol="600519.SH", beside=beside)

    assert put(top(0.19)) == []
    assert put(top(0.21)) == [2]
    assert put(top(0.22)) == []
    assert put(top(0.36)) == [3]
    assert put(top(0.33)) == []
    with database.read() as tx:
        standing = standing_of(tx, "exposure", "en")
    assert [(one.value, one.line) for one in standing] == [("33.0%", "35.0%")]
    assert put() == []
    assert told(database) == [
        "3 All clients together: far too much in one security: All clients together: much in one"
        " security 36.0%; Line 35.0%; Value ¥123,456.00",
        "2 All clients together: much in one security: All clients together: much in one security"
        " 21.0%; Line 20.0%; Value ¥123,456.00",
        "3",
    ]


def test_a_fall_of_the_market_is_not_so_many_findings(database: Database) -> None:
    many = [
        Measured("client_units", f"{number} S", 0.06, str(number), "S")
        for number in range(MOST_AT_ONCE + 30)
    ]
    with database.transaction("test") as tx:
        found = settle(tx, "exposure", ["client_units"], many)
        assert len(found) == MOST_AT_ONCE
        assert [one.flood for one in found].count(True) == 1
        assert found[-1].flood
    with database.transaction("test") as tx:
        assert settle(tx, "exposure", ["client_units"], many) == []
