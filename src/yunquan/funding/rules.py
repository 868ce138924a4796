"""What may be transferred, what comes next for a transfer, and how people read it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from yunquan.counter.types import Answer, Deposit, Withdraw
from yunquan.funding.types import (
    BankAnswer,
    BankRequest,
    BankResult,
    Direction,
    Step,
    Transfer,
    TransferLimit,
    TransferLine,
    TransferReason,
    TransferState,
    TransferStep,
)
from yunquan.kernel.errors import Refused
from yunquan.kernel.i18n import readable
from yunquan.kernel.money import fen_to_text

Text = Callable[..., str]
_FIRM: Final = "F: decided by the firm; to be replaced by the custody contract with the bank"
# Hours as banks commonly keep them for custody transfers; a bank that is always open has none.
DEFAULT_LIMITS: Final = (
    TransferLimit(
        "1990-12-19", Direction.IN, 5_000_000_000, 20_000_000_000, "08:30", "16:00", _FIRM
    ),
    TransferLimit("1990-12-19", Direction.OUT, 500_000_000, 2_000_000_000, "08:30", "16:00", _FIRM),
)
_SHOWN_DIGITS: Final = 4


def limit_on(limits: Iterable[TransferLimit], direction: Direction, day: str) -> TransferLimit:
    """The row in force on an ISO day. A day before every row raises LookupError."""
    rows = [row for row in limits if row.direction is direction and row.effective_from <= day]
    if not rows:
        raise LookupError(f"no transfer limit for {direction} on {day}")
    return max(rows, key=lambda row: row.effective_from)


def decide_request(
    limit: TransferLimit, amount_fen: int, asked_today_fen: int, minute: str
) -> Refused | None:
    """Why a transfer may not begin; None if it may.

    asked_today_fen: what this account has asked for in this direction today, refused ones left out.
    minute: Shanghai wall-clock "HH:MM", or "" for a bank that is always open.
    """
    if minute and not limit.opens <= minute < limit.closes:
        hours = {"opens": limit.opens, "closes": limit.closes}
        return Refused("transfer.outside_window", hours)
    if amount_fen > limit.single_fen:
        return Refused("transfer.single_limit", {"limit_fen": limit.single_fen})
    left_fen = max(limit.day_fen - asked_today_fen, 0)
    if amount_fen > left_fen:
        facts = {"limit_fen": limit.day_fen, "left_fen": left_fen}
        return Refused("transfer.day_limit", facts)
    return None


def request_digest(direction: Direction, account: str, amount_fen: int) -> str:
    """Tells whether a repeated key carries the same request."""
    body = f"{direction.value}\n{account}\n{amount_fen}"
    return hashlib.sha256(body.encode()).hexdigest()


def next_step(transfer: Transfer) -> Step:
    """What to do next. Derived from what is known to have happened, whatever the state is called.

    in: bank, then cash. out: cash, then bank; a bank that refuses has the cash given back.
    """
    if transfer.ended_at_ms is not None:
        return Step.NOTHING
    if transfer.direction is Direction.IN:
        return Step.ASK_BANK if transfer.bank_done_at_ms is None else Step.MOVE_CASH
    if transfer.code:
        return Step.GIVE_BACK
    return Step.MOVE_CASH if transfer.cash_moved_at_ms is None else Step.ASK_BANK


def bank_request(transfer: Transfer) -> BankRequest:
    """The transfer as the bank is told of it, the same each time."""
    return BankRequest(
        str(transfer.id),
        transfer.direction,
        transfer.bank_account,
        transfer.holder,
        transfer.amount_fen,
    )


def cash_command(transfer: Transfer) -> Deposit | Withdraw:
    """What moves the cash account's side, the same each time."""
    kind = Deposit if transfer.direction is Direction.IN else Withdraw
    return kind(f"funding:{transfer.id}", transfer.account, transfer.amount_fen, transfer.bank)


def give_back_command(transfer: Transfer) -> Deposit:
    """What returns the cash of a transfer out that the bank refused, the same each time."""
    command = f"funding:{transfer.id}:back"
    return Deposit(command, transfer.account, transfer.amount_fen, transfer.bank)


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


