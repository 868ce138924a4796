"""The state as others see it, taken between batches."""

from __future__ import annotations

from typing import Final

from yunquan.counter.events import OrderRefused
from yunquan.counter.ports import CheckView
from yunquan.counter.rules.charges import fill_charges, worst_case_buy
from yunquan.counter.rules.checks import (
    Terms,
    cage_now,
    commission_of,
    largest_order,
    takes_no_price,
    terms_of,
    worst_price,
)
from yunquan.counter.rules.place import decide_place
from yunquan.counter.rules.reference import Reference
from yunquan.counter.rules.reports import HIGHEST_PRICE
from yunquan.counter.rules.state import BUY, Account, Order, State, Stop
from yunquan.counter.types import (
    AccountView,
    BalanceView,
    FeeRate,
    NoticesView,
    OrderView,
    PlaceOrder,
    StopView,
)
from yunquan.ledger.rules import Balance
from yunquan.market.types import UNLIMITED_UP_MILLI

LARGEST_QTY: Final = 10**9


def balance_view(asset: str, balance: Balance) -> BalanceView:
    """One balance by bucket."""
    return BalanceView(asset, balance.available, balance.settling, balance.frozen, balance.held)


def order_view(order: Order) -> OrderView:
    """One order as it stands."""
    return OrderView(
        order.id,
        order.account,
        order.symbol,
        order.side,
        order.price,
        order.qty,
        order.state,
        order.at_ms,
        order.filled,
        order.cancelled,
        order.amount,
        order.commission,
        order.frozen,
        order.cancel_wanted,
        order.open,
        order.reason,
        order.facts or {},
        order.kind,
        order.asked,
        order.clock_s,
    )


def account_view(state: State, account_id: str, limit: int, seq: int) -> AccountView | None:
    """One account with its balances and today's orders, newest first; None if this counter doesn't
    have it.
    """
    account = state.accounts.get(account_id)
    if account is None:
        return None
    book = account.book
    return AccountView(
        account.id,
        account.client,
        account.kind,
        state.day,
        seq,
        balance_view(book.currency, book.cash),
        tuple(
            balance_view(symbol, position) for symbol, position in sorted(book.positions.items())
        ),
        tuple(order_view(order) for order in account_orders(state, account_id, limit)),
        account.permissions,
        account.restrictions or {},
        account.judicial,
        account.id_expires_on,
        account.plan,
        rates_of(account),
        state.day_ended,
        dict(account.rights or {}),
    )


def rates_of(account: Account) -> tuple[FeeRate, ...]:
    """The rates of an account's fee plan, () where it has none."""
    rates = account.rates or {}
    return tuple(FeeRate(product, *rate) for product, rate in rates.items())


def account_orders(state: State, account_id: str, limit: int) -> list[Order]:
    """Today's orders of an account, newest first, at most `limit`."""
    orders: list[Order] = []
    place = state.accounts[account_id].latest
    while place and len(orders) < limit:
        order = state.orders.at(place)
        orders.append(order)
        place = order.earlier
    return orders


def check_view(state: State, command: PlaceOrder, reference: Reference) -> CheckView:
    """The same checks a place goes through, without placing."""
    event = decide_place(state, command, 0, reference)
    code = event.code if isinstance(event, OrderRefused) else ""
    facts = event.facts if isinstance(event, OrderRefused) else {}
    instrument = terms_of(reference.instruments.get(command.symbol), command.symbol)
    if instrument is None or command.account not in state.accounts:
        return CheckView(code, facts, 0, 0, 0, 0, 0, 0)
    price = worst_price(instrument, command.side, command.kind, command.price)
    most = most_orderable(state, command, instrument, price)
    low, high, caged = price_range(instrument, command, reference)
    if not (0 < price <= HIGHEST_PRICE and 0 < command.qty <= LARGEST_QTY):
        # No figures for what is no order: they might not fit the answer's 64 bits.
        return CheckView(code, facts, most, 0, 0, 0, 0, 0, low, high, caged)
    account = state.accounts[command.account]
    commission = commission_of(account, instrument)
    fees = state.fees(commission[0], commission[1], instrument.stamp_e8, instrument.transfer_e8)
    usable = account.book.cash.usable()
    charges = fill_charges(fees, command.side, 0, 0, price, command.qty, usable)
    if command.side == BUY:
        total = _worst_case(price, command.qty, instrument, commission)
    else:
        total = charges.amount - charges.commission - charges.stamp - charges.transfer
    return CheckView(
        code,
        facts,
        most,
        charges.amount,
        charges.commission,
        charges.stamp,
        charges.transfer,
        total,
        low,
        high,
        caged,
    )


def price_range(
    instrument: Terms, command: PlaceOrder, reference: Reference
) -> tuple[int, int, bool]:
    """The prices an order of this side and kind may name now, by limits and cage, and whether the
    cage bounds them; 0 where nothing does or it names none.
    """
    if takes_no_price(instrument, command.kind):
        return 0, 0, False
    low, high = instrument.limit_down_milli, instrument.limit_up_milli
    if high >= UNLIMITED_UP_MILLI:
        low = high = 0
    session = reference.sessions.get(instrument.session)
    if session is None:
        return low, high, False
    cage = cage_now(session, instrument, command.side, command.kind, reference)
    if cage is None:
        return low, high, False
    bound = cage[0]
    if command.side == BUY:
        return low, min(bound, high or bound), not high or bound < high
    return max(bound, low), high, bound > low


def stop_view(scope: str, stop: Stop) -> StopView:
    """A stop, or a change of the gateway, as it stands."""
    return StopView(scope, stop.basis, stop.notice_zh, stop.notice_en, stop.since_ms, stop.command)


def notices_view(state: State, reference: Reference) -> NoticesView:
    """What keeps orders out now, or is told to clients."""
    return NoticesView(
        state.day,
        tuple(stop_view(scope, stop) for scope, stop in state.stops.items()),
        reference.halts,
        stop_view(state.gateway, state.changed) if state.changed else None,
    )


def most_orderable(state: State, command: PlaceOrder, instrument: Terms, price: int) -> int:
    """The most shares of this side at this price that cash or holdings allow, in the steps the
    board takes.
    """
    account = state.accounts[command.account]
    book = account.book
    commission = commission_of(account, instrument)
    largest = largest_order(instrument, command.kind)
    if command.side != BUY:
        position = book.positions.get(command.symbol)
        return min(position.available if position is not None else 0, largest)
    least = instrument.buy_min
    step = instrument.buy_step
    usable = book.cash.usable()
    if price <= 0 or largest < least or _worst_case(price, least, instrument, commission) > usable:
        return 0
    low, high = 0, (largest - least) // step
    while low < high:
        middle = (low + high + 1) // 2
        if _worst_case(price, least + middle * step, instrument, commission) <= usable:
            low = middle
        else:
            high = middle - 1
    return least + low * step


def _worst_case(price: int, qty: int, instrument: Terms, commission: tuple[int, int]) -> int:
    return worst_case_buy(price, qty, commission[0], commission[1], instrument.transfer_e8)
