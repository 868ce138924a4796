"""Daily closes of seven A-shares as the package marina-rules ships them (forward adjusted, CC0)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import marina_rules
import polars as pl

# First trading days, which the files don't tell: inside the listing window a share has no limit.
_LISTED_ON: Final = {
    "000001.SZ": "1991-04-03",
    "300001.SZ": "2009-10-30",
    "300059.SZ": "2010-03-19",
    "301499.SZ": "2023-07-21",
    "600519.SH": "2001-08-27",
    "603375.SH": "2024-01-24",
    "688981.SH": "2020-07-16",
}


class MarinaBars:
    """The samples: date, close, preclose; no open, high, low or volume."""

    raw_prices = False

    def __init__(self, directory: Path | None = None) -> None:
        self.name = f"marina-rules {marina_rules.VERSION}"
        self._files = sorted(
            (directory or Path(marina_rules.DATA_DIR) / "samples" / "cn_bars").glob("*.csv")
        )

    def digest(self) -> str:
        """SHA-256 over names and contents."""
        total = hashlib.sha256()
        for path in self._files:
            total.update(path.name.encode() + b"\0" + path.read_bytes())
        return total.hexdigest()

    def frame(self) -> pl.DataFrame:
        """Files in order of their names, rows as written."""
        return pl.concat([self._one(path) for path in self._files])

    def _one(self, path: Path) -> pl.DataFrame:
        market, code = path.stem.upper().split(".")
        return pl.read_csv(path, infer_schema=False).select(
            pl.int_range(2, pl.len() + 2).alias("line"),
            pl.lit(f"{code}.{market}").alias("symbol"),
            pl.col("date").alias("day"),
            "close",
            "preclose",
        )

    def listed_on(self, symbol: str) -> str:
        """First trading day, "" for a symbol that isn't one of the seven."""
        return _LISTED_ON.get(symbol, "")
