"""Bars and what is made of them: days, closes, paths."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from yunquan_world.bars import BarsError, Series, load_bars, sample_bars
from yunquan_world.hours import minute_label
from yunquan_world.listings import names
from yunquan_world.paths import activity
from yunquan_world.prices import Calendar, Prices, with_generated

SAMPLES = (
    "000001.SZ 300001.SZ 300059.SZ 301499.SZ 600519.SH 603375.SH 688981.SH".split()  # noqa: SIM905
)


@pytest.fixture(scope="module")
def samples() -> dict[str, Series]:
    return sample_bars()


def test_the_samples_are_seven_shares_to_october_2026(samples: dict[str, Series]) -> None:
    assert sorted(samples) == SAMPLES
    assert samples["600519.SH"].days[0] == "2019-01-03"
    assert {series.days[-1] for series in samples.values()} == {"2026-10-19"}
    assert samples["000001.SZ"].closes_milli[-1] == 11_650


def test_the_wrong_first_previous_close_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        sample_bars()
    assert [record.args[:2] for record in caplog.records] == [("600519.SH", "2019-01-03")]


def test_a_previous_close_that_contradicts_the_row_before_is_named_and_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(
        "symbol,date,close,preclose\n600000.SH,2026-01-05,10.00,9.90\n"
        "600000.SH,2026-01-06,10.10,9.99\n"
    )
    with caplog.at_level(logging.WARNING):
        series = load_bars(path)["600000.SH"]
    assert series.closes_milli == (10_000, 10_100)
    assert "2026-01-06" in caplog.text
    assert "the close before is 10.00" in caplog.text


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("600000.SH,2026-01-06,0", "line 3: close must be above 0"),
        ("600000.SH,2026-01-06,nan", "line 3: close must be above 0"),
        ("600000.SH,2026-01-06,ten", "line 3: close 'ten' is not a number"),
        ("600000.SH,2026-01-06,", "line 3: close is empty"),
        ("600000.SH,2026-13-06,1", "line 3"),
        ("AAPL,2026-01-06,1", "line 3: 'AAPL' is not a share"),
        ("510300.SH,2026-01-06,1", "line 3: '510300.SH' is not a share"),
        ("600000.SH,2026-01-05,1", "line 3: 600000.SH 2026-01-05 comes after 2026-01-05"),
        ("600000.SH,2026-01-04,1", "days must rise"),
    ],
)
def test_wrong_rows_are_refused_with_their_place(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(f"symbol,date,close\n600000.SH,2026-01-05,10.00\n{row}\n")
    with pytest.raises(BarsError, match=message.replace("(", r"\(")):
        load_bars(path)


def test_a_range_that_excludes_the_close_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("symbol,date,open,high,low,close\n600000.SH,2026-01-05,10,10.5,9.9,10.6\n")
    with pytest.raises(BarsError, match=r"high 10\.5 is below"):
        load_bars(path)


def test_files_without_bars_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    with pytest.raises(BarsError, match="no such file"):
        load_bars(path)
    path.write_text("symbol,date\n")
    with pytest.raises(BarsError, match="column close is missing"):
        load_bars(path)
    path.write_text("symbol,date,close\n")
    with pytest.raises(BarsError, match="no bar at all"):
        load_bars(path)


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars", reason="Parquet needs the extra bars")
    path = tmp_path / "bars.parquet"
    frame = polars.DataFrame(
        {"symbol": ["600000.SH"] * 2, "date": ["2026-01-05", "2026-01-06"], "close": [10.0, 10.1]}
    )
    frame.with_columns(polars.col("date").str.to_date()).write_parquet(path)
    series = load_bars(path)["600000.SH"]
    assert (series.days, series.closes_milli) == (("2026-01-05", "2026-01-06"), (10_000, 10_100))


def minute_rows(day: str, prices: list[float]) -> str:
    return "".join(
        f"600000.SH,{day} {minute_label(number)}:00,{price:.2f},{price:.2f}\n"
        for number, price in enumerate(prices)
    )


def test_minute_bars_are_the_path_of_their_day(tmp_path: Path) -> None:
    path = tmp_path / "minutes.csv"
    closes = [10 + 0.01 * (number % 17) for number in range(240)]
    first = "symbol,date,open,close\n600000.SH,2026-01-05,10.00,10.00\n"
    path.write_text(first + minute_rows("2026-01-06", closes))
    series = load_bars(path)
    assert series["600000.SH"].days == ("2026-01-05", "2026-01-06")
    assert series["600000.SH"].closes_milli == (10_000, round(closes[-1] * 1000))
    plan = Prices(series, 7).plan("600000.SH", "2026-01-06", None)
    assert plan is not None
    assert plan.instrument.simulated == "intraday"
    assert plan.close_milli == round(closes[-1] * 1000)
    for minute in (0, 1, 16, 100, 239):
        assert plan.fair_milli((minute + 1) / 240) == pytest.approx(closes[minute] * 1000)


def test_missing_minutes_keep_the_price_and_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "minutes.csv"
    path.write_text(
        "symbol,date,open,close\n600000.SH,2026-01-06 09:31,9.90,10.00\n"
        "600000.SH,2026-01-06 15:00:00,10.20,10.30\n"
    )
    with caplog.at_level(logging.WARNING):
        minutes = load_bars(path)["600000.SH"].minutes_milli["2026-01-06"]
    assert (len(minutes), minutes[0], minutes[1], minutes[239], minutes[240]) == (
        241,
        9_900,
        10_000,
        10_000,
        10_300,
    )
    assert "has 2 of 240 minutes" in caplog.text


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("600000.SH,2026-01-06 09:30,1\n", "line 2: 2026-01-06 09:30: a minute bar is named by"),
        ("600000.SH,2026-01-06 11:31,1\n", "named by its end"),
        (
            "600000.SH,2026-01-06 09:32,1\n600000.SH,2026-01-06 09:31,1\n",
            "line 3: 600000.SH 2026-01-06 09:31 comes after 2026-01-06 09:32",
        ),
        (
            "600000.SH,2026-01-06,1\n600000.SH,2026-01-06 09:31,1\n",
            "line 3: 600000.SH 2026-01-06 has both a daily bar and minute bars",
        ),
    ],
)
def test_wrong_minutes_are_refused(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "minutes.csv"
    path.write_text("symbol,date,close\n" + rows)
    with pytest.raises(BarsError, match=message):
        load_bars(path)


def test_no_code_has_its_real_name() -> None:
    assert names("600519.SH") == ("海棠酒业", "Haitang Spirits")
    assert names("600036.SH") == names("600036.SH")
    assert len(names("600036.SH")[0]) == 4


def test_days_are_those_of_the_bars_then_weekdays(samples: dict[str, Series]) -> None:
    calendar = Calendar(samples)
    assert calendar.from_day("2026-07-11") == "2026-07-13"
    assert calendar.next_day("2026-09-30") == "2026-10-08"
    assert calendar.next_day("2026-10-19") == "2026-10-20"
    assert calendar.next_day("2026-10-23") == "2026-10-26"


def test_a_day_leads_from_the_previous_close_to_the_real_close(
    samples: dict[str, Series],
) -> None:
    prices = Prices(with_generated(samples, 7), 7)
    for symbol in prices.bars:
        for day in prices.calendar.days[-12:]:
            plan = prices.plan(symbol, day, None)
            assert plan is not None
            share = plan.instrument
            real = (
                samples[symbol].closes_milli[samples[symbol].days.index(day)]
                if (symbol in samples)
                else plan.close_milli
            )
            assert abs(plan.close_milli - real) <= 10
            assert plan.fair_milli(1.0) == pytest.approx(plan.close_milli)
            assert all(
                share.limit_down_milli <= fair <= share.limit_up_milli for fair in plan.path_milli
            )
            assert share.simulated == ("intraday" if symbol in samples else "all")


def test_days_after_the_last_bar_are_drawn_from_the_past(samples: dict[str, Series]) -> None:
    prices = Prices(samples, 7)
    one = prices.plan("000001.SZ", "2026-10-20", 11_650)
    same = Prices(samples, 7).plan("000001.SZ", "2026-10-20", 11_650)
    other = Prices(samples, 8).plan("000001.SZ", "2026-10-20", 11_650)
    assert one is not None
    assert one == same
    assert one != other
    assert one.instrument.simulated == "all"
    assert one.instrument.prev_close_milli == 11_650


def test_a_day_missing_among_the_bars_is_a_halt() -> None:
    days = ("2026-01-05", "2026-01-06", "2026-01-07")
    bars = {
        "600000.SH": Series("600000.SH", days, (10_000, 10_100, 10_200)),
        "600001.SH": Series("600001.SH", (days[0], days[2]), (5_000, 5_100)),
    }
    plan = Prices(bars, 7).plan("600001.SH", "2026-01-06", None)
    assert plan is not None
    assert plan.instrument.halted
    assert Prices(bars, 7).plan("600001.SH", "2026-01-05", None) is None


def test_activity_is_u_shaped_and_one_on_average() -> None:
    values = [activity((step + 0.5) / 1000) for step in range(1000)]
    assert sum(values) / 1000 == pytest.approx(1.0, abs=0.01)
    assert values[0] > values[-1] > 2 * values[500]
