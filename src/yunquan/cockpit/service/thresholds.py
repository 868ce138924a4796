"""From which figure on a tile turns yellow or red: the firm's own rows, by date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yunquan.cockpit.types import Light, Threshold

_FIRM: Final = "firm, operations handbook"
ROWS: Final = (
    Threshold("orders", 4_000, 8_000, "/s", "2026-01-01", _FIRM),
    Threshold("refusals", 10, 30, "%", "2026-01-01", _FIRM),
    Threshold("ack_p99", 50, 200, "ms", "2026-01-01", _FIRM),
    Threshold("bank", 1, 10_000, "fen", "2026-01-01", _FIRM),
    Threshold("counter_p99", 20, 100, "ms", "2026-01-01", _FIRM),
    Threshold("web_p99", 150, 500, "ms", "2026-01-01", _FIRM),
    Threshold("reader_lag", 5_000, 50_000, "", "2026-01-01", _FIRM),
    Threshold("transfers", 1, 20, "", "2026-01-01", _FIRM),
    Threshold("approvals", 5, 20, "", "2026-01-01", _FIRM),
    Threshold("streams", 2_000, 4_000, "", "2026-01-01", _FIRM),
    Threshold("books", 1, 1, "", "2026-01-01", _FIRM),
    Threshold("links", 1, 1, "", "2026-01-01", _FIRM),
)


def threshold_on(tile: str, day: str, rows: Sequence[Threshold] = ROWS) -> Threshold | None:
    """The row that holds for a tile on a day, None for a tile without."""
    held = [one for one in rows if one.tile == tile and one.effective_from <= day]
    return max(held, key=lambda one: one.effective_from, default=None)


def light_of(value: float | None, threshold: Threshold | None) -> Light:
    """How a figure stands. None: it couldn't be had."""
    if value is None:
        return Light.UNKNOWN
    if threshold is None or value < threshold.watch_from:
        return Light.GOOD
    return Light.ACT if value >= threshold.act_from else Light.WATCH


def trend_of(values: Sequence[float]) -> str:
    """Points of a line through the values, oldest left, in a box of 100 by 24."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = 100 / (len(values) - 1)
    return " ".join(
        f"{place * step:.1f},{22 - 20 * (value - low) / span:.1f}"
        for place, value in enumerate(values)
    )
