"""Named shocks: dated rows, and a book revalued in full at the prices they lead to."""

from __future__ import annotations

import importlib.resources
import tomllib
from functools import cache
from typing import Final

import msgspec
import numpy as np

from yunquan.exposure.rules.book import by_group, shares_bp, valuation, worth
from yunquan.exposure.types import Book, Numbers, Scenario, StressLine, Universe, Valuation

WHOLE_BP: Final = 10_000
HIT_BP: Final = 2_000


@cache
def all_scenarios() -> tuple[Scenario, ...]:
    """Every row, whatever its day."""
    folder = importlib.resources.files("yunquan.exposure.rules.tables")
    rows = tomllib.loads((folder / "scenarios.toml").read_text(encoding="utf-8"))["scenario"]
    return tuple(msgspec.convert(row, Scenario) for row in rows)


def scenarios_on(day: str) -> tuple[Scenario, ...]:
    """Those in force on a day, the newest row of each."""
    newest = dict[str, Scenario]()
    for one in sorted(all_scenarios(), key=lambda row: row.effective_from):
        if one.effective_from <= day:
            newest[one.code] = one
    return tuple(one for one in newest.values() if one.shock_bp)


def shock_bp(one: Scenario, universe: Universe) -> Numbers:
    """By how much of its price each security moves in a day of it, in basis points."""
    size = len(universe.symbols)
    if one.what == "market":
        return np.rint(universe.betas * one.shock_bp).astype(np.int64)
    if one.what == "rate":
        years = [one.durations.get(product, 0) for product in universe.products]
        return -one.shock_bp * np.array(years, np.int64)
    if one.by_limit:
        return np.where(universe.fall_bp > 0, -universe.fall_bp, one.shock_bp)
    return np.full(size, one.shock_bp, np.int64)


def shocked(prices: Numbers, moved_bp: Numbers, days: int) -> Numbers:
    """Prices after so many days of it, each rounded half up to 0.001 CNY and never below zero."""
    for _ in range(days):
        prices = np.maximum((prices * (WHOLE_BP + moved_bp) + WHOLE_BP // 2) // WHOLE_BP, 0)
    return prices


def stressed(
    one: Scenario, universe: Universe, book: Book, prices: Numbers, now: Valuation
) -> Valuation:
    """The book after the shock: what isn't shocked keeps its value."""
    then = worth(book.qty, shocked(prices, shock_bp(one, universe), one.days)[book.symbol])
    if one.what in ("top", "sector"):
        spared = ~_hit(one, universe, book, now)
        then[spared] = now.holding[spared]
    return valuation(book, then)


def _hit(one: Scenario, universe: Universe, book: Book, now: Valuation) -> Numbers:
    """Which holdings a shock of each client's own reaches."""
    if one.what == "top":
        hit = np.zeros(len(book.owner), bool)
        hit[now.top] = True
        return hit
    sectors = universe.sectors[book.symbol]
    many = max(len(universe.sector_names), 1)
    sums = by_group(now.holding, book.owner * many + sectors, len(book.clients) * many)
    largest = sums.reshape(len(book.clients), many).argmax(axis=1)
    return sectors == largest[book.owner]


def stress_line(one: Scenario, now: Valuation, then: Valuation) -> StressLine:
    """What the shock takes of all, and of whom it takes most."""
    loss, total = now.total - then.total, now.total
    lost_bp = shares_bp(now.client - then.client, now.client)
    return StressLine(
        one.code,
        loss,
        loss * WHOLE_BP // total if total > 0 else 0,
        int(lost_bp.max(initial=0)),
        int((lost_bp >= HIT_BP).sum()),
    )
