"""Real bars, where the machine has them: they are for measuring and no part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from tests.fixtures_database import ROOT
from yunquan.bars import BarFile, import_bars, load_bars, load_minutes, load_quarantine
from yunquan.kernel.transaction import Database
from yunquan.market import load_rule_book

BOOK = load_rule_book()
DATA = Path(os.environ.get("YUNQUAN_SHARED_DATA", ROOT.parent / "shared" / "data"))
DAILY = DATA / "ashare_daily_qlib" / "csi300_current_members_2019_2026.parquet"
MINUTES = DATA / "ashare_minute_tick_corpaction" / "sh000001_1min_202007.csv.gz"


def needs(path: Path) -> pytest.MarkDecorator:
    reason = f"no real bars here: set YUNQUAN_SHARED_DATA to a folder with {path.parent.name}/"
    return pytest.mark.skipif(not path.is_file(), reason=reason)


@needs(DAILY)
def test_a_month_of_the_csi_300_is_believed(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "csi300.parquet"
    month = pl.col("date").cast(pl.String).str.starts_with("2026-03")
    real = pl.read_parquet(DAILY).filter(month & (pl.col("volume") > 0))
    real.write_parquet(path)
    with database.transaction() as tx:
        report = import_bars(tx, BarFile(path, "backward"), BOOK)
        faults = load_quarantine(tx)
        bars = load_bars(tx, "600519.SH", "2026-04-01", 30)
    assert report.rows_read == real.height > 6_000
    named = [fault for fault in faults if fault.reason != "market.bar_gap"]
    assert report.rows_good + len(named) == report.rows_read
    # Raw prices recovered from single precision: hardly any is off its tick.
    assert report.rows_good >= report.rows_read * 0.999
    assert len(bars) == 22
    assert all(bar.low_milli and bar.low_milli <= bar.close_milli for bar in bars)


@needs(MINUTES)
def test_real_minutes_are_believed(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    real = pl.read_csv(MINUTES, infer_schema=False)
    renamed = real.rename({"dt": "datetime", "vol": "volume"}, strict=False)
    renamed.with_columns(
        pl.lit("000001.SH").alias("symbol"), pl.col("volume").str.strip_suffix(".0")
    ).write_csv(path)
    with database.transaction() as tx:
        report = import_bars(tx, BarFile(path), BOOK)
        days = load_minutes(tx, "000001.SH", "2020-08-01", 3_000)
    assert (report.rows_read, report.rows_good) == (2_640, 2_640)
    assert [len(day.bars) for day in days] == [240] * 11
