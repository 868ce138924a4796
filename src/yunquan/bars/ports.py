"""What bars need from outside: sources that somebody else wrote."""

from __future__ import annotations

from typing import Protocol

import polars as pl


class BarSource(Protocol):
    """Bars as somebody else wrote them."""

    name: str

    def digest(self) -> str:
        """SHA-256 of the content, hex: the same digest has the same rows."""
        ...

    @property
    def raw_prices(self) -> bool:
        """Whether it promises prices as traded: then one off the tick is an error."""
        ...

    def frame(self) -> pl.DataFrame:
        """Every row in the source's order: `line` and text in the columns that it has of
        rules.columns.TEXTS; a source with `time` is one of minutes.

        Raises Invalid market.bars_* when it can't be read.
        """
        ...

    def listed_on(self, symbol: str) -> str:
        """First trading day of the symbol, "" if the source doesn't know."""
        ...
