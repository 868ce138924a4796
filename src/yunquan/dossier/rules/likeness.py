"""How alike two cases are by the numbers they rest on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WHOLE: Final = 100


def likeness(here: Mapping[str, float], there: Mapping[str, float]) -> int:
    """0 to 100: of every number that either case rests on, the smaller over the greater, on the
    average; a number that only one has, or of the other sign, counts as nothing.
    """
    codes = here.keys() | there.keys()
    if not codes:
        return 0
    total = sum(_near(here[one], there[one]) for one in here.keys() & there.keys())
    return round(WHOLE * total / len(codes))


def _near(one: float, other: float) -> float:
    if one == other:
        return 1.0
    if one * other <= 0:
        return 0.0
    small, great = sorted((abs(one), abs(other)))
    return small / great
