"""The checks before the exchange sees an order, each with its own refusal code."""

from __future__ import annotations

from typing import Final

from msgspec.structs import astuple

from yunquan.counter.rules.reference import Reference, Session, session_key
from yunquan.counter.rules.state import BUY, SELL, Account, State
from yunquan.counter.types import PlaceOrder
from yunquan.kernel.scopes import RATE_MS, order_fault, rate_of
from yunquan.market.rules.cage import cage_bounds, cage_reference
from yunquan.market.rules.limits import ABOVE_LIMIT, BELOW_LIMIT, price_fault
from yunquan.market.rules.lots import buy_fault, sell_fault
from yunquan.market.types import AFTER_HOURS, LIMIT, UNLIMITED_UP_MILLI, InstrumentDay

Facts = dict[str, int | str]
NO_FACTS: Final[Facts] = {}
# Where a market order carries no price of its own, it may trade up to the day's limit.
UP_TO_LIMIT: Final = "limit_up"
WITH_A_PRICE: Final = (LIMIT, AFTER_HOURS)


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

    __slots__ = ("account", "day", "id", "kind", "origin", "price", "qty", "side", "symbol")

    def __init__(self, command: PlaceOrder) -> None:
        self.id: str
        self.account: str
        self.symbol: str
        self.side: int
        self.price: int
        self.qty: int
        self.day: str
        self.kind: str
        self.origin: str
        (
            self.id,
            self.account,
            self.symbol,
            self.side,
            self.price,
            self.qty,
            self.day,
            self.kind,
            self.origin,
        ) = astuple(command)


class Terms:
    """A day's rules of one instrument as the checks read them, taken out of their Struct once."""

    def __init__(self, day: InstrumentDay) -> None:
        self.day: InstrumentDay = day
        self.symbol: str = day.symbol
        self.market: str = day.market
        self.product: str = day.product
        self.session: str = session_key(day.market, day.board, day.product)
        self.prev_close_milli: int = day.prev_close_milli
        self.limit_up_milli: int = day.limit_up_milli
        self.limit_down_milli: int = day.limit_down_milli
        self.tick_milli: int = day.tick_milli
        self.buy_min: int = day.buy_min
        self.buy_step: int = day.buy_step
        self.sell_step: int = day.sell_step
        self.lot: int = day.lot
        self.max_qty: int = day.max_qty
        self.max_market_qty: int = day.max_market_qty
        self.max_after_hours_qty: int = day.max_after_hours_qty
        self.kinds: tuple[str, ...] = day.kinds
        self.market_price: str = day.market_price
        self.cage_bp: int = day.cage_bp
        self.cage_ticks: int = day.cage_ticks
        self.cap: int = day.daily_buy_cap
        self.t0: bool = day.t0
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


def commission_of(account: Account, terms: Terms) -> tuple[int, int]:
    """What an order of this account pays: parts per 10^8 and the least in fen, by its fee plan or
    else as the house charges.
    """
    rates = account.rates
    if rates is not None:
        rate = rates.get(terms.product)
        if rate is not None:
            return rate
    return terms.commission_e8, terms.commission_min_fen


def who_refusal(
    account: Account | None, ticket: Ticket, state: State, reference: Reference
) -> Refusal | None:
    """The account's own state: exists, day, judicial freeze, identity papers, restrictions."""
    if account is None:
        return Refusal("order.account_unknown", {"account": ticket.account})
    if reference.rehearsal:
        return Refusal("order.rehearsal", NO_FACTS)
    if ticket.day != state.day or state.day != reference.day:
        return Refusal("order.day_mismatch", {"day": ticket.day, "today": state.day})
    if state.day_ended:
        return Refusal("order.day_ended", {"day": state.day})
    if account.kind != "ordinary":
        return Refusal("order.account_kind", {"kind": account.kind})
    if account.judicial:
        return Refusal("order.judicial_freeze", NO_FACTS)
    if account.id_expires_on < state.day:
        return Refusal("order.id_expired", {"expired_on": account.id_expires_on})
    return _held_back(account, ticket, state, reference) if account.restrictions else None


def _held_back(
    account: Account, ticket: Ticket, state: State, reference: Reference
) -> Refusal | None:
    """What staff, a table or a rule keep this account from."""
    restrictions = account.restrictions or {}
    side = "buy" if ticket.side == BUY else "sell"
    code = order_fault(restrictions, side, ticket.symbol, ticket.origin)
    if code:
        whole = code == "order.restricted"
        return Refusal(code, {"scope": side} if whole else {"symbol": ticket.symbol})
    most = rate_of(restrictions)
    if most and state.lately(account, reference.now_ms - RATE_MS) >= most:
        return Refusal("order.throttled", {"most": most})
    return None


