"""Files as people have them: half, wrongly encoded, changed, hostile, of minutes, with factors."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from yunquan.bars import (
    BarFile,
    import_bars,
    load_bars,
    load_minutes,
    load_quarantine,
    record_ex_right,
)
from yunquan.bars.types import BarFault, ExRight, ImportReport
from yunquan.kernel.errors import Invalid
from yunquan.kernel.transaction import Database
from yunquan.market import load_rule_book

BOOK = load_rule_book()
S = "600519.SH"
HEAD = "symbol,date,open,high,low,close,volume\n"
GOOD = f"{S},2026-07-13,10.00,10.50,9.90,10.20,1000\n"


def imported(
    database: Database, path: Path, prices: str = ""
) -> tuple[ImportReport, list[BarFault]]:
    with database.transaction() as tx:
        report = import_bars(tx, BarFile(path, prices), BOOK)
    with database.read() as tx:
        return report, load_quarantine(tx)


def reasons(faults: list[BarFault]) -> list[tuple[int, str]]:
    return [(fault.line, fault.reason.removeprefix("market.bar_")) for fault in faults]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{S},2026-07-14,inf,inf,inf,inf,1\n", "malformed"),
        (f"{S},2026-07-14,nan,nan,nan,nan,1\n", "malformed"),
        (f"{S},2026-07-14,1e400,1e400,1e400,1e400,1\n", "malformed"),
        (f"{S},2026-07-14,-1,-1,-1,-1,1\n", "malformed"),
        (f"{S},2026-07-14,10,10,10,10,-1\n", "malformed"),
        (f"{S},2026-07-14,10,10,10,100000,1\n", "malformed"),
        (f"{S},9999-12-31,10,10,10,10,1\n", "no_trading_day"),
        (f"{S},1949-10-03,10,10,10,10,1\n", "no_trading_day"),
        (f"{S},2026-07-14,10,10,10,10,1,7,8\n", "malformed"),
        (f'{S},2026-07-14,"10\n",10,10,10.0.0,1\n', "malformed"),
        (f"{S},2026-07-1", "malformed"),
        (f"{S}\n", "malformed"),
        ("\x00\x00,2026-07-14,10,10,10,10,1\n", "unknown_symbol"),
        ("' OR 1=1 --,2026-07-14,10,10,10,10,1\n", "unknown_symbol"),
    ],
)
def test_a_hostile_row_is_named_and_the_good_one_stays(
    database: Database, tmp_path: Path, row: str, reason: str
) -> None:
    path = tmp_path / "my.csv"
    path.write_text(HEAD + GOOD + row, encoding="utf-8", newline="")
    report, faults = imported(database, path)
    assert (report.rows_good, report.rows_quarantined) == (1, 1)
    assert [found for _, found in reasons(faults)] == [reason]


def test_lines_are_the_files_own_though_some_are_empty(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "my.csv"
    path.write_text(f"{HEAD}{GOOD}\n\n{S},2026-07-14,10,10,10,x,1\n")
    _, faults = imported(database, path)
    assert reasons(faults) == [(5, "malformed")]


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_a_wrong_encoding_is_refused(database: Database, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "my.csv"
    path.write_bytes((HEAD.strip() + ",名称\n" + GOOD.strip() + ",茅台\n").encode(encoding))
    with pytest.raises(Invalid) as refused:
        imported(database, path)
    assert refused.value.code in ("market.bars_unreadable", "market.bars_missing_column")


def test_half_a_parquet_file_is_refused(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "my.parquet"
    pl.DataFrame({"symbol": [S] * 9_000, "date": "2026-07-13", "close": 10.0}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(Invalid, match="bars_unreadable"):
        imported(database, path)


def test_a_file_repeated_changes_nothing_and_a_changed_one_replaces(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "my.csv"
    path.write_text(HEAD + GOOD)
    first, _ = imported(database, path)
    again, _ = imported(database, path)
    assert (first.repeated, again.repeated) == (False, True)
    # The same bytes under another promise are another import.
    raw, _ = imported(database, path, "raw")
    assert not raw.repeated
    path.write_text(HEAD + GOOD.replace("10.20", "10.30"))
    changed, _ = imported(database, path)
    assert not changed.repeated
    with database.read() as tx:
        (bar,) = load_bars(tx, S, "2027-01-01")
    assert bar.close_milli == 10_300


def test_prices_promised_as_traded_must_be_on_the_tick(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "my.csv"
    rows = [f"{S},2026-07-14,10.20,10.50,9.90,10.203,1\n", "510300.SH,2026-07-14,4,4.1,4,4.001,1\n"]
    path.write_text(HEAD + GOOD + "".join(rows))
    report, faults = imported(database, path, "raw")
    assert (report.rows_good, reasons(faults)) == (2, [(3, "off_tick")])
    assert faults[0].detail == "10.20 10.50 9.90 10.203"


def test_a_source_with_factors_gives_raw_and_adjusted(database: Database, tmp_path: Path) -> None:
    """A split of one into two before the third day; the source's prices are backward adjusted."""
    days = ("2026-07-13", "2026-07-14", "2026-07-15", "2026-07-16")
    raw, factor = (20.0, 20.2, 10.1, 10.3), (1.5, 1.5, 3.0, 3.0)
    path = tmp_path / "my.parquet"
    close = [price * times for price, times in zip(raw, factor, strict=True)]
    pl.DataFrame({"symbol": "SH600519", "date": days, "close": close, "factor": factor}).cast(
        {"close": pl.Float32, "factor": pl.Float32}
    ).write_parquet(path)
    report, faults = imported(database, path, "backward")
    assert (report.rows_good, faults) == (4, [])

    def closes(way: str, before: str = "2027-01-01") -> list[int]:
        with database.read() as tx:
            return [bar.close_milli for bar in load_bars(tx, S, before, adjust_way=way)]

    assert closes("none") == [20_000, 20_200, 10_100, 10_300]
    assert closes("forward") == [10_000, 10_100, 10_100, 10_300]
    assert closes("backward") == [20_000, 20_200, 20_200, 20_600]
    # What happens later changes no chart of before.
    assert closes("forward", "2026-07-14") == [20_000]


