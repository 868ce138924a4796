"""Snapshots as files: one counter's whole state, in frames, closed by an SM3 digest; written aside
and renamed.

Layout (msgpack frames, each with four bytes of length): Head, AccountRow chunks, OrderRow chunks,
Rest, digest (32 bytes).
The same state always gives the same bytes.
"""

from __future__ import annotations

import gc
import logging
import os
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from cryptography.hazmat.primitives import hashes

from yunquan.counter.rules.state import (
    REJECTED,
    UNSENT,
    Account,
    Order,
    Outcome,
    ReportMark,
    State,
    Stop,
    by_id,
)
from yunquan.counter.rules.views import rates_of
from yunquan.counter.types import FeeRate, SecuritiesAccount
from yunquan.ledger.rules import Balance

logger = logging.getLogger("yunquan.counter")

VERSION = 4
ROWS_A_CHUNK = 20_000
KEPT = 2
_LENGTH = struct.Struct(">I")

Four = tuple[int, int, int, int]


class Head(msgspec.Struct, array_like=True):
    version: int
    name: str
    seq: int
    day: str
    day_before: str
    orders_today: int
    unmatched: int
    accounts: int
    orders: int
    day_ended: bool


class AccountRow(msgspec.Struct, array_like=True):
    id: str
    client: str
    kind: str
    currency: str
    securities: tuple[SecuritiesAccount, ...]
    permissions: tuple[str, ...]
    id_expires_on: str
    judicial: str
    restrictions: dict[str, str] | None
    cash: Four
    positions: dict[str, Four]
    plan: str = ""
    rates: tuple[FeeRate, ...] = ()
    rights: dict[str, tuple[int, int]] = {}


class OrderRow(msgspec.Struct, array_like=True):
    id: str
    digest: int
    account: str
    symbol: str
    side: int
    price: int
    qty: int
    state: int
    at_ms: int
    fees: Four | None
    frozen: int
    from_settling: int
    filled: int
    cancelled: int
    amount: int
    commission: int
    confirmed: bool
    cancel_wanted: bool
    open: bool
    executions: list[str] | None
    reason: str
    facts: dict[str, int | str] | None
    kind: str
    asked: int
    clock_s: int
    gateway: str
    t0: bool
    cap: int
    worth: int


class StopRow(msgspec.Struct, array_like=True):
    basis: str
    notice_zh: str
    notice_en: str
    since_ms: int
    command: str = ""


class OutcomeRow(msgspec.Struct, array_like=True):
    command: str
    digest: int
    code: str
    facts: dict[str, int | str] | None
    order: str


class Rest(msgspec.Struct, array_like=True):
    today: list[str]
    placed: list[tuple[str, str]]
    placed_before: list[tuple[str, str]]
    answered: list[OutcomeRow]
    answered_before: list[OutcomeRow]
    marks: dict[str, tuple[int, list[int]]]
    settling: list[str]
    house: dict[str, dict[str, int]]
    stops: dict[str, StopRow]
    gateway: str
    changed: StopRow | None = None


_encoder = msgspec.msgpack.Encoder()
_head = msgspec.msgpack.Decoder(Head)
_accounts = msgspec.msgpack.Decoder(list[AccountRow])
_orders = msgspec.msgpack.Decoder(list[OrderRow])
_rest = msgspec.msgpack.Decoder(Rest)


def _four(balance: Balance) -> Four:
    return (balance.available, balance.settling, balance.frozen, balance.held)


def _account_row(state: State, account: Account) -> AccountRow:
    book = account.book
    return AccountRow(
        account.id,
        account.client,
        account.kind,
        account.currency,
        account.securities,
        account.permissions,
        account.id_expires_on,
        account.judicial,
        account.restrictions,
        _four(book.cash),
        {symbol: _four(position) for symbol, position in book.positions.items()},
        account.plan,
        rates_of(account),
        account.rights or {},
    )


def _order_row(order: Order) -> OrderRow:
    fees = order.fees
    rates = (
        (fees.commission_e8, fees.commission_min, fees.stamp_e8, fees.transfer_e8) if fees else None
    )
    return OrderRow(
        order.id,
        order.digest,
        order.account,
        order.symbol,
        order.side,
        order.price,
        order.qty,
        order.state,
        order.at_ms,
        rates,
        order.frozen,
        order.from_settling,
        order.filled,
        order.cancelled,
        order.amount,
        order.commission,
        order.confirmed,
        order.cancel_wanted,
        order.open,
        order.executions,
        order.reason,
        order.facts,
        order.kind,
        order.asked,
        order.clock_s,
        order.gateway,
        order.t0,
        order.cap,
        order.worth,
    )


