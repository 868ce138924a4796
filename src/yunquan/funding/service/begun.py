"""What clients begin in their bank's app: taken once under the bank's serial, checked, answered;
and taken back, if the bank says so.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from yunquan.counter.types import AskAccount
from yunquan.funding import rules, store
from yunquan.funding.events import ReversalAsked
from yunquan.funding.service.drive import Funding, Overtaken, drive, load, save, settle
from yunquan.funding.service.transfers import admit, record
from yunquan.funding.types import (
    BankAnswer,
    BankResult,
    BegunTransfer,
    Binding,
    Initiator,
    Transfer,
    TransferId,
    TransferState,
)
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.kernel.transaction import Tx


async def answer_begun(parts: Funding, bank: str, asked: BegunTransfer) -> BankAnswer:
    """Our one answer to what a bank began: done, refused, or, taken back, reversed.

    Raises Unavailable while there is none yet: the bank asks again.
    """
    transfer = await _take(parts, bank, asked)
    if isinstance(transfer, BankAnswer):
        return transfer
    transfer = await drive(parts, transfer)
    if asked.undoes and transfer.state is TransferState.POSTED and not transfer.proof:
        transfer = await _undo(parts, bank, transfer)
    if transfer.ended_at_ms is None:
        raise Unavailable("bank.not_answered_yet", transfer=str(transfer.id))
    if transfer.state is TransferState.POSTED:
        return BankAnswer(BankResult.DONE)
    result = BankResult.REVERSED if asked.undoes else BankResult.REFUSED
    return BankAnswer(result, transfer.code)


async def reverse(parts: Funding, actor: str, transfer: str, basis: str) -> Transfer:
    """Take back what we began and don't know the outcome of 冲正: the bank undoes our serial, or
    bars it from coming. Without an answer the bank's file decides as before. The same again by the
    same person is the same reversal.

    Raises NotFound, Conflict transfer.not_ours_to_reverse or transfer.not_in_doubt.
    """
    found = await asyncio.to_thread(load, parts, transfer)
    if found.reversed_by == actor and found.ended_at_ms is not None:
        return found

    def begin() -> Transfer:
        if code := rules.decide_reversal(found):
            raise Conflict(code, transfer=transfer)
        asked = replace(found, reversal_asked_at_ms=parts.now_ms(), reversed_by=actor)
        with parts.database.transaction(actor=actor) as tx:
            asked = replace(asked, version=found.version + 1)
            if not store.update_transfer(tx, found, asked):
                raise Conflict("transfer.not_in_doubt", transfer=transfer)
            tx.emit(ReversalAsked(transfer, found.account, actor, basis))
        return asked

    asked = await asyncio.to_thread(begin)
    try:
        answer = await parts.bank(asked.bank).reverse(str(asked.id), asked.bank_day)
    except Unavailable as error:
        return await _still_in_doubt(parts, asked, error.code)
    if answer.result not in (BankResult.REVERSED, BankResult.REFUSED):
        return await _still_in_doubt(parts, asked, answer.code)
    code = "transfer.reversed" if answer.result is BankResult.REVERSED else answer.code
    return await settle(parts, asked, replace(answer, code=code), "reversal")


async def _still_in_doubt(parts: Funding, asked: Transfer, code: str) -> Transfer:
    try:
        return await save(parts, asked, rules.awaits_bank(asked, code, parts.now_ms()))
    except Overtaken as overtaken:
        return overtaken.current


async def _take(parts: Funding, bank: str, asked: BegunTransfer) -> Transfer | BankAnswer:
    """The transfer under the bank's serial, written down if it is new; or why it isn't ours."""
    bound = await asyncio.to_thread(_bound, parts, bank, asked.bank_account)
    if not bound:
        return BankAnswer(BankResult.REFUSED, "bank.not_bound")
    mine = next((one for one in bound if one.holder == asked.holder), bound[0])
    view = await parts.counters.of(mine.account).ask(AskAccount(mine.account, 0))
    if view is None:
        raise Unavailable("account.unknown", account=mine.account)
    day = view.day or parts.moment().day

    def begin() -> Transfer | BankAnswer:
        with parts.database.transaction(actor=f"bank:{bank}") as tx:
            store.queue_requests(tx)
            fresh = _new(tx, mine, asked, view.client, day)
            known = store.find_request(tx, fresh.caller, fresh.request_key)
            if known is None:
                return _admit(parts, tx, fresh, asked)
            same = known.digest == fresh.digest
            return known if same else BankAnswer(BankResult.REFUSED, "bank.serial_reused")

    return await asyncio.to_thread(begin)


def _bound(parts: Funding, bank: str, bank_account: str) -> list[Binding]:
    with parts.database.read() as tx:
        return store.find_bound(tx, bank, bank_account)


def _new(tx: Tx, mine: Binding, asked: BegunTransfer, client: str, day: str) -> Transfer:
    now_ms = tx.now_ms()
    return Transfer(
        id=tx.ids.new(TransferId),
        account=mine.account,
        client=client,
        direction=asked.direction,
        amount_fen=asked.amount_fen,
        bank=mine.bank,
        bank_account=asked.bank_account,
        holder=asked.holder,
        day=day,
        caller=f"bank:{mine.bank}",
        request_key=asked.bank_serial,
        digest=rules.request_digest(asked.direction, mine.account, asked.amount_fen),
        state=TransferState.REQUESTED,
        requested_at_ms=now_ms,
        moved_at_ms=now_ms,
        initiator=Initiator.BANK,
        bank_day=asked.day,
        bank_serial=asked.bank_serial,
        fee_fen=asked.fee_fen,
        bank_asked_at_ms=now_ms,
        bank_done_at_ms=now_ms,
    )


def _admit(parts: Funding, tx: Tx, fresh: Transfer, asked: BegunTransfer) -> Transfer:
    """Write it down: refused at once if it was taken back before it came, if the name is another,
    or if a limit is against it.
    """
    binding = store.find_binding(tx, fresh.account)
    own_name = binding is not None and binding.holder == asked.holder
    if asked.undoes or not own_name or asked.amount_fen <= 0:
        code = "transfer.reversed" if asked.undoes else "bank.holder_mismatch"
        refused = rules.refused_now(fresh, code, {}, tx.now_ms())
        record(tx, fresh, refused)
        return refused
    return admit(
        parts, tx, fresh, rules.terms_on(parts.terms, fresh.bank, fresh.direction, fresh.day)
    )


async def _undo(parts: Funding, bank: str, transfer: Transfer) -> Transfer:
    """The bank takes back what we have posted: once, whatever comes of it."""
    if transfer.reversal_asked_at_ms is None:
        begun = rules.undo_begun(transfer, f"bank:{bank}", parts.now_ms())
        try:
            transfer = await save(parts, transfer, begun)
        except Overtaken as overtaken:
            transfer = overtaken.current
    return await drive(parts, transfer)
