"""Which bars are believed: one table of bad rows, each named; and the real samples."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.bars import MarinaBars
from yunquan.bars.rules.daily import Checked, check_bars, check_frame
from yunquan.bars.types import BarFault, DayBar, RawBar
from yunquan.market import load_rule_book
from yunquan.market.rules.calendar import Calendar, is_weekend

BOOK = load_rule_book()
MAIN, STAR = "600519.SH", "688981.SH"
WEEK = ("2026-07-13", "2026-07-14", "2026-07-15", "2026-07-16", "2026-07-17")


def check(rows: list[RawBar], known: tuple[str, ...] = (), listed: str = "2001-08-27") -> Checked:
    return check_bars(BOOK, rows, known, lambda _: listed)


def bar(line: int, day: str, close: str, *, symbol: str = MAIN, **columns: str) -> RawBar:
    return RawBar(line, symbol, day, close, **columns)


def reasons(checked: Checked) -> list[tuple[int, str]]:
    return [(fault.line, fault.reason.removeprefix("market.bar_")) for fault in checked.faults]


def test_the_samples_have_one_bad_row_and_one_gap() -> None:
    source = MarinaBars()
    frame = source.frame()
    found = check_frame(BOOK, frame, [], source.listed_on)
    checked = Checked([DayBar(**row) for row in found.good.iter_rows(named=True)], found.faults)
    assert checked.faults == [
        BarFault("600519.SH", "2019-01-03", 2, "market.bar_beyond_limit", "325.182 -> 492.1154"),
        BarFault("688981.SH", "2025-09-01", 1246, "market.bar_gap", "2025-09-01..2025-09-08: 6"),
    ]
    assert len(checked.good) == frame.height - 1 == 10_499
    assert len(Counter(found.symbol for found in checked.good)) == 7
    # The fifth day after its listing moved by 31 %: no limit then, so nothing is wrong.
    assert any((b.symbol, b.trading_day) == ("301499.SZ", "2023-07-27") for b in checked.good)
    assert sum(b.adjusted for b in checked.good) > 1_000


def test_a_good_row_is_kept_whole() -> None:
    columns = {"open": "10.00", "high": "10.30", "low": "9.90", "volume": "1200"}
    checked = check([bar(2, WEEK[0], "10.25", **columns)])
    assert checked.good == [
        DayBar(MAIN, WEEK[0], 10_000, 10_300, 9_900, 10_250, 1200, None, "import", False)
    ]
    assert checked.faults == []


@pytest.mark.parametrize(
    ("close", "milli", "adjusted"),
    [("10.25", 10_250, False), ("10.2554", 10_255, True), ("10.2555", 10_256, True)],
)
def test_prices_off_the_tick_are_noted_and_kept(close: str, milli: int, adjusted: bool) -> None:
    (kept,) = check([bar(2, WEEK[0], close)]).good
    assert (kept.close_milli, kept.adjusted) == (milli, adjusted)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (bar(9, "2026-7-14", "10.00"), "malformed"),
        (bar(9, "20260714", "10.00"), "malformed"),
        (bar(9, "2026-02-30", "10.00"), "malformed"),
        (bar(9, "", "10.00"), "malformed"),
        (bar(9, WEEK[1], ""), "malformed"),
        (bar(9, WEEK[1], "nan"), "malformed"),
        (bar(9, WEEK[1], "1e1"), "malformed"),
        (bar(9, WEEK[1], "0"), "malformed"),
        (bar(9, WEEK[1], "-10.00"), "malformed"),
        (bar(9, WEEK[1], "1０.00"), "malformed"),
        (bar(9, WEEK[1], "9" * 40), "malformed"),
        (bar(9, WEEK[1], "10.00", volume="12.5"), "malformed"),
        (bar(9, WEEK[1], "10.00", volume="9" * 30), "malformed"),
        (bar(9, WEEK[1], "10.00", open="10.00"), "malformed"),
        (bar(9, WEEK[1], "10.00", open="10", high="9.9", low="9.8"), "bad_ohlc"),
        (bar(9, WEEK[1], "10.00", open="10", high="10.1", low="10.05"), "bad_ohlc"),
        (bar(9, WEEK[1], "9.70", open="10", high="10.1", low="9.80"), "bad_ohlc"),
        (bar(9, WEEK[1], "10.10", preclose="10.01"), "preclose_differs"),
        (bar(9, WEEK[1], "11.03", preclose="10.00"), "beyond_limit"),
        (bar(9, WEEK[1], "8.98", preclose="10.00"), "beyond_limit"),
        (bar(9, WEEK[1], "11.03"), "beyond_limit"),
        (bar(9, WEEK[0], "10.00"), "duplicate"),
        (bar(9, "2026-07-10", "10.00"), "out_of_order"),
        (bar(9, "2026-07-18", "10.00"), "no_trading_day"),
        (bar(9, WEEK[1], "10.00", symbol="200002.SZ"), "unknown_symbol"),
        (bar(9, WEEK[1], "10.00", symbol="MOUTAI"), "unknown_symbol"),
    ],
)
def test_a_bad_row_is_named(row: RawBar, reason: str) -> None:
    checked = check([bar(2, WEEK[0], "10.00"), row])
    assert reasons(checked) == [(9, reason)]
    assert [found.trading_day for found in checked.good] == [WEEK[0]]


@pytest.mark.parametrize(
    ("close", "preclose"), [("11.00", "10.00"), ("9.00", "10.00"), ("10.03", "10.00"), ("6.00", "")]
)
def test_a_move_inside_the_limit_or_to_ex_rights_is_believed(close: str, preclose: str) -> None:
    checked = check([bar(2, WEEK[0], "10.00"), bar(3, WEEK[1], close, preclose=preclose)])
    assert (len(checked.good), checked.faults) == (2, [])


def test_two_rows_that_contradict_each_other_are_both_set_aside() -> None:
    rows = [bar(2, WEEK[0], "10.00"), bar(3, WEEK[1], "10.10"), bar(4, WEEK[1], "10.20")]
    checked = check([*rows, bar(5, WEEK[2], "10.10")])
    assert reasons(checked) == [(3, "contradicted"), (4, "contradicted")]
    assert [found.trading_day for found in checked.good] == [WEEK[0], WEEK[2]]


@pytest.mark.parametrize(
    ("closes", "bad_line"),
    [(("10.00", "100.00", "10.10", "10.20"), 3), (("10.00", "1.00", "10.10", "10.20"), 3)],
)
def test_a_slip_of_the_decimal_point_costs_one_row(closes: tuple[str, ...], bad_line: int) -> None:
    rows = [bar(line, WEEK[line - 2], close) for line, close in enumerate(closes, 2)]
    checked = check(rows)
    assert reasons(checked) == [(bad_line, "beyond_limit")]
    assert len(checked.good) == 3


def test_a_share_may_reopen_anywhere_after_a_long_pause() -> None:
    """Only the gap is named; what comes after is held against the price it reopened at."""
    rows = [bar(2, "2026-06-01", "10.00"), bar(3, WEEK[0], "35.90"), bar(4, WEEK[1], "36.00")]
    assert reasons(check([*rows, bar(5, WEEK[2], "90.00")])) == [(3, "gap"), (5, "beyond_limit")]


def test_rows_that_fill_a_pause_do_not_end_it() -> None:
    """A row without volume is a day on which nobody traded."""
    june = [f"2026-06-{day:02d}" for day in (*range(1, 6), *range(8, 13), *range(15, 20))]
    rows = [bar(2, june[0], "10.00", volume="5")]
    rows += [bar(line, day, "10.00", volume="0") for line, day in enumerate(june[1:], 3)]
    rows += [bar(50, "2026-06-22", "35.90", volume="9"), bar(51, "2026-06-23", "99", volume="9")]
    assert reasons(check(rows)) == [(51, "beyond_limit")]


def test_a_gap_in_the_known_calendar_is_named_and_the_rows_stay() -> None:
    rows = [bar(2, WEEK[0], "10.00"), bar(3, WEEK[3], "10.10")]
    checked = check(rows, known=WEEK)
    assert checked.faults == [
        BarFault(MAIN, WEEK[1], 3, "market.bar_gap", f"{WEEK[1]}..{WEEK[2]}: 2")
    ]
    assert len(checked.good) == 2


def test_a_row_set_aside_is_no_gap() -> None:
    rows = [bar(2, WEEK[0], "10.00"), bar(3, WEEK[1], "x"), bar(4, WEEK[2], "10.00")]
    assert reasons(check(rows, known=WEEK)) == [(3, "malformed")]


def test_a_hole_longer_than_any_holiday_is_a_gap_without_a_calendar_too() -> None:
    rows = [bar(2, "2026-06-01", "10.00"), bar(3, WEEK[0], "10.00")]
    assert reasons(check(rows)) == [(3, "gap")]


def test_a_day_that_hardly_any_symbol_has_is_no_trading_day() -> None:
    others = ("600519.SH", "603375.SH", "000001.SZ", "688981.SH")
    days = ("2026-09-30", "2026-10-09")
    rows = [
        bar(2 + n, day, "10.00", symbol=symbol) for symbol in others for n, day in enumerate(days)
    ]
    rows.insert(1, bar(50, "2026-10-05", "10.00"))
    checked = check(rows)
    assert reasons(checked) == [(50, "no_trading_day")]
    assert len(checked.good) == 8


@pytest.mark.parametrize(("listed", "faults"), [("2026-07-13", 0), ("2026-07-06", 1), ("", 0)])
def test_no_limit_in_the_days_after_a_listing(listed: str, faults: int) -> None:
    """Listed 07-06, 07-14 is the seventh day: limited. Unknown: it may be in the window."""
    known = ("2026-07-06", "2026-07-07", "2026-07-08", "2026-07-09", "2026-07-10", *WEEK)
    rows = [bar(2, WEEK[0], "10.00"), bar(3, WEEK[1], "15.00", preclose="10.00")]
    checked = check(rows, known=known, listed=listed)
    assert len(checked.faults) == faults


@given(
    st.lists(
        st.tuples(
            st.sampled_from([MAIN, STAR, "x"]),
            st.sampled_from([*WEEK, "2026-07-18", "bad"]),
            st.sampled_from(["10.00", "10.10", "100", "", "-1", "10.0001"]),
            st.sampled_from(["", "10.00", "9"]),
        ),
        max_size=30,
    )
)
def test_every_row_is_kept_or_named(rows: list[tuple[str, str, str, str]]) -> None:
    raws = [
        bar(line, day, close, symbol=symbol, preclose=preclose)
        for line, (symbol, day, close, preclose) in enumerate(rows)
    ]
    checked = check(raws)
    named = [fault.line for fault in checked.faults if fault.reason != "market.bar_gap"]
    assert len(named) == len(set(named))
    assert len(checked.good) + len(named) == len(raws)
    assert len({(b.symbol, b.trading_day) for b in checked.good}) == len(checked.good)


# --- calendar -------------------------------------------------------------------------------------


CALENDAR = Calendar(["2026-09-29", "2026-09-30", "2026-10-09", "2026-10-12"])


@pytest.mark.parametrize(
    ("day", "trades"),
    [
        ("2026-09-30", True),
        ("2026-10-01", False),  # inside the known days: a holiday
        ("2026-10-08", False),
        ("2026-10-09", True),
        ("2026-10-10", False),
        ("2026-10-13", True),  # beyond: weekdays
        ("2026-10-17", False),
        ("2026-09-28", True),
        ("2026-09-27", False),
    ],
)
def test_trading_days(day: str, trades: bool) -> None:
    assert CALENDAR.is_trading_day(day) is trades


def test_between_known_days_far_apart_nothing_is_known() -> None:
    assert Calendar(["2012-12-31", "2019-01-02"]).is_trading_day("2015-06-01")


@pytest.mark.parametrize(
    ("day", "following"),
    [("2026-09-30", "2026-10-09"), ("2026-10-12", "2026-10-13"), ("2026-10-16", "2026-10-19")],
)
def test_next_trading_day(day: str, following: str) -> None:
    assert CALENDAR.next_trading_day(day) == following


@given(st.dates().map(str))
def test_an_empty_calendar_trades_on_weekdays(day: str) -> None:
    assert Calendar([]).is_trading_day(day) is not is_weekend(day)
