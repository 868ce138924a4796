"""Deciding a place: OrderPlaced with its freeze, or OrderRefused with the first check it fails."""

from __future__ import annotations

from typing import Any, Final

from yunquan.counter.events import OrderPlaced, OrderRefused
from yunquan.counter.rules.charges import worst_case_buy
from yunquan.counter.rules.checks import (
    Facts,
    Refusal,
    Terms,
    Ticket,
    commission_of,
    sellable_refusal,
    terms_of,
    what_refusal,
    who_refusal,
    worst_price,
)
from yunquan.counter.rules.reference import Reference
from yunquan.counter.rules.state import BUY, SENDING, UNSENT, State
from yunquan.counter.types import PlaceOrder
from yunquan.ledger.types import AVAILABLE, FROZEN, SETTLING, Posting

_SEVEN_DIGITS: Final = 10_000_000


def new_order_id(state: State) -> str:
    """The next order's name: trading day, counter, sequence within the day."""
    day = state.day
    number = state.orders_today + 1
    # Seven digits at least. A format specification would cost more than all the checks of a price.
    digits = str(_SEVEN_DIGITS + number)[1:] if number < _SEVEN_DIGITS else str(number)
    return "ord_" + day[:4] + day[5:7] + day[8:] + state.name + digits


def decide_place(state: State, command: PlaceOrder, digest: int, reference: Reference) -> Any:
    """The event a place leads to: OrderPlaced with its freeze, or OrderRefused with the first check
    it fails.
    """
    ticket = Ticket(command)
    account = state.accounts.get(ticket.account)
    instrument = terms_of(reference.instruments.get(ticket.symbol), ticket.symbol)
    refusal = who_refusal(account, ticket, state, reference)
    if refusal is None and account is not None:
        refusal = what_refusal(account, instrument, ticket, state, reference)
    if refusal is not None or account is None or instrument is None:
        return _refused(state, ticket, digest, reference, refusal)
    book = account.book
    commission = commission_of(account, instrument)
    price = worst_price(instrument, ticket.side, ticket.kind, ticket.price)
    qty = ticket.qty
    from_settling = 0
    if ticket.side == BUY:
        needed = worst_case_buy(
            price,
            qty,
            commission[0],
            commission[1],
            instrument.transfer_e8,
        )
        cash = book.cash
        if needed > cash.available + cash.settling:
            short: Facts = {"needed_fen": needed, "usable_fen": cash.usable()}
            return _refused(
                state, ticket, digest, reference, Refusal("order.insufficient_cash", short)
            )
        from_settling = cash.settling if cash.settling < needed else needed
        postings = freeze_cash(account.id, account.currency, from_settling, needed - from_settling)
    else:
        position = book.positions.get(ticket.symbol)
        sellable = position.available if position is not None else 0
        refusal = sellable_refusal(instrument, qty, sellable)
        if refusal is not None:
            return _refused(state, ticket, digest, reference, refusal)
        needed = qty
        postings = (Posting(account.id, AVAILABLE, account.id, FROZEN, ticket.symbol, qty),)
    frozen = (needed, from_settling)
    return _placed(
        state, ticket, digest, reference, instrument, price, frozen, commission, postings
    )


def _placed(
    state: State,
    ticket: Ticket,
    digest: int,
    reference: Reference,
    instrument: Terms,
    price: int,
    frozen: tuple[int, int],
    commission: tuple[int, int],
    postings: tuple[Posting, ...],
) -> OrderPlaced:
    """frozen: how much, and how much of it comes from today's proceeds. commission: rate, least."""
    session = reference.sessions[instrument.session]
    goes_out = ticket.kind in session.takes and instrument.market in reference.links
    return OrderPlaced(
        ticket.id,
        digest,
        new_order_id(state),
        ticket.account,
        ticket.symbol,
        ticket.side,
        price,
        ticket.qty,
        SENDING if goes_out else UNSENT,
        reference.now_ms,
        frozen[0],
        frozen[1],
        commission[0],
        commission[1],
        instrument.stamp_e8,
        instrument.transfer_e8,
        postings,
        ticket.kind,
        ticket.price,
        reference.clock_s,
        state.gateway,
        instrument.t0,
        instrument.cap if ticket.side == BUY else 0,
    )


def freeze_cash(
    account: str, currency: str, from_settling: int, from_available: int
) -> tuple[Posting, ...]:
    """What an order or a subscription holds: today's proceeds first."""
    if not from_settling:
        return (Posting(account, AVAILABLE, account, FROZEN, currency, from_available),)
    of_proceeds = Posting(account, SETTLING, account, FROZEN, currency, from_settling)
    if not from_available:
        return (of_proceeds,)
    return (of_proceeds, Posting(account, AVAILABLE, account, FROZEN, currency, from_available))


def _refused(
    state: State, ticket: Ticket, digest: int, reference: Reference, refusal: Refusal | None
) -> OrderRefused:
    assert refusal is not None
    return OrderRefused(
        ticket.id,
        digest,
        new_order_id(state),
        ticket.account,
        ticket.symbol,
        ticket.side,
        ticket.price,
        ticket.qty,
        reference.now_ms,
        refusal.code,
        refusal.facts,
        ticket.kind,
        reference.clock_s,
    )
