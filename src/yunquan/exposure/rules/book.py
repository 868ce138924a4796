"""A book at prices: what each holding, client and part of it is worth. Money stays whole fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from yunquan.exposure.types import Book, Numbers, Valuation

WHOLE_BP: Final = 10_000
HALF_BITS: Final = 32
HALF: Final = (1 << HALF_BITS) - 1


def make_book(holdings: Mapping[str, Mapping[int, int]]) -> Book:
    """holdings: by client, shares by place in the universe."""
    clients, sizes = list[str](), list[int]()
    symbols, quantities = list[int](), list[int]()
    for client, held in holdings.items():
        kept = [(place, qty) for place, qty in sorted(held.items()) if qty > 0]
        if kept:
            clients.append(client)
            sizes.append(len(kept))
            symbols += [place for place, _ in kept]
            quantities += [qty for _, qty in kept]
    return assembled(
        tuple(clients), np.array(sizes, np.int64), np.array(symbols), np.array(quantities)
    )


def assembled(clients: tuple[str, ...], sizes: Numbers, symbol: Numbers, qty: Numbers) -> Book:
    """sizes: how many holdings each client has, at least one."""
    starts = np.zeros(len(clients) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    owner = np.repeat(np.arange(len(clients), dtype=np.int64), sizes)
    return Book(clients, starts, owner, symbol.astype(np.int64), qty.astype(np.int64))


def revalue(book: Book, prices: Numbers) -> Valuation:
    """prices: milli by place in the universe; 0 for what has none, which is worth nothing."""
    return valuation(book, worth(book.qty, prices[book.symbol]))


def worth(qty: Numbers, prices: Numbers) -> Numbers:
    """Fen of shares at prices in milli, rounded half up as everywhere (market.rules.fees)."""
    return (qty * prices + 5) // 10


def valuation(book: Book, holding: Numbers) -> Valuation:
    """What clients have of holdings that are worth so much."""
    if not len(book.clients):
        none = np.zeros(0, np.int64)
        return Valuation(holding, none, none, none)
    client = np.add.reduceat(holding, book.starts[:-1])
    highest = np.maximum.reduceat(holding, book.starts[:-1])
    # The first holding of each client that is as large as its largest.
    is_top = np.flatnonzero(holding == highest[book.owner])
    of = book.owner[is_top]
    first = np.ones(len(of), bool)
    first[1:] = of[1:] != of[:-1]
    return Valuation(holding, client, is_top[first], shares_bp(highest, client))


def shares_bp(part: Numbers, whole: Numbers) -> Numbers:
    """Parts of wholes in basis points, rounded down; 0 of nothing."""
    return np.where(whole > 0, part * WHOLE_BP // np.maximum(whole, 1), 0)


def by_group(values: Numbers, group: Numbers, groups: int) -> Numbers:
    """Sums of values by the number of their group: exact, whatever their size."""
    # The sums are made of floats, which are exact below 2^53: halves of 32 bits never reach it.
    low = np.bincount(group, values & HALF, groups).astype(np.int64)
    high = np.bincount(group, values >> HALF_BITS, groups).astype(np.int64)
    return (high << HALF_BITS) + low


def group_numbers(names: Sequence[str]) -> tuple[list[str], Numbers]:
    """Names without repeats in order, and of each the number of its name."""
    known = sorted(set(names))
    places = {name: number for number, name in enumerate(known)}
    return known, np.array([places[name] for name in names], np.int64)


def largest_first(values: Numbers) -> list[int]:
    """Places by value, the largest first, equals in their order."""
    order: Numbers = np.argsort(-values, kind="stable")
    return order.tolist()


def herfindahl_bp(values: Numbers) -> int:
    """Sum of squared shares in basis points: 10,000 when everything is one."""
    total = float(values.sum())
    if total <= 0:
        return 0
    shares = values / total
    return round(float((shares * shares).sum()) * WHOLE_BP)
