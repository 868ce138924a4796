"""Imports and days that were played: on a real database of each kind."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest

from yunquan.bars import (
    BarFile,
    MarinaBars,
    import_bars,
    load_bars,
    load_quarantine,
    record_day_bar,
)
from yunquan.bars.types import DayBar
from yunquan.kernel.errors import Invalid
from yunquan.kernel.transaction import Database
from yunquan.market import load_calendar, load_rule_book, next_trading_day

BOOK = load_rule_book()
HEAD = ["symbol", "date", "open", "high", "low", "close", "volume"]


@pytest.fixture
def bars_file(tmp_path: Path) -> Path:
    path = tmp_path / "my.csv"
    write(path, [["600519.SH", "2026-07-13", "10.0", "10.5", "9.9", "10.20", "1000"]])
    return path


def write(path: Path, rows: list[list[str]], head: list[str] | None = None) -> None:
    # With the mark that spreadsheets put at the start.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head or HEAD, *rows])


def played(close: int) -> DayBar:
    day = "2026-07-13"
    return DayBar("600519.SH", day, 1, 2, 1, close, 5, 6, "simulated", adjusted=False)


def test_the_samples_go_in_once(database: Database) -> None:
    with database.transaction() as tx:
        report = import_bars(tx, MarinaBars(), BOOK)
        assert len(tx.outbox) == 1
    counts = (report.rows_read, report.rows_good, report.rows_quarantined, report.gaps)
    assert counts == (10_500, 10_499, 1, 1)
    with database.transaction() as tx:
        again = import_bars(tx, MarinaBars(), BOOK)
        assert tx.outbox == []
    assert again == msgspec.structs.replace(report, repeated=True)
    with database.read() as tx:
        faults = load_quarantine(tx)
        assert [f.reason for f in faults] == ["market.bar_beyond_limit", "market.bar_gap"]
        bars = load_bars(tx, "600519.SH", "2026-07-13", 3)
        assert [bar.trading_day for bar in bars] == ["2026-07-08", "2026-07-09", "2026-07-10"]
        assert load_bars(tx, "600519.SH", "2019-01-05", 9)[0].trading_day == "2019-01-04"
        assert load_calendar(tx).is_trading_day("2025-10-09")
        assert not load_calendar(tx).is_trading_day("2025-10-02")
        assert next_trading_day(tx, "2025-09-30") == "2025-10-09"


def test_new_content_of_a_file_replaces_the_old(database: Database, bars_file: Path) -> None:
    with database.transaction() as tx:
        import_bars(tx, BarFile(bars_file), BOOK)
    rows = [
        ["600519.SH", f"2026-07-{day}", "", "", "", close, ""]
        for day, close in (("14", "9.9"), ("15", "x"))
    ]
    write(bars_file, rows)
    with database.transaction() as tx:
        report = import_bars(tx, BarFile(bars_file), BOOK)
    assert (report.rows_good, report.rows_quarantined, report.repeated) == (1, 1, False)
    with database.read() as tx:
        kept = load_bars(tx, "600519.SH", "2027-01-01")
        assert [(bar.trading_day, bar.close_milli) for bar in kept] == [("2026-07-14", 9_900)]
        (fault,) = load_quarantine(tx, "file my.csv")
        assert (fault.line, fault.detail) == (3, "close='x'")


def test_parquet_is_read_as_csv_is(database: Database, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    from datetime import date

    path = tmp_path / "my.parquet"
    polars.DataFrame(
        {
            "symbol": ["600519.SH"] * 2,
            "date": [date(2026, 7, 13), date(2026, 7, 14)],
            "close": [10.2, None],
            "volume": [1000.0, 1],
            "remark": ["kept out", ""],
        }
    ).write_parquet(path)
    with database.transaction() as tx:
        report = import_bars(tx, BarFile(path), BOOK)
        assert (report.rows_good, report.rows_quarantined) == (1, 1)
        (bar,) = load_bars(tx, "600519.SH", "2027-01-01")
        assert (bar.close_milli, bar.volume, bar.open_milli) == (10_200, 1000, None)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"symbol,date\n600519.SH,2026-07-13\n", "market.bars_missing_column"),
        ("a.csv", b"", "market.bars_missing_column"),
        ("a.csv", b"symbol,date,close\n\xff\xfe,1,2\n", "market.bars_unreadable"),
        ("a.parquet", b"symbol,date,close\n", "market.bars_unreadable"),
    ],
)
def test_a_file_of_no_use_is_refused(
    database: Database, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Invalid) as refused, database.transaction() as tx:
        import_bars(tx, BarFile(tmp_path / name), BOOK)
    assert refused.value.code == code


def test_a_file_that_is_not_there(database: Database, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="bars_unreadable"), database.transaction() as tx:
        import_bars(tx, BarFile(tmp_path / "none.csv"), BOOK)


def test_a_played_day_counts_before_the_imported_one(database: Database, bars_file: Path) -> None:
    with database.transaction() as tx:
        import_bars(tx, BarFile(bars_file), BOOK)
        record_day_bar(tx, played(10_100))
    with database.transaction() as tx:
        record_day_bar(tx, played(10_150))
    with database.read() as tx:
        (bar,) = load_bars(tx, "600519.SH", "2026-07-14")
        assert (bar.close_milli, bar.kind) == (10_150, "simulated")
        assert load_bars(tx, "600519.SH", "2026-07-13") == []
