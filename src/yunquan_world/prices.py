"""Where prices go: the days, each day's close, and the path between two closes.

The close of a day is the real one where there is a bar. A share whose real bars are over goes on
with past returns drawn by lot (a bootstrap); the generated universe has its levels. Within the day
a bridge leads from the previous close to the close. All of it is a function of the seed, the symbol
and the day: nothing needs to be stored. Floats are models here; what leaves this module is rounded
to the tick and lies within the day's limits.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from yunquan_world.bars import Series
from yunquan_world.chance import dice
from yunquan_world.levels import Levels
from yunquan_world.listings import GENERATED, Listing, names
from yunquan_world.paths import Bridge, DayPaths
from yunquan_world.rules import Instrument, instrument_on, to_tick
from yunquan_world.universe import listings

_RETURNS_KEPT = 750
_HISTORY_DAYS = 500
_GENERATED_START_MILLI = 23_400
_GENERATED_DAILY_MOVE = 0.021
_SATURDAY = 5
# The width of a day's path over the size of a typical daily return.
_WITHIN_DAY = 0.75
# How calm and how wild a minute of real bars counts, beside the day's average.
_LEAST_HEAT, _MOST_HEAT = 0.3, 6.0


class Calendar:
    """The trading days: those of the bars, and before and after them every weekday."""

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

    def days_before(self, day: str, count: int) -> list[str]:
        """The last `count` trading days before a day, oldest first."""
        found = self.days[: bisect.bisect_left(self.days, day)][-count:]
        earlier = date.fromisoformat(found[0] if found else day)
        missing: list[str] = []
        while len(found) + len(missing) < count:
            earlier -= timedelta(days=1)
            if earlier.weekday() < _SATURDAY:
                missing.append(earlier.isoformat())
        return missing[::-1] + found


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
    """One instrument's day: what is announced, where its worth goes, and where it will close.

    close_milli: the close it is meant to reach. real: that close is a real one, or drawn from real
    ones, and holds whatever is traded; else the close is the market's own. path_milli: the worth at
    equal distances through the day's continuous trading. heat: how large its moves are in each
    stretch between, 1 as usual. listing: None for a security with bars.
    """

    instrument: Instrument
    close_milli: int
    path_milli: tuple[float, ...]
    real: bool = True
    heat: tuple[float, ...] = ()
    listing: Listing | None = None

    def fair_milli(self, share_of_day: float) -> float:
        """The worth when this part of the day's trading (0 to 1) is over."""
        place = min(max(share_of_day, 0.0), 1.0) * (len(self.path_milli) - 1)
        index = min(int(place), len(self.path_milli) - 2)
        before, after = self.path_milli[index], self.path_milli[index + 1]
        return before + (after - before) * (place - index)

    def heat_at(self, share_of_day: float) -> float:
        if not self.heat:
            return 1.0
        return self.heat[min(int(max(share_of_day, 0.0) * len(self.heat)), len(self.heat) - 1)]


