"""Paying in and out, and driving what a fault has left unfinished. Steps are safe to repeat.

Each step is asked for under an id that never changes, and written down in a transaction of its own
after the answer. So a crash anywhere only means asking again. Several hands may drive the same
transfer: whoever finds the row changed goes on from what it says.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from typing import Any

import msgspec

from yunquan.counter import Counters
from yunquan.counter.types import Answer, AskAccount
from yunquan.funding import rules, store
from yunquan.funding.events import (
    BankAccountBound,
    TransferDoubted,
    TransferPosted,
    TransferRefused,
    TransferRequested,
)
from yunquan.funding.ports import Bank
from yunquan.funding.types import (
    BankAnswer,
    BankResult,
    Binding,
    Direction,
    Step,
    Traffic,
    Transfer,
    TransferId,
    TransferLimit,
    TransferState,
    TransferTerms,
)
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable, YunquanError
from yunquan.kernel.money import LARGEST_MINOR, fen_to_text
from yunquan.kernel.transaction import Database, ReadTx, Tx

logger = logging.getLogger("yunquan.funding")

SIMULATED_BANK = "simbank"
SHANGHAI = timezone(timedelta(hours=8))
# A transfer that moved more lately is in somebody's hands, so a recovery leaves it to them.
QUIET_MS = 2_000
RECOVERED_AT_ONCE = 200
DRIVEN_SIDE_BY_SIDE = 8
LONGEST_LIST = 200
LONGEST_KEY = 80
LONGEST_BANK_ACCOUNT = 40
LONGEST_HOLDER = 80


@dataclass(frozen=True, slots=True)
class Funding:
    """What transfers need, one a process.

    counter_logs: the databases that hold the counters' streams, by counter number; empty if
    `database` holds them all. Needed only for a transfer that is older than the counter's memory:
    without its log such a transfer stays in doubt.
    """

    database: Database
    counters: Counters
    bank: Bank
    clock: Clock
    limits: tuple[TransferLimit, ...] = rules.DEFAULT_LIMITS
    counter_logs: tuple[Database, ...] = ()


class _Overtaken(Exception):
    """Another hand has changed the row since it was read. current: as it is now."""

    def __init__(self, current: Transfer) -> None:
        super().__init__(current.id)
        self.current = current


def bind(
    tx: Tx, account: str, bank_account: str, holder: str, bank: str = SIMULATED_BANK
) -> Binding:
    """Bind a cash account to its owner's bank account. holder: the client's name, as registered.

    The same again changes nothing. Raises Invalid for what no bank would take, Conflict if the
    account is bound to another.
    """
    plain = bank_account.isascii() and bank_account.isalnum()
    if not plain or len(bank_account) > LONGEST_BANK_ACCOUNT:
        raise Invalid("transfer.bank_account_malformed")
    if not holder.isprintable() or not 0 < len(holder) <= LONGEST_HOLDER:
        raise Invalid("transfer.holder_malformed")
    wanted = Binding(account, bank, bank_account, holder, tx.now_ms())
    known = store.find_binding(tx, account)
    if known is None:
        store.insert_binding(tx, wanted)
        tx.emit(BankAccountBound(account, bank))
        return wanted
    if replace(known, bound_at_ms=0) != replace(wanted, bound_at_ms=0):
        raise Conflict("transfer.already_bound", account=account)
    return known


async def pay_in(parts: Funding, caller: str, key: str, account: str, amount_fen: int) -> Transfer:
    """Move money from the bound bank account into the cash account 银行转证券.

    Returns it posted, refused, or in doubt; in doubt it is driven on by `recover`. The same caller
    and key: the same transfer. Raises Invalid, NotFound, Conflict command.reused, and Unavailable
    when it is not even written down: repeat with the same key.
    """
    return await _pay(parts, Direction.IN, caller, key, account, amount_fen)


async def pay_out(parts: Funding, caller: str, key: str, account: str, amount_fen: int) -> Transfer:
    """Move settled money from the cash account to the bound bank account 证券转银行.

    Otherwise as `pay_in`.
    """
    return await _pay(parts, Direction.OUT, caller, key, account, amount_fen)


async def resolve(parts: Funding, transfer: str) -> Transfer:
    """Drive one transfer on, asking for its own serial and command. Raises NotFound."""
    return await _drive(parts, await asyncio.to_thread(_load, parts, transfer))


async def recover(parts: Funding) -> int:
    """Drive on everything that nobody has touched for two seconds; how many came to an end."""
    waiting = await asyncio.to_thread(_unfinished, parts)
    free = asyncio.Semaphore(DRIVEN_SIDE_BY_SIDE)

    async def one(transfer: TransferId) -> bool:
        async with free:
            try:
                return (await resolve(parts, transfer)).ended_at_ms is not None
            except YunquanError as error:
                logger.warning("transfer waits", extra={"transfer": transfer, "reason": error.code})
                return False

    return sum(await asyncio.gather(*(one(transfer) for transfer in waiting)))


def load_transfer(tx: ReadTx, account: str, transfer: str) -> Transfer:
    """One transfer of an account. Raises NotFound, for another account's too."""
    found = store.find_transfer(tx, transfer)
    if found is None or found.account != account:
        raise NotFound("transfer.unknown", transfer=transfer)
    return found


