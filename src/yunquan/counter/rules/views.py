"""The state as others see it, taken between batches."""

from __future__ import annotations

from yunquan.counter.rules.state import Order, State
from yunquan.counter.types import AccountView, BalanceView, OrderView
from yunquan.ledger.rules import Balance


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
    )


def account_view(state: State, account_id: str, limit: int, seq: int) -> AccountView | None:
    """One account with its balances and today's orders, newest first; None if this counter doesn't have it."""
    account = state.accounts.get(account_id)
    if account is None:
        return None
    book = state.books.clients[account_id]
    return AccountView(
        account.id,
        account.client,
        account.kind,
        state.day,
        seq,
        balance_view(book.currency, book.cash),
        tuple(balance_view(symbol, position) for symbol, position in sorted(book.positions.items())),
        tuple(order_view(order) for order in account_orders(state, account_id, limit)),
        account.permissions,
        account.restrictions or {},
        account.judicial,
        account.id_expires_on,
    )


def account_orders(state: State, account_id: str, limit: int) -> list[Order]:
    """Today's orders of an account, newest first, at most `limit`."""
    orders = state.accounts[account_id].today
    return [] if orders is None else orders[-limit:][::-1]