class Prices:
    """The plan of every instrument for every day."""

    def __init__(
        self,
        bars: dict[str, Series],
        seed: int,
        universe: str = "none",
        first_day: str = "2026-07-13",
    ):
        """universe: its size. first_day: of the market; the universe's history ends before it."""
        self.bars = bars
        self.seed = seed
        self.calendar = Calendar(bars)
        self._index = {
            symbol: {day: index for index, day in enumerate(series.days)}
            for symbol, series in bars.items()
        }
        self._returns = {symbol: series.returns() for symbol, series in bars.items()}
        history = self.calendar.days_before(self.calendar.from_day(first_day), _HISTORY_DAYS)
        self._listings = {
            listing.symbol: listing
            for listing in listings(
                universe, seed, lambda number: self._trading_day(history, number), frozenset(bars)
            )
        }
        self.levels = Levels(list(self._listings.values()), seed, history, self.calendar.next_day)

    def plans(self, day: str, known_closes: dict[str, int]) -> list[DayPlan]:
        """The day of every symbol that is listed on it. known_closes: see `plan`."""
        paths = DayPaths(self.seed, day)
        symbols: Iterable[str] = [*self.bars, *self._listings]
        plans = (self.plan(symbol, day, known_closes.get(symbol), paths) for symbol in symbols)
        return [plan for plan in plans if plan is not None]

    def plan(
        self, symbol: str, day: str, known_close_milli: int | None, paths: DayPaths | None = None
    ) -> DayPlan | None:
        """The day of a symbol; None before its first bar and after its last day.

        known_close_milli: the exchange's own close of the day before, None if it hadn't opened yet.
        """
        paths = paths or DayPaths(self.seed, day)
        listing = self._listings.get(symbol)
        if listing is not None:
            return self._listed_plan(listing, day, known_close_milli, paths)
        prev_close_milli = known_close_milli or self._close_before(symbol, day)
        if prev_close_milli is None:
            return None
        real = self._index[symbol].get(day)
        series = self.bars[symbol]
        name, name_en = names(symbol)
        instrument = instrument_on(
            symbol,
            day,
            to_tick(prev_close_milli, 10),
            name=name,
            name_en=name_en,
            halted=real is None and day <= series.days[-1],
        )
        if real is not None:
            close_milli = float(series.closes_milli[real])
            if symbol != GENERATED:
                instrument = replace(instrument, simulated="intraday")
        elif instrument.halted:
            close_milli = instrument.prev_close_milli
        else:
            close_milli = instrument.prev_close_milli * (1 + self._drawn_return(symbol, day))
        minutes = series.minutes_milli.get(day)
        if minutes is not None and not instrument.halted:
            return _minute_plan(instrument, minutes)
        size = _WITHIN_DAY * self._daily_move(symbol)
        return _plan(instrument, close_milli, size, (), paths)

    def history(self, symbol: str, before: str) -> list[tuple[str, int]]:
        """The days and closes (milli, at the tick) before a day."""
        listing = self._listings.get(symbol)
        if listing is not None:
            return [
                (day, to_tick(round(worth), listing.tick_milli))
                for day, worth in self.levels.history(symbol, before)
            ]
        series = self.bars[symbol]
        count = bisect.bisect_left(series.days, before)
        return [
            (day, to_tick(close, 10))
            for day, close in zip(series.days[:count], series.closes_milli, strict=False)
        ]

    def _trading_day(self, history: list[str], number: int) -> str:
        """The n-th trading day after the history, counted from 0; before its end for n < 0."""
        if number < 0:
            return history[number]
        day = history[-1]
        for _ in range(number + 1):
            day = self.calendar.next_day(day)
        return day

    def _listed_plan(
        self, listing: Listing, day: str, known_close_milli: int | None, paths: DayPaths
    ) -> DayPlan | None:
        levels, symbol = self.levels, listing.symbol
        close_milli = levels.worth_milli(symbol, day)
        if not close_milli:
            return None
        before_milli = known_close_milli or levels.before_milli(symbol, day) or listing.start_milli
        prev_close_milli = levels.action(symbol, day).prev_close_milli(
            to_tick(round(before_milli), listing.tick_milli), listing.tick_milli
        )
        instrument = instrument_on(
            symbol,
            day,
            prev_close_milli,
            name=listing.name,
            name_en=listing.name_en,
            product=listing.product,
            halted=levels.halted(symbol, day),
            risk_warned=listing.risk_warned,
            listed_on=listing.first_day,
            listing_day=levels.days_since(listing.first_day, day),
            delisting_day=levels.days_since(listing.delisting_day, day),
            t0=listing.t0,
            issue_price_milli=listing.start_milli if listing.first_day == day else 0,
        )
        instrument = replace(instrument, industry=listing.industry, units=listing.units)
        start_milli = 0.0
        size = _WITHIN_DAY * math.hypot(listing.own_move, *(0.01 * s for _, s in listing.drives))
        shared = tuple(
            (paths.shared(drive), 0.01 * share)
            for drive, share in listing.drives
            if listing.product != "index"
        )
        if listing.follows_live:
            # What it holds moves it while the market trades; the plan has its own move only.
            base_milli = levels.action(symbol, day).reference_milli(
                levels.before_milli(symbol, day) or listing.start_milli
            )
            size, shared, close_milli = listing.own_move, (), base_milli
            start_milli = base_milli
        if instrument.halted:
            # Whatever it is worth meanwhile shows once it trades again.
            close_milli = instrument.prev_close_milli
        plan = _plan(instrument, close_milli, size, shared, paths, start_milli)
        return replace(plan, real=False, listing=listing)

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


def _minute_plan(instrument: Instrument, minutes_milli: tuple[int, ...]) -> DayPlan:
    """A day that follows real minutes: their first price and 240 closes."""
    up, down = instrument.limit_up_milli, instrument.limit_down_milli
    path = tuple(float(min(max(price, down), up)) for price in minutes_milli)
    close_milli = min(max(to_tick(minutes_milli[-1], instrument.rule.tick_milli), down), up)
    moves = [abs(after - before) for before, after in pairwise(path)]
    usual = sum(moves) / len(moves) or 1.0
    heat = tuple(min(max(move / usual, _LEAST_HEAT), _MOST_HEAT) for move in moves)
    return DayPlan(instrument, close_milli, path, heat=heat)


def _plan(
    instrument: Instrument,
    close_milli: float,
    size: float,
    shared: tuple[tuple[Bridge, float], ...],
    paths: DayPaths,
    start_milli: float = 0.0,
) -> DayPlan:
    """size: how wide the path is, as a fraction. shared: bridges it takes part in, and how much.

    start_milli: where the path begins, 0 for the previous close.
    """
    up, down = instrument.limit_up_milli, instrument.limit_down_milli
    close_milli = min(max(to_tick(round(close_milli), instrument.rule.tick_milli), down), up)
    own = paths.own(instrument.symbol)
    draw = dice(paths.seed, "gap", instrument.symbol, instrument.trading_day)
    size *= math.exp(0.3 * draw.gauss(0, 1))
    start, end = math.log(start_milli or instrument.prev_close_milli), math.log(close_milli)
    # An overnight gap: part of the day's move has happened before the first trade.
    start += draw.uniform(0.0, 0.3) * (end - start) + 0.1 * size * draw.gauss(0, 1)
    moves = [size * value for value in own.walk]
    for other, share in shared:
        moves = [move + share * value for move, value in zip(moves, other.walk, strict=True)]
    path = (
        math.exp(start + (end - start) * time + move)
        for move, time in zip(moves, own.times, strict=True)
    )
    return DayPlan(
        instrument,
        close_milli,
        tuple(min(max(value, down), up) for value in path),
        heat=own.heat,
    )
