"""Units: how a number is spoken in a rule and in a dated table, and how people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# By the word it is spoken with: the kernel's unit, and how many of these one is.
UNITS: Final[Mapping[str, tuple[str, float]]] = {
    "yuan": ("fen", 100.0),
    "price": ("milli", 1_000.0),
    "seconds": ("ms", 1_000.0),
    "percent": ("share", 0.01),
    "shares": ("qty", 1.0),
}
# How a number of each of the kernel's units is written: what it is divided by, and its pattern.
SHOWN: Final[Mapping[str, tuple[float, str]]] = {
    "fen": (100.0, "¥{:,.2f}"),
    "milli": (1_000.0, "¥{:,.3f}"),
    "share": (0.01, "{:,.1f}%"),
    "ms": (1_000.0, "{:,.2f} s"),
    "bp": (1.0, "{:,.1f} bp"),
    "sd": (1.0, "{:,.1f} σ"),
    "per_s": (1.0, "{:,.1f}/s"),
    "days": (1.0, "{:,.1f} d"),
    "qty": (1.0, "{:,.0f}"),
    "count": (1.0, "{:,.0f}"),
}


def shown(value: float, unit: str) -> str:
    """A number of the kernel's as people write it."""
    scale, pattern = SHOWN.get(unit, (1.0, "{:,.2f}"))
    return pattern.format(value / scale)
