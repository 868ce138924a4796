"""How the worth of a security moves within a day: from one close to the next.

A bridge in logarithms whose steps are of uneven size: the morning and the last half hour move most,
and a stretch of large moves is followed by large moves (its heat). Shares take part in the bridges
of the market and of their industry.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from yunquan_world.chance import dice
from yunquan_world.hours import SESSION_MINUTES

STEPS = SESSION_MINUTES
_HEAT_KEPT = 0.97
_HEAT_MOVES = 0.16
_NEWS_CHANCE = 0.004
_NEWS_SIZE = 6.0
_MOST_HEAT = 6.0


def activity(share_of_day: float) -> float:
    """How busy the market is: U-shaped, 1 on average, 2.3 at the open, 1.8 at the close."""
    opening = 1.55 * math.exp(-share_of_day / 0.1)
    closing = 1.05 * math.exp(-(1 - share_of_day) / 0.1)
    return 0.74 + opening + closing


# How much of a day's movement each step has: its square root, so that the squares add up to 1.
_ACTIVITIES = [activity((step + 0.5) / STEPS) for step in range(STEPS)]
_TOTAL = math.sqrt(sum(value * value for value in _ACTIVITIES))
_MOVES = tuple(value / _TOTAL for value in _ACTIVITIES)


@dataclass(frozen=True)
class Bridge:
    """A walk that starts and ends at 0 and is about 1 wide. heat: the size of each step's moves.

    times: the part of the day's movement that is over, from 0 to 1.
    """

    walk: tuple[float, ...]
    times: tuple[float, ...]
    heat: tuple[float, ...]


def bridge(draw: Random) -> Bridge:
    gauss, chance = draw.gauss, draw.random
    walk, times, heats = [0.0], [0.0], []
    level = _HEAT_MOVES / math.sqrt(1 - _HEAT_KEPT * _HEAT_KEPT) * gauss(0.0, 1.0)
    for move in _MOVES:
        level = _HEAT_KEPT * level + _HEAT_MOVES * gauss(0.0, 1.0)
        if chance() < _NEWS_CHANCE:
            level += 1.0
            heat = _NEWS_SIZE
        else:
            heat = min(math.exp(level), _MOST_HEAT)
        step = heat * move
        heats.append(heat)
        walk.append(walk[-1] + step * gauss(0.0, 1.0))
        times.append(times[-1] + step * step)
    last, whole = walk[-1], times[-1]
    times = [time / whole for time in times]
    straight = tuple(value - last * time for value, time in zip(walk, times, strict=True))
    return Bridge(straight, tuple(times), tuple(heats))


class DayPaths:
    """One day's bridges, those of the market and the industries shared by their shares."""

    def __init__(self, seed: int, day: str):
        self.seed = seed
        self._day = day
        self._shared: dict[str, Bridge] = {}

    def own(self, symbol: str) -> Bridge:
        return bridge(dice(self.seed, "path", symbol, self._day))

    def shared(self, drive: str) -> Bridge:
        """The bridge of a drive such as "market" or an industry."""
        if drive not in self._shared:
            self._shared[drive] = self.own(drive)
        return self._shared[drive]
