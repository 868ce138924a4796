"""The whole machine: which events a command leads to, and the first answer a repeat gets."""

from __future__ import annotations

import struct
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

import msgspec

from yunquan.counter import types as c
from yunquan.counter.rules import accounts, entries, rights, switches
from yunquan.counter.rules.apply import apply
from yunquan.counter.rules.place import decide_place
from yunquan.counter.rules.reference import Reference
from yunquan.counter.rules.reports import decide_cancel, decide_report
from yunquan.counter.rules.state import Order, Outcome, State
from yunquan.kernel.ids import plain

CONFLICT = "command.reused"
_encoder: Final = msgspec.msgpack.Encoder(enc_hook=plain)
_NUMBER: Final = struct.Struct(">Q")


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
        return switches.decide_route(state, command, reference)
    if type(command) is c.RollDay:
        return accounts.decide_roll(state, command, digest, reference)
    if type(command) is c.MoveCash:
        return accounts.decide_move(state, command, digest)
    if type(command) is c.CloseDay:
        return accounts.decide_close(state, command, digest)
    if type(command) is c.SubscribeRights:
        return [rights.decide_subscribe(state, command, digest, reference)]
    if isinstance(command, c.StopTrading | c.ResumeTrading | c.UseGateway):
        return [_SWITCH[type(command)](state, command, digest, reference)]
    return [_ACCOUNT[type(command)](state, command, digest)]


_SWITCH: dict[type, Callable[[State, Any, int, Reference], Any]] = {
    c.StopTrading: switches.decide_stop,
    c.ResumeTrading: switches.decide_resume,
    c.UseGateway: switches.decide_gateway,
}


_ACCOUNT: dict[type, Callable[[State, Any, int], Any]] = {
    c.OpenAccount: accounts.decide_open,
    c.Deposit: accounts.decide_deposit,
    c.Withdraw: accounts.decide_withdraw,
    c.TransferIn: accounts.decide_transfer_in,
    c.Restrict: accounts.decide_restrict,
    c.Release: accounts.decide_release,
    c.Freeze: accounts.decide_freeze,
    c.Unfreeze: accounts.decide_unfreeze,
    c.BookEntries: entries.decide_book,
    c.SetFeePlan: entries.decide_fee_plan,
    c.Designate: accounts.decide_designate,
    c.GrantPermission: accounts.decide_permission,
}


def take(state: State, command: Any, reference: Reference, events: list[Any]) -> c.Answer:
    """Decide a command and apply what it leads to, adding those events to `events`; a repeat gets
    its first answer and leads to nothing.
    """
    if type(command) is c.VenueReport:
        digest = 0
    else:
        digest = digest_of(command)
        earlier = earlier_answer(state, command.id, digest)
        if earlier is not None:
            return earlier
    for event in decide(state, command, digest, reference):
        apply(state, event)
        events.append(event)
    if type(command) is c.VenueReport:
        return c.Answer(command.id)
    if type(command) is c.PlaceOrder:
        # Every place makes an order, refused or not, and this is it: no need to look it up.
        return _answer_of(command.id, digest, state.orders.at(len(state.orders)))
    first = state.answered.get(command.id)
    return c.Answer(command.id) if first is None else _answer_of(command.id, digest, first)


def digest_of(command: Any) -> int:
    """63 bits that tell whether a repeated command id carries the same body."""
    digest = blake2b(_encoder.encode(command), digest_size=8).digest()
    return int(_NUMBER.unpack(digest)[0]) >> 1


def earlier_answer(state: State, command: str, digest: int) -> c.Answer | None:
    """The first answer to a command id of today or the trading day before; `command.reused` if its
    body differs.
    """
    found = state.answered.get(command)
    if found is None:
        found = state.answered_before.get(command)
    return None if found is None else _answer_of(command, digest, found)


def _answer_of(command: str, digest: int, first: Order | Outcome) -> c.Answer:
    """A place was answered with its order's name, or its refusal at the door."""
    if first.digest != digest:
        return c.Answer(command, CONFLICT)
    if isinstance(first, Outcome):
        return c.Answer(command, first.code, first.order, first.facts or {})
    # `facts` are set only by a refusal here; a reason given later by the exchange is not part of
    # the first answer.
    if first.facts is not None:
        return c.Answer(command, first.reason, first.id, first.facts)
    return c.Answer(command, "", first.id)
