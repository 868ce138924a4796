"""How figures of risk are written."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.kernel.money import fen_to_text

HEIGHT, WIDTH = 24, 100


def yuan(fen: int | None) -> str:
    """CNY with thousands apart, whole; "--" for what is not known."""
    if fen is None:
        return "--"
    whole = fen_to_text(fen).partition(".")[0]
    return f"¥{int(whole):,}" if whole != "-0" else "¥0"


def percent(bp: int | None) -> str:
    """Basis points as percent; "--" for what is not known."""
    if bp is None:
        return "--"
    sign, size = ("-" if bp < 0 else ""), abs(bp)
    return f"{sign}{size // 100}.{size % 100:02d}%"


def line(values: Sequence[int]) -> str:
    """Points of a line through the values, oldest left, in a box of 100 by 24; "" for fewer than
    two.
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span, step = (high - low) or 1, WIDTH / (len(values) - 1)
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 2 - (HEIGHT - 4) * (value - low) / span:.1f}"
        for place, value in enumerate(values)
    )
