"""Which day a movement belongs to, and the figures of any days. Pure.

A day is every event of its counter up to its end, with what clearing booked for it; what comes
after the end belongs to the next day.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from yunquan.clearing.rules.purses import covered
from yunquan.ledger.types import HOUSE
from yunquan.rights.types import NewShares
from yunquan.statements.rules.costs import MOVING, reckon
from yunquan.statements.types import Buckets, Coming, Figures, FillFacts, Holding, Movement

NOTHING: Final[Buckets] = (0, 0, 0, 0)
_HOUSES: Final = {
    "firm": "commission",
    "tax": "stamp",
    "depository": "transfer_fee",
    "custodian": "transfer_in",
    "between": "between",
}
TRANSFERS: Final = ("deposit", "withdrawal", "between")
TRADE_KINDS: Final = ("bought", "sold", "commission", "stamp", "transfer_fee")


def plus(left: Buckets, right: Buckets) -> Buckets:
    """Bucket by bucket."""
    return (left[0] + right[0], left[1] + right[1], left[2] + right[2], left[3] + right[3])


def movement_of(row: Any, account: str, ends: Sequence[tuple[str, int]], open_day: str) -> Movement:
    """A posting of history as its account sees it. ends: days that ended, with their last sequence;
    open_day: the day that hasn't.
    """
    change = [0, 0, 0, 0]
    if row.source == account and row.source_bucket < HOUSE:
        change[row.source_bucket] -= row.amount
    if row.target == account and row.target_bucket < HOUSE:
        change[row.target_bucket] += row.amount
    house = row.source if row.target == account else row.target
    inward = row.target == account
    place = bisect_left(ends, row.seq, key=lambda end: end[1])
    day = ends[place][0] if place < len(ends) else open_day
    fill = None
    if row.order_id:
        fill = FillFacts(
            row.order_id,
            row.symbol,
            row.side,
            row.execution,
            row.price,
            row.qty,
            row.worth,
            row.commission,
            row.stamp,
            row.transfer,
            row.filled_at_ms,
            day,
        )
    symbol = row.symbol or (row.asset if "." in row.asset else row.booked_symbol or "")
    if not symbol and house.startswith("issuer:"):
        symbol = house.partition(":")[2]
    return Movement(
        day=row.booked_day or day,
        seq=row.seq,
        line=row.line,
        at_ms=row.at_ms,
        kind=kind_of(row, account, house, inward=inward),
        asset=row.asset,
        change=(change[0], change[1], change[2], change[3]),
        house=house,
        symbol=symbol,
        basis=row.basis or "",
        fill=fill,
    )


def kind_of(row: Any, account: str, house: str, *, inward: bool) -> str:
    """What a posting was: booked_kind, or what its other side says."""
    if house == account:
        return "moved"
    if row.booked_kind:
        return row.booked_kind
    family = house.partition(":")[0]
    if family == "bank":
        return "deposit" if inward else "withdrawal"
    if family == "clearing":
        bought = inward if "." in row.asset else not inward
        return "bought" if bought else "sold"
    return _HOUSES.get(family, "other")


def in_order(movements: Iterable[Movement]) -> list[Movement]:
    """By day and place in the log: what was booked late stands at the end of its day."""
    return sorted(movements, key=lambda one: (one.day, one.seq, one.line))


def figures(
    movements: Sequence[Movement],
    first_day: str,
    last_day: str,
    currency: str,
    prices: Mapping[str, int],
    coming: Sequence[NewShares] = (),
) -> Figures:
    """What a statement of these days says. movements: everything since the account was opened, in
    order. prices: the last of each security, in milli. coming: new shares not listed at the end.
    """
    until = [one for one in movements if one.day <= last_day]
    within = [one for one in until if one.day >= first_day]
    before = [one for one in until if one.day < first_day]
    opening = _total(before, currency)
    closing = plus(opening, _total(within, currency))
    cash = [one for one in within if one.asset == currency]
    sums: dict[str, int] = {}
    for one in cash:
        if one.kind != "moved":
            sums[one.kind] = sums.get(one.kind, 0) + one.amount
    now, then = reckon(until, MOVING, currency), reckon(before, MOVING, currency)
    traded = {one.seq: one.fill for one in within if one.fill is not None}
    return Figures(
        first_day=first_day,
        last_day=last_day,
        opening=covered(opening),
        closing=covered(closing),
        sums=sums,
        flows=tuple(one for one in cash if one.kind in TRANSFERS),
        fills=tuple(traded.values()),
        actions=tuple(one for one in within if is_action(one)),
        holdings=tuple(_holdings(until, now, currency, prices, coming)),
        coming=tuple(Coming(one, prices.get(one.symbol, 0)) for one in coming),
        realised=sum(held.realised for held in now.values())
        - sum(held.realised for held in then.values()),
    )


def is_action(one: Movement) -> bool:
    """Whether it is neither a trade nor a transfer of cash nor a move within the account."""
    return one.fill is None and one.kind != "moved" and one.kind not in TRANSFERS


def _total(movements: Iterable[Movement], asset: str) -> Buckets:
    total = NOTHING
    for one in movements:
        if one.asset == asset:
            total = plus(total, one.change)
    return total


def _holdings(
    until: Sequence[Movement],
    now: Mapping[str, Any],
    currency: str,
    prices: Mapping[str, int],
    coming: Sequence[NewShares],
) -> Iterable[Holding]:
    """What is owned and listed; of what isn't, only what was paid for the rest is left."""
    owned: dict[str, Buckets] = {}
    for one in until:
        if one.asset != currency:
            owned[one.asset] = plus(owned.get(one.asset, NOTHING), one.change)
    paid: dict[str, int] = {}
    for new in coming:
        if new.booked:
            # They are booked as available.
            less = (-new.qty, 0, 0, 0)
            owned[new.symbol] = plus(owned.get(new.symbol, NOTHING), less)
            paid[new.symbol] = paid.get(new.symbol, 0) + new.paid_fen
    for symbol, buckets in sorted(owned.items()):
        if any(buckets):
            held = now[symbol]
            cost = None if held.uncosted else held.cost - paid.get(symbol, 0)
            yield Holding(symbol, buckets, prices.get(symbol, 0), cost, held.realised)
