"""Levels of market data: who may see how deep, and how often.

Level 1: five prices a side, a snapshot every three seconds of the market. Level 2: ten prices a
side and every trade. The board thins, never the reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from yunquan.kernel.errors import Invalid
from yunquan.quotes.types import Entitlement, Quote

LEVEL_1: Final = 1
LEVEL_2: Final = 2
LEVEL_1_PRICES: Final = 5
LEVEL_2_PRICES: Final = 10
SNAPSHOT_MARKET_S: Final = 3.0
# Topics that need Level 2.
DEEP_KINDS: Final = frozenset({"depth", "trades"})
_SHORTEST_BASIS: Final = 4
_LONGEST_BASIS: Final = 200
_FOREVER: Final = "9999-12-31"


def level_on(entitlements: Iterable[Entitlement], day: str) -> int:
    """The level a client has on a trading day."""
    held = (
        one.level
        for one in entitlements
        if one.effective_from <= day < (one.effective_to or _FOREVER)
    )
    return max((LEVEL_1, *held))


def needs_level_2(topics: Iterable[str]) -> list[str]:
    """Those of the topics that Level 1 doesn't have."""
    return [topic for topic in topics if topic.partition(":")[0] in DEEP_KINDS]


def gap_s(kind: str, level: int, least_s: float, speed: float) -> float:
    """Least real seconds between two updates of a topic. speed: market seconds a real second."""
    if kind == "quote" and level < LEVEL_2 and speed > 0:
        return max(least_s, SNAPSHOT_MARKET_S / speed)
    return least_s


def cut(quote: Quote, prices: int) -> Quote:
    """A quote with at most so many prices a side."""
    if len(quote.bids) <= prices and len(quote.asks) <= prices:
        return quote
    return replace(quote, bids=quote.bids[:prices], asks=quote.asks[:prices])


def check_grant(existing: Sequence[Entitlement], wanted: Entitlement) -> None:
    """Raises Invalid for a grant without basis, of no known level, that ends before it begins, or
    lies over another of the same level.
    """
    if wanted.level != LEVEL_2:
        raise Invalid("level.unknown", level=wanted.level)
    if not _SHORTEST_BASIS <= len(wanted.basis) <= _LONGEST_BASIS:
        raise Invalid("level.basis_missing", shortest=_SHORTEST_BASIS)
    end = wanted.effective_to or _FOREVER
    if end <= wanted.effective_from:
        raise Invalid("level.ends_before_it_begins")
    for one in existing:
        starts_before = one.effective_from < end
        if starts_before and wanted.effective_from < (one.effective_to or _FOREVER):
            raise Invalid("level.granted_already", since=one.effective_from)
