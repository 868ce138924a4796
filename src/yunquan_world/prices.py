"""Where prices go: the days, each day's close, and the path between two closes.

The close of a day is the real one where there is a bar, else a past return drawn by lot (a
bootstrap). Within the day a Brownian bridge leads from the previous close to the close. All of it
is a function of the seed, the symbol and the day: nothing needs to be stored. Floats are models
here; what leaves this module is rounded to the tick and lies within the day's limits.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from datetime import date, timedelta

from yunquan_world.bars import Series
from yunquan_world.chance import dice
from yunquan_world.hours import SESSION_MINUTES
from yunquan_world.listings import GENERATED, names
from yunquan_world.rules import Instrument, board_of, board_rule, price_limits, to_tick

_STEPS_A_MINUTE = 6
_RETURNS_KEPT = 750
_GENERATED_START_MILLI = 23_400
_GENERATED_DAILY_MOVE = 0.021
_SATURDAY = 5


class Calendar:
    """The trading days: those of the bars, and after the last of them every weekday."""

    def __init__(self, bars: dict[str, Series]):
        self.days = sorted({day for series in bars.values() for day in series.days})

    def from_day(self, day: str) -> str:
        """The first trading day that is `day` or later."""
        index = bisect.bisect_left(self.days, day)
        if index < len(self.days):
            return self.days[index]
        following = date.fromisoformat(day)
        while following.weekday() >= _SATURDAY:
            following += timedelta(days=1)
        return following.isoformat()

    def next_day(self, day: str) -> str:
        return self.from_day((date.fromisoformat(day) + timedelta(days=1)).isoformat())


def with_generated(bars: dict[str, Series], seed: int) -> dict[str, Series]:
    """The bars and, from the seed, a share that has no real history at all."""
    days = Calendar(bars).days
    draw = dice(seed, "history", GENERATED)
    closes, close_milli = [], float(_GENERATED_START_MILLI)
    for _ in days:
        # A normal move over a random size has the fat tails of daily returns; the pull towards
        # the start keeps eight years of it at a price one would pay.
        pull = 0.004 * math.log(_GENERATED_START_MILLI / close_milli)
        size = _GENERATED_DAILY_MOVE * math.exp(0.45 * draw.gauss(0, 1))
        close_milli *= math.exp(max(min(size * draw.gauss(0, 1) + pull, 0.2), -0.25))
        closes.append(to_tick(round(close_milli), 10))
    return {**bars, GENERATED: Series(GENERATED, tuple(days), tuple(closes))}


@dataclass(frozen=True)
class DayPlan:
    """One instrument's day: what is announced, where it will close (milli), and its path.

    path_milli: the fair value at equal distances through the day's continuous trading.
    """

    instrument: Instrument
    close_milli: int
    path_milli: tuple[float, ...]

    def fair_milli(self, share_of_day: float) -> float:
        """The fair value when this part of the day's trading (0 to 1) is over."""
        place = min(max(share_of_day, 0.0), 1.0) * (len(self.path_milli) - 1)
        index = min(int(place), len(self.path_milli) - 2)
        before, after = self.path_milli[index], self.path_milli[index + 1]
        return before + (after - before) * (place - index)


