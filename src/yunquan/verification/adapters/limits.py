"""The limits of codes and tries, from the dated table beside the rules."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from yunquan.kernel.thresholds import Thresholds

_TABLE: Final = Path(__file__).parents[1] / "rules" / "tables" / "codes.toml"


@cache
def load_limits() -> Thresholds:
    """All rows."""
    return Thresholds([_TABLE.read_text("utf-8")])
