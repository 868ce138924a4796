"""Applying events: the only code that changes the counter's state. Uses the event alone, so replay
gives the same state.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from msgspec.structs import astuple

from yunquan.counter import events as e
from yunquan.counter.rules.state import (
    BUY,
    CANCELLED,
    CANCELLING,
    FILLED,
    PARTLY_CANCELLED,
    PARTLY_FILLED,
    REJECTED,
    SENDING,
    SENT,
    UNSENT,
    Account,
    Order,
    Orders,
    Outcome,
    State,
    Stop,
    by_id,
)
from yunquan.ledger.types import FROZEN


def apply(state: State, event: Any) -> None:
    """Change the state by one event. An unknown event raises KeyError: refuse to run rather than
    skip it.
    """
    _APPLY[type(event)](state, event)


def _post(state: State, event: Any) -> None:
    books = state.books
    for posting in event.postings:
        books.post(posting)


def _answer(state: State, event: Any, code: str, facts: Any, order: str) -> None:
    if event.command:
        state.answered[event.command] = Outcome(event.digest, code, facts, order)


def _account_opened(state: State, event: Any) -> None:
    account = state.open(
        event.account,
        event.client,
        sys.intern(event.kind),
        sys.intern(event.currency),
        event.securities,
        event.permissions,
    )
    account.id_expires_on = event.id_expires_on
    _answer(state, event, "", None, "")


def _designated(state: State, event: Any) -> None:
    state.designate(state.accounts[event.account], event.number)
    _answer(state, event, "", None, "")


def _command_refused(state: State, event: Any) -> None:
    _answer(state, event, event.code, event.facts, "")


def _moved(state: State, event: Any) -> None:
    _post(state, event)
    _answer(state, event, "", None, "")


def _order_placed(state: State, event: Any) -> None:
    # All at once, since reading a Struct's fields one by one takes longer than all else here.
    (
        command,
        digest,
        name,
        of,
        symbol,
        side,
        price,
        qty,
        state_then,
        at_ms,
        frozen,
        from_settling,
        commission_e8,
        commission_min,
        stamp_e8,
        transfer_e8,
        freezes,
        kind,
        asked,
        clock_s,
        gateway,
        t0,
        cap,
    ) = astuple(event)
    account = state.accounts[of]
    for freeze in freezes:
        _, bucket, _, frozen_bucket, asset, amount = astuple(freeze)
        account.book.shift(bucket, frozen_bucket, asset, amount)
    symbol = sys.intern(symbol)
    order = Order(name, digest, account.id, symbol, side, price, qty, state_then, at_ms)
    order.frozen = frozen
    order.from_settling = from_settling
    order.fees = state.fees(commission_e8, commission_min, stamp_e8, transfer_e8)
    order.clock_s = clock_s
    if kind != "limit":
        order.kind = sys.intern(kind)
        order.asked = asked
    if gateway:
        order.gateway = sys.intern(gateway)
    if t0:
        order.t0 = True
    if cap:
        order.cap = cap
        account.count_bought(symbol, qty)
    if state_then == UNSENT:
        state.waiting[name] = True
    _remember(state, command, order, account)
    account.begin(order)
    state.open_orders += 1


def _order_refused(state: State, event: Any) -> None:
    order = Order(
        event.order,
        event.digest,
        event.account,
        event.symbol,
        event.side,
        event.price,
        event.qty,
        REJECTED,
        event.at_ms,
    )
    order.open = False
    order.reason = event.code
    order.facts = event.facts
    order.kind = sys.intern(event.kind)
    order.clock_s = event.clock_s
    _remember(state, event.command, order, state.accounts.get(order.account))


def _remember(state: State, command: str, order: Order, account: Account | None) -> None:
    state.orders_today += 1
    state.orders.add(order)
    state.answered[command] = order
    if account is not None:
        order.earlier = account.latest
        account.latest = state.orders_today


def _orders_routed(state: State, event: Any) -> None:
    gateway = sys.intern(event.gateway)
    for order_id in event.orders:
        order = state.orders[order_id]
        order.state = SENDING
        order.gateway = gateway
        state.waiting.pop(order_id, None)


def _cancel_requested(state: State, event: Any) -> None:
    order = state.orders[event.order]
    order.cancel_wanted = True
    if order.state != SENDING:
        order.state = CANCELLING
    _answer(state, event, "", None, order.id)


def _order_accepted(state: State, event: Any) -> None:
    state.mark(event.gateway).take(event.index)
    order = state.orders[event.order]
    order.confirmed = True
    if order.state in (UNSENT, SENDING):
        order.state = _open_state(order)


def _open_state(order: Order) -> int:
    """The state of an order the exchange has and that is not finished."""
    if order.cancel_wanted:
        return CANCELLING
    return PARTLY_FILLED if order.filled else SENT


def _order_rejected(state: State, event: Any) -> None:
    state.mark(event.gateway).take(event.index)
    _post(state, event)
    order = state.orders[event.order]
    order.reason = event.code
    if order.cap:
        state.accounts[order.account].count_bought(order.symbol, -order.qty)
    _close(state, order, REJECTED)


def _order_filled(state: State, event: Any) -> None:
    gateway, index, name, _, _, _, execution, at, more, value, fee, _, moved, _, closes, _, _ = (
        astuple(event)
    )
    price: int = at
    qty: int = more
    amount: int = value
    commission: int = fee
    transfer: int = moved
    state.mark(gateway).take(index)
    _post(state, event)
    order = state.orders[name]
    order.filled += qty
    order.amount += amount
    order.worth += price * qty
    order.commission += commission
    if order.side == BUY:
        cost = amount + commission + transfer
        order.frozen -= cost
        order.from_settling = max(order.from_settling - cost, 0)
    else:
        order.frozen -= qty
    if closes:
        _close(state, order, PARTLY_CANCELLED if order.cancelled else FILLED)
        return
    if order.executions is None:
        order.executions = []
    order.executions.append(execution)
    order.state = _open_state(order)


def _order_cancelled(state: State, event: Any) -> None:
    if event.gateway:
        state.mark(event.gateway).take(event.index)
    _post(state, event)
    order = state.orders[event.order]
    qty: int = event.qty
    order.cancelled += qty
    order.reason = event.reason
    if order.cap:
        state.accounts[order.account].count_bought(order.symbol, -qty)
    _answer(state, event, "", None, order.id)
    if event.closes:
        _close(state, order, PARTLY_CANCELLED if order.filled else CANCELLED)


def _close(state: State, order: Order, final: int) -> None:
    order.state = final
    order.open = False
    state.open_orders -= 1
    order.frozen = 0
    order.from_settling = 0
    order.executions = None
    if state.waiting:
        state.waiting.pop(order.id, None)
    state.accounts[order.account].end(order)


def _cancel_rejected(state: State, event: Any) -> None:
    state.mark(event.gateway).take(event.index)
    order = state.orders[event.order]
    if order.open and not event.stands:
        order.cancel_wanted = False
        order.state = _open_state(order)


def _report_unmatched(state: State, event: Any) -> None:
    state.mark(event.gateway).take(event.index)
    state.unmatched += 1


def _restricted(state: State, event: Any) -> None:
    account = state.accounts[event.account]
    if account.restrictions is None:
        account.restrictions = {}
    account.restrictions[event.scope] = event.basis
    _answer(state, event, "", None, "")


def _released(state: State, event: Any) -> None:
    account = state.accounts[event.account]
    if event.scope == "judicial":
        account.judicial = ""
    elif account.restrictions is not None:
        del account.restrictions[event.scope]
        if not account.restrictions:
            account.restrictions = None
    _answer(state, event, "", None, "")


def _asset_frozen(state: State, event: Any) -> None:
    if event.asset == "*":
        state.accounts[event.account].judicial = event.basis
    _moved(state, event)


def _said(event: Any) -> Stop:
    return Stop(event.basis, event.notice_zh, event.notice_en, event.at_ms, event.command)


def _trading_stopped(state: State, event: Any) -> None:
    state.stops[event.scope] = _said(event)
    _answer(state, event, "", None, "")


def _trading_resumed(state: State, event: Any) -> None:
    del state.stops[event.scope]
    _answer(state, event, "", None, "")


def _gateway_changed(state: State, event: Any) -> None:
    state.gateway = sys.intern(event.gateway)
    state.changed = _said(event)
    _answer(state, event, "", None, "")


def _day_ended(state: State, event: Any) -> None:
    state.day_ended = True
    _answer(state, event, "", None, "")


def _fee_plan_set(state: State, event: Any) -> None:
    state.charge(state.accounts[event.account], event.plan, event.rates)
    _answer(state, event, "", None, "")


def _permission_granted(state: State, event: Any) -> None:
    account = state.accounts[event.account]
    words = tuple(sorted({*account.permissions, event.permission}))
    account.permissions = state.words.setdefault(words, words)
    _answer(state, event, "", None, "")


def _rights_subscribed(state: State, event: Any) -> None:
    _moved(state, event)
    state.accounts[event.account].earmark(event.action, event.qty, event.amount)


def _entries_booked(state: State, event: Any) -> None:
    _moved(state, event)
    if event.kind != "rights_payment":
        return
    for entry, unpaid in zip(event.entries, event.unpaid, strict=True):
        if entry.bucket == FROZEN:
            state.accounts[entry.account].earmark(entry.ref, 0, entry.amount + unpaid)


def _day_rolled(state: State, event: Any) -> None:
    state.day_before = state.day
    state.day = event.day
    state.day_ended = False
    state.books.settled()
    state.orders_today = 0
    if state.changed is not None:
        state.changed.notice_zh = state.changed.notice_en = ""
    state.answered_before = state.answered
    state.answered = by_id()
    for order in state.orders.values():
        account = state.accounts.get(order.account)
        if account is not None:
            account.latest = 0
            account.bought = None
    # Everything is closed by now; what remains reachable is what a repeated command of yesterday
    # would ask for.
    state.orders = Orders(state.name)
    _answer(state, event, "", None, "")


_APPLY: dict[type, Callable[[State, Any], None]] = {
    e.AccountOpened: _account_opened,
    e.CommandRefused: _command_refused,
    e.CashMoved: _moved,
    e.SecuritiesMovedIn: _moved,
    e.OrderPlaced: _order_placed,
    e.OrderRefused: _order_refused,
    e.OrdersRouted: _orders_routed,
    e.CancelRequested: _cancel_requested,
    e.OrderAccepted: _order_accepted,
    e.OrderRejected: _order_rejected,
    e.OrderFilled: _order_filled,
    e.OrderCancelled: _order_cancelled,
    e.CancelRejected: _cancel_rejected,
    e.ReportUnmatched: _report_unmatched,
    e.Restricted: _restricted,
    e.Released: _released,
    e.AssetFrozen: _asset_frozen,
    e.AssetReleased: _moved,
    e.BalancesSettled: _post,
    e.DayRolled: _day_rolled,
    e.TradingStopped: _trading_stopped,
    e.TradingResumed: _trading_resumed,
    e.GatewayChanged: _gateway_changed,
    e.DayEnded: _day_ended,
    e.EntriesBooked: _entries_booked,
    e.FeePlanSet: _fee_plan_set,
    e.PermissionGranted: _permission_granted,
    e.RightsSubscribed: _rights_subscribed,
    e.Designated: _designated,
}
