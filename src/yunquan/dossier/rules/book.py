"""The tape and an account's orders as frames to step through. Pure. Times in ms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from yunquan.dossier.types import BookFrame, OwnOrder
from yunquan.kernel.money import milli_to_text

# Longer than this between two quotes is worth saying.
SILENCE_MS: Final = 15_000
MOST_FRAMES: Final = 1_200
PLACED: Final = "order_placed"
FILLED: Final = "order_filled"
ENDS: Final = {"order_cancelled": "cancelled", "order_rejected": "rejected"}


def own_orders(rows: Iterable[Any]) -> tuple[OwnOrder, ...]:
    """From the steps of orders, oldest first: at_ms, event, detail (JSON), order_id, side, price,
    qty. What the counter itself refused never stood in the market and is left out.
    """
    left: dict[str, list[tuple[int, int]]] = {}
    about: dict[str, tuple[str, str, int]] = {}
    ends: dict[str, str] = {}
    for row in rows:
        order: str = row.order_id
        if row.event == PLACED:
            side = "buy" if row.side == 1 else "sell"
            about[order] = (side, milli_to_text(row.price), row.qty)
            left[order] = [(row.at_ms, row.qty)]
        elif order in left and row.event in (FILLED, *ENDS):
            detail: dict[str, Any] = msgspec.json.decode(row.detail)
            rest = left[order][-1][1] - int(detail.get("qty", left[order][-1][1]))
            over = bool(detail.get("closes", row.event in ENDS)) or rest <= 0
            left[order].append((row.at_ms, 0 if over else rest))
            if over:
                ends[order] = ENDS.get(row.event, "filled")
    return tuple(
        OwnOrder(order, *about[order], tuple(moments), ends.get(order, ""))
        for order, moments in left.items()
    )


def standing_in(orders: Iterable[OwnOrder], from_ms: int, until_ms: int) -> tuple[OwnOrder, ...]:
    """Those that stood in the market at any moment of a span."""
    return tuple(
        one
        for one in orders
        if one.left[0][0] <= until_ms and (not one.end or one.left[-1][0] >= from_ms)
    )


def thinned(frames: Sequence[BookFrame]) -> tuple[BookFrame, ...]:
    """At most MOST_FRAMES, evenly taken; the last one stays."""
    if len(frames) <= MOST_FRAMES:
        return tuple(frames)
    step = -(-len(frames) // MOST_FRAMES)
    return (*frames[: len(frames) - 1 : step], frames[-1])


def gaps_of(
    times: Sequence[int], holes: Iterable[tuple[int, int]], from_ms: int, until_ms: int
) -> list[tuple[str, int, int, int]]:
    """(code, from, until, lost ticks) of what is missing. times: of the quotes heard, in order;
    holes: (heard_ms, lost) that the tape itself names.
    """
    found = [("hole", heard or from_ms, heard or until_ms, lost) for heard, lost in holes]
    if not times:
        return [*found, ("no_tape", from_ms, until_ms, 0)]
    if times[0] - from_ms > SILENCE_MS:
        found.append(("late_start", from_ms, times[0], 0))
    found += [
        ("silence", before, after, 0)
        for before, after in pairwise(times)
        if after - before > SILENCE_MS
    ]
    if until_ms - times[-1] > SILENCE_MS:
        found.append(("early_end", times[-1], until_ms, 0))
    return found
