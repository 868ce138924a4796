"""Driving a transfer on. Steps are safe to repeat.

Each step is asked for under an id that never changes, and written down in a transaction of its own
after the answer. So a crash anywhere only means asking the counter again; the bank is asked once,
and what it did then is told by its file. Several hands may drive the same transfer: whoever finds
the row changed goes on from what it says.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from yunquan.counter import Counters
from yunquan.counter.types import Answer, AskAccount
from yunquan.funding import rules, store
from yunquan.funding.events import TransferDoubted, TransferPosted, TransferRefused
from yunquan.funding.ports import NOT_SENT, Bank
from yunquan.funding.types import (
    BankAnswer,
    BankTerms,
    MarketMoment,
    Secrets,
    Step,
    Transfer,
    TransferState,
)
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import NotFound, Unavailable, YunquanError
from yunquan.kernel.transaction import Database, Tx
from yunquan.kernel.zone import MARKET_ZONE
from yunquan.security import Passwords
from yunquan.security.types import LockoutLimits

logger = logging.getLogger("yunquan.funding")

LOCKOUT = LockoutLimits()


@dataclass(frozen=True, slots=True)
class Funding:
    """What transfers need, one a process.

    banks: by code. passwords: hashes cash passwords. market_time: the market's day and minute, by
    which banks keep their hours; None while unknown, then the clock's. counter_logs: the databases
    that hold the counters' streams, by counter number; empty if `database` holds them all. Needed
    only for a transfer that is older than the counter's memory: without its log such a transfer
    stays in doubt.
    """

    database: Database
    counters: Counters
    banks: Mapping[str, Bank]
    clock: Clock
    passwords: Passwords
    terms: tuple[BankTerms, ...]
    market_time: Callable[[], MarketMoment | None] = lambda: None
    counter_logs: tuple[Database, ...] = ()
    lockout: LockoutLimits = LOCKOUT

    def moment(self) -> MarketMoment:
        """The market's time, else that of Shanghai."""
        if found := self.market_time():
            return found
        now = self.clock.now().astimezone(MARKET_ZONE)
        return MarketMoment(now.date().isoformat(), now.strftime("%H:%M"))

    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    def bank(self, code: str) -> Bank:
        """Raises Unavailable bank.not_sent for a bank that isn't ours any more."""
        found = self.banks.get(code)
        if found is None:
            raise Unavailable(NOT_SENT, bank=code)
        return found


class Overtaken(Exception):
    """Another hand has changed the row since it was read. current: as it is now."""

    def __init__(self, current: Transfer) -> None:
        super().__init__(current.id)
        self.current = current


def load(parts: Funding, transfer: str) -> Transfer:
    with parts.database.read() as tx:
        found = store.find_transfer(tx, transfer)
    if found is None:
        raise NotFound("transfer.unknown", transfer=transfer)
    return found


async def drive(parts: Funding, transfer: Transfer, secrets: Secrets | None = None) -> Transfer:
    """Step by step to the end, to a doubt, or to where only the bank's file can tell.

    secrets: what the client has typed, None when nobody is there: what hasn't been sent to the bank
    by then isn't sent any more.
    """
    while (step := rules.next_step(transfer)) is not Step.NOTHING:
        try:
            if step is Step.ASK_BANK:
                if secrets is None and parts.now_ms() - transfer.moved_at_ms <= rules.PATIENCE_MS:
                    return transfer
                transfer = await _ask_bank(parts, transfer, secrets)
            elif step is Step.WAIT:
                return await _wait(parts, transfer)
            else:
                transfer = await _STEPS[step](parts, transfer)
        except Overtaken as overtaken:
            transfer = overtaken.current
            continue
        except YunquanError as error:
            return await _doubt(parts, transfer, error.code)
        if transfer.state is TransferState.IN_DOUBT:
            break
    return transfer


async def _doubt(parts: Funding, transfer: Transfer, code: str) -> Transfer:
    """Write down why it can't go on. What the step itself wrote in between is kept."""
    current = await asyncio.to_thread(load, parts, transfer.id)
    if current.ended_at_ms is not None:
        return current
    try:
        return await save(parts, current, rules.doubted_now(current, code, parts.now_ms()))
    except Overtaken as overtaken:
        return overtaken.current


async def _ask_bank(parts: Funding, transfer: Transfer, secrets: Secrets | None) -> Transfer:
    """Ask the bank, once for ever."""
    if secrets is None:
        unsent = rules.not_sent(transfer, "transfer.not_sent", parts.now_ms())
        return await save(parts, transfer, unsent)
    bank = parts.bank(transfer.bank)
    # Written down before the sending, with the day whose file will list it: after a crash nobody
    # asks again.
    asked = replace(transfer, bank_asked_at_ms=parts.now_ms(), bank_day=bank.day)
    transfer = await save(parts, transfer, asked)
    try:
        answer = await bank.transfer(rules.bank_request(transfer, secrets.bank))
    except Unavailable as error:
        after = rules.awaits_bank if error.code != NOT_SENT else rules.not_sent
        return await save(parts, transfer, after(transfer, error.code, parts.now_ms()))
    return await save(parts, transfer, rules.bank_answered(transfer, answer, parts.now_ms()))


