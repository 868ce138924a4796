"""Everything that is told of a book, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from yunquan.exposure.rules.book import (
    WHOLE_BP,
    by_group,
    group_numbers,
    herfindahl_bp,
    largest_first,
    revalue,
    shares_bp,
)
from yunquan.exposure.rules.history import (
    CONFIDENCES_BP,
    losses_of,
    proxied_bp,
    risk_of,
)
from yunquan.exposure.rules.scenarios import stress_line, stressed
from yunquan.exposure.rules.trial import trial_of
from yunquan.exposure.types import (
    Book,
    ClientLine,
    Exposure,
    HoldingLine,
    Numbers,
    Part,
    Scenario,
    StressLine,
    Universe,
    Valuation,
)

LONGEST_LIST: Final = 12
# A fifth of what is traded can be sold without being the market.
SOLD_SHARE: Final = 5


def exposure_of(
    universe: Universe,
    book: Book,
    prices: Numbers,
    scenarios: Sequence[Scenario],
    *,
    whose: str,
    at_ms: int,
    day: str,
    cash_fen: int,
    client_var: Numbers | None = None,
    now: Valuation | None = None,
) -> Exposure:
    """client_var: of each client, as it was measured last; without it none is told. now: the book
    at these prices, where it has been valued already.
    """
    now = now or revalue(book, prices)
    values = by_group(now.holding, book.symbol, len(universe.symbols))
    losses = losses_of(universe, values)
    shocks = [(one, stressed(one, universe, book, prices, now)) for one in scenarios]
    worst = worst_of(now, [then for _, then in shocks])
    return Exposure(
        whose,
        at_ms,
        day,
        len(book.clients),
        now.total,
        cash_fen,
        herfindahl_bp(values),
        len(universe.days),
        proxied_bp(universe, values),
        int((prices[book.symbol] <= 0).sum()) if len(book.symbol) else 0,
        parts(values, universe.markets),
        parts(values, universe.boards),
        _sectors(universe, values),
        _holdings(universe, book, values),
        tuple(risk_of(losses, confidence) for confidence in CONFIDENCES_BP),
        tuple(stress_line(one, now, then) for one, then in shocks),
        _clients(universe, book, now, now.client, client_var, worst) if not whose else (),
        _clients(universe, book, now, client_var, client_var, worst) if not whose else (),
    )


def worst_of(now: Valuation, thens: Sequence[Valuation]) -> Numbers:
    """What the worst of shocks takes of each client's securities, in basis points."""
    if not thens:
        return np.zeros(len(now.client), np.int64)
    least = np.minimum.reduce([then.client for then in thens])
    return shares_bp(now.client - least, now.client)


def parts(values: Numbers, names: Sequence[str]) -> tuple[Part, ...]:
    """By name, the largest first; what is empty is left out."""
    known, numbers = group_numbers(names)
    sums, total = by_group(values, numbers, len(known)), int(values.sum())
    found = [
        Part(name, int(fen), int(fen) * WHOLE_BP // total)
        for name, fen in zip(known, sums, strict=True)
        if fen > 0
    ]
    return tuple(sorted(found, key=lambda part: -part.value_fen))


def _sectors(universe: Universe, values: Numbers) -> tuple[Part, ...]:
    total = int(values.sum())
    sums = by_group(values, universe.sectors, len(universe.sector_names))
    found = [
        Part(code, int(fen), int(fen) * WHOLE_BP // total, zh, en)
        for (code, zh, en), fen in zip(universe.sector_names, sums, strict=True)
        if fen > 0
    ]
    return tuple(sorted(found, key=lambda part: -part.value_fen)[:LONGEST_LIST])


def _holdings(universe: Universe, book: Book, values: Numbers) -> tuple[HoldingLine, ...]:
    size, total = len(universe.symbols), int(values.sum())
    shares = by_group(book.qty, book.symbol, size)
    holders = np.bincount(book.symbol, minlength=size)
    days = tenth_days(shares, universe.volumes)
    found = list[HoldingLine]()
    for place in largest_first(values)[:LONGEST_LIST]:
        if values[place] <= 0:
            break
        units = int(universe.units[place])
        found.append(
            HoldingLine(
                universe.symbols[place],
                int(shares[place]),
                int(values[place]),
                int(values[place]) * WHOLE_BP // total,
                int(holders[place]),
                int(shares[place]) * WHOLE_BP // units if units else None,
                int(days[place]) if universe.volumes[place] > 0 else None,
            )
        )
    return tuple(found)


def tenth_days(shares: Numbers, volumes: Numbers) -> Numbers:
    """Tenths of days it takes to sell so many shares at a fifth of the volume, rounded up."""
    return -(-shares * SOLD_SHARE * 10 // np.maximum(volumes, 1))


def _clients(
    universe: Universe,
    book: Book,
    now: Valuation,
    order_by: Numbers | None,
    client_var: Numbers | None,
    worst: Numbers,
) -> tuple[ClientLine, ...]:
    if order_by is None or len(order_by) != len(book.clients):
        return ()
    risk_bp = shares_bp(client_var, now.client) if _fits(client_var, book) else None
    return tuple(
        ClientLine(
            book.clients[one],
            int(now.client[one]),
            universe.symbols[int(book.symbol[now.top[one]])],
            int(now.top_bp[one]),
            int(risk_bp[one]) if risk_bp is not None else None,
            int(worst[one]),
        )
        for one in largest_first(order_by)[:LONGEST_LIST]
    )


def _fits(client_var: Numbers | None, book: Book) -> bool:
    return client_var is not None and len(client_var) == len(book.clients)


def priced(universe: Universe, last: Mapping[str, int]) -> Numbers:
    """Milli by place: the last price, or the close before where nothing has traded."""
    found = np.array([last.get(symbol, 0) for symbol in universe.symbols], np.int64)
    return np.where(found > 0, found, universe.closes)


def least_worth(lines: Sequence[StressLine]) -> int:
    """The most that any of the shocks takes, in basis points."""
    return max((one.loss_bp for one in lines), default=0)


def with_trials(exposure: Exposure, universe: Universe, book: Book, now: Valuation) -> Exposure:
    """And how its VaR did on past days: looked at seldom, for it changes by the day."""
    values = by_group(now.holding, book.symbol, len(universe.symbols))
    losses = losses_of(universe, values)
    found = [trial_of(losses, universe.days, one) for one in CONFIDENCES_BP]
    return msgspec.structs.replace(exposure, trials=tuple(one for one in found if one))
