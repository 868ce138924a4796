"""Figures that describe how prices move and how a market trades through its day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import correlation, fmean


def log_returns(prices: Sequence[float]) -> list[float]:
    return [math.log(after / before) for before, after in pairwise(prices)]


def excess_kurtosis(values: Sequence[float]) -> float:
    """0 for a normal distribution, above for fat tails."""
    middle = fmean(values)
    variance = fmean([(value - middle) ** 2 for value in values])
    return fmean([(value - middle) ** 4 for value in values]) / variance**2 - 3


def autocorrelation(values: Sequence[float], lag: int) -> float:
    middle = fmean(values)
    off = [value - middle for value in values]
    together = sum(before * after for before, after in zip(off, off[lag:], strict=False))
    return together / sum(value * value for value in off)


def clustering(returns: Sequence[float], lags: Sequence[int] = (1, 2, 5, 10)) -> float:
    """The mean autocorrelation of the returns' sizes: above 0 where wild minutes follow wild
    ones."""
    sizes = [abs(value) for value in returns]
    return fmean([autocorrelation(sizes, lag) for lag in lags])


def volume_with_size(returns: Sequence[float], volumes: Sequence[float]) -> float:
    """Correlation of what is traded with how far the price moves."""
    return correlation([abs(value) for value in returns], volumes)


def by_time(rows: Sequence[tuple[int, float]], parts: int = 8) -> list[float]:
    """Means of (minute of the day, value) in equal parts of the day, over the mean of all."""
    sums, counts = [0.0] * parts, [0] * parts
    for minute, value in rows:
        part = minute * parts // 240
        sums[part] += value
        counts[part] += 1
    whole = sum(sums) / sum(counts)
    return [total / count / whole for total, count in zip(sums, counts, strict=True)]


def exponent(sizes: Sequence[float], impacts: Sequence[float]) -> float:
    """The power with which impact grows with size, by least squares in logarithms: 1 for linear."""
    across = [math.log(size) for size in sizes]
    up = [math.log(max(value, 1e-9)) for value in impacts]
    middle, height = fmean(across), fmean(up)
    rise = sum((x - middle) * (y - height) for x, y in zip(across, up, strict=True))
    return rise / sum((x - middle) ** 2 for x in across)