class Prices:
    """The plan of every instrument for every day."""

    def __init__(self, bars: dict[str, Series], seed: int):
        self.bars = bars
        self.seed = seed
        self.calendar = Calendar(bars)
        self._index = {
            symbol: {day: index for index, day in enumerate(series.days)}
            for symbol, series in bars.items()
        }
        self._returns = {symbol: series.returns() for symbol, series in bars.items()}
        steps = SESSION_MINUTES * _STEPS_A_MINUTE
        moves = [activity((step + 0.5) / steps) for step in range(steps)]
        total = math.sqrt(sum(move * move for move in moves))
        # How much of the day's movement each step of a path has: more where the market is busy.
        self._moves = [move / total for move in moves]

    def plan(self, symbol: str, day: str, known_close_milli: int | None) -> DayPlan | None:
        """The day of a symbol; None before its first bar.

        known_close_milli: the exchange's own close of the day before, None if it hadn't opened yet.
        """
        prev_close_milli = known_close_milli or self._close_before(symbol, day)
        board = board_of(symbol)
        if prev_close_milli is None or board is None:
            return None
        rule = board_rule(board, date.fromisoformat(day))
        prev_close_milli = to_tick(prev_close_milli, rule.tick_milli)
        up, down = price_limits(prev_close_milli, rule.limit_percent, rule.tick_milli)
        real = self._index[symbol].get(day)
        series = self.bars[symbol]
        halted = real is None and day <= series.days[-1]
        if real is not None:
            close_milli = series.closes_milli[real]
        elif halted:
            close_milli = prev_close_milli
        else:
            close_milli = round(prev_close_milli * (1 + self._drawn_return(symbol, day)))
        close_milli = min(max(to_tick(close_milli, rule.tick_milli), down), up)
        name, name_en = names(symbol)
        security, market = symbol.split(".")
        instrument = Instrument(
            security=security,
            market=market,
            name=name,
            name_en=name_en,
            board=board,
            trading_day=day,
            prev_close_milli=prev_close_milli,
            limit_up_milli=up,
            limit_down_milli=down,
            halted=halted,
            simulated="intraday" if real is not None and symbol != GENERATED else "all",
            rule=rule,
        )
        return DayPlan(instrument, close_milli, self._path(instrument, close_milli))

    def history(self, symbol: str, before: str) -> list[tuple[str, int]]:
        """The days and closes (milli, at the tick) of the bars before a day."""
        series = self.bars[symbol]
        count = bisect.bisect_left(series.days, before)
        return [
            (day, to_tick(close, 10))
            for day, close in zip(series.days[:count], series.closes_milli, strict=False)
        ]

    def _close_before(self, symbol: str, day: str) -> int | None:
        series = self.bars[symbol]
        index = bisect.bisect_left(series.days, day)
        return series.closes_milli[index - 1] if index else None

    def _drawn_return(self, symbol: str, day: str) -> float:
        past = self._returns[symbol][-_RETURNS_KEPT:]
        return dice(self.seed, "return", symbol, day).choice(past) if past else 0.0

    def _daily_move(self, symbol: str) -> float:
        """The standard deviation of daily returns, as a fraction."""
        past = self._returns[symbol][-_RETURNS_KEPT:]
        if not past:
            return _GENERATED_DAILY_MOVE
        return math.sqrt(sum(value * value for value in past) / len(past))

    def _path(self, instrument: Instrument, close_milli: int) -> tuple[float, ...]:
        """A Brownian bridge in logarithms; the morning and the last half hour move most."""
        draw = dice(self.seed, "path", instrument.symbol, instrument.trading_day)
        size = 0.75 * self._daily_move(instrument.symbol) * math.exp(0.3 * draw.gauss(0, 1))
        walk, times = [0.0], [0.0]
        for move in self._moves:
            walk.append(walk[-1] + size * move * draw.gauss(0, 1))
            times.append(times[-1] + move * move)
        start, end = math.log(instrument.prev_close_milli), math.log(close_milli)
        # An overnight gap: part of the day's move has happened before the first trade.
        start += draw.uniform(0.0, 0.3) * (end - start) + 0.1 * size * draw.gauss(0, 1)
        up, down = instrument.limit_up_milli, instrument.limit_down_milli
        return tuple(
            min(max(math.exp(start + (end - start) * part + step - walk[-1] * part), down), up)
            for step, part in (
                (step, time / times[-1]) for step, time in zip(walk, times, strict=True)
            )
        )


def activity(share_of_day: float) -> float:
    """How busy the market is: U-shaped, 1 on average, 2.3 at the open, 1.8 at the close."""
    opening = 1.55 * math.exp(-share_of_day / 0.1)
    closing = 1.05 * math.exp(-(1 - share_of_day) / 0.1)
    return 0.74 + opening + closing
