"""The thresholds of cards, faces, films, liveness and voices, from dated tables by the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from yunquan.kernel.thresholds import Thresholds

_TABLES: Final = Path(__file__).parents[1] / "rules" / "tables"
_NAMES: Final = ("cards", "faces", "films", "liveness", "voice")


def load_thresholds() -> Thresholds:
    """All rows of all tables."""
    return Thresholds((_TABLES / f"{name}.toml").read_text("utf-8") for name in _NAMES)
