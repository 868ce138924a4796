"""The market of a day: instruments, their prices and volumes by steps, what moved them, and the
quotes that tell of it. Session: auction from 9:15, 9:30 to 11:30, 13:00 to 15:00 with the closing
auction from 14:57.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from yunquan_world.foes.rows import LIMITS, QUOTE, TRADE, blank

MINUTE: Final = 60_000
AUCTION, OPENS, NOON = 555 * MINUTE, 570 * MINUTE, 690 * MINUTE
AFTERNOON, CLOSING, CLOSES = 780 * MINUTE, 897 * MINUTE, 900 * MINUTE
CROSS = 565 * MINUTE
TICK: Final = 10


class Ground:
    """rng: of this day. step_ms: between two quotes of an instrument."""

    def __init__(self, rng: np.random.Generator, turnover: Any, closes: Any, step_ms: int) -> None:
        self.rng, self.step_ms = rng, step_ms
        spans = ((AUCTION, CROSS + 1), (OPENS, NOON), (AFTERNOON, CLOSES + 1))
        self.times = np.concatenate([np.arange(*span, step_ms) for span in spans])
        if self.times[-1] != CLOSES:
            self.times = np.append(self.times, CLOSES)
        count, steps = len(closes), len(self.times)
        self.closes = closes
        self.upper = np.round(closes * 1.1 / TICK).astype(np.int64) * TICK
        self.lower = np.round(closes * 0.9 / TICK).astype(np.int64) * TICK
        self.turnover = turnover * rng.lognormal(0, 0.4, count)
        self._paths(count, steps)
        self._volumes(count, steps)

    def _paths(self, count: int, steps: int) -> None:
        rng = self.rng
        daily = rng.uniform(0.01, 0.03, count)[:, None]
        walk = np.cumsum(rng.standard_normal((count, steps)) * daily / np.sqrt(steps), axis=1)
        # A few jump by themselves: news nobody here traded on.
        jumps = rng.random(count) < 0.03
        at = rng.integers(steps // 10, steps - 1, count)
        for symbol in np.flatnonzero(jumps):
            walk[symbol, at[symbol] :] += rng.normal(0, 0.025)
        self.logs = walk + (rng.standard_normal(count) * 0.006)[:, None]

    def _volumes(self, count: int, steps: int) -> None:
        rng = self.rng
        through = (self.times - OPENS) / (CLOSES - OPENS)
        shape = 0.6 + 1.8 * np.exp(-through * 9) + 0.8 * np.exp(-(1 - through) * 9)
        silent = ((self.times < OPENS) & (self.times != CROSS)) | (
            (self.times >= CLOSING) & (self.times < CLOSES)
        )
        shape[silent] = 0.0
        crossing = (self.times == CROSS) | (self.times == CLOSES)
        shape[crossing] = 0.0
        shape *= 0.97 / shape.sum()
        shape[crossing] = 0.015
        noise = rng.lognormal(-0.18, 0.6, (count, steps))
        shares = (self.turnover / (self.closes / 1000))[:, None]
        self.volume = shares * shape[None, :] * noise
        depth = shares * 0.006
        self.bid_qty = depth * rng.lognormal(-0.1, 0.45, (count, steps))
        self.ask_qty = depth * rng.lognormal(-0.1, 0.45, (count, steps))

    # --- what happens to it

    def step(self, at_ms: Any) -> Any:
        """The step a moment belongs to."""
        return np.clip(np.searchsorted(self.times, at_ms, "right") - 1, 0, len(self.times) - 1)

    def price(self, symbol: Any, at_ms: Any) -> Any:
        """Of that moment, in milli, on the tick and within the limits."""
        step = self.step(at_ms)
        raw = self.closes[symbol] * np.exp(self.logs[symbol, step])
        on_tick = np.round(raw / TICK).astype(np.int64) * TICK
        return np.clip(on_tick, self.lower[symbol], self.upper[symbol])

    def push(self, symbol: int, begin: int, end: int, move: float, keep: float = 0.5) -> None:
        """The price goes by `move` (a share) between two moments, and what isn't kept goes back
        within ten minutes.
        """
        first, last = int(self.step(begin)), max(int(self.step(end)), int(self.step(begin)) + 1)
        log = np.log1p(move)
        steps = self.logs.shape[1]
        path = np.zeros(steps)
        last = min(last, steps - 1)
        path[first : last + 1] = np.linspace(0, log, last - first + 1)
        back = min(last + max(600_000 // self.step_ms, 1), steps - 1)
        path[last : back + 1] = np.linspace(log, log * keep, back - last + 1)
        path[back:] = path[back] if back > last else log
        self.logs[symbol] += path

    def traded(self, symbol: int, at_ms: int, qty: int) -> None:
        self.volume[symbol, self.step(at_ms)] += qty

    def busier(self, symbol: int, begin: int, end: int, times: float) -> None:
        """More is traded between two moments."""
        self.volume[symbol, self.step(begin) : self.step(end) + 1] *= times

    def rest(self, symbol: int, begin: int, end: int, side: int, qty: int) -> None:
        """An order waits in the best five."""
        first, last = int(self.step(begin)), int(self.step(end))
        book = self.bid_qty if side > 0 else self.ask_qty
        book[symbol, first : max(last, first + 1)] += qty

    def volume_between(self, symbol: int, begin: int, end: int) -> float:
        return float(self.volume[symbol, self.step(begin) : self.step(end) + 1].sum())

    # --- what is told of it

    def rows(self, *, thin: int = 4) -> Any:
        """Limits, quotes, and a trade at every `thin`th quote; at in ms of the day."""
        count, steps = self.logs.shape
        symbols = np.repeat(np.arange(count, dtype=np.int32), steps)
        at = np.tile(self.times, count)
        price = self.price(symbols, at)
        # No two instruments are told at the same moment.
        at = at + (symbols * 37) % min(self.step_ms, 3_000)
        quotes = blank(count * steps)
        quotes["at_ms"], quotes["symbol"], quotes["kind"] = at, symbols, QUOTE
        quotes["price"] = price
        quotes["qty"] = np.round(self.volume).astype(np.int64).ravel()
        quotes["amount"] = quotes["qty"] * price // 10
        quotes["a"], quotes["b"] = price, price + TICK
        quotes["c"] = np.round(self.bid_qty).astype(np.int64).ravel()
        quotes["d"] = np.round(self.ask_qty).astype(np.int64).ravel()
        high, low = price >= self.upper[symbols], price <= self.lower[symbols]
        quotes["b"][high] = quotes["d"][high] = 0
        quotes["a"][low] = quotes["c"][low] = 0
        quotes["b"][low] = price[low]
        trades = quotes[(np.arange(len(quotes)) % thin == 0) & (quotes["qty"] > 0)].copy()
        trades["kind"], trades["side"] = TRADE, np.where(trades["symbol"] % 2, 1, -1)
        for name in "abcd":
            trades[name] = 0
        limits = blank(count)
        limits["at_ms"], limits["symbol"], limits["kind"] = (
            AUCTION - 1_000,
            np.arange(count),
            LIMITS,
        )
        limits["a"], limits["b"], limits["c"] = self.closes, self.upper, self.lower
        return np.concatenate([limits, quotes, trades])
