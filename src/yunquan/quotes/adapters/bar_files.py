"""Bars from a CSV or Parquet file that a person names."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from yunquan.kernel.errors import Invalid
from yunquan.quotes.types import RawBar

_NEEDED: Final = ("symbol", "date", "close")
_OPTIONAL: Final = ("open", "high", "low", "preclose", "volume")
_CHUNK: Final = 1 << 20


class BarFile:
    """One file with the columns symbol, date, close, and optionally open, high, low, preclose,
    volume.

    symbol: "600519.SH"; date: "2026-07-13"; prices in CNY; volume in shares. Other columns are
    ignored. Parquet needs the extra "bars".
    """

    def __init__(self, path: Path) -> None:
        self.name = f"file {path.name}"
        self._path = path

    def digest(self) -> str:
        """SHA-256 of the file."""
        total = hashlib.sha256()
        try:
            with self._path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    total.update(chunk)
        except OSError as error:
            raise self._unreadable(error) from error
        return total.hexdigest()

    def rows(self) -> Iterator[RawBar]:
        """Every row as written. Raises Invalid market.bars_unreadable or
        market.bars_missing_column.
        """
        parquet = self._path.suffix.lower() == ".parquet"
        return self._parquet_rows() if parquet else self._csv_rows()

    def listed_on(self, symbol: str) -> str:
        """A file of bars doesn't say."""
        return ""

    def _csv_rows(self) -> Iterator[RawBar]:
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                self._check_columns(reader.fieldnames or ())
                for line, row in enumerate(reader, 2):
                    yield _raw(line, row)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise self._unreadable(error) from error

    def _parquet_rows(self) -> Iterator[RawBar]:
        try:
            # Heavy, and only this format needs it.
            import polars  # noqa: PLC0415
        except ImportError:
            raise Invalid("market.bars_need_polars", file=self._path.name) from None
        try:
            frame = polars.read_parquet(self._path)
        except (OSError, polars.exceptions.PolarsError) as error:
            raise self._unreadable(error) from error
        self._check_columns(frame.columns)
        wanted = [name for name in _NEEDED + _OPTIONAL if name in frame.columns]
        for line, row in enumerate(frame.select(wanted).iter_rows(named=True), 1):
            yield _raw(line, row)

    def _check_columns(self, columns: Iterable[str]) -> None:
        found = set(columns)
        for name in _NEEDED:
            if name not in found:
                raise Invalid("market.bars_missing_column", file=self._path.name, column=name)

    def _unreadable(self, error: Exception) -> Invalid:
        return Invalid("market.bars_unreadable", file=self._path.name, reason=str(error)[:200])


def _raw(line: int, row: dict[str, Any]) -> RawBar:
    def text(name: str) -> str:
        value = row.get(name)
        return "" if value is None else str(value).strip()

    return RawBar(
        line=line,
        symbol=text("symbol").upper(),
        # A Parquet date may carry a time of midnight.
        day=text("date").removesuffix(" 00:00:00"),
        close=text("close"),
        open=text("open"),
        high=text("high"),
        low=text("low"),
        preclose=text("preclose"),
        volume=text("volume"),
    )
