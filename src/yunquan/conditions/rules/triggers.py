"""When a price triggers a condition. Pure; a tick costs what it triggers, not what waits."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from yunquan.conditions.types import Attention, Crossing, Sight, Watch


def attend(sight: Sight) -> Attention:
    """What to do about conditions on this symbol now.

    An ex-right day is told before anything else: its gap is there from the first quote, traded or
    not. In call auctions the last price is yesterday's or only indicative, so nothing triggers.
    """
    if sight.closed_milli and sight.prev_close_milli not in (0, sight.closed_milli):
        return Attention.EX_RIGHT
    if sight.last_milli <= 0 or sight.is_stale or sight.is_halted or not sight.is_continuous:
        return Attention.WAIT
    return Attention.ACT


def is_crossed(watch: Watch, last_milli: int) -> bool:
    """Whether this price is at the threshold or beyond it."""
    if watch.crossing is Crossing.AT_OR_ABOVE:
        return last_milli >= watch.threshold_milli
    return last_milli <= watch.threshold_milli


def trigger_command(condition: str, day: str, turn: int) -> str:
    """The id of the order a trigger places. The same trigger has the same id whoever places it
    and however often, so the counter takes it once.
    """
    return f"condition:{condition}:{day}:{turn}"


class WatchIndex:
    """Who waits for which price. Each list ends with the threshold nearest to the price, so what
    a tick triggers is taken off the end.
    """

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}
        self._ranks: dict[tuple[str, Crossing], list[tuple[int, str]]] = {}

    def __len__(self) -> int:
        return len(self._watches)

    def load(self, watches: Iterable[Watch]) -> None:
        """Wait for all of these besides what is waited for, sorting once: for a whole morning's
        conditions at a time.
        """
        latest = {watch.condition: watch for watch in watches}
        for condition in latest.keys() & self._watches.keys():
            self.drop(condition)
        self._watches |= latest
        touched: dict[tuple[str, Crossing], list[tuple[int, str]]] = {}
        for watch in latest.values():
            place = (watch.symbol, watch.crossing)
            ranks = touched[place] = self._ranks.setdefault(place, [])
            ranks.append(_rank(watch))
        for ranks in touched.values():
            ranks.sort()

    def waits(self, symbol: str) -> bool:
        """Whether anybody waits for a price of this symbol."""
        return any(self._ranks.get((symbol, crossing)) for crossing in Crossing)

    def add(self, watch: Watch) -> None:
        """Wait for this from now on; a condition watched already is watched as it says now."""
        self.drop(watch.condition)
        self._watches[watch.condition] = watch
        insort(self._ranks.setdefault((watch.symbol, watch.crossing), []), _rank(watch))

    def drop(self, condition: str) -> None:
        """Wait for it no longer; nothing happens if nobody did."""
        if watch := self._watches.pop(condition, None):
            ranks = self._ranks[watch.symbol, watch.crossing]
            del ranks[bisect_left(ranks, _rank(watch))]

    def take(self, symbol: str, last_milli: int) -> list[Watch]:
        """Everything this price triggers, taken off the index."""
        taken: list[Watch] = []
        for crossing in Crossing:
            ranks = self._ranks.get((symbol, crossing), [])
            while ranks and is_crossed(self._watches[ranks[-1][1]], last_milli):
                taken.append(self._watches.pop(ranks.pop()[1]))
        return taken


def _rank(watch: Watch) -> tuple[int, str]:
    rising = watch.crossing is Crossing.AT_OR_ABOVE
    return (-watch.threshold_milli if rising else watch.threshold_milli, watch.condition)
