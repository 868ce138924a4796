"""The whole machine in two functions: which events a command leads to, and the first answer a
repeat gets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yunquan.counter import types as c
from yunquan.counter.rules import accounts
from yunquan.counter.rules.place import decide_place
from yunquan.counter.rules.reference import Reference
from yunquan.counter.rules.reports import decide_cancel, decide_report
from yunquan.counter.rules.state import Order, Outcome, State

CONFLICT = "command.reused"


def decide(state: State, command: Any, digest: int, reference: Reference) -> list[Any]:
    """Events of a new command, at least one for everything a person asked; none for a repeat.
    Pure.
    """
    if type(command) is c.PlaceOrder:
        return [decide_place(state, command, digest, reference)]
    if type(command) is c.VenueReport:
        event = decide_report(state, command, reference)
        return [] if event is None else [event]
    if type(command) is c.CancelOrder:
        return [decide_cancel(state, command, digest, reference)]
    if type(command) is c.RouteUnsent:
        return accounts.decide_route(state, command, reference)
    if type(command) is c.RollDay:
        return accounts.decide_roll(state, command, digest, reference)
    return [_ACCOUNT[type(command)](state, command, digest)]


_ACCOUNT: dict[type, Callable[[State, Any, int], Any]] = {
    c.OpenAccount: accounts.decide_open,
    c.Deposit: accounts.decide_deposit,
    c.Withdraw: accounts.decide_withdraw,
    c.TransferIn: accounts.decide_transfer_in,
    c.Restrict: accounts.decide_restrict,
    c.Release: accounts.decide_release,
    c.Freeze: accounts.decide_freeze,
    c.Unfreeze: accounts.decide_unfreeze,
}


def earlier_answer(state: State, command: str, digest: int) -> c.Answer | None:
    """The first answer to a command id of today or the trading day before; `command.reused` if its
    body differs.
    """
    order = state.placed.get(command)
    if order is None:
        order = state.placed_before.get(command)
    if order is not None:
        return answer_of_order(command, digest, order)
    outcome = state.answered.get(command)
    if outcome is None:
        outcome = state.answered_before.get(command)
    if outcome is None:
        return None
    return _answer_of_outcome(command, digest, outcome)


def answer_of_order(command: str, digest: int, order: Order) -> c.Answer:
    """What the place that made this order was answered: its name, or its refusal at the door."""
    if order.digest != digest:
        return c.Answer(command, CONFLICT)
    # `facts` are set only by a refusal here; a reason given later by the exchange is not part of
    # the first answer.
    if order.facts is not None:
        return c.Answer(command, order.reason, order.id, order.facts)
    return c.Answer(command, "", order.id)


def _answer_of_outcome(command: str, digest: int, outcome: Outcome) -> c.Answer:
    if outcome.digest != digest:
        return c.Answer(command, CONFLICT)
    return c.Answer(command, outcome.code, outcome.order, outcome.facts or {})