def list_transfers(tx: ReadTx, account: str, before: str | None, limit: int) -> list[Transfer]:
    """Transfers of an account, newest first. before: a transfer's id, excluded."""
    return store.page_of_transfers(tx, account, before, max(1, min(limit, LONGEST_LIST)))


def load_traffic(tx: ReadTx, since_ms: int) -> Traffic:
    """What banks paid in and out since a moment, and what is under way."""
    return store.load_traffic(tx, since_ms)


def load_binding(tx: ReadTx, account: str) -> Binding:
    """The bank account of a cash account. Raises NotFound."""
    found = store.find_binding(tx, account)
    if found is None:
        raise NotFound("transfer.no_bank_account", account=account)
    return found


def load_terms(
    parts: Funding, tx: ReadTx, account: str, direction: Direction, text: rules.Text
) -> TransferTerms:
    """What may be transferred today, for a page that shows limits before they are hit."""
    binding = load_binding(tx, account)
    day = parts.clock.now().astimezone(SHANGHAI).date().isoformat()
    limit = rules.limit_on(parts.limits, direction, day)
    bank = text(f"bank.{binding.bank}")
    hours = {"opens": limit.opens, "closes": limit.closes}
    always = parts.bank.always_open
    return TransferTerms(
        direction=direction.value,
        bank=bank,
        bank_account=rules.masked(binding.bank_account),
        single=fen_to_text(limit.single_fen),
        day=fen_to_text(limit.day_fen),
        opens="00:00" if always else limit.opens,
        closes="24:00" if always else limit.closes,
        always_open=always,
        note=text("transfer.always_open", bank=bank) if always else text("transfer.hours", **hours),
    )


async def _pay(
    parts: Funding, direction: Direction, caller: str, key: str, account: str, amount_fen: int
) -> Transfer:
    if not 0 < amount_fen <= LARGEST_MINOR:
        raise Invalid("transfer.amount")
    if not 0 < len(key) <= LONGEST_KEY or not 0 < len(caller) <= LONGEST_KEY:
        raise Invalid("transfer.key")
    digest = rules.request_digest(direction, account, amount_fen)
    known = await asyncio.to_thread(_repeated, parts, caller, key, digest)
    if known is not None:
        return await _drive(parts, known)
    view = await parts.counters.of(account).ask(AskAccount(account, 0))
    if view is None:
        raise NotFound("account.unknown", account=account)

    def begin() -> Transfer:
        with parts.database.transaction(actor=caller) as tx:
            store.queue_requests(tx)
            earlier = _earlier(tx, caller, key, digest)
            if earlier is not None:
                return earlier
            now_ms = tx.now_ms()
            binding = load_binding(tx, account)
            asked = Transfer(
                id=tx.ids.new(TransferId),
                account=account,
                client=view.client,
                direction=direction,
                amount_fen=amount_fen,
                bank=binding.bank,
                bank_account=binding.bank_account,
                holder=binding.holder,
                day=view.day or _local(parts).date().isoformat(),
                caller=caller,
                request_key=key,
                digest=digest,
                state=TransferState.REQUESTED,
                requested_at_ms=now_ms,
                moved_at_ms=now_ms,
            )
            return _admit(parts, tx, asked)

    return await _drive(parts, await asyncio.to_thread(begin))


def _admit(parts: Funding, tx: Tx, asked: Transfer) -> Transfer:
    """Write a request down, refused at once if a limit or the hour is against it."""
    limit = rules.limit_on(parts.limits, asked.direction, asked.day)
    minute = "" if parts.bank.always_open else _local(parts).strftime("%H:%M")
    already_fen = store.asked_fen(tx, asked.account, asked.direction, asked.day)
    refusal = rules.decide_request(limit, asked.amount_fen, already_fen, minute)
    admitted = asked
    if refusal is not None:
        admitted = rules.refused_now(asked, refusal.code, refusal.facts, tx.now_ms())
    store.insert_transfer(tx, admitted)
    tx.emit(
        TransferRequested(
            str(asked.id), asked.account, asked.direction, asked.amount_fen, asked.bank, asked.day
        )
    )
    _tell(tx, asked, admitted)
    return admitted


def _local(parts: Funding) -> Any:
    return parts.clock.now().astimezone(SHANGHAI)