def _outcomes(answered: dict[str, Order | Outcome]) -> list[OutcomeRow]:
    return [
        OutcomeRow(command, first.digest, first.code, first.facts, first.order)
        for command, first in answered.items()
        if isinstance(first, Outcome)
    ]


def _places(answered: dict[str, Order | Outcome]) -> list[tuple[str, str]]:
    return [(command, first.id) for command, first in answered.items() if isinstance(first, Order)]


def _answers(
    places: list[tuple[str, str]], outcomes: list[OutcomeRow], orders: dict[str, Order]
) -> dict[str, Order | Outcome]:
    answered: dict[str, Order | Outcome] = by_id()
    answered.update((command, orders[name]) for command, name in places)
    answered.update((o.command, Outcome(o.digest, o.code, o.facts, o.order)) for o in outcomes)
    return answered


def frames(state: State, seq: int) -> Iterator[bytes]:
    """The state as the frames of a snapshot, without the digest. seq: the last event it
    includes.
    """
    before = state.answered_before.values()
    known = {order.id: order for order in before if isinstance(order, Order)}
    known.update((order.id, order) for order in state.orders.values())
    yield _encoder.encode(
        Head(
            VERSION,
            state.name,
            seq,
            state.day,
            state.day_before,
            state.orders_today,
            state.unmatched,
            len(state.accounts),
            len(known),
            state.day_ended,
        )
    )
    yield from _chunks(_account_row(state, account) for account in state.accounts.values())
    yield from _chunks(_order_row(order) for order in known.values())
    yield _encoder.encode(
        Rest(
            [order.id for order in state.orders.values()],
            _places(state.answered),
            _places(state.answered_before),
            _outcomes(state.answered),
            _outcomes(state.answered_before),
            {gateway: (mark.next, sorted(mark.ahead)) for gateway, mark in state.marks.items()},
            state.books.settling,
            state.books.house,
            {scope: _stop_row(stop) for scope, stop in state.stops.items()},
            state.gateway,
            _stop_row(state.changed) if state.changed else None,
        )
    )


def _stop_row(stop: Stop) -> StopRow:
    return StopRow(stop.basis, stop.notice_zh, stop.notice_en, stop.since_ms, stop.command)


def _chunks(rows: Iterator[Any]) -> Iterator[bytes]:
    while chunk := list(islice(rows, ROWS_A_CHUNK)):
        yield _encoder.encode(chunk)


def state_digest(state: State, seq: int) -> str:
    """SM3 over the snapshot of this state, in hex: equal digests mean equal states, byte for
    byte.
    """
    digest = hashes.Hash(hashes.SM3())
    for body in frames(state, seq):
        digest.update(body)
    return digest.finalize().hex()


def thaw(bodies: Iterator[bytes]) -> tuple[State, int]:
    """The state and its sequence from the frames of a snapshot."""
    head = _head.decode(next(bodies))
    if head.version != VERSION:
        raise ValueError(f"snapshot version {head.version}, this program reads {VERSION}")
    state = State(head.name)
    state.day, state.day_before = head.day, head.day_before
    state.day_ended = head.day_ended
    state.orders_today, state.unmatched = head.orders_today, head.unmatched
    interned: dict[str, str] = {}
    while len(state.accounts) < head.accounts:
        for row in _accounts.decode(next(bodies)):
            _thaw_account(state, row, interned)
    known: dict[str, Order] = {}
    while len(known) < head.orders:
        for row in _orders.decode(next(bodies)):
            known[row.id] = _thaw_order(state, row, interned)
    _thaw_rest(state, _rest.decode(next(bodies)), known)
    return state, head.seq


def _thaw_account(state: State, row: AccountRow, words: dict[str, str]) -> None:
    currency = words.setdefault(row.currency, row.currency)
    kind = words.setdefault(row.kind, row.kind)
    account = state.open(row.id, row.client, kind, currency, row.securities, row.permissions)
    account.id_expires_on = words.setdefault(row.id_expires_on, row.id_expires_on)
    account.judicial, account.restrictions = row.judicial, row.restrictions
    account.rights = row.rights or None
    book = account.book
    book.cash = Balance(*row.cash)
    state.charge(account, row.plan, row.rates)
    book.positions = {words.setdefault(s, s): Balance(*four) for s, four in row.positions.items()}


