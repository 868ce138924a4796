"""How much of what clearing takes an account could pay when its day ended. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from yunquan.counter.types import Entry
from yunquan.ledger.types import FROZEN

Wish = tuple[str, str, Entry]


def within_means(
    wanted: Iterable[Wish], cash_at_close: Callable[[str], int], currency: str
) -> tuple[list[Wish], list[Wish]]:
    """What is to be booked, and what is left owing since the day's own cash doesn't cover it. What
    is given in the same step may be spent on what is taken after it.

    Money that came after the end of the day pays nothing of it: the day would close below zero.
    """
    asked: list[Wish] = []
    owing: list[Wish] = []
    left: dict[str, int] = {}
    for kind, basis, entry in wanted:
        name = entry.account
        # What was frozen for it is there, whatever else an account can pay.
        if ":" in name or entry.asset != currency or entry.bucket == FROZEN:
            asked.append((kind, basis, entry))
            continue
        had = left[name] if name in left else cash_at_close(name)
        taken = min(had, -entry.amount)
        left[name] = had - taken
        if taken == -entry.amount:
            asked.append((kind, basis, entry))
            continue
        if taken:
            asked.append((kind, basis, msgspec.structs.replace(entry, amount=-taken)))
        rest = msgspec.structs.replace(entry, amount=entry.amount + taken)
        owing.append((kind, basis, rest))
    return asked, owing


def covered(buckets: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Cash at the end of a day, of which something was taken only after the next had begun: what
    had been on its way until then was settled money by that time.
    """
    available, settling, frozen, held = buckets
    if available >= 0:
        return buckets
    return 0, settling + available, frozen, held
