"""Deciding what the exchange reports, in whatever order and however often it arrives; and cancels,
which race with it.

An order is closed when filled + cancelled = quantity, so a fill that comes after the report of the
cancel still counts.
"""

from __future__ import annotations

from typing import Any, Final

from yunquan.counter.events import (
    CancelRejected,
    CancelRequested,
    CommandRefused,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    ReportUnmatched,
)
from yunquan.counter.rules.charges import FillCharges, fill_charges
from yunquan.counter.rules.checks import terms_of
from yunquan.counter.rules.reference import Reference
from yunquan.counter.rules.state import BUY, UNSENT, Order, State
from yunquan.counter.types import CancelOrder, VenueReport
from yunquan.ledger.types import AVAILABLE, FROZEN, HOUSE, SETTLING, Posting

COMMISSION = "firm:commission"
STAMP = "tax:stamp"
TRANSFER = "depository:transfer_fee"

# In milli: a million CNY a share, times the largest order still far below 64 bits of fen.
HIGHEST_PRICE: Final = 10**9


def market_of(symbol: str) -> str:
    """Where a symbol trades: the part after the dot."""
    return symbol[-2:]


def decide_cancel(state: State, command: CancelOrder, digest: int, reference: Reference) -> Any:
    """CancelRequested, or OrderCancelled at once when the order never left. Risk and restrictions
    play no part.
    """
    order = state.orders.get(command.order)
    if order is None or order.account != command.account:
        return CommandRefused(
            command.id, digest, command.account, "cancel", "cancel.order_unknown", {}
        )
    if not order.open:
        facts: dict[str, int | str] = {"state": order.state}
        return CommandRefused(
            command.id, digest, command.account, "cancel", "cancel.already_done", facts
        )
    if order.cancel_wanted:
        return CommandRefused(
            command.id, digest, command.account, "cancel", "cancel.already_asked", {}
        )
    if order.state == UNSENT:
        return _never_sent(state, order, command, digest)
    terms = terms_of(reference.instruments.get(order.symbol), order.symbol)
    session = None if terms is None else reference.sessions.get(terms.session)
    if session is not None and order.kind not in session.cancels:
        return CommandRefused(command.id, digest, command.account, "cancel", "cancel.not_now", {})
    return CancelRequested(command.id, digest, order.id, order.account)


def _never_sent(state: State, order: Order, command: CancelOrder, digest: int) -> OrderCancelled:
    qty = order.remaining()
    postings = unfreeze(state, order)
    return OrderCancelled(
        "", 0, command.id, digest, order.id, order.account, qty, "unsent", True, postings
    )


def unfreeze(state: State, order: Order) -> tuple[Posting, ...]:
    """Give back whatever is still held for an order, to the buckets it came from."""
    if not order.frozen:
        return ()
    if order.side != BUY:
        return (
            Posting(order.account, FROZEN, order.account, AVAILABLE, order.symbol, order.frozen),
        )
    currency = state.accounts[order.account].currency
    to_settling = order.from_settling
    to_available = order.frozen - to_settling
    postings: list[Posting] = []
    if to_settling:
        postings.append(
            Posting(order.account, FROZEN, order.account, SETTLING, currency, to_settling)
        )
    if to_available:
        postings.append(
            Posting(order.account, FROZEN, order.account, AVAILABLE, currency, to_available)
        )
    return tuple(postings)


def decide_report(state: State, report: VenueReport, reference: Reference) -> Any:
    """The event a report leads to; None when this index was taken before."""
    # Looked up, not made: what leads to no event must leave no trace in the state.
    mark = state.marks.get(report.gateway)
    if report.index < 1 or (mark is not None and mark.has(report.index)):
        return None
    order = state.orders.get(report.order)
    if order is None:
        return _unmatched(report, "unknown order")
    kind = report.kind
    if report.day and report.day != state.day and kind != "cancel_rejected":
        # All orders here are of one day, so this is none of ours: of a rehearsal, most likely. The
        # exchange's day may be further on, while it still tells of this one; a cancel that we asked
        # for once more is answered there.
        return _unmatched(report, "of another day")
    if kind == "filled":
        return _filled(state, order, report, reference)
    if kind == "accepted":
        return OrderAccepted(report.gateway, report.index, order.id, order.account)
    if kind == "cancelled":
        return _cancelled(state, order, report)
    if kind == "rejected":
        if not order.open or order.filled or order.cancelled:
            return _unmatched(report, "rejected after it traded or closed")
        postings = unfreeze(state, order)
        return OrderRejected(
            report.gateway, report.index, order.id, order.account, report.code, postings
        )
    if kind == "cancel_rejected":
        overtook = order.open and not order.confirmed
        return CancelRejected(
            report.gateway, report.index, order.id, order.account, report.code, overtook
        )
    return _unmatched(report, "unknown kind")


