"""What may be lost in a day, by history and by the normal distribution.

Historical simulation: today's holdings through each day of the past, every day alike. VaR at 99 %
is the least loss that 99 % of the days did not exceed, expected shortfall the mean of the days at
least that bad, so that it is never less than VaR.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

import numpy as np

from yunquan.exposure.types import Book, Numbers, Risk, Universe

CONFIDENCES_BP: Final = (9_500, 9_900)
WHOLE_BP: Final = 10_000
# Fewer days say nothing of one in a hundred.
LEAST_DAYS: Final = 60
# Holdings whose days are looked at together: memory stays bounded however many there are.
AT_ONCE: Final = 20_000


def place_of(days: int, confidence_bp: int) -> int:
    """Which of the losses in ascending order, from 0, VaR is."""
    return max(0, -(-days * confidence_bp // WHOLE_BP) - 1)


def risk_of(losses: Numbers, confidence_bp: int) -> Risk:
    """losses: fen by day, gains below zero. A book that only gained may lose nothing."""
    if len(losses) < LEAST_DAYS:
        return Risk(confidence_bp, None, None, None)
    ordered: Numbers = np.sort(losses)
    place = place_of(len(ordered), confidence_bp)
    at_risk, tail = max(float(ordered[place]), 0.0), ordered[place:]
    beyond = max(float(tail.mean()), at_risk)
    spread = math.sqrt(float((losses * losses).sum()) / len(losses))
    normal = NormalDist().inv_cdf(confidence_bp / WHOLE_BP) * spread
    return Risk(confidence_bp, math.ceil(at_risk), math.ceil(beyond), math.ceil(normal))


def losses_of(universe: Universe, values: Numbers) -> Numbers:
    """Of a book worth so much by symbol, what each day of the past would take of it, in fen."""
    return -(universe.returns @ values.astype(np.float64))


def client_risks(
    universe: Universe, book: Book, holding: Numbers, confidence_bp: int
) -> Numbers | None:
    """VaR of each client in fen; None where there are too few days."""
    days = len(universe.days)
    if days < LEAST_DAYS:
        return None
    place = place_of(days, confidence_bp)
    by_symbol = np.ascontiguousarray(universe.returns.T, np.float32)
    found = np.zeros(len(book.clients))
    first = 0
    while first < len(book.clients):
        begin = book.starts[first]
        last = int((book.starts <= begin + AT_ONCE).sum()) - 1
        last = max(last, first + 1)
        end = book.starts[last]
        moved = by_symbol[book.symbol[begin:end]] * holding[begin:end, None].astype(np.float32)
        losses = -np.add.reduceat(moved, book.starts[first:last] - begin, axis=0)
        found[first:last] = np.partition(losses, place, axis=1)[:, place]
        first = last
    return np.ceil(np.maximum(found, 0)).astype(np.int64)


def proxied_bp(universe: Universe, values: Numbers) -> int:
    """How much of a book's history is the market's for want of its own."""
    total, days = float(values.sum()), len(universe.days)
    if total <= 0 or not days:
        return 0
    return round(float((values * universe.proxied).sum()) / total / days * WHOLE_BP)


def fill_returns(closes: Numbers, follows_market: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """closes: adjusted, a row a day, oldest first, NaN where there is none. Returns by day, how
    many days of each column are filled in, and betas.

    A day that a security has no price for is the market's of that day times its beta: nobody knows
    better. The market is the mean of what follows it. A beta rests on at least LEAST_DAYS of its
    own and lies between 0 and 3; without them it is 1, or 0 for what doesn't follow the market.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        moved: Numbers = closes[1:] / closes[:-1] - 1
    known: Numbers = np.isfinite(moved)
    wanted = known & follows_market[None, :]
    counts = wanted.sum(axis=1)
    market: Numbers = np.where(wanted, moved, 0).sum(axis=1) / np.maximum(counts, 1)
    betas: Numbers = np.where(follows_market, 1.0, 0.0)
    enough = known.sum(axis=0) >= LEAST_DAYS
    for column in np.flatnonzero(enough):
        days = known[:, column]
        spread = market[days].var()
        if spread > 0:
            together: Numbers = (market[days] - market[days].mean()) * moved[days, column]
            betas[column] = min(max(float(together.mean()) / spread, 0.0), 3.0)
    expected: Numbers = market[:, None] * betas[None, :]
    moved[~known] = expected[~known]
    return moved, (~known).sum(axis=0), betas
