"""How figures of the heat map look."""

from __future__ import annotations

from typing import Final

from yunquan.heat.types import HeatCell

# How far from usual each level begins, in deviations; below the first a cell is plain.
LEVELS: Final = (1.5, 3.0, 5.0, 8.0)
WAN, YI = 1_000_000, 10_000_000_000


def heat_level(deviation: float) -> int:
    """0 usual to 4 furthest. Only what is more than usual stands out."""
    return sum(deviation >= one for one in LEVELS)


def heat_value(cell: HeatCell, locale: str) -> str:
    """A cell's number, short."""
    if cell.unit == "fen":
        return large_fen(round(cell.value), locale)
    if cell.unit == "share":
        return f"{100 * cell.value:.1f}%"
    return f"{cell.value:,.1f}" if cell.unit == "bp" else f"{cell.value:,.0f}"


def large_fen(fen: int, locale: str) -> str:
    """An amount in a few characters: 12.3万, 4.56亿; 123K, 456M."""
    yuan = fen // 100
    if locale == "en":
        for unit, mark in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
            if yuan >= unit:
                return f"{_cut(yuan, unit)}{mark}"
        return f"{yuan:,}"
    if fen >= YI:
        return f"{_cut(fen, YI)}亿"
    return f"{_cut(fen, WAN)}万" if fen >= WAN else f"{yuan:,}"


def _cut(amount: int, unit: int) -> str:
    """Three digits that matter."""
    tenths = amount * 10 // unit
    return f"{tenths // 10:,}" if tenths >= 1_000 else f"{tenths // 10}.{tenths % 10}"