async def _wait(parts: Funding, transfer: Transfer) -> Transfer:
    """Say that it is in doubt, once nobody can be waiting for the answer any more."""
    now_ms = parts.now_ms()
    if transfer.awaits_file or not rules.is_overdue(transfer, now_ms):
        return transfer
    try:
        doubted = rules.awaits_bank(transfer, "bank.outcome_unknown", now_ms)
        return await save(parts, transfer, doubted)
    except Overtaken as overtaken:
        return overtaken.current


async def settle(parts: Funding, transfer: Transfer, answer: BankAnswer, proof: str) -> Transfer:
    """What the bank's file, or its word on a reversal, makes of a doubt. proof: which of them."""
    decided = rules.bank_answered(transfer, answer, parts.now_ms())
    try:
        transfer = await save(parts, transfer, replace(decided, proof=proof))
    except Overtaken as overtaken:
        transfer = overtaken.current
    return await drive(parts, transfer)


async def _move_cash(parts: Funding, transfer: Transfer) -> Transfer:
    transfer, answer = await _submit(parts, transfer, rules.cash_command(transfer))
    return await save(parts, transfer, rules.cash_answered(transfer, answer, parts.now_ms()))


async def _give_back(parts: Funding, transfer: Transfer) -> Transfer:
    transfer, answer = await _submit(parts, transfer, rules.give_back_command(transfer))
    return await save(parts, transfer, rules.give_back_answered(transfer, answer, parts.now_ms()))


async def _undo(parts: Funding, transfer: Transfer) -> Transfer:
    transfer, answer = await _submit(parts, transfer, rules.undo_command(transfer))
    return await save(parts, transfer, rules.undo_answered(transfer, answer, parts.now_ms()))


_STEPS: dict[Step, Callable[[Funding, Transfer], Awaitable[Transfer]]] = {
    Step.MOVE_CASH: _move_cash,
    Step.GIVE_BACK: _give_back,
    Step.UNDO: _undo,
}


async def _submit(parts: Funding, transfer: Transfer, command: Any) -> tuple[Transfer, Answer]:
    """The counter's one answer to this command, however long ago it was first submitted.

    Its day and log position are written down before the first submission. While that day lasts the
    counter recognises a repeat by itself. Later its log is read from that position to where the
    counter now is: it holds the answer, or the command never arrived and may be submitted.
    """
    client = parts.counters.of(transfer.account)
    view = await client.ask(AskAccount(transfer.account, 0))
    if view is None:
        raise Unavailable("account.unknown", account=transfer.account)
    if not rules.is_kept(transfer, view.day):
        if transfer.command_seq:
            found = await asyncio.to_thread(_find_answer, parts, transfer, command.id, view.seq)
            if found is not None:
                return transfer, found
        marked = replace(transfer, command_day=view.day, command_seq=view.seq)
        transfer = await save(parts, transfer, marked)
    # Stamped with that day, so that a message still under way can't take effect once ids of the day
    # are forgotten.
    dated = msgspec.structs.replace(command, day=transfer.command_day)
    return transfer, await client.submit(dated)


def _find_answer(parts: Funding, transfer: Transfer, command: str, last_seq: int) -> Answer | None:
    number = parts.counters.number_of(transfer.account)
    source = parts.counter_logs[number] if parts.counter_logs else parts.database
    with source.read() as tx:
        return store.find_answer(tx, f"counter-{number}", transfer.command_seq, last_seq, command)


async def save(parts: Funding, before: Transfer, after: Transfer) -> Transfer:
    """`after` as written. Raises Overtaken if another hand was quicker."""
    return await asyncio.to_thread(_save_now, parts, before, after)


def _save_now(parts: Funding, before: Transfer, after: Transfer) -> Transfer:
    after = replace(after, version=before.version + 1)
    with parts.database.transaction(actor="system") as tx:
        if not store.update_transfer(tx, before, after):
            current = store.find_transfer(tx, before.id)
            assert current is not None, "transfers are never deleted"
            raise Overtaken(current)
        tell(tx, before, after)
    return after


def tell(tx: Tx, before: Transfer, after: Transfer) -> None:
    """Emit what a change of state means to other rooms."""
    if after.state is before.state:
        return
    facts = {
        "transfer": str(after.id),
        "state": after.state.value,
        "code": after.doubt or after.code,
    }
    match after.state:
        case TransferState.IN_DOUBT:
            tx.emit(TransferDoubted(str(after.id), after.account, after.doubt))
            logger.warning("transfer in doubt", extra=facts)
        case TransferState.POSTED:
            tx.emit(
                TransferPosted(
                    str(after.id),
                    after.account,
                    after.direction,
                    after.amount_fen,
                    after.bank,
                    after.bank_serial,
                )
            )
            logger.info("transfer posted", extra=facts)
        case TransferState.REFUSED:
            tx.emit(
                TransferRefused(
                    str(after.id), after.account, after.direction, after.amount_fen, after.code
                )
            )
            logger.info("transfer refused", extra=facts)
