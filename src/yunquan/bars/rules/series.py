"""Rows of a source sorted into series, and the list of what is wrong with them."""

from __future__ import annotations

# Expressions of Polars take arrays of NumPy, which we have not: their types are known but for that.
# pyright: reportUnknownMemberType=false
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from yunquan.bars.rules.columns import why_malformed
from yunquan.bars.rules.reach import Reach
from yunquan.bars.types import BarFault

Row = dict[str, Any]

_MALFORMED: Final = "market.bar_malformed"
_UNKNOWN: Final = "market.bar_unknown_symbol"
_GAP: Final = "market.bar_gap"


@dataclass(slots=True)
class Faults:
    """Faults as they are found, each with the place of its row. texts: the rows as written."""

    texts: pl.DataFrame
    found: list[tuple[int, BarFault]] = field(default_factory=list)

    def add(self, at: int, reason: str, detail: str = "") -> None:
        """Name the row at a place."""
        row = self.texts.row(at, named=True)
        fault = BarFault(row["symbol"], row["day"][:10], row["line"], reason, detail[:200])
        self.found.append((at, fault))

    def add_all(self, rows: pl.DataFrame, reason: str, detail: Callable[[Row], str]) -> None:
        """Name each of the rows. detail: asked with its text and its integers."""
        texts = self.texts[rows["at"]]
        named = zip(texts.iter_rows(named=True), rows.iter_rows(named=True), strict=True)
        for text, row in named:
            said = detail(text | row)[:200]
            fault = BarFault(text["symbol"], text["day"][:10], text["line"], reason, said)
            self.found.append((row["at"], fault))

    def add_gap(self, row: Row, start: str, detail: str) -> None:
        """Name what is missing before a row, which itself may be good."""
        text = self.texts.row(row["at"], named=True)
        fault = BarFault(text["symbol"], start, text["line"], _GAP, detail)
        self.found.append((row["at"], fault))

    def in_order(self) -> list[BarFault]:
        """By series and row, a gap before what follows it."""
        return [fault for _, fault in sorted(self.found, key=lambda entry: entry[0])]


def where(rows: pl.DataFrame, condition: pl.Expr) -> pl.DataFrame:
    """A filter that costs nothing where it takes nothing away."""
    mask = rows.select(condition.alias("mask"))["mask"]
    return rows if mask.all() else rows.filter(mask)


def in_series(
    texts: pl.DataFrame, numbers: pl.DataFrame, reach: Reach
) -> tuple[pl.DataFrame, Faults]:
    """Rows by series as these first appear, each in the source's order; `at` is the place."""
    names = texts["symbol"].unique(maintain_order=True)
    series = texts["symbol"].rle_id().cast(pl.Int64)
    if texts.height and series[-1] + 1 != len(names):
        # Series that interleave: sorted by day, as exchanges publish them.
        numbering = pl.DataFrame({"symbol": names, "series": range(len(names))})
        series = texts.join(numbering, on="symbol", how="left", maintain_order="left")["series"]
        order = series.arg_sort()
        texts, numbers, series = texts[order], numbers[order], series[order]
    symbols = names.to_list()
    known = pl.Series([reach.knows(symbol) for symbol in symbols], dtype=pl.Boolean)
    places = pl.Series([reach.place(symbol) for symbol in symbols], dtype=pl.Int64)
    listed = pl.Series([bool(reach.listed_on(symbol)) for symbol in symbols], dtype=pl.Boolean)
    reach.symbols = symbols
    rows = numbers.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("at"),
        series.cast(pl.Int64).alias("series"),
        known.gather(series).alias("known"),
        places.gather(series).alias("place"),
        listed.gather(series).alias("listed"),
    )
    return rows, Faults(texts)


def name_unread(rows: pl.DataFrame, reach: Reach, faults: Faults) -> None:
    faults.add_all(rows.filter("known"), _MALFORMED, why_malformed)
    strangers = rows.filter(~pl.col("known"))
    faults.add_all(strangers, _UNKNOWN, lambda row: reach.unknown(row["symbol"]))
