"""Daily closes of seven A-shares as the package marina-rules ships them (forward adjusted, CC0)."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import marina_rules

from yunquan.quotes.types import RawBar

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

    def rows(self) -> Iterator[RawBar]:
        """Files in order of their names, rows as written."""
        for path in self._files:
            market, code = path.stem.upper().split(".")
            symbol = f"{code}.{market}"
            with path.open(encoding="utf-8", newline="") as file:
                for line, row in enumerate(csv.DictReader(file), 2):
                    yield RawBar(
                        line=line,
                        symbol=symbol,
                        day=row["date"],
                        close=row["close"],
                        preclose=row["preclose"],
                    )

    def listed_on(self, symbol: str) -> str:
        """First trading day, "" for a symbol that isn't one of the seven."""
        return _LISTED_ON.get(symbol, "")
