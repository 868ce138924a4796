"""What must hold of a counter's state after every event (architecture, section 6)."""

from __future__ import annotations

from collections import defaultdict

from yunquan.counter.adapters.snapshots import frames, state_digest, thaw
from yunquan.counter.rules.state import BUY, Order, State
from yunquan.counter.rules.views import account_orders
from yunquan.counter.types import OrderState
from yunquan.ledger.rules import negative, unbalanced

OPEN_STATES = frozenset(
    {
        OrderState.UNSENT,
        OrderState.SENDING,
        OrderState.SENT,
        OrderState.CANCELLING,
        OrderState.PARTLY_FILLED,
    }
)
END_STATES = frozenset(
    {OrderState.PARTLY_CANCELLED, OrderState.CANCELLED, OrderState.FILLED, OrderState.REJECTED}
)


def check_state(state: State) -> None:
    """Balanced, nothing negative, every order whole, every freeze explained by an open order or
    by a rights issue that is to be paid.
    """
    assert unbalanced(state.books) == {}
    assert negative(state.books) == []
    frozen: dict[tuple[str, str], int] = defaultdict(int)
    proceeds: dict[str, int] = defaultdict(int)
    for order in state.orders.values():
        check_order(order)
        if order.open:
            asset = state.accounts[order.account].currency if order.side == BUY else order.symbol
            frozen[order.account, asset] += order.frozen
            proceeds[order.account] += order.from_settling
    for one in state.accounts.values():
        for action, (qty, fen) in (one.rights or {}).items():
            assert qty > 0 < fen, f"{one.id} {action}"
            frozen[one.id, one.currency] += fen
    for account, book in state.books.clients.items():
        assert book.cash.frozen == frozen.pop((account, book.currency), 0), f"{account} cash"
        for symbol, position in book.positions.items():
            assert position.frozen == frozen.pop((account, symbol), 0), f"{account} {symbol}"
        for balance in (book.cash, *book.positions.values()):
            assert (
                balance.owned()
                == balance.available + balance.settling + balance.frozen + balance.held
            )
        # A day roll looks only at the accounts it knows to have something in settlement.
        waits = book.cash.settling or any(position.settling for position in book.positions.values())
        if waits or proceeds[account]:
            assert account in state.books.settling, (
                f"{account} would be forgotten when the day rolls"
            )
    assert not {place: amount for place, amount in frozen.items() if amount}, (
        "frozen for orders, not in the books"
    )
    check_indexes(state)


def check_order(order: Order) -> None:
    """One order: its figures, and that a closed one holds nothing."""
    what = order.id
    if order.state == OrderState.REJECTED:
        # What was refused here may have asked for any nonsense.
        assert (order.filled, order.cancelled, order.open) == (0, 0, False), what
        assert (order.frozen, order.from_settling) == (0, 0), what
        return
    assert 0 <= order.filled <= order.qty, what
    assert 0 <= order.cancelled <= order.qty - order.filled, what
    assert order.open == (order.state in OPEN_STATES), what
    assert order.open or order.state in END_STATES, what
    assert 0 <= order.from_settling <= order.frozen, what
    if order.open:
        assert order.remaining() > 0, what
        assert order.frozen >= order.remaining() if order.side != BUY else order.frozen > 0, what
        if order.side != BUY:
            assert order.frozen == order.qty - order.filled, what
        return
    assert (order.frozen, order.from_settling, order.executions) == (0, 0, None), what
    if order.state == OrderState.FILLED:
        assert (order.filled, order.cancelled) == (order.qty, 0), what
    else:
        assert order.filled + order.cancelled == order.qty, what
        assert (order.state == OrderState.PARTLY_CANCELLED) == bool(order.filled), what


def check_indexes(state: State) -> None:
    """What is kept twice for speed agrees with what it was made from."""
    working: dict[tuple[str, str], set[str]] = defaultdict(set)
    sides: dict[tuple[str, int], int] = defaultdict(int)
    bought: dict[tuple[str, str], int] = defaultdict(int)
    today: dict[str, list[str]] = defaultdict(list)
    for order in state.orders.values():
        if order.account in state.accounts:
            today[order.account].append(order.id)
            if order.open:
                working[order.account, order.symbol].add(order.id)
                sides[order.account, order.side] += 1
            if order.cap:
                counts = 0 if order.state == OrderState.REJECTED else order.qty - order.cancelled
                bought[order.account, order.symbol] += counts
    for account in state.accounts.values():
        mine = account_orders(state, account.id, len(state.orders))
        assert [order.id for order in reversed(mine)] == today[account.id]
        for symbol, orders in (account.working or {}).items():
            assert {order.id for order in orders} == working.pop((account.id, symbol))
        assert account.buys == sides[account.id, BUY]
        assert account.sells == sides[account.id, 3 - BUY]
        for symbol, qty in (account.bought or {}).items():
            assert qty == bought.pop((account.id, symbol), 0)
        assert account.book is state.books.clients[account.id]
    assert not working
    assert not any(bought.values())
    assert {o.id for o in state.answered.values() if isinstance(o, Order)} == {
        order.id for order in state.orders.values()
    }
    unsent = (order for order in state.orders.values() if order.state == OrderState.UNSENT)
    assert set(state.waiting) == {order.id for order in unsent if order.open}
    assert all(state.orders[order.id] is order for order in state.orders.values())


def shape(state: State) -> dict[str, object]:
    """What a snapshot doesn't hold but rebuilds, to compare."""
    return {
        account.id: (
            [order.id for order in account_orders(state, account.id, len(state.orders))],
            (account.buys, account.sells, account.bought or {}, list(state.waiting)),
            {
                symbol: sorted(order.id for order in orders)
                for symbol, orders in (account.working or {}).items()
            },
        )
        for account in state.accounts.values()
    }


def check_same(running: State, other: State, seq: int) -> None:
    """Byte for byte the same state, and the same of what is rebuilt beside it."""
    if state_digest(running, seq) != state_digest(other, seq):
        for one, another in zip(frames(running, seq), frames(other, seq), strict=False):
            assert one == another
    assert state_digest(running, seq) == state_digest(other, seq)
    assert shape(running) == shape(other)
    check_state(other)


def check_thaw(state: State, seq: int) -> None:
    """Snapshot and thaw give the same state."""
    thawed, at = thaw(iter(list(frames(state, seq))))
    assert at == seq
    check_same(state, thawed, seq)