def bank_answered(transfer: Transfer, answer: BankAnswer, at_ms: int) -> Transfer:
    """After the bank's answer to this serial."""
    known = replace(transfer, bank_serial=answer.bank_serial or transfer.bank_serial)
    if answer.result is BankResult.DONE:
        known = replace(known, bank_done_at_ms=at_ms, doubt="", moved_at_ms=at_ms)
        if known.direction is Direction.OUT:
            return posted_now(known, at_ms)
        return replace(known, state=TransferState.BANK_DONE)
    if answer.result is not BankResult.REFUSED:
        return doubted_now(known, answer.code or "bank.outcome_unknown", at_ms)
    if known.direction is Direction.IN:
        return refused_now(known, answer.code, answer.facts, at_ms)
    return replace(
        known,
        state=TransferState.REQUESTED,
        code=answer.code,
        facts=dict(answer.facts),
        doubt="",
        refused_at_ms=at_ms,
        moved_at_ms=at_ms,
        # The cash is given back under a command of its own, not submitted yet.
        command_day="",
        command_seq=0,
    )


def cash_answered(transfer: Transfer, answer: Answer, at_ms: int) -> Transfer:
    """After the counter's answer to moving the cash."""
    if not answer.accepted:
        if transfer.direction is Direction.OUT:
            return refused_now(transfer, answer.code, answer.facts, at_ms)
        # The money has left the bank and the account can't take it: staff must decide, not we.
        return doubted_now(transfer, answer.code, at_ms)
    moved = replace(transfer, cash_moved_at_ms=at_ms, doubt="", moved_at_ms=at_ms)
    if moved.direction is Direction.IN:
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


def masked(bank_account: str) -> str:
    """All but the last four characters hidden; of a short number everything."""
    if len(bank_account) <= 2 * _SHOWN_DIGITS:
        return "*" * len(bank_account)
    return f"**** {bank_account[-_SHOWN_DIGITS:]}"


def transfer_line(transfer: Transfer, text: Text) -> TransferLine:
    """A transfer as its owner sees it. text(code, **facts) gives sentences in their language."""
    return TransferLine(
        id=str(transfer.id),
        account=transfer.account,
        direction=transfer.direction.value,
        amount=fen_to_text(transfer.amount_fen),
        bank=text(f"bank.{transfer.bank}"),
        bank_account=masked(transfer.bank_account),
        state=transfer.state.value,
        state_text=text(f"transfer.state.{transfer.state.value}"),
        reason=_reason(transfer, text),
        created_at_ms=transfer.requested_at_ms,
        steps=_steps(transfer, text),
    )


def _reason(transfer: Transfer, text: Text) -> TransferReason | None:
    if not (code := transfer.doubt or transfer.code):
        return None
    shown = {} if transfer.doubt else readable(transfer.facts)
    return TransferReason(code, shown, text(code, **shown))


def _steps(transfer: Transfer, text: Text) -> tuple[TransferStep, ...]:
    incoming = transfer.direction is Direction.IN
    bank = (("bank_asked", transfer.bank_asked_at_ms), ("bank_done", transfer.bank_done_at_ms))
    cash = (("cash_in" if incoming else "cash_out", transfer.cash_moved_at_ms),)
    made = (
        ("requested", transfer.requested_at_ms),
        *((*bank, *cash) if incoming else (*cash, *bank)),
        ("doubted", transfer.doubted_at_ms),
        ("refused", transfer.refused_at_ms),
        ("given_back", transfer.given_back_at_ms),
    )
    found = [(name, at_ms) for name, at_ms in made if at_ms is not None]
    # Sorting is stable: steps within one millisecond stay in the order they are made in.
    found.sort(key=lambda step: step[1])
    return tuple(TransferStep(name, at_ms, text(f"transfer.step.{name}")) for name, at_ms in found)


def facts_to_text(facts: Mapping[str, Any]) -> str:
    """Facts as they are stored."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


def facts_from_text(text: str) -> dict[str, Any]:
    """Facts as they were stored."""
    return dict(json.loads(text))
