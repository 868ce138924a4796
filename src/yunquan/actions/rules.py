"""What an action gives, which days it needs, and the holding-period tax 股息红利差别化个税."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction

import msgspec

from yunquan.actions.types import Action, Charge, Disposal, Due, Lot, TaxRate, Traded
from yunquan.market.rules import ex_reference

_TEN_E6 = 10**7
# 10^-6 CNY per 10 shares, times shares, times percent, to fen: 10 * 10^4 * 100.
_TAX_DIVISOR = 10**7


def problems(action: Action) -> tuple[str, ...]:
    """Codes of what makes an action unbelievable; () for none."""
    parts = (action.cash_e6, action.bonus_e6, action.capital_e6, action.rights_e6)
    found: list[str] = []
    if min(parts) < 0 or not any(parts):
        found.append("actions.bad_ratio")
    if (action.rights_e6 > 0) != (action.rights_price_milli > 0):
        found.append("actions.bad_rights_price")
    if action.ex_day <= action.record_day:
        found.append("actions.ex_not_after_record")
    if action.cash_e6 and action.pay_day <= action.record_day:
        found.append("actions.pay_not_after_record")
    if any(parts[1:]) and action.listing_day < action.ex_day:
        found.append("actions.listing_before_ex")
    return (*found, *_window_problems(action))


def _window_problems(action: Action) -> tuple[str, ...]:
    """The days in which rights are subscribed lie between the record day's close, which says how
    many, and the day on which the shares are sold. Rights of long ago are known without them.
    """
    first, last = action.rights_from, action.rights_to
    if not first and not last:
        return ()
    if not action.rights_e6 or not action.record_day < first <= last < action.listing_day:
        return ("actions.bad_window",)
    return ()


def lacks_window(action: Action) -> bool:
    """Whether it offers rights that nobody could pay for."""
    return bool(action.rights_e6) and not action.rights_from


def ex_reference_of(action: Action, close_milli: int, tick_milli: int) -> int:
    """The reference price of the ex day after this close, both in 0.001 CNY."""
    return ex_reference(
        close_milli,
        dividend_milli=Fraction(action.cash_e6, 10 * 1000),
        bonus=Fraction(action.bonus_e6 + action.capital_e6, _TEN_E6),
        rights=Fraction(action.rights_e6, _TEN_E6),
        rights_price_milli=action.rights_price_milli,
        tick_milli=tick_milli,
    )


def entitle(action: Action, holdings: Iterable[tuple[str, str, int]]) -> Iterator[Due]:
    """What each (account, symbol, shares) at the record day's close is due. Shares round down;
    cash rounds half up to the fen.
    """
    for account, symbol, quantity in holdings:
        if symbol != action.symbol or quantity <= 0:
            continue
        bonus, bonus_lost = divmod(quantity * action.bonus_e6, _TEN_E6)
        capital, capital_lost = divmod(quantity * action.capital_e6, _TEN_E6)
        cash_fen = (quantity * action.cash_e6 * 2 + 10**5) // (2 * 10**5)
        rights = quantity * action.rights_e6 // _TEN_E6
        lost = bonus_lost + capital_lost
        yield Due(account, quantity, cash_fen, bonus, capital, rights, lost)


def acquire(lots: Sequence[Lot], day: str, quantity: int, cost_fen: int) -> tuple[Lot, ...]:
    """The lots with one more at the end; first in stays first out."""
    return (*lots, Lot(day, quantity, cost_fen))


def accrue(lots: Sequence[Lot], action: Action) -> tuple[Lot, ...]:
    """The lots at the record day's close with the income they will owe tax on: cash, bonus shares
    at face value 1.00, and capitalisation unless it comes from premium.
    """
    shares_e6 = action.bonus_e6 + (0 if action.from_premium else action.capital_e6)
    taxable_e6 = action.cash_e6 + shares_e6
    if taxable_e6 == 0:
        return tuple(lots)
    charge = Charge(action.id, action.record_day, taxable_e6)
    return tuple(msgspec.structs.replace(lot, charges=(*lot.charges, charge)) for lot in lots)


def close_lots(
    lots: Sequence[Lot],
    day: str,
    traded: Traded,
    owned: int,
    recorded: Sequence[Action],
    arriving: Sequence[tuple[str, int, int]],
    rates: Sequence[TaxRate],
) -> Disposal:
    """The lots of an account's security after a day's close. owned: shares at the close; recorded:
    actions whose record day it is; arriving: (day from which they may be sold, new shares, what was
    paid for them) that the day's end books.

    What came or went without a trade is told by the close: it came on this day at no cost, or left
    like what was sold. Purchases go to the end before sales are taken: first in first out gives
    the same in whatever order a day's trades were.
    """
    held = acquire(lots, day, traded.bought, traded.cost_fen) if traded.bought else tuple(lots)
    untold = owned - (sum(lot.quantity for lot in held) - traded.sold)
    if untold > 0:
        held = acquire(held, day, untold, 0)
    gone = dispose(held, day, traded.sold + max(0, -untold), rates)
    left = gone.lots
    for action in recorded:
        left = accrue(left, action)
    for listing_day, quantity, cost_fen in arriving:
        left = acquire(left, listing_day, quantity, cost_fen)
    return msgspec.structs.replace(gone, lots=left)


def dispose(lots: Sequence[Lot], day: str, quantity: int, rates: Sequence[TaxRate]) -> Disposal:
    """Shares leave on a day, first in first out. The tax of all of them is rounded once, half up to
    the fen. Raises ValueError for more than the lots hold.
    """
    left: list[Lot] = []
    leaving = quantity
    cost_fen = 0
    tax = 0
    for lot in lots:
        taken = min(quantity, lot.quantity)
        quantity -= taken
        cost = lot.cost_fen * taken // lot.quantity
        cost_fen += cost
        tax += sum(
            taken * charge.taxable_e6 * _percent(lot.acquired, day, charge.record_day, rates)
            for charge in lot.charges
        )
        if taken < lot.quantity:
            left.append(Lot(lot.acquired, lot.quantity - taken, lot.cost_fen - cost, lot.charges))
    if quantity:
        raise ValueError(f"{quantity} shares more than the lots hold")
    return Disposal(tuple(left), leaving, cost_fen, (2 * tax + _TAX_DIVISOR) // (2 * _TAX_DIVISOR))


def _percent(acquired: str, day: str, record_day: str, rates: Sequence[TaxRate]) -> int:
    """Held up to the day before delivery: exactly a month when delivered on the same date of the
    next, which still counts as within it. A month without that date ends on its last day.
    """
    rate = max(
        (row for row in rates if row.from_day <= record_day),
        key=lambda row: row.from_day,
        default=None,
    )
    if rate is None:  # taxed when it was paid
        return 0
    if day <= _months_after(acquired, 1):
        return rate.month_percent
    return rate.year_percent if day <= _months_after(acquired, 12) else rate.longer_percent


def _months_after(day: str, months: int) -> str:
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).isoformat()