def _thaw_order(state: State, row: OrderRow, words: dict[str, str]) -> Order:
    symbol = words.setdefault(row.symbol, row.symbol)
    account = state.accounts.get(row.account)
    name = account.id if account else row.account
    order = Order(
        row.id, row.digest, name, symbol, row.side, row.price, row.qty, row.state, row.at_ms
    )
    order.fees = state.fees(*row.fees) if row.fees else None
    order.frozen, order.from_settling = row.frozen, row.from_settling
    order.filled, order.cancelled = row.filled, row.cancelled
    order.amount, order.commission = row.amount, row.commission
    order.confirmed, order.cancel_wanted, order.open = row.confirmed, row.cancel_wanted, row.open
    order.executions, order.reason, order.facts = row.executions, row.reason, row.facts
    order.kind, order.gateway = words.setdefault(row.kind, row.kind), row.gateway
    order.asked, order.clock_s, order.worth = row.asked, row.clock_s, row.worth
    order.t0, order.cap = row.t0, row.cap
    if order.open and account:
        account.begin(order)
        state.open_orders += 1
    return order


def _thaw_rest(state: State, rest: Rest, known: dict[str, Order]) -> None:
    for name in rest.today:
        order = known[name]
        state.orders.add(order)
        if order.open and order.state == UNSENT:
            state.waiting[name] = True
        if account := state.accounts.get(order.account):
            order.earlier, account.latest = account.latest, len(state.orders)
            if order.cap:
                rejected = order.state == REJECTED
                counted = 0 if rejected else order.qty - order.cancelled
                account.count_bought(order.symbol, counted)
    state.answered = _answers(rest.placed, rest.answered, known)
    state.answered_before = _answers(rest.placed_before, rest.answered_before, known)
    for gateway, (following, ahead) in rest.marks.items():
        mark = ReportMark(following)
        mark.ahead = dict.fromkeys(ahead, True)
        state.marks[gateway] = mark
    for account_id in rest.settling:
        state.books.settles(account_id)
    state.books.house = rest.house
    for scope, stop in rest.stops.items():
        state.stops[scope] = _thaw_stop(stop)
    state.gateway = rest.gateway
    state.changed = _thaw_stop(rest.changed) if rest.changed else None


def _thaw_stop(row: StopRow) -> Stop:
    return Stop(row.basis, row.notice_zh, row.notice_en, row.since_ms, row.command)


class SnapshotFiles:
    """Snapshots in a folder, newest kept, one before it as a spare."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, state: State, seq: int) -> None:
        """Write whole or not at all; older snapshots beyond the spare are removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"counter-{state.name}-{seq:015d}.snapshot"
        draft = path.with_suffix(".draft")
        digest = hashes.Hash(hashes.SM3())
        with draft.open("wb") as file:
            for body in frames(state, seq):
                digest.update(body)
                file.write(_LENGTH.pack(len(body)) + body)
            closing = digest.finalize()
            file.write(_LENGTH.pack(len(closing)) + closing)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        for old in self._paths(state.name)[KEPT:]:
            old.unlink()

    def load(self, name: str) -> tuple[State, int] | None:
        """The newest snapshot whose digest holds; a damaged one is named in the log and the spare
        is used.
        """
        for path in self._paths(name):
            try:
                return self._read(path)
            except (OSError, ValueError, msgspec.MsgspecError, StopIteration, KeyError) as error:
                logger.warning(
                    "snapshot unusable", extra={"path": path.name, "reason": repr(error)}
                )
        return None

    def _paths(self, name: str) -> list[Path]:
        return sorted(self.folder.glob(f"counter-{name}-*.snapshot"), reverse=True)

    def _read(self, path: Path) -> tuple[State, int]:
        digest = hashes.Hash(hashes.SM3())
        size = path.stat().st_size
        with path.open("rb") as file:
            for body in _bodies(file):
                if file.tell() == size:
                    if body != digest.finalize():
                        raise ValueError("digest does not match")
                    break
                digest.update(body)
            else:
                raise ValueError("no digest at the end")
            file.seek(0)
            enabled = gc.isenabled()
            # Millions of live objects: each collection would walk them all for nothing.
            gc.disable()
            try:
                return thaw(_bodies(file))
            finally:
                if enabled:
                    gc.enable()


def _bodies(file: BinaryIO) -> Iterator[bytes]:
    while head := file.read(_LENGTH.size):
        if len(head) < _LENGTH.size:
            raise ValueError("cut off inside a length")
        (length,) = _LENGTH.unpack(head)
        body = file.read(length)
        if len(body) < length:
            raise ValueError("cut off inside a frame")
        yield body
