"""What comes next for a transfer, and what an answer makes of it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from yunquan.counter.types import Answer, Deposit, Withdraw
from yunquan.funding.types import (
    BankAnswer,
    BankRequest,
    BankResult,
    Direction,
    Initiator,
    Step,
    Transfer,
    TransferState,
)

# Longer than an adapter waits for an answer: whoever asked has given up by then.
PATIENCE_MS: Final = 15_000


def request_digest(direction: Direction, account: str, amount_fen: int) -> str:
    """Tells whether a repeated key carries the same request; passwords are no part of it."""
    body = f"{direction.value}\n{account}\n{amount_fen}"
    return hashlib.sha256(body.encode()).hexdigest()


def next_step(transfer: Transfer) -> Step:
    """What to do next. Derived from what is known to have happened, whatever the state is called.

    in: bank, then cash. out: cash, then bank; a bank that refuses has the cash given back. A bank
    that was asked and hasn't answered is not asked again: its file tells, or a reversal. What the
    bank began moves the cash only, or undoes that.
    """
    if transfer.ended_at_ms is not None:
        return Step.NOTHING
    if transfer.initiator is Initiator.BANK:
        return Step.MOVE_CASH if transfer.reversal_asked_at_ms is None else Step.UNDO
    if transfer.direction is Direction.OUT:
        if transfer.code:
            return Step.GIVE_BACK
        if transfer.cash_moved_at_ms is None:
            return Step.MOVE_CASH
    elif transfer.bank_done_at_ms is not None:
        return Step.MOVE_CASH
    return Step.ASK_BANK if transfer.bank_asked_at_ms is None else Step.WAIT


def bank_request(transfer: Transfer, password: str) -> BankRequest:
    """The transfer as the bank is told of it."""
    return BankRequest(
        str(transfer.id),
        transfer.direction,
        transfer.bank_account,
        transfer.holder,
        transfer.amount_fen,
        transfer.bank_day,
        password,
    )


def cash_command(transfer: Transfer) -> Deposit | Withdraw:
    """What moves the cash account's side, the same each time."""
    kind = Deposit if transfer.direction is Direction.IN else Withdraw
    return kind(f"funding:{transfer.id}", transfer.account, transfer.amount_fen, transfer.bank)


def give_back_command(transfer: Transfer) -> Deposit:
    """What returns the cash of a transfer out that the bank refused, the same each time."""
    command = f"funding:{transfer.id}:back"
    return Deposit(command, transfer.account, transfer.amount_fen, transfer.bank)


def undo_command(transfer: Transfer) -> Deposit | Withdraw:
    """What takes back the cash side of what the bank began, the same each time."""
    kind = Withdraw if transfer.direction is Direction.IN else Deposit
    return kind(f"funding:{transfer.id}:undo", transfer.account, transfer.amount_fen, transfer.bank)


def is_kept(transfer: Transfer, day: str) -> bool:
    """Whether the counter, on its trading day `day`, still knows the answer to the present command.

    It keeps answers on the day they were given and on the next one. A command first submitted on
    `command_day` was answered then or later, so on that same day, and for one roll of the day that
    comes between asking and submitting, a repeat is recognised.
    """
    return transfer.command_seq > 0 and transfer.command_day == day


def refused_now(transfer: Transfer, code: str, facts: Mapping[str, Any], at_ms: int) -> Transfer:
    """Ended: nothing has moved."""
    return replace(
        transfer,
        state=TransferState.REFUSED,
        code=code,
        facts=dict(facts),
        doubt="",
        awaits_file=False,
        refused_at_ms=at_ms,
        ended_at_ms=at_ms,
        moved_at_ms=at_ms,
    )


def posted_now(transfer: Transfer, at_ms: int) -> Transfer:
    """Ended: both sides have moved."""
    return replace(
        transfer, state=TransferState.POSTED, doubt="", ended_at_ms=at_ms, moved_at_ms=at_ms
    )


def doubted_now(transfer: Transfer, doubt: str, at_ms: int) -> Transfer:
    """The outcome of the present step isn't known. doubt: the code of why."""
    since = transfer.doubted_at_ms if transfer.doubt else at_ms
    return replace(
        transfer,
        state=TransferState.IN_DOUBT,
        doubt=doubt,
        doubted_at_ms=since,
        moved_at_ms=at_ms,
    )


def awaits_bank(transfer: Transfer, doubt: str, at_ms: int) -> Transfer:
    """The bank was asked and hasn't answered: its file of the day tells, or a reversal."""
    return replace(doubted_now(transfer, doubt, at_ms), awaits_file=True)


