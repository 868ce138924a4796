"""A small universe, and books drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from yunquan.exposure.rules.book import assembled
from yunquan.exposure.types import Book, Universe

SECTORS = (("C", "制造业", "Manufacturing"), ("J", "金融业", "Finance"))


def universe(
    symbols: Sequence[str] = ("600519.SH", "000001.SZ", "510300.SH"),
    days: int = 250,
    seed: int = 1,
    **columns: Any,
) -> Universe:
    """Returns drawn from a fat-tailed law, so that the worst days stand out."""
    size, chance = len(symbols), np.random.default_rng(seed)
    told: dict[str, Any] = {
        "symbols": tuple(symbols),
        "markets": tuple(symbol[-2:] for symbol in symbols),
        "boards": ("main",) * size,
        "products": ("stock",) * size,
        "sectors": np.arange(size) % len(SECTORS),
        "sector_names": SECTORS,
        "closes": np.full(size, 10_000, np.int64),
        "fall_bp": np.full(size, 1_000, np.int64),
        "volumes": np.full(size, 1_000_000, np.int64),
        "units": np.full(size, 100_000_000, np.int64),
        "betas": np.ones(size),
        "returns": chance.standard_t(3, (days, size)) * 0.01,
        "proxied": np.zeros(size, np.int64),
        "days": tuple(str(day) for day in range(days)),
    }
    return Universe(**(told | columns))


def drawn_book(clients: int, symbols: int, seed: int = 1, most: int = 8) -> Book:
    """Each client holds one to `most` securities."""
    chance = np.random.default_rng(seed)
    sizes = np.minimum(chance.integers(1, most + 1, clients), symbols)
    held = [chance.permutation(symbols)[:size] for size in sizes]
    qty = chance.integers(1, 50_000, int(sizes.sum())) * 100
    names = tuple(f"6{number:09d}" for number in range(clients))
    return assembled(names, sizes, np.concatenate(held), qty)
