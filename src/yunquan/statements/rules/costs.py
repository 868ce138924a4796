"""What a position cost, by three methods. Amounts in fen; a share of a cost is rounded down.

Moving average 移动平均: buying adds amount and fees; a sale takes the average of what it sells.
First in, first out 先进先出: a sale takes the cost of the shares held longest.
Diluted 摊薄成本: whatever a sale or a dividend brought is taken off the cost; the profit shows when
the last share is gone.

Fees count into the cost of a purchase and against the proceeds of a sale. With the first two,
dividends and their tax are income of their own; bonus shares come without a cost, shares of a
rights issue with what was paid for them, which is part of no cost until they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from yunquan.counter.types import Side
from yunquan.statements.types import FillFacts, Lot, Movement, Reckoning

MOVING: Final = "moving"
DILUTED: Final = "diluted"
FIFO: Final = "fifo"
METHODS: Final = (MOVING, DILUTED, FIFO)
# Shares that issuers give, or that were paid for: until they may be sold a price of before has
# their worth in it.
NEW_SHARES: Final = ("bonus", "rights")
CASH_OF_SHARES: Final = ("dividend", "dividend_tax")
PREPAID: Final = ("rights_payment", "rights_refund")


def reckon(movements: Iterable[Movement], method: str, currency: str) -> dict[str, Reckoning]:
    """Every position ever held, by one method. movements: oldest first."""
    found: dict[str, Reckoning] = {}
    buy, sell = _WAYS[method]
    done: set[int] = set()
    for one in movements:
        if not one.symbol:
            continue
        held = found.setdefault(one.symbol, Reckoning())
        if one.fill is not None:
            if one.seq not in done:
                done.add(one.seq)
                (buy if one.fill.side == Side.BUY else sell)(held, one.fill)
        elif one.asset != currency:
            paid = held.prepaid.pop(one.basis, 0) if one.kind == "rights" else 0
            _take_shares(held, one.amount, paid, known=one.kind in NEW_SHARES)
        elif one.kind in PREPAID:
            held.prepaid[one.basis] = held.prepaid.get(one.basis, 0) - one.amount
        elif one.kind in CASH_OF_SHARES and method == DILUTED:
            _dilute(held, one.amount)
    return found


def _paid(fill: FillFacts) -> int:
    return fill.worth + fill.commission + fill.transfer


def _received(fill: FillFacts) -> int:
    return fill.worth - fill.commission - fill.stamp - fill.transfer


def _dilute(held: Reckoning, gained: int) -> None:
    """Off the cost; once the last share is gone, nothing is left to dilute and it is profit."""
    if held.qty > 0:
        held.cost -= gained
    else:
        held.realised += gained


def _take_shares(held: Reckoning, qty: int, paid: int, *, known: bool) -> None:
    """Shares that came or went without a trade. paid: for those of a rights issue, in fen."""
    if qty > 0:
        held.qty += qty
        held.cost += paid
        held.uncosted += 0 if known else qty
        held.lots.append(Lot(qty, paid))
        return
    _leave(held, -qty)


def _leave(held: Reckoning, qty: int) -> None:
    """Shares gone: those without a known cost are thought to go last."""
    held.qty -= qty
    held.uncosted = min(held.uncosted, max(held.qty, 0))


def _buy(held: Reckoning, fill: FillFacts) -> None:
    held.qty += fill.qty
    held.cost += _paid(fill)
    held.lots.append(Lot(fill.qty, _paid(fill)))


def _sell_moving(held: Reckoning, fill: FillFacts) -> None:
    # As the list of positions reckons: over the shares whose cost is known.
    costed = held.qty - held.uncosted
    share = held.cost * min(fill.qty, costed) // costed if costed > 0 else 0
    held.cost -= share
    held.realised += _received(fill) - share
    _leave(held, fill.qty)


def _sell_fifo(held: Reckoning, fill: FillFacts) -> None:
    share = _take_lots(held.lots, fill.qty)
    held.cost -= share
    held.realised += _received(fill) - share
    _leave(held, fill.qty)


def _take_lots(lots: list[Lot], qty: int) -> int:
    """The cost of the oldest `qty` shares, which are gone after."""
    share = 0
    while qty > 0 and lots:
        first = lots[0]
        if first.qty <= qty:
            share += first.cost
            qty -= first.qty
            lots.pop(0)
            continue
        part = first.cost * qty // first.qty
        first.cost -= part
        first.qty -= qty
        share += part
        qty = 0
    return share


def _sell_diluted(held: Reckoning, fill: FillFacts) -> None:
    held.cost -= _received(fill)
    _leave(held, fill.qty)
    if held.qty <= 0:
        held.realised -= held.cost
        held.cost = 0


_Way = Callable[[Reckoning, FillFacts], None]
_WAYS: Final[dict[str, tuple[_Way, _Way]]] = {
    MOVING: (_buy, _sell_moving),
    DILUTED: (_buy, _sell_diluted),
    FIFO: (_buy, _sell_fifo),
}
