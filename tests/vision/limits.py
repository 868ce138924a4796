"""The thresholds in force on the tests' day."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from yunquan.vision.rules.thresholds import Thresholds

_TABLES: Final = Path(__file__).parents[2] / "src/yunquan/vision/rules/tables"
LIMITS: Final = Thresholds(
    (_TABLES / f"{name}.toml").read_text("utf-8") for name in ("faces", "liveness", "voice")
).on("2026-11-25")