def test_an_announced_event_adjusts_with_the_markets_own_reference(
    database: Database, tmp_path: Path
) -> None:
    """10 shares give 15 yuan and 10 bonus shares: (20.00 - 1.50) / 2 = 9.25."""
    path = tmp_path / "my.csv"
    path.write_text(f"symbol,date,close\n{S},2026-07-13,20.00\n{S},2026-07-14,9.30\n")
    imported(database, path)
    from decimal import Decimal

    event = ExRight(S, "2026-07-14", 15_000_000, Decimal(10), Decimal(0), 0)
    with database.transaction() as tx:
        step = record_ex_right(tx, event, 10)
        assert (step.numerator, step.denominator) == (20_000, 9_250)
        found = [bar.close_milli for bar in load_bars(tx, S, "2027-01-01", adjust_way="forward")]
    assert found == [9_250, 9_300]


def minutes_file(path: Path, days: int, *, broken: str = "") -> None:
    """Minutes 09:31 to 15:00 of some days from 2026-07-13 on, one cent up each."""
    lines = ["symbol,datetime,open,high,low,close,volume,amount\n"]
    for day in range(days):
        for minute in range(240):
            clock = datetime(2026, 7, 13 + day, 9, 31) + timedelta(minutes=minute)
            clock += timedelta(minutes=90 if minute >= 120 else 0)
            price = 1_000 + minute // 60
            text = f"{price // 100}.{price % 100:02d}"
            lines.append(f"{S},{clock:%Y-%m-%d %H:%M:%S},{text},{text},{text},{text},100,1000\n")
    path.write_text("".join(lines) + broken)


def test_minutes_go_in_and_come_out_by_period(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "minutes.csv"
    minutes_file(path, 2)
    report, faults = imported(database, path)
    assert (report.rows_read, report.rows_good, faults) == (480, 480, [])
    with database.read() as tx:
        first, second = load_minutes(tx, S, "2027-01-01", 480)
        (hours,) = load_minutes(tx, S, "2026-07-14", 4, period="60m")
    assert (first.trading_day, len(first.bars), second.trading_day) == (
        "2026-07-13",
        240,
        "2026-07-14",
    )
    assert [bar.minute for bar in hours.bars] == ["10:30", "11:30", "14:00", "15:00"]
    assert [bar.close_milli for bar in hours.bars] == [10_000, 10_010, 10_020, 10_030]
    assert {(bar.volume, bar.turnover_fen) for bar in hours.bars} == {(6_000, 6_000_000)}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-07-13 12:15:00,10,10,10,10", "no_session"),
        ("2026-07-13 15:01:00,10,10,10,10", "no_session"),
        ("2026-07-13 25:00:00,10,10,10,10", "malformed"),
        ("2026-07-13 21:00:00,10,10,10,10", "no_session"),
        ("2026-07-13,10,10,10,10", "malformed"),
        ("2026-07-13 15:00:00,10.03,10.03,10.03,10.03", "duplicate"),
        ("2026-07-18 09:31:00,10,10,10,10", "no_trading_day"),
        ("2026-07-13 14:59:30,10,10,10,10", "malformed"),
    ],
)
def test_a_bad_minute_is_named(database: Database, tmp_path: Path, row: str, reason: str) -> None:
    path = tmp_path / "minutes.csv"
    minutes_file(path, 1, broken=f"{S},{row},100,1000\n")
    report, faults = imported(database, path)
    assert (report.rows_good, reasons(faults)) == (240, [(242, reason)])


def test_minutes_that_lack_or_contradict_or_leap_are_named(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "minutes.csv"
    minutes_file(path, 1)
    lines = path.read_text().splitlines(keepends=True)
    lines[100] = lines[100].replace("10.01", "99.01")
    lines[201:203] = [lines[201], lines[201].replace("10.03", "10.02")]
    path.write_text("".join(lines))
    report, faults = imported(database, path)
    assert [fault.reason.removeprefix("market.bar_") for fault in faults] == [
        "beyond_limit",
        "contradicted",
        "contradicted",
        "gap",
    ]
    assert report.rows_good == 237


def test_a_million_rows_go_in(database: Database, tmp_path: Path) -> None:
    """The check alone, and every row either good or named."""
    from yunquan.bars.rules.daily import check_frame

    days = pl.date_range(datetime(2012, 1, 2), datetime(2026, 12, 31), eager=True)
    days = days.filter(days.dt.weekday() <= 5)
    symbols = [f"{600_000 + number}.SH" for number in range(260)]
    frame = pl.DataFrame({"symbol": symbols}).join(pl.DataFrame({"day": days}), how="cross")
    frame = frame.select(
        pl.int_range(pl.len()).alias("line"),
        "symbol",
        pl.col("day").dt.to_string("%Y-%m-%d"),
        pl.when(pl.int_range(pl.len()) % 9_973 == 0).then(pl.lit("x")).otherwise(pl.lit("10.00")),
    ).rename({"literal": "close"})
    checked = check_frame(BOOK, frame, [], lambda _: "")
    named = sum(fault.reason != "market.bar_gap" for fault in checked.faults)
    assert frame.height > 1_000_000
    assert named == -(-frame.height // 9_973)
    assert checked.good.height + named == frame.height