def _earlier(tx: ReadTx, caller: str, key: str, digest: str) -> Transfer | None:
    earlier = store.find_request(tx, caller, key)
    if earlier is not None and earlier.digest != digest:
        raise Conflict("command.reused", command=f"{caller}:{key}")
    return earlier


def _repeated(parts: Funding, caller: str, key: str, digest: str) -> Transfer | None:
    with parts.database.read() as tx:
        return _earlier(tx, caller, key, digest)


def _load(parts: Funding, transfer: str) -> Transfer:
    with parts.database.read() as tx:
        found = store.find_transfer(tx, transfer)
    if found is None:
        raise NotFound("transfer.unknown", transfer=transfer)
    return found


def _unfinished(parts: Funding) -> list[TransferId]:
    with parts.database.read() as tx:
        return store.unfinished_ids(tx, _now_ms(parts) - QUIET_MS, RECOVERED_AT_ONCE)


def _now_ms(parts: Funding) -> int:
    return to_ms(parts.clock.now())


async def _drive(parts: Funding, transfer: Transfer) -> Transfer:
    """Step by step to the end, or to a doubt."""
    while (step := rules.next_step(transfer)) is not Step.NOTHING:
        try:
            transfer = await _STEPS[step](parts, transfer)
        except _Overtaken as overtaken:
            transfer = overtaken.current
            continue
        except YunquanError as error:
            return await _doubt(parts, transfer, error.code)
        if transfer.state is TransferState.IN_DOUBT:
            break
    return transfer


async def _doubt(parts: Funding, transfer: Transfer, code: str) -> Transfer:
    """Write down why it can't go on. What the step itself wrote in between is kept."""
    current = await asyncio.to_thread(_load, parts, transfer.id)
    if current.ended_at_ms is not None:
        return current
    try:
        return await _save(parts, current, rules.doubted_now(current, code, _now_ms(parts)))
    except _Overtaken as overtaken:
        return overtaken.current


async def _ask_bank(parts: Funding, transfer: Transfer) -> Transfer:
    """Ask the bank for this serial: query it if it may have been sent before, else send it."""
    answer: BankAnswer | None = None
    if transfer.bank_asked_at_ms is None:
        # Written down before the first sending, so that a crash leads to the query.
        asked = replace(transfer, bank_asked_at_ms=_now_ms(parts))
        transfer = await _save(parts, transfer, asked)
    else:
        answer = await parts.bank.query(str(transfer.id))
    if answer is None or answer.result is BankResult.UNKNOWN:
        answer = await parts.bank.transfer(rules.bank_request(transfer))
    return await _save(parts, transfer, rules.bank_answered(transfer, answer, _now_ms(parts)))


async def _move_cash(parts: Funding, transfer: Transfer) -> Transfer:
    transfer, answer = await _submit(parts, transfer, rules.cash_command(transfer))
    return await _save(parts, transfer, rules.cash_answered(transfer, answer, _now_ms(parts)))


async def _give_back(parts: Funding, transfer: Transfer) -> Transfer:
    transfer, answer = await _submit(parts, transfer, rules.give_back_command(transfer))
    return await _save(parts, transfer, rules.give_back_answered(transfer, answer, _now_ms(parts)))


_STEPS: dict[Step, Callable[[Funding, Transfer], Awaitable[Transfer]]] = {
    Step.ASK_BANK: _ask_bank,
    Step.MOVE_CASH: _move_cash,
    Step.GIVE_BACK: _give_back,
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
        transfer = await _save(parts, transfer, marked)
    # Stamped with that day, so that a message still under way can't take effect once ids of the day
    # are forgotten.
    dated = msgspec.structs.replace(command, day=transfer.command_day)
    return transfer, await client.submit(dated)


def _find_answer(parts: Funding, transfer: Transfer, command: str, last_seq: int) -> Answer | None:
    number = parts.counters.number_of(transfer.account)
    source = parts.counter_logs[number] if parts.counter_logs else parts.database
    with source.read() as tx:
        return store.find_answer(tx, f"counter-{number}", transfer.command_seq, last_seq, command)


async def _save(parts: Funding, before: Transfer, after: Transfer) -> Transfer:
    """`after` as written. Raises _Overtaken if another hand was quicker."""
    return await asyncio.to_thread(_save_now, parts, before, after)


def _save_now(parts: Funding, before: Transfer, after: Transfer) -> Transfer:
    after = replace(after, version=before.version + 1)
    with parts.database.transaction(actor="system") as tx:
        if not store.update_transfer(tx, before, after):
            current = store.find_transfer(tx, before.id)
            assert current is not None, "transfers are never deleted"
            raise _Overtaken(current)
        _tell(tx, before, after)
    return after


def _tell(tx: Tx, before: Transfer, after: Transfer) -> None:
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
