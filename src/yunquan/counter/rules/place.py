"""Deciding a place: the checks before the exchange sees an order, each with its own refusal
code.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import astuple

from yunquan.counter.events import OrderPlaced, OrderRefused
from yunquan.counter.rules.charges import worst_case_buy
from yunquan.counter.rules.reference import Reference
from yunquan.counter.rules.state import BUY, SELL, SENDING, UNSENT, Account, State
from yunquan.counter.types import PlaceOrder
from yunquan.ledger.types import AVAILABLE, FROZEN, SETTLING, Posting
from yunquan.market.rules.limits import ABOVE_LIMIT, BELOW_LIMIT, price_fault
from yunquan.market.rules.lots import buy_fault, sell_fault
from yunquan.market.types import InstrumentDay

Facts = dict[str, int | str]
NO_FACTS: Final[Facts] = {}
_SEVEN_DIGITS: Final = 10_000_000


class Refusal:
    """Why an order may not go out: the code and the figures its sentence shows."""

    __slots__ = ("code", "facts")

    def __init__(self, code: str, facts: Facts) -> None:
        self.code: str = code
        self.facts: Facts = facts


class Ticket:
    """A place as the checks read it. They read it often, and a Struct's fields cost ten times as
    much to read in the compiled core.
    """

    __slots__ = ("account", "day", "id", "price", "qty", "side", "symbol")

    def __init__(self, command: PlaceOrder) -> None:
        self.id: str
        self.account: str
        self.symbol: str
        self.side: int
        self.price: int
        self.qty: int
        self.day: str
        fields = astuple(command)
        self.id, self.account, self.symbol, self.side, self.price, self.qty, self.day = fields


class Terms:
    """A day's rules of one instrument as the checks read them, taken out of their Struct once."""

    __slots__ = (
        "board",
        "buy_min",
        "buy_step",
        "commission_e8",
        "commission_min_fen",
        "day",
        "halted",
        "limit_down_milli",
        "limit_up_milli",
        "lot",
        "market",
        "max_qty",
        "permission",
        "sell_step",
        "stamp_e8",
        "symbol",
        "tick_milli",
        "transfer_e8",
    )

    def __init__(self, day: InstrumentDay) -> None:
        self.day: InstrumentDay = day
        self.symbol: str = day.symbol
        self.market: str = day.market
        self.board: str = day.board
        self.limit_up_milli: int = day.limit_up_milli
        self.limit_down_milli: int = day.limit_down_milli
        self.tick_milli: int = day.tick_milli
        self.buy_min: int = day.buy_min
        self.buy_step: int = day.buy_step
        self.sell_step: int = day.sell_step
        self.lot: int = day.lot
        self.max_qty: int = day.max_qty
        self.permission: str = day.permission
        self.halted: bool = day.halted
        self.commission_e8: int = day.commission_e8
        self.commission_min_fen: int = day.commission_min_fen
        self.stamp_e8: int = day.stamp_e8
        self.transfer_e8: int = day.transfer_e8


_TERMS: Final[dict[str, Terms]] = {}


def terms_of(day: InstrumentDay | None, symbol: str) -> Terms | None:
    """The terms of this very day of the instrument; made again when it is another one."""
    if day is None:
        return None
    found = _TERMS.get(symbol)
    if found is None or found.day is not day:
        found = Terms(day)
        _TERMS[symbol] = found
    return found


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
    refusal = _who(account, ticket, state, reference)
    if refusal is None:
        refusal = _what(account, instrument, ticket, reference)
    if refusal is not None or account is None or instrument is None:
        return _refused(state, ticket, digest, reference, refusal)
    book = account.book
    price = ticket.price
    qty = ticket.qty
    from_settling = 0
    if ticket.side == BUY:
        needed = worst_case_buy(
            price,
            qty,
            instrument.commission_e8,
            instrument.commission_min_fen,
            instrument.transfer_e8,
        )
        cash = book.cash
        if needed > cash.available + cash.settling:
            short: Facts = {"needed_fen": needed, "usable_fen": cash.usable()}
            return _refused(
                state, ticket, digest, reference, Refusal("order.insufficient_cash", short)
            )
        from_settling = cash.settling if cash.settling < needed else needed
        postings = _freeze(account.id, account.currency, from_settling, needed - from_settling)
    else:
        position = book.positions.get(ticket.symbol)
        sellable = position.available if position is not None else 0
        refusal = _sellable(instrument, qty, sellable)
        if refusal is not None:
            return _refused(state, ticket, digest, reference, refusal)
        needed = qty
        postings = (Posting(account.id, AVAILABLE, account.id, FROZEN, ticket.symbol, qty),)
    return OrderPlaced(
        ticket.id,
        digest,
        new_order_id(state),
        account.id,
        ticket.symbol,
        ticket.side,
        price,
        qty,
        SENDING if instrument.market in reference.links else UNSENT,
        reference.now_ms,
        needed,
        from_settling,
        instrument.commission_e8,
        instrument.commission_min_fen,
        instrument.stamp_e8,
        instrument.transfer_e8,
        postings,
    )


