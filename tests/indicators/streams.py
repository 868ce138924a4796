"""Streams of rows for the tests: as hypothesis draws them, and long ones by a seed."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from yunquan.indicators.types import EVENT, Kind

# Monday 13 July 2026, 09:30 at the market.
OPEN_MS = 1_783_906_200_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
# Steps of time between rows; ties and edges of windows are drawn often.
GAPS = (0, 0, 1, 199, 200, 999, 1_000, 12_000, 59_999, 60_000, 300_000, HOUR_MS, DAY_MS, 3 * DAY_MS)
LATE = (0, 0, 0, 0, 0, 1, 900, 1_200, 72_000, 360_000, HOUR_MS, 2 * HOUR_MS, DAY_MS, 2 * DAY_MS)
AMOUNTS = (0, 1, 100, 123_456, 3_000_000_00, 10**9, 9_999_999_999_999, 10**13)
PRICES = (9_000, 10_000, 10_010, 10_500, 11_000)
MARKET = frozenset({Kind.QUOTE, Kind.TRADE, Kind.LIMITS})
MONEY = frozenset({Kind.CASH_IN, Kind.CASH_OUT, Kind.LOGIN, Kind.LOGIN_FAILED})
# More of what makes values than of what tells them.
KINDS = (*Kind, Kind.ORDER, Kind.ORDER, Kind.ORDER, Kind.CANCEL, Kind.FILL, Kind.FILL, Kind.QUOTE)
NOBODY = {"account": -1, "symbol": -1, "other": -1, "device": -1, "group": -1}


def rows_of(events: list[dict[str, int]]) -> Any:
    """Rows; seq counts them unless told."""
    rows = np.zeros(len(events), EVENT)
    for at, event in enumerate(events):
        for name, value in (NOBODY | {"seq": at} | event).items():
            rows[at][name] = value
    return rows


def event(kind: Kind, at_ms: int, **fields: int) -> dict[str, int]:
    """One event with whom it is about; what its kind doesn't have is left out."""
    made = {"kind": int(kind), "at_ms": at_ms} | fields
    if kind in MARKET:
        made |= {"account": -1, "other": -1, "device": -1, "group": -1}
    if kind in MONEY:
        made |= {"symbol": -1, "side": 0}
    if kind is not Kind.MATCH:
        made["other"] = -1
    return made


def drawn(pick: Any, at_ms: int, accounts: int = 4) -> dict[str, int]:
    """An event whose fields `pick(choices)` chooses, of one of so many accounts."""
    kind = pick(KINDS)
    fields = {
        "account": pick(range(accounts)),
        "symbol": pick((0, 1, 2)),
        "other": pick((-1, 0, 1, 2, 3)),
        "device": pick((-1, 0, 1, 2)),
        "group": pick((-1, 0, 1)),
        "side": pick((1, -1)),
        "price": pick(PRICES),
        "qty": pick((100, 200, 1_000, 10**9)),
        "amount": pick(AMOUNTS),
        "age": pick((0, 1_000, 1_001)),
        "a": pick(PRICES),
    }
    if kind is Kind.QUOTE:
        fields["price"] = pick((0, *PRICES))
        fields |= {"a": pick((0, 9_990)), "b": pick((0, 10_010))}
        fields |= {"c": pick((0, 100, 5_000)), "d": pick((0, 300, 10**9))}
    if kind is Kind.LIMITS:
        fields |= {"a": pick((0, 10_000)), "b": pick((0, 11_000)), "c": pick((0, 9_000))}
    return event(kind, at_ms, **fields)


@st.composite
def streams(draw: Any, most: int = 80) -> Any:
    """Rows with ties, late ones, repeats and extremes."""
    events, now = list[dict[str, int]](), OPEN_MS
    choice = st.integers(0, 1 << 62)
    for number in draw(st.lists(choice, min_size=1, max_size=most)):
        # One number a row: hypothesis shrinks and repeats it in one piece.
        chance = np.random.default_rng(number)
        now = extended(events, chance, now)
    return rows_of(events)


def extended(events: list[dict[str, int]], chance: Any, now: int) -> int:
    """One more event, or an earlier one again; the time now."""

    def pick(choices: Any) -> Any:
        return choices[int(chance.integers(len(choices)))]

    if events and chance.random() < 0.1:
        events.append(dict(pick(events[-5:])))
        return now
    now += pick(GAPS)
    events.append(drawn(pick, now - pick(LATE)))
    return now


def long_stream(seed: int, count: int, *, busy: bool = False, accounts: int = 4) -> Any:
    """So many rows over some days; busy: most within minutes of each other, of so many accounts."""
    chance, events, now = np.random.default_rng(seed), list[dict[str, int]](), OPEN_MS
    while len(events) < count:
        if busy and chance.random() < 0.97:
            now += int(chance.integers(2_000))
            events.append(drawn(lambda of: of[int(chance.integers(len(of)))], now, accounts))
        else:
            now = extended(events, chance, now)
    return rows_of(events)
