"""What a list of orders or executions may be narrowed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders or executions. symbol: "" for all. side: as the counter numbers it, 0 for both.
    states: the counter's numbers, () for all. from_day, to_day: trading days, both included, "" for
    no bound.
    """

    symbol: str = ""
    side: int = 0
    states: tuple[int, ...] = ()
    from_day: str = ""
    to_day: str = ""


EVERYTHING: Final = Wanted()
