"""Rates of the tax on dividends, from the dated rows beside this file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import msgspec

from yunquan.actions.types import TaxRate

_ROWS: Final = Path(__file__).with_name("dividend_tax.toml")


def load_tax_rates() -> tuple[TaxRate, ...]:
    """All rows, oldest first."""
    rows = msgspec.convert(tomllib.loads(_ROWS.read_text("utf-8"))["row"], list[TaxRate])
    return tuple(sorted(rows, key=lambda row: row.from_day))
