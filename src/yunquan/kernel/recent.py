"""How long things took of late: figures of the last minute, whatever came before it."""

from __future__ import annotations

import math
from typing import Final

SPAN_S: Final = 60
# Each bin is a tenth wider than the one before, so a figure is right within a tenth: from 10
# microseconds to 100 seconds.
_SHORTEST_S: Final = 1e-5
_STEP: Final = math.log(1.1)
_BINS: Final = 170


class Recent:
    """Durations of the last minute in bins, a row of bins a second. Noting one costs the same
    however many there are.
    """

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows: list[tuple[int, list[int]]] = [(-SPAN_S, [])] * SPAN_S

    def note(self, now_s: float, took_s: float) -> None:
        """Something that ended at `now_s` (a monotonic clock's) took so long."""
        second = int(now_s)
        kept, bins = self._rows[second % SPAN_S]
        if kept != second:
            bins = [0] * _BINS
            self._rows[second % SPAN_S] = (second, bins)
        place = int(math.log(took_s / _SHORTEST_S) / _STEP) + 1 if took_s > _SHORTEST_S else 0
        bins[min(place, _BINS - 1)] += 1

    def percentiles_ms(self, now_s: float, *ranks: float) -> tuple[float, ...]:
        """The times within which these parts of the last minute's stayed, in milliseconds, rounded
        up to their bin; () when there were none.
        """
        second = int(now_s)
        rows = [bins for kept, bins in self._rows if second - SPAN_S < kept <= second]
        totals = [sum(column) for column in zip(*rows, strict=True)] if rows else []
        count = sum(totals)
        if not count:
            return ()
        found: list[float] = []
        for rank in ranks:
            left, place = math.ceil(count * rank), 0
            while left > totals[place]:
                left -= totals[place]
                place += 1
            found.append(_SHORTEST_S * 1000 * math.exp(_STEP * place))
        return tuple(found)