def _freeze(
    account: str, currency: str, from_settling: int, from_available: int
) -> tuple[Posting, ...]:
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
    )


def _who(
    account: Account | None, ticket: Ticket, state: State, reference: Reference
) -> Refusal | None:
    """The account's own state: exists, day, judicial freeze, identity papers, restrictions."""
    if account is None:
        return Refusal("order.account_unknown", {"account": ticket.account})
    if ticket.day != state.day or state.day != reference.day:
        return Refusal("order.day_mismatch", {"day": ticket.day, "today": state.day})
    if account.kind != "ordinary":
        return Refusal("order.account_kind", {"kind": account.kind})
    if account.judicial:
        return Refusal("order.judicial_freeze", NO_FACTS)
    if account.id_expires_on < state.day:
        return Refusal("order.id_expired", {"expired_on": account.id_expires_on})
    restrictions = account.restrictions
    if restrictions is not None:
        scope = "buy" if ticket.side == BUY else "sell"
        if "all" in restrictions or scope in restrictions:
            return Refusal("order.restricted", {"scope": scope})
    return None


def _what(
    account: Account | None,
    instrument: Terms | None,
    ticket: Ticket,
    reference: Reference,
) -> Refusal | None:
    """The instrument and the order itself: session, halt, permission, account at its market,
    quantity, price, self-trade.
    """
    assert account is not None
    if instrument is None:
        return Refusal("order.instrument_unknown", {"symbol": ticket.symbol})
    if ticket.side not in (BUY, SELL):
        return Refusal("order.side", {"side": ticket.side})
    phase = reference.phases.get(instrument.board)
    if phase is None or not phase[0]:
        return Refusal("order.market_closed", NO_FACTS)
    if instrument.halted:
        return Refusal("order.halted", {"symbol": ticket.symbol})
    permission = instrument.permission
    if permission and ticket.side == BUY and permission not in account.permissions:
        return Refusal("order.permission_missing", {"permission": permission})
    if instrument.market not in account.markets:
        return Refusal("order.no_securities_account", {"market": instrument.market})
    refusal = _quantity(instrument, ticket)
    if refusal is None:
        refusal = _price(instrument, ticket.price)
    if refusal is None:
        refusal = _self_trade(account, ticket)
    return refusal


def _quantity(instrument: Terms, ticket: Ticket) -> Refusal | None:
    qty = ticket.qty
    if qty <= 0:
        return Refusal("order.quantity", {"qty": qty})
    if qty > instrument.max_qty:
        return Refusal("order.quantity_too_large", {"qty": qty, "max_qty": instrument.max_qty})
    if ticket.side == BUY and buy_fault(
        qty, instrument.buy_min, instrument.buy_step, instrument.max_qty
    ):
        facts: Facts = {"qty": qty, "buy_min": instrument.buy_min, "buy_step": instrument.buy_step}
        return Refusal("order.lot_size", facts)
    return None


def _sellable(instrument: Terms, qty: int, sellable: int) -> Refusal | None:
    """Enough sellable shares; below one lot only as the whole odd balance, in one order
    (零股一次性卖出).
    """
    if qty > sellable:
        return Refusal("order.insufficient_shares", {"qty": qty, "sellable": sellable})
    if sell_fault(qty, sellable, instrument.sell_step, instrument.lot, instrument.max_qty):
        facts: Facts = {"qty": qty, "lot": instrument.lot, "odd": sellable % instrument.lot}
        return Refusal("order.odd_lot", facts)
    return None


def _price(instrument: Terms, price: int) -> Refusal | None:
    fault = price_fault(
        price, instrument.limit_up_milli, instrument.limit_down_milli, instrument.tick_milli
    )
    if not fault:
        return None
    if fault == ABOVE_LIMIT:
        facts: Facts = {"price_milli": price, "limit_milli": instrument.limit_up_milli}
        return Refusal("order.price_above_limit", facts)
    if price > 0 and fault == BELOW_LIMIT:
        return Refusal(
            "order.price_below_limit",
            {"price_milli": price, "limit_milli": instrument.limit_down_milli},
        )
    return Refusal("order.tick", {"price_milli": price, "tick_milli": instrument.tick_milli})


def _self_trade(account: Account, ticket: Ticket) -> Refusal | None:
    """An order that would meet the same account's own opposite order."""
    opposite = account.sells if ticket.side == BUY else account.buys
    working = account.working
    if not opposite or working is None:
        return None
    orders = working.get(ticket.symbol)
    if orders is None:
        return None
    for other in orders:
        if other.side == ticket.side:
            continue
        crosses = ticket.price >= other.price if ticket.side == BUY else ticket.price <= other.price
        if crosses:
            return Refusal("order.self_trade", {"order": other.id})
    return None