def what_refusal(
    account: Account, terms: Terms | None, ticket: Ticket, state: State, reference: Reference
) -> Refusal | None:
    """The instrument and the order itself: stops and halts, session, permission, account at its
    market, quantity, price, self-trade, cap.
    """
    if terms is None:
        return Refusal("order.instrument_unknown", {"symbol": ticket.symbol})
    if ticket.side not in (BUY, SELL):
        return Refusal("order.side", {"side": ticket.side})
    session = reference.sessions.get(terms.session)
    if session is None:
        return Refusal("order.market_closed", NO_FACTS)
    return (
        _stopped(terms, ticket, state, reference)
        or _session(session, terms, ticket, reference)
        or _allowed(account, terms, ticket)
        or _quantity(terms, ticket)
        or _price(session, terms, ticket, reference)
        or _self_trade(account, terms, ticket)
        or _cap(account, terms, ticket)
    )


def _allowed(account: Account, terms: Terms, ticket: Ticket) -> Refusal | None:
    permission = terms.permission
    if permission and ticket.side == BUY and permission not in account.permissions:
        return Refusal("order.permission_missing", {"permission": permission})
    return no_account(account, terms.market)


def no_account(account: Account, market: str) -> Refusal | None:
    """Why it can't trade at a market, if so: no account there, or none designated to this firm."""
    if market in account.markets:
        return None
    waits = market in [one.market for one in account.securities]
    code = "order.not_designated" if waits else "order.no_securities_account"
    return Refusal(code, {"market": market})


def stop_of(state: State, market: str, symbol: str) -> str:
    """The scope under which the firm has stopped orders in this instrument, "" for none."""
    stops = state.stops
    if not stops:
        return ""
    for scope in ("all", market, symbol):
        if scope in stops:
            return scope
    return ""


def halt_of(reference: Reference, market: str, symbol: str) -> str:
    """What the exchange has stopped of this instrument: "" nothing that keeps orders out."""
    halts = reference.halts
    if not halts:
        return ""
    if "*" in halts or market in halts:
        return "exchange_halt"
    # In a volatility halt orders and cancels go on; they meet in the auction that ends it.
    return "halted" if halts.get(symbol) == "halted" else ""


def _stopped(terms: Terms, ticket: Ticket, state: State, reference: Reference) -> Refusal | None:
    scope = stop_of(state, terms.market, ticket.symbol)
    if scope:
        stop = state.stops[scope]
        return Refusal(
            "order.stopped",
            {"scope": scope, "notice_zh": stop.notice_zh, "notice_en": stop.notice_en},
        )
    halt = halt_of(reference, terms.market, ticket.symbol)
    if halt == "exchange_halt":
        return Refusal("order.exchange_halted", {"market": terms.market})
    if halt or terms.halted:
        return Refusal("order.halted", {"symbol": ticket.symbol})
    return None


def _in_call_for_move(reference: Reference, symbol: str) -> bool:
    """Halted for a large move 盘中临时停牌: until the auction that ends it, a call."""
    halts = reference.halts
    return bool(halts) and halts.get(symbol) == "volatility_halt"


def _session(
    session: Session, terms: Terms, ticket: Ticket, reference: Reference
) -> Refusal | None:
    """Whether this kind of order goes out now, or can wait for a later phase of the day."""
    kind = ticket.kind
    if kind not in terms.kinds:
        # What its product takes at some time of the day; without price limits that may be less.
        return Refusal("order.kind_unknown", {"kind": kind[:20]})
    if kind in session.takes or kind in session.waits:
        if kind in WITH_A_PRICE or not _in_call_for_move(reference, ticket.symbol):
            return None
        return Refusal("order.kind_not_now", {"kind": kind, "phase": "volatility_halt"})
    if session.takes or session.waits:
        return Refusal("order.kind_not_now", {"kind": kind, "phase": session.name})
    return Refusal("order.market_closed", NO_FACTS)


def largest_order(terms: Terms, kind: str) -> int:
    """The most shares one order of this kind may have."""
    if kind == LIMIT:
        return terms.max_qty
    return terms.max_after_hours_qty if kind == AFTER_HOURS else terms.max_market_qty


def _quantity(terms: Terms, ticket: Ticket) -> Refusal | None:
    qty = ticket.qty
    if qty <= 0:
        return Refusal("order.quantity", {"qty": qty})
    largest = largest_order(terms, ticket.kind)
    if qty > largest:
        return Refusal("order.quantity_too_large", {"qty": qty, "max_qty": largest})
    if ticket.side == BUY and buy_fault(qty, terms.buy_min, terms.buy_step, largest):
        facts: Facts = {"qty": qty, "buy_min": terms.buy_min, "buy_step": terms.buy_step}
        return Refusal("order.lot_size", facts)
    return None