def is_overdue(transfer: Transfer, now_ms: int) -> bool:
    """Whether nobody can be waiting for the bank's answer any more."""
    return now_ms - (transfer.bank_asked_at_ms or 0) > PATIENCE_MS


def not_sent(transfer: Transfer, code: str, at_ms: int) -> Transfer:
    """Nothing has left for the bank, and nothing will: what had moved here is given back."""
    return bank_answered(transfer, BankAnswer(BankResult.REFUSED, code), at_ms)


def bank_answered(transfer: Transfer, answer: BankAnswer, at_ms: int) -> Transfer:
    """After the bank's answer to this serial."""
    known = replace(transfer, bank_serial=answer.bank_serial or transfer.bank_serial)
    if answer.result is BankResult.DONE:
        known = replace(known, bank_done_at_ms=at_ms, doubt="", awaits_file=False)
        known = replace(known, fee_fen=answer.fee_fen, moved_at_ms=at_ms)
        if known.direction is Direction.OUT:
            return posted_now(known, at_ms)
        return replace(known, state=TransferState.BANK_DONE)
    if answer.result not in (BankResult.REFUSED, BankResult.REVERSED):
        return awaits_bank(known, answer.code or "bank.outcome_unknown", at_ms)
    if known.direction is Direction.IN:
        return refused_now(known, answer.code, answer.facts, at_ms)
    return replace(
        known,
        state=TransferState.REQUESTED,
        code=answer.code,
        facts=dict(answer.facts),
        doubt="",
        awaits_file=False,
        refused_at_ms=at_ms,
        moved_at_ms=at_ms,
        # The cash is given back under a command of its own, not submitted yet.
        command_day="",
        command_seq=0,
    )


def cash_answered(transfer: Transfer, answer: Answer, at_ms: int) -> Transfer:
    """After the counter's answer to moving the cash."""
    if not answer.accepted:
        if transfer.direction is Direction.OUT or transfer.initiator is Initiator.BANK:
            return refused_now(transfer, answer.code, answer.facts, at_ms)
        # The money has left the bank and the account can't take it: staff must decide, not we.
        return doubted_now(transfer, answer.code, at_ms)
    moved = replace(transfer, cash_moved_at_ms=at_ms, doubt="", moved_at_ms=at_ms)
    if moved.direction is Direction.IN or moved.initiator is Initiator.BANK:
        return posted_now(moved, at_ms)
    return replace(moved, state=TransferState.REQUESTED)


def give_back_answered(transfer: Transfer, answer: Answer, at_ms: int) -> Transfer:
    """After the counter's answer to giving the cash back."""
    if not answer.accepted:
        return doubted_now(transfer, answer.code, at_ms)
    return replace(
        transfer,
        state=TransferState.REFUSED,
        doubt="",
        given_back_at_ms=at_ms,
        ended_at_ms=at_ms,
        moved_at_ms=at_ms,
    )


def undo_begun(transfer: Transfer, by: str, at_ms: int) -> Transfer:
    """Posted, and its initiator takes it back: a command of its own, not submitted yet."""
    return replace(
        transfer,
        state=TransferState.REQUESTED,
        reversal_asked_at_ms=at_ms,
        reversed_by=by,
        ended_at_ms=None,
        moved_at_ms=at_ms,
        command_day="",
        command_seq=0,
    )


def undo_answered(transfer: Transfer, answer: Answer, at_ms: int) -> Transfer:
    """After the counter's answer to undoing: reversed, or it stays posted as the cash is gone."""
    if not answer.accepted:
        kept = replace(transfer, facts={"reversal": answer.code}, proof="reversal_refused")
        return posted_now(kept, at_ms)
    ended = refused_now(transfer, "transfer.reversed", {}, at_ms)
    return replace(ended, given_back_at_ms=at_ms, proof="reversal")


def decide_reversal(transfer: Transfer) -> str:
    """Why we may not reverse it, "" if we may: only what we began, and only while in doubt."""
    if transfer.initiator is Initiator.BANK:
        return "transfer.not_ours_to_reverse"
    return "" if transfer.awaits_file else "transfer.not_in_doubt"


def facts_to_text(facts: Mapping[str, Any]) -> str:
    """Facts as they are stored."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


def facts_from_text(text: str) -> dict[str, Any]:
    """Facts as they were stored."""
    return dict(json.loads(text))
