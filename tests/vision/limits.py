"""The thresholds in force on the tests' day."""

from __future__ import annotations

from typing import Final

from yunquan.vision import load_thresholds

LIMITS: Final = load_thresholds().on("2026-11-25")