def _unmatched(report: VenueReport, why: str) -> ReportUnmatched:
    return ReportUnmatched(
        report.gateway,
        report.index,
        report.kind,
        report.order,
        report.execution,
        report.price,
        report.qty,
        report.code,
        why,
    )


def _cancelled(state: State, order: Order, report: VenueReport) -> Any:
    qty: int = report.qty
    if not order.open or qty <= 0 or qty > order.remaining():
        return _unmatched(report, "cancels more than is open")
    closes = qty == order.remaining()
    postings = unfreeze(state, order) if closes else ()
    return OrderCancelled(
        report.gateway,
        report.index,
        "",
        0,
        order.id,
        order.account,
        qty,
        report.code,
        closes,
        postings,
    )


def _filled(state: State, order: Order, report: VenueReport, reference: Reference) -> Any:
    qty: int = report.qty
    price: int = report.price
    if order.executions is not None and report.execution in order.executions:
        return _unmatched(report, "execution reported before")
    if not order.open or qty <= 0 or price <= 0 or qty > order.remaining():
        return _unmatched(report, "fills more than is open")
    if price > HIGHEST_PRICE:
        return _unmatched(report, "no such price")
    fees = order.fees
    assert fees is not None
    if (price > order.price) if order.side == BUY else (price < order.price):
        return _unmatched(report, "worse than its price allows")
    account = order.account
    book = state.accounts[account].book
    usable = 0 if order.side == BUY else book.cash.usable()
    charges = fill_charges(fees, order.side, order.worth, order.commission, price, qty, usable)
    closes = qty == order.remaining()
    if order.side == BUY:
        postings = _buy_postings(order, charges, qty, closes, book.currency)
    else:
        postings = _sell_postings(order, charges, qty, closes, book.cash.settling, book.currency)
    return OrderFilled(
        report.gateway,
        report.index,
        order.id,
        account,
        order.symbol,
        order.side,
        report.execution,
        price,
        qty,
        charges.amount,
        charges.commission,
        charges.stamp,
        charges.transfer,
        charges.unpaid,
        closes,
        reference.now_ms,
        postings,
    )


def _buy_postings(
    order: Order, charges: FillCharges, qty: int, closes: bool, currency: str
) -> tuple[Posting, ...]:
    account = order.account
    clearing = f"clearing:{market_of(order.symbol)}"
    # Sellable at once where the product turns around in a day (T+0), else from the next day (T+1).
    arrives = AVAILABLE if order.t0 else SETTLING
    postings = [Posting(clearing, HOUSE, account, arrives, order.symbol, qty)]
    if charges.amount:
        postings.append(Posting(account, FROZEN, clearing, HOUSE, currency, charges.amount))
    if charges.commission:
        postings.append(Posting(account, FROZEN, COMMISSION, HOUSE, currency, charges.commission))
    if charges.transfer:
        postings.append(Posting(account, FROZEN, TRANSFER, HOUSE, currency, charges.transfer))
    if closes:
        cost = charges.amount + charges.commission + charges.transfer
        left = order.frozen - cost
        of_settling = max(order.from_settling - cost, 0)
        if of_settling:
            postings.append(Posting(account, FROZEN, account, SETTLING, currency, of_settling))
        if left > of_settling:
            postings.append(
                Posting(account, FROZEN, account, AVAILABLE, currency, left - of_settling)
            )
    return tuple(postings)


def _sell_postings(
    order: Order, charges: FillCharges, qty: int, closes: bool, settling: int, currency: str
) -> tuple[Posting, ...]:
    account = order.account
    clearing = f"clearing:{market_of(order.symbol)}"
    postings = [Posting(account, FROZEN, clearing, HOUSE, order.symbol, qty)]
    if charges.amount:
        postings.append(Posting(clearing, HOUSE, account, SETTLING, currency, charges.amount))
    if charges.stamp:
        postings.append(Posting(account, SETTLING, STAMP, HOUSE, currency, charges.stamp))
    if charges.transfer:
        postings.append(Posting(account, SETTLING, TRANSFER, HOUSE, currency, charges.transfer))
    # A first fill smaller than the commission floor takes the rest from settled cash.
    from_settling = min(
        charges.commission, settling + charges.amount - charges.stamp - charges.transfer
    )
    if from_settling:
        postings.append(Posting(account, SETTLING, COMMISSION, HOUSE, currency, from_settling))
    if charges.commission > from_settling:
        rest = charges.commission - from_settling
        postings.append(Posting(account, AVAILABLE, COMMISSION, HOUSE, currency, rest))
    if closes and order.frozen > qty:
        # The cancelled part, when its report overtook this fill.
        left = order.frozen - qty
        postings.append(Posting(account, FROZEN, account, AVAILABLE, order.symbol, left))
    return tuple(postings)
