"""Deciding the subscription of a rights issue 配股缴款: within its window, up to what the account
is entitled to, with the cash at hand.

A subscription can't be taken back. Source: both exchanges' and the depository's guides to rights
issues (配股业务指南), by which a subscription that was sent is not withdrawn, one may subscribe
several times, and what isn't paid by the last day is given up.
"""

from __future__ import annotations

from typing import Any, Final

from yunquan.counter.events import CommandRefused, RightsSubscribed
from yunquan.counter.rules.checks import (
    NO_FACTS,
    Refusal,
    Ticket,
    no_account,
    stop_of,
    terms_of,
    who_refusal,
)
from yunquan.counter.rules.place import freeze_cash
from yunquan.counter.rules.reference import Reference
from yunquan.counter.rules.state import BUY, Account, State
from yunquan.counter.types import PlaceOrder, SubscribeRights
from yunquan.market.rules.fees import notional_fen

LARGEST_QTY: Final = 10**9
HIGHEST_PRICE: Final = 10**8
# The exchange takes subscriptions with the orders of its session.
OVER: Final = ("after_hours_entry", "after_hours", "closed")


def decide_subscribe(
    state: State, command: SubscribeRights, digest: int, reference: Reference
) -> Any:
    """RightsSubscribed with its freeze, or CommandRefused with the first check it fails."""
    account = state.accounts.get(command.account)
    refusal = _refusal(account, command, state, reference)
    if refusal is not None or account is None:
        assert refusal is not None
        return CommandRefused(
            command.id, digest, command.account, "subscribe_rights", refusal.code, refusal.facts
        )
    amount = notional_fen(command.price, command.qty)
    settling = account.book.cash.settling
    from_settling = settling if settling < amount else amount
    postings = freeze_cash(account.id, account.currency, from_settling, amount - from_settling)
    return RightsSubscribed(
        command.id,
        digest,
        command.account,
        command.action,
        command.symbol,
        command.qty,
        command.price,
        amount,
        command.entitled,
        reference.now_ms,
        postings,
    )


def _refusal(
    account: Account | None, command: SubscribeRights, state: State, reference: Reference
) -> Refusal | None:
    asked = PlaceOrder(
        command.id,
        command.account,
        command.symbol,
        BUY,
        command.price,
        command.qty,
        command.day,
    )
    refusal = who_refusal(account, Ticket(asked), state, reference)
    if refusal is not None or account is None:
        return refusal
    return (
        _not_now(account, command, state, reference)
        or _too_many(account, command)
        or _short_of_cash(account, command)
    )


def _not_now(
    account: Account, command: SubscribeRights, state: State, reference: Reference
) -> Refusal | None:
    """The window, the session and the firm's stops. The security itself is halted all through the
    window, which keeps nobody from subscribing.
    """
    if not command.first_day <= state.day <= command.last_day:
        return Refusal(
            "rights.outside_window",
            {"first_day": command.first_day, "last_day": command.last_day},
        )
    terms = terms_of(reference.instruments.get(command.symbol), command.symbol)
    if terms is None:
        return Refusal("order.instrument_unknown", {"symbol": command.symbol[:20]})
    elsewhere = no_account(account, terms.market)
    if elsewhere is not None:
        return elsewhere
    session = reference.sessions.get(terms.session)
    if session is None or session.name in OVER:
        return Refusal("rights.session_over", NO_FACTS)
    scope = stop_of(state, terms.market, command.symbol)
    if scope:
        stop = state.stops[scope]
        return Refusal(
            "order.stopped",
            {"scope": scope, "notice_zh": stop.notice_zh, "notice_en": stop.notice_en},
        )
    return None


def _too_many(account: Account, command: SubscribeRights) -> Refusal | None:
    qty: int = command.qty
    if not 0 < qty <= LARGEST_QTY or not 0 < command.price <= HIGHEST_PRICE or not command.action:
        return Refusal("order.quantity", {"qty": qty})
    rights = account.rights
    before = rights.get(command.action, (0, 0))[0] if rights is not None else 0
    if before + qty > command.entitled:
        left = max(command.entitled - before, 0)
        return Refusal("rights.more_than_entitled", {"qty": qty, "left": left})
    return None


def _short_of_cash(account: Account, command: SubscribeRights) -> Refusal | None:
    cash = account.book.cash
    amount = notional_fen(command.price, command.qty)
    if amount > cash.usable():
        return Refusal(
            "order.insufficient_cash", {"needed_fen": amount, "usable_fen": cash.usable()}
        )
    return None
