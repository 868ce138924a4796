"""Imports, days that were played, instruments: on a real database of each kind."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.fixtures_database import NewDatabase
from yunquan.kernel.errors import Invalid
from yunquan.kernel.transaction import Database
from yunquan.market import (
    BarFile,
    MarinaBars,
    import_bars,
    is_trading_day,
    load_bars,
    load_instrument_days,
    load_quarantine,
    load_rule_book,
    next_trading_day,
    record_day_bar,
    record_instruments,
    search,
)
from yunquan.market.types import DayBar, Instrument, InstrumentNotice

BOOK = load_rule_book()
HEAD = ["symbol", "date", "open", "high", "low", "close", "volume"]


@pytest.fixture
def bars_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "my.csv"
    write(path, [["600519.SH", "2026-07-13", "10.0", "10.5", "9.9", "10.20", "1000"]])
    return path


def write(path: Path, rows: list[list[str]], head: list[str] | None = None) -> None:
    # With the mark that spreadsheets put at the start.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head or HEAD, *rows])


def notice(symbol: str, name_zh: str, name_en: str, board: str = "main") -> InstrumentNotice:
    instrument = Instrument(symbol, symbol[-2:], board, name_zh, name_en, simulated="intraday")
    return InstrumentNotice(instrument, "2026-07-13", 10_000, 11_000, 9_000, halted=False)


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
        assert is_trading_day(tx, "2025-10-09")
        assert not is_trading_day(tx, "2025-10-02")
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


def test_instruments_are_kept_and_compared(database: Database) -> None:
    good = notice("600519.SH", "海棠酒业", "Haitang Spirits")
    odd = notice("688981.SH", "澄光微电", "Clearlight Micro", "star")
    with database.transaction() as tx:
        (found,) = record_instruments(tx, [good, odd], BOOK)
    assert (found.symbol, found.ours, found.theirs) == (
        "688981.SH",
        (12_000, 8_000),
        (11_000, 9_000),
    )
    renamed = msgspec.structs.replace(
        good, halted=True, instrument=msgspec.structs.replace(good.instrument, name_zh="海棠酒")
    )
    with database.transaction() as tx:
        record_instruments(tx, [renamed], BOOK)
    with database.read() as tx:
        days = load_instrument_days(tx, BOOK)
        assert [(d.symbol, d.halted, d.limit_up_milli) for d in days] == [
            ("600519.SH", True, 11_000),
            ("688981.SH", False, 12_000),
        ]
        assert [i.initials for i in search(tx, "600519")] == ["HTJ"]


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("600519", ["600519.SH"]),
        ("600519.sh", ["600519.SH"]),
        ("6", ["600519.SH", "688981.SH"]),
        ("ljyh", ["000001.SZ"]),
        ("临江", ["000001.SZ"]),
        ("micro", ["688981.SH"]),
        ("light", ["688981.SH"]),
        ("  haitang ", ["600519.SH"]),
        ("银行", ["000001.SZ"]),
        ("", []),
        ("   ", []),
        ("%", []),
        ("zzz", []),
    ],
)
def test_search(new_database: NewDatabase, text: str, symbols: list[str]) -> None:
    database = new_database("sqlite")
    with database.transaction() as tx:
        record_instruments(
            tx,
            [
                notice("600519.SH", "海棠酒业", "Haitang Spirits"),
                notice("688981.SH", "澄光微电", "Clearlight Micro", "star"),
                notice("000001.SZ", "临江银行", "Linjiang Bank"),
            ],
            BOOK,
        )
        assert [found.symbol for found in search(tx, text)] == symbols
        assert len(search(tx, text, 1)) <= 1