def sellable_refusal(terms: Terms, qty: int, sellable: int) -> Refusal | None:
    """Enough sellable shares; below one lot only as the whole odd balance, in one order
    (零股一次性卖出).
    """
    if qty > sellable:
        return Refusal("order.insufficient_shares", {"qty": qty, "sellable": sellable})
    largest = terms.max_qty if terms.max_qty > qty else qty  # its size was looked at by kind
    if sell_fault(qty, sellable, terms.sell_step, terms.lot, largest):
        facts: Facts = {"qty": qty, "lot": terms.lot, "odd": sellable % terms.lot}
        return Refusal("order.odd_lot", facts)
    return None


def takes_no_price(terms: Terms, kind: str) -> bool:
    """A market order on an exchange where it names no price at all."""
    return kind not in WITH_A_PRICE and terms.market_price == UP_TO_LIMIT


def worst_price(terms: Terms, side: int, kind: str, price: int) -> int:
    """The worst price in milli at which the order may trade: its limit, its protection price
    保护限价, or the day's limit. A buy freezes at this price.
    """
    if takes_no_price(terms, kind):
        return terms.limit_up_milli if side == BUY else terms.limit_down_milli
    return price


def _price(session: Session, terms: Terms, ticket: Ticket, reference: Reference) -> Refusal | None:
    price = ticket.price
    if takes_no_price(terms, ticket.kind):
        if price:
            return Refusal("order.price_not_wanted", {"kind": ticket.kind})
        if ticket.side == BUY and terms.limit_up_milli >= UNLIMITED_UP_MILLI:
            # Nothing bounds what it could cost, so nothing can be frozen for it.
            return Refusal("order.price_unbounded", {"symbol": ticket.symbol})
        return None
    fault = price_fault(price, terms.limit_up_milli, terms.limit_down_milli, terms.tick_milli)
    if fault == ABOVE_LIMIT:
        facts: Facts = {"price_milli": price, "limit_milli": terms.limit_up_milli}
        return Refusal("order.price_above_limit", facts)
    if fault == BELOW_LIMIT and price > 0:
        return Refusal(
            "order.price_below_limit",
            {"price_milli": price, "limit_milli": terms.limit_down_milli},
        )
    if fault:
        return Refusal("order.tick", {"price_milli": price, "tick_milli": terms.tick_milli})
    return _cage(session, terms, ticket, reference)


def cage_now(
    session: Session, terms: Terms, side: int, kind: str, reference: Reference
) -> tuple[int, int] | None:
    """The bound of the price cage 有效申报价格范围 and the price it is built around, by the prices
    we have; None where there is no cage now, or we have no prices.
    """
    if not session.continuous or kind != LIMIT or not (terms.cage_bp or terms.cage_ticks):
        return None
    if _in_call_for_move(reference, terms.symbol):
        return None
    prices = reference.prices.get(terms.symbol)
    if prices is None:
        return None
    bid, ask, last = prices
    around = cage_reference(side, bid, ask, last, terms.prev_close_milli)
    return cage_bounds(side, around, terms.cage_bp, terms.cage_ticks, terms.tick_milli), around


def _cage(session: Session, terms: Terms, ticket: Ticket, reference: Reference) -> Refusal | None:
    """Outside the cage the exchange rejects; we say so first. Without prices it decides alone."""
    cage = cage_now(session, terms, ticket.side, ticket.kind, reference)
    if cage is None:
        return None
    bound, around = cage
    beyond = ticket.price > bound if ticket.side == BUY else ticket.price < bound
    if not beyond:
        return None
    facts: Facts = {"price_milli": ticket.price, "bound_milli": bound, "around_milli": around}
    code = "order.above_cage" if ticket.side == BUY else "order.below_cage"
    return Refusal(code, facts)


def _self_trade(account: Account, terms: Terms, ticket: Ticket) -> Refusal | None:
    """An order that would meet the same account's own opposite order."""
    opposite = account.sells if ticket.side == BUY else account.buys
    working = account.working
    if not opposite or working is None:
        return None
    orders = working.get(ticket.symbol)
    if orders is None:
        return None
    price = worst_price(terms, ticket.side, ticket.kind, ticket.price)
    for other in orders:
        if other.side == ticket.side:
            continue
        crosses = price >= other.price if ticket.side == BUY else price <= other.price
        if crosses:
            return Refusal("order.self_trade", {"order": other.id})
    return None


def _cap(account: Account, terms: Terms, ticket: Ticket) -> Refusal | None:
    """Shares of a risk-warned company that one investor may buy in a day: bought and ordered."""
    if not terms.cap or ticket.side != BUY:
        return None
    bought = account.bought.get(ticket.symbol, 0) if account.bought is not None else 0
    if bought + ticket.qty <= terms.cap:
        return None
    facts: Facts = {"cap": terms.cap, "bought": bought, "left": max(terms.cap - bought, 0)}
    return Refusal("order.daily_cap", facts)
