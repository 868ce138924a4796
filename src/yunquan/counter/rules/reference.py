"""What a decision may look at besides state and command: the day's instruments, phases and links.
Handed in by the driver.
"""

from __future__ import annotations

from yunquan.market.types import InstrumentDay


class Reference:
    """Immutable for a batch. phases: by board, (accepts orders, accepts cancels). links: markets
    whose gateway is up.
    """

    __slots__ = ("day", "instruments", "links", "now_ms", "phases")

    def __init__(
        self,
        day: str,
        now_ms: int,
        instruments: dict[str, InstrumentDay],
        phases: dict[str, tuple[bool, bool]],
        links: frozenset[str],
    ) -> None:
        self.day: str = day
        self.now_ms: int = now_ms
        self.instruments: dict[str, InstrumentDay] = instruments
        self.phases: dict[str, tuple[bool, bool]] = phases
        self.links: frozenset[str] = links
