"""Bars from a CSV or Parquet file that a person names."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import polars as pl

from yunquan.bars.rules.columns import PRICES, TEXTS
from yunquan.kernel.errors import Invalid

_NEEDED: Final = ("symbol", "day", "close")
# What files call the columns, beside our own names.
_NAMES: Final = {"date": "day", "amount": "turnover", "datetime": "moment"}
_MISSING: Final = {"day": "date"}
_CHUNK: Final = 1 << 20
AS_TRADED: Final = "raw"
BACKWARD: Final = "backward"
KINDS_OF_PRICES: Final = ("", AS_TRADED, BACKWARD)


class BarFile:
    """One file with the columns symbol, date, close, and optionally open, high, low, preclose,
    volume, amount, factor, and time ("HH:MM") or datetime in a file of minutes.

    symbol: "600519.SH" or "SH600519"; date: "2026-07-13"; prices and amount in CNY; volume in
    shares. Other columns are ignored. prices: "" nothing is promised; "raw": as traded; "backward":
    as traded times factor.
    """

    def __init__(self, path: Path, prices: str = "") -> None:
        if prices not in KINDS_OF_PRICES:
            raise Invalid("market.bars_prices", prices=prices[:20])
        self.name = f"file {path.name}"
        self.raw_prices = prices != ""
        self._backward = prices == BACKWARD
        self._path = path

    def digest(self) -> str:
        """SHA-256 of the file and of what was promised of it."""
        total = hashlib.sha256(b"backward" if self._backward else b"raw" * self.raw_prices)
        try:
            with self._path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    total.update(chunk)
        except OSError as error:
            raise self._unreadable(error) from error
        return total.hexdigest()

    def frame(self) -> pl.DataFrame:
        """Every row as written. Raises Invalid market.bars_unreadable or
        market.bars_missing_column.
        """
        parquet = self._path.suffix.lower() == ".parquet"
        frame = self._parquet() if parquet else self._csv()
        if "symbol" in frame.columns:
            frame = _with_plain_symbols(frame)
        if "moment" in frame.columns and "day" not in frame.columns:
            moment = pl.col("moment").str.replace("T", " ").str.splitn(" ", 2)
            frame = frame.with_columns(
                moment.struct.field("field_0").alias("day"),
                moment.struct.field("field_1").str.slice(0, 8).alias("time"),
            )
        self._check_columns(frame.columns)
        frame = frame.select("line", *(name for name in TEXTS if name in frame.columns))
        return self._as_traded(frame) if self._backward else frame

    def listed_on(self, symbol: str) -> str:
        """A file of bars doesn't say."""
        return ""

    def _csv(self) -> pl.DataFrame:
        try:
            content = self._path.read_bytes().removeprefix(b"\xef\xbb\xbf")
            # Said here: the reader would take other encodings for odd letters.
            text = content.decode("utf-8")
            if not text or text.isspace():
                self._check_columns(())
            try:
                frame = pl.read_csv(content, infer_schema=False)
            except pl.exceptions.PolarsError:
                return self._csv_by_rows(text)
            lines = content.count(b"\n") + (not content.endswith(b"\n"))
            if frame.height + 1 != lines or frame[:, 0].null_count():
                # Empty lines, or a field with a line break in it: then lines must be counted.
                return self._csv_by_rows(text)
            frame = _renamed(frame)
            return frame.with_columns(pl.int_range(2, pl.len() + 2).alias("line"))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise self._unreadable(error) from error

    def _csv_by_rows(self, content: str) -> pl.DataFrame:
        """The slow way, which loses no row: one with more fields than columns can't be read."""
        reader = csv.DictReader(io.StringIO(content, newline=""), restkey="more")
        columns = [name for name in reader.fieldnames or () if name]
        rows: list[dict[str, Any]] = []
        for row in reader:
            made = {name: row[name] or "" for name in columns} | {"line": reader.line_num}
            if more := row.get("more"):
                made["close"] = f"{made.get('close', '')},{','.join(more)}"
            rows.append(made)
        schema: dict[str, Any] = dict.fromkeys(columns, pl.String) | {"line": pl.Int64}
        return _renamed(pl.DataFrame(rows, schema=schema))

    def _parquet(self) -> pl.DataFrame:
        try:
            frame = _renamed(pl.read_parquet(self._path))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise self._unreadable(error) from error
        wanted = [name for name in (*TEXTS, "moment") if name in frame.columns]
        texts = [_text(name, frame.schema[name]) for name in wanted]
        self._check_columns(["day" if name == "moment" else name for name in wanted])
        return frame.select(pl.int_range(1, pl.len() + 1).alias("line"), *texts)

    def _as_traded(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Prices divided by their factor, to the 0.001 CNY below which no product is quoted.

        Sources compute them in single precision, which is good for seven digits: what is left
        after the division is off a tick only where the source was.
        """
        if "factor" not in frame.columns:
            raise Invalid("market.bars_missing_column", file=self._path.name, column="factor")
        factor = pl.col("factor").cast(pl.Float64, strict=False)
        there = [name for name in PRICES if name in frame.columns]
        divided = [
            pl.when(pl.col(name).str.contains(r"^[0-9.]+$") & (factor > 0))
            .then((pl.col(name).cast(pl.Float64, strict=False) / factor).round(3).cast(pl.String))
            .otherwise(pl.col(name))
            .alias(name)
            for name in there
        ]
        return frame.with_columns(divided)

    def _check_columns(self, columns: Iterable[str]) -> None:
        found = set(columns)
        for name in _NEEDED:
            if name not in found:
                column = _MISSING.get(name, name)
                raise Invalid("market.bars_missing_column", file=self._path.name, column=column)

    def _unreadable(self, error: Exception) -> Invalid:
        return Invalid("market.bars_unreadable", file=self._path.name, reason=str(error)[:200])


def _renamed(frame: pl.DataFrame) -> pl.DataFrame:
    names = {name: _NAMES.get(name.strip(), name.strip()) for name in frame.columns}
    # Two columns of one name: the first is meant.
    firsts = {new: old for old, new in reversed(names.items())}
    return frame.select(pl.col(old).alias(new) for new, old in firsts.items())


def _with_plain_symbols(frame: pl.DataFrame) -> pl.DataFrame:
    """Symbols as we write them: "600519.SH", also where a file has "sh600519"."""
    symbol = pl.col("symbol")
    if frame.select(symbol.str.contains(r"^[0-9]{6}\.(SH|SZ|BJ)$").all()).item():
        return frame
    plain = symbol.fill_null("").str.strip_chars().str.to_uppercase()
    return frame.with_columns(plain.str.replace(r"^(SH|SZ|BJ)([0-9]{6})$", "$2.$1"))


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    """A column of a Parquet file as text: what it shows is what a person would have written."""
    if isinstance(kind, pl.Datetime):
        pattern = "%Y-%m-%d" if name == "day" else "%Y-%m-%d %H:%M:%S"
        return pl.col(name).dt.to_string(pattern)
    if name == "volume" and kind.is_float():
        whole = pl.col(name).cast(pl.Int64, strict=False)
        return (
            pl.when(whole == pl.col(name))
            .then(whole.cast(pl.String))
            .otherwise(pl.col(name).cast(pl.String))
            .alias(name)
        )
    return pl.col(name).cast(pl.String, strict=False)
