"""Rows of bars as columns: text as its source wrote it, and what the text says as integers.

Every column comes as text, so that what isn't a number is seen and named, and what is one goes
from its digits to an integer without passing through a float. Prices become integers of 1e-13 CNY
(`_e13`), cut there: sources that compute in single precision write thirteen decimals.
"""

from __future__ import annotations

# Expressions of Polars take arrays of NumPy, which we have not: their types are known but for that.
# pyright: reportUnknownMemberType=false
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import polars as pl

from yunquan.bars.types import RawBar

PRICES: Final = ("close", "open", "high", "low", "preclose")
TEXTS: Final = ("symbol", "day", "time", *PRICES, "volume", "turnover", "factor")
E13: Final = 10**13
E13_PER_MILLI: Final = 10**10
# No exchange of ours traded before; what lies beyond is a slip of the year.
FIRST_DAY: Final = date(1990, 12, 1)
LAST_DAY: Final = date(2099, 12, 31)
_LARGEST_PRICE_E13: Final = 100_000 * E13
_LARGEST_VOLUME: Final = 10**15
_LARGEST_TURNOVER_FEN: Final = 10**17
# What a row may leave out, and the integer it becomes.
_OPTIONAL: Final = {
    "preclose": "preclose_e13",
    "volume": "volume_qty",
    "turnover": "turnover_fen",
}
_PLAIN: Final = r"^[0-9.]{1,24}$"


def frame_of(rows: Iterable[RawBar]) -> pl.DataFrame:
    """Rows as columns of text."""
    found = list(rows)
    columns: dict[str, Sequence[object]] = {
        name: [getattr(row, name) for row in found] for name in ("line", *TEXTS)
    }
    return pl.DataFrame(columns, schema={"line": pl.Int64} | dict.fromkeys(TEXTS, pl.String))


def parsed(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(columns of text, columns of integers): the same rows in both.

    Of text: `line` and TEXTS, "" where the source has none. Of integers: day_no (days since 1970),
    prices `_e13`, volume_qty, turnover_fen, null where there is none; has_prices; malformed: a
    figure is needed and missing, or is there and can't be read.
    """
    texts = frame.select("line", *(pl.col(name).fill_null("") for name in _there(frame)))
    found = _integers(texts)
    unread = texts.filter(found["malformed"])
    bare = unread.with_columns(pl.col(name).str.strip_chars() for name in _there(frame))
    if not bare.equals(unread):
        # Blanks around figures are no fault, and too rare to look for in every row.
        texts = texts.with_columns(pl.col(name).str.strip_chars() for name in _there(frame))
        found = _integers(texts)
    missing = [pl.lit("").alias(name) for name in TEXTS if name not in texts.columns]
    return texts.with_columns(missing), found


def _there(frame: pl.DataFrame) -> list[str]:
    return [name for name in TEXTS if name in frame.columns]


def _integers(texts: pl.DataFrame) -> pl.DataFrame:
    there = set(texts.columns)
    day = pl.col("day").str.to_date("%Y-%m-%d", strict=False)
    # Ten digits and dashes: the parser would also take "2026-7-13".
    shaped = pl.col("day").str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    nothing = pl.lit(None, dtype=pl.Int64)
    made = [pl.when(shaped).then(day.cast(pl.Int32)).cast(pl.Int64).alias("day_no")]
    for name, value, expression in (
        *((name, f"{name}_e13", _price(name)) for name in PRICES),
        ("volume", "volume_qty", _volume()),
        ("turnover", "turnover_fen", _turnover()),
    ):
        made.append((expression if name in there else nothing).alias(value))
    ohl = [name for name in ("open", "high", "low") if name in there]
    found = texts.select(
        *made,
        pl.any_horizontal([pl.lit(value=False), *(pl.col(name) != "" for name in ohl)]).alias(
            "has_prices"
        ),
        *((pl.col(name) != "").alias(f"{name}_said") for name in _OPTIONAL if name in there),
    )
    unread = [
        pl.col(f"{name}_said") & pl.col(value).is_null()
        for name, value in _OPTIONAL.items()
        if name in there
    ]
    needed = [pl.col(f"{name}_e13").is_null() for name in ("open", "high", "low")]
    return found.select(
        "day_no",
        *(f"{name}_e13" for name in PRICES),
        "volume_qty",
        "turnover_fen",
        "has_prices",
        pl.any_horizontal(
            [
                pl.col("day_no").is_null(),
                pl.col("close_e13").is_null(),
                pl.col("has_prices") & pl.any_horizontal(needed),
                *unread,
            ]
        ).alias("malformed"),
    )


def _price(name: str) -> pl.Expr:
    text = pl.col(name)
    exact = text.cast(pl.Decimal(38, 13), strict=False).to_physical()
    value = exact.cast(pl.Int64, strict=False)
    good = text.str.contains(_PLAIN) & (value > 0) & (value < _LARGEST_PRICE_E13)
    return pl.when(good).then(value)


def _volume() -> pl.Expr:
    text = pl.col("volume").str.strip_suffix(".0")
    value = text.cast(pl.Int64, strict=False)
    good = text.str.contains(r"^[0-9]{1,24}$") & (value <= _LARGEST_VOLUME)
    return pl.when(good).then(value)


def _turnover() -> pl.Expr:
    text = pl.col("turnover")
    exact = text.cast(pl.Decimal(38, 3), strict=False).to_physical()
    fen = (exact.cast(pl.Int64, strict=False) + 5) // 10
    good = text.str.contains(_PLAIN) & (fen <= _LARGEST_TURNOVER_FEN)
    return pl.when(good).then(fen)


def why_malformed(row: dict[str, object]) -> str:
    """What can't be read of a malformed row, e.g. "close='x'". row: its text and its integers."""
    if row["day_no"] is None:
        return "date"
    if row["close_e13"] is None:
        return f"close={str(row['close'])[:24]!r}"
    figures = (("volume", "volume_qty"), ("turnover", "turnover_fen"))
    for name, value in ((each, f"{each}_e13") for each in PRICES[1:]):
        needed = row[name] != "" or (row["has_prices"] and name != "preclose")
        if needed and row[value] is None:
            return f"{name}={str(row[name])[:24]!r}"
    bad = (name for name, value in figures if row[name] != "" and row[value] is None)
    return next((f"{name}={str(row[name])[:24]!r}" for name in bad), "")


def milli(e13: str) -> pl.Expr:
    """A price in 0.001 CNY, rounded half up."""
    return (pl.col(e13) + E13_PER_MILLI // 2) // E13_PER_MILLI


def to_milli(e13: int) -> int:
    """The same of one price."""
    return (e13 + E13_PER_MILLI // 2) // E13_PER_MILLI


def number_of_day(day: str) -> int:
    """Days from 1970-01-01 to an ISO day."""
    return date.fromisoformat(day).toordinal() - _EPOCH


def day_of_number(number: int) -> str:
    """The ISO day so many days after 1970-01-01."""
    return date.fromordinal(number + _EPOCH).isoformat()


_EPOCH: Final = date(1970, 1, 1).toordinal()
