"""Which securities and which whole exchanges are halted, and for how long."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan_world.blotter import At, Blotter
from yunquan_world.hours import AFTER_LUNCH_S, CALL_S, NOON_S
from yunquan_world.pit import Pit
from yunquan_world.statuses import (
    EXCHANGE_HALT,
    HALTED,
    TRADING,
    VOLATILITY_HALT,
    WHOLE,
    Status,
)


class Halts:
    """The statuses of a day. What changes goes into the blotter's batch, to be kept and told."""

    def __init__(self, blotter: Blotter):
        self._blotter = blotter
        self._markets: dict[str, Status] = {}
        self._pits: dict[str, Pit] = {}
        # Those that a large move can halt.
        self._wild: list[Pit] = []

    def open_day(self, pits: dict[str, Pit]) -> None:
        """A halted exchange stays halted overnight; a security's halt ends with its day."""
        self._pits = pits
        self._wild = [pit for pit in pits.values() if pit.volatility]

    def restore(self, statuses: Iterable[Status]) -> None:
        for status in statuses:
            pit = self._pits.get(status.symbol)
            if status.symbol == WHOLE:
                self._markets[status.market] = status
            elif pit is not None and status.trading_day == pit.instrument.trading_day:
                pit.status = status

    def is_halted(self, market: str) -> bool:
        """Whether a whole exchange is halted."""
        status = self._markets.get(market)
        return status is not None and status.status == EXCHANGE_HALT

    def is_still(self, pit: Pit) -> bool:
        """Whether nothing of a security is matched, nor any auction of it held."""
        return pit.status.status == HALTED or self.is_halted(pit.instrument.market)

    def set_market(self, market: str, status: str, reason: str, at: At) -> None:
        told = Status(WHOLE, market, at.stamp[:10], status, 0, reason, (), at.stamp)
        self._markets[market] = told
        self._blotter.batch.statuses[told.key] = told

    def set(self, pit: Pit, status: str, reason: str, at: At) -> None:
        self._set(pit, status, 0, reason, at, pit.status.used)

    def check_move(self, pit: Pit, at: At) -> None:
        """Halt a security whose last price has moved far enough for it."""
        step = pit.volatility_step()
        if step is None:
            return
        used, minutes = step
        until_s = _later(at.market_s, minutes * 60) if minutes else CALL_S
        self._set(pit, VOLATILITY_HALT, until_s, used[-1], at, used)

    def ending(self, at: At) -> list[Pit]:
        """The securities whose halt for a large move is over by now; they are set to trade."""
        over = [
            pit
            for pit in self._wild
            if pit.status.status == VOLATILITY_HALT and pit.status.until_s <= at.market_s
        ]
        for pit in over:
            self.set(pit, TRADING, "", at)
        return over

    def told(self) -> list[Status]:
        """Whatever is not trading now."""
        known = [*self._markets.values(), *(pit.status for pit in self._pits.values())]
        return [status for status in known if status.status != TRADING]

    def _set(
        self, pit: Pit, status: str, until_s: int, reason: str, at: At, used: tuple[str, ...]
    ) -> None:
        known = pit.status
        pit.status = Status(
            known.symbol,
            known.market,
            known.trading_day,
            status,
            until_s,
            reason,
            used,
            at.stamp,
        )
        self._blotter.batch.statuses[pit.status.key] = pit.status


def _later(market_s: float, trading_s: int) -> int:
    """The second of the day so much trading time later, at the latest the closing call."""
    until_s = int(market_s) + trading_s
    if market_s < NOON_S < until_s:
        until_s += AFTER_LUNCH_S - NOON_S
    return min(until_s, CALL_S)
