"""Which minute bars are believed: the checks of daily ones, with the minute's own on top."""

from __future__ import annotations

# Expressions of Polars take arrays of NumPy, which we have not: their types are known but for that.
# pyright: reportUnknownMemberType=false
from collections.abc import Callable, Sequence
from typing import Any, Final

import polars as pl

from yunquan.bars.rules.columns import day_of_number, milli, parsed
from yunquan.bars.rules.daily import CheckedFrame
from yunquan.bars.rules.reach import Reach
from yunquan.bars.rules.series import Faults, in_series, name_unread, where
from yunquan.market.rules.rows import RuleBook

_NO_SESSION: Final = "market.bar_no_session"
_DAY_MINUTES: Final = 1440
_SATURDAY: Final = 6
# Bars are named by their end. Sources put the opening auction into 09:30 or the minute after.
_SPANS: Final = ((9 * 60 + 25, 11 * 60 + 30), (13 * 60 + 1, 15 * 60))
# A day of continuous trading; a source may leave out minutes without a trade, so fewer is a gap
# that is named and no more.
FULL_DAY: Final = 240


def check_minutes(
    book: RuleBook,
    frame: pl.DataFrame,
    known_days: Sequence[str],
    listed_on: Callable[[str], str],
    *,
    raw_prices: bool = False,
) -> CheckedFrame:
    """Check every minute of a source: columns as in columns.TEXTS, `time` "HH:MM" or "HH:MM:SS".

    good: symbol, trading_day, minute and the figures of MinuteBar. A gap is named once a day.
    """
    reach = Reach(book, listed_on)
    rows, faults = in_series(*parsed(frame), reach)
    clock = faults.texts["time"].str.extract_groups(r"^([01][0-9]|2[0-3]):([0-5][0-9])(?::00)?$")
    hour = clock.struct.field("1").cast(pl.Int64)
    minute = clock.struct.field("2").cast(pl.Int64)
    rows = rows.with_columns((hour * 60 + minute).alias("clock"))
    unread = pl.col("malformed") | pl.col("clock").is_null() | ~pl.col("has_prices")
    name_unread(where(rows, unread | ~pl.col("known")), reach, faults)
    rows = where(rows, ~unread & pl.col("known"))
    rows = _in_order(rows, frozenset(known_days), faults)
    rows = _believed(rows, reach, faults, raw_prices=raw_prices)
    _name_gaps(rows, faults)
    return CheckedFrame(_bars(rows, faults.texts), faults.in_order())


def _in_order(rows: pl.DataFrame, known: frozenset[str], faults: Faults) -> pl.DataFrame:
    spans = [pl.col("clock").is_between(first, last) for first, last in _SPANS]
    day = pl.col("day_no").cast(pl.Date)
    closed = day.dt.weekday() >= _SATURDAY
    if known:
        # Inside the known days only those trade; beyond them weekdays may.
        inside = (day >= pl.lit(min(known)).str.to_date()) & (
            day <= pl.lit(max(known)).str.to_date()
        )
        closed |= inside & ~day.dt.to_string("%Y-%m-%d").is_in(sorted(known))
    faults.add_all(rows.filter(closed), "market.bar_no_trading_day", _nothing)
    rows = where(rows, ~closed)
    outside = ~pl.any_horizontal(spans)
    faults.add_all(rows.filter(outside), _NO_SESSION, lambda row: row["time"])
    rows = where(rows, ~outside)
    moment = pl.col("day_no") * _DAY_MINUTES + pl.col("clock")
    key = pl.col("series") * 100_000 * _DAY_MINUTES + moment
    rows = rows.with_columns(key.alias("key"))
    rows = _once(rows, faults)
    late = pl.col("key") < pl.col("key").cum_max().shift(1)
    late = late.fill_null(value=False)
    faults.add_all(rows.filter(late), "market.bar_out_of_order", _nothing)
    return where(rows, ~late)


def _nothing(_: dict[str, Any]) -> str:
    return ""


_FIGURES: Final = ("close_e13", "open_e13", "high_e13", "low_e13", "volume_qty", "turnover_fen")


def _once(rows: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """A minute told twice alike counts once; told differently, neither is believed."""
    if not rows.select((pl.col("key") <= pl.col("key").cum_max().shift(1)).any()).item():
        return rows
    told = pl.struct(_FIGURES)
    rows = rows.with_columns(
        (told != told.first()).any().over("key").alias("two"),
        (pl.int_range(pl.len()).over("key") > 0).alias("again"),
    )
    faults.add_all(rows.filter("two"), "market.bar_contradicted", lambda row: row["close"])
    rows = rows.filter(~pl.col("two"))
    faults.add_all(rows.filter("again"), "market.bar_duplicate", _nothing)
    return rows.filter(~pl.col("again"))


def _believed(
    rows: pl.DataFrame, reach: Reach, faults: Faults, *, raw_prices: bool
) -> pl.DataFrame:
    close, opened = pl.col("close_e13"), pl.col("open_e13")
    high, low = pl.col("high_e13"), pl.col("low_e13")
    rows = reach.with_rules(rows)
    good = (low <= pl.min_horizontal(opened, close)) & (pl.max_horizontal(opened, close) <= high)
    faults.add_all(rows.filter(~good), "market.bar_bad_ohlc", _four_prices)
    rows = where(rows, good)
    if raw_prices:
        tick = pl.col("tick_e13")
        off = pl.any_horizontal([price % tick != 0 for price in (close, opened, high, low)])
        faults.add_all(rows.filter(off), "market.bar_off_tick", _four_prices)
        rows = where(rows, ~off)
    # Twice the day's limit: from its lower to its upper one, which no two minutes of a day pass.
    same = (pl.col("series") == pl.col("series").shift(1)) & (
        pl.col("day_no") == pl.col("day_no").shift(1)
    )
    before = pl.when(same).then(close.shift(1))
    room = pl.min_horizontal(before, close) // 10_000 * pl.col("limit_bp") * 5 // 2
    far = (pl.col("limit_bp") > 0) & ((close - before).abs() > room + pl.col("tick_e13"))
    far = far.fill_null(value=False)
    # The minute after a slip is as far from it as the slip was from the one before.
    slip = far & ~far.shift(1, fill_value=False)
    faults.add_all(rows.filter(slip), "market.bar_beyond_limit", lambda row: row["close"])
    return where(rows, ~slip)


def _four_prices(row: dict[str, Any]) -> str:
    return " ".join(row[name] for name in ("open", "high", "low", "close"))


def _name_gaps(rows: pl.DataFrame, faults: Faults) -> None:
    days = rows.group_by("series", "day_no", maintain_order=True).agg(
        pl.col("at").last(), pl.len().alias("count")
    )
    for row in days.filter(pl.col("count") < FULL_DAY).iter_rows(named=True):
        faults.add_gap(row, day_of_number(row["day_no"]), f"{row['count']} of {FULL_DAY} minutes")


def _bars(rows: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    named = texts.select("symbol", "day")[rows["at"]]
    hour, past = pl.col("clock") // 60, pl.col("clock") % 60
    return rows.select(
        named["symbol"],
        named["day"].alias("trading_day"),
        pl.format(
            "{}:{}",
            hour.cast(pl.String).str.zfill(2),
            past.cast(pl.String).str.zfill(2),
        ).alias("minute"),
        *(milli(f"{name}_e13").alias(f"{name}_milli") for name in ("open", "high", "low", "close")),
        pl.col("volume_qty").fill_null(0).alias("volume"),
        pl.col("turnover_fen").fill_null(0),
    )
