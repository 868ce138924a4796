"""The numbers by which facts are counted, as dated rows."""

from __future__ import annotations

import importlib.resources
from functools import cache

from yunquan.kernel.thresholds import DayThresholds, Thresholds


@cache
def numbers_on(day: str) -> DayThresholds:
    """Those in force on a day."""
    folder = importlib.resources.files("yunquan.operations.rules.tables")
    return Thresholds([(folder / "numbers.toml").read_text(encoding="utf-8")]).on(day)
