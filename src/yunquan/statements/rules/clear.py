"""What was earned after all costs, and what selling would bring. Pure; amounts in fen, prices in
milli.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from yunquan.counter.types import Side
from yunquan.market.rules.fees import commission_fen, notional_fen, stamp_fen, transfer_fen
from yunquan.rights.types import NewShares
from yunquan.statements.rules.costs import MOVING, PREPAID, reckon
from yunquan.statements.types import Charges, Coming, Earned, Movement, Proceeds

_APART: Final = ("dividend", "dividend_tax", "interest", "commission", "stamp", "transfer_fee")
_NOT_EARNED: Final = ("moved", "deposit", "withdrawal", "between", "bought", "sold")
_SHARES_PAID_FOR: Final = PREPAID


def earned(
    movements: Sequence[Movement],
    first_day: str,
    currency: str,
    opening_prices: Mapping[str, int],
    prices: Mapping[str, int],
    entry_prices: Mapping[tuple[str, str], int],
    coming: Sequence[NewShares] = (),
    coming_before: Sequence[NewShares] = (),
) -> Earned:
    """What the days from `first_day` on brought. movements: of the account or of one security, all
    there are, in order. opening_prices: closes before the first day; entry_prices: per (symbol,
    day) what shares were worth when they came in without a trade. coming, coming_before: new shares
    not listed on the day of the prices, and on the day before the first.
    """
    before = [one for one in movements if one.day < first_day]
    within = [one for one in movements if one.day >= first_day]
    gain = _value(movements, currency, prices, coming)
    gain -= _value(before, currency, opening_prices, coming_before)
    sums: dict[str, int] = {}
    for one in within:
        if one.asset == currency:
            sums[one.kind] = sums.get(one.kind, 0) + one.amount
        elif one.kind == "transfer_in":
            gain -= notional_fen(entry_prices.get((one.symbol, one.day), 0), one.amount)
    gain += sums.get("bought", 0) + sums.get("sold", 0)
    gain += sum(sums.get(kind, 0) for kind in _SHARES_PAID_FOR)
    realised = _realised(movements, currency) - _realised(before, currency)
    return Earned(
        gain=gain,
        realised=realised,
        dividends=sums.get("dividend", 0),
        interest=sums.get("interest", 0),
        commission=sums.get("commission", 0),
        stamp=sums.get("stamp", 0),
        transfer_fee=sums.get("transfer_fee", 0),
        dividend_tax=sums.get("dividend_tax", 0),
        other=sum(
            fen
            for kind, fen in sums.items()
            if kind not in (*_APART, *_NOT_EARNED, *_SHARES_PAID_FOR)
        ),
    )


def _value(
    movements: Iterable[Movement],
    currency: str,
    prices: Mapping[str, int],
    coming: Sequence[NewShares],
) -> int:
    """Of everything owned and due: new shares count once they are out of the price, what was paid
    for them until then.
    """
    owned: dict[str, int] = {}
    for one in movements:
        if one.asset != currency:
            owned[one.asset] = owned.get(one.asset, 0) + one.amount
    for new in coming:
        if new.booked:
            owned[new.symbol] = owned.get(new.symbol, 0) - new.qty
    value = sum(notional_fen(prices.get(symbol, 0), qty) for symbol, qty in owned.items())
    return value + sum(Coming(one, prices.get(one.symbol, 0)).value or 0 for one in coming)


def _realised(movements: Iterable[Movement], currency: str) -> int:
    """By moving average, before fees, which are told apart."""
    bare = (
        one
        if one.fill is None
        else replace(one, fill=replace(one.fill, commission=0, stamp=0, transfer=0))
        for one in movements
    )
    return sum(held.realised for held in reckon(bare, MOVING, currency).values())


def proceeds(amount: int, charges: Charges) -> Proceeds:
    """What is left of the amount of a sale that fills at once."""
    return Proceeds(
        amount,
        commission_fen(amount, charges.commission_e8, charges.commission_min),
        stamp_fen(amount, charges.stamp_e8),
        transfer_fen(amount, charges.transfer_e8),
    )


def sale(price: int, qty: int, charges: Charges) -> Proceeds:
    """A sale of all at one price."""
    return proceeds(notional_fen(price, qty), charges)


def sale_by_bids(bids: Sequence[tuple[int, int]], qty: int, charges: Charges) -> Proceeds | None:
    """A sale down the bids shown; None where they are fewer than what is sold."""
    worth = left = 0
    left = qty
    for price, there in bids:
        part = min(there, left)
        worth += price * part
        left -= part
    return None if left or not qty else proceeds((worth + 5) // 10, charges)


def orders_of(movements: Iterable[Movement]) -> dict[str, list[Movement]]:
    """Each order's fills, one movement a fill, oldest order first."""
    found: dict[str, list[Movement]] = {}
    done: set[int] = set()
    for one in movements:
        if one.fill is not None and one.seq not in done:
            done.add(one.seq)
            found.setdefault(one.fill.order, []).append(one)
    return found


def side_name(side: int) -> str:
    """ "buy" or "sell"."""
    return "buy" if side == Side.BUY else "sell"
