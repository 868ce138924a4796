"""How a transfer goes from step to step. Pure; every path either ends or waits with the money in
one known place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from yunquan.funding.types import (
    BankResult,
    Direction,
    NewBinding,
    Step,
    Transfer,
    TransferState,
    TransferTerms,
)
from yunquan.kernel.errors import Refused
from yunquan.kernel.money import fen_to_text

MARKET_ZONE = timezone(timedelta(hours=8))
_BANK_ACCOUNT = re.compile(r"[0-9]{12,22}")
_KEY = re.compile(r"[\x21-\x7e]{1,80}")
_STEPS = {
    (Direction.IN, TransferState.REQUESTED): Step.ASK_BANK,
    (Direction.IN, TransferState.IN_DOUBT): Step.RESOLVE_BANK,
    (Direction.IN, TransferState.BANK_DONE): Step.DEPOSIT,
    (Direction.IN, TransferState.RETURNING): Step.RETURN_TO_BANK,
    (Direction.OUT, TransferState.REQUESTED): Step.WITHDRAW,
    (Direction.OUT, TransferState.WITHDRAWN): Step.ASK_BANK,
    (Direction.OUT, TransferState.IN_DOUBT): Step.RESOLVE_BANK,
    (Direction.OUT, TransferState.RETURNING): Step.RETURN_TO_ACCOUNT,
}
_BANK_CODES = {
    "B01_insufficient": "transfer.bank_insufficient",
    "B02_unknown_account": "transfer.bank_account_unknown",
    "B03_holder_mismatch": "transfer.holder_mismatch",
    "B04_limit": "transfer.bank_limit",
}


@dataclass(frozen=True, slots=True)
class Move:
    """To which state a transfer goes, and why if it doesn't succeed."""

    state: TransferState
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    bank_serial: str = ""


def next_step(transfer: Transfer) -> Step | None:
    """What is needed next; None at an end, or when a person is needed."""
    return _STEPS.get((transfer.direction, transfer.state))


def after_bank(transfer: Transfer, result: BankResult) -> Move:
    """Where the bank's answer leads. `unknown` is never taken for refused: the same order may
    still be on its way, so the caller asks again under the same serial."""
    if result.result == "done":
        is_in = transfer.direction is Direction.IN
        state = TransferState.BANK_DONE if is_in else TransferState.POSTED
        return Move(state, bank_serial=result.bank_serial)
    if result.result != "refused":
        return Move(TransferState.IN_DOUBT)
    if result.code == "B05_serial_reused":
        # Something else moved under our serial: what we believe of this transfer is wrong.
        return Move(TransferState.HELD, "transfer.serial_reused")
    code = _BANK_CODES.get(result.code, "transfer.bank_refused")
    refused = Move(TransferState.REFUSED, code, {"bank_code": result.code}, result.bank_serial)
    return refused if transfer.direction is Direction.IN else _returning(refused)


def after_silence(transfer: Transfer, was_sent: bool) -> Move:
    """The bank gave no answer. Not sent at all: nothing can have moved there."""
    if was_sent:
        return Move(TransferState.IN_DOUBT)
    refused = Move(TransferState.REFUSED, "transfer.bank_unreachable")
    return refused if transfer.direction is Direction.IN else _returning(refused)


def after_counter(transfer: Transfer, code: str, facts: dict[str, Any]) -> Move:
    """Where the counter's answer to a deposit or withdrawal leads; code "" if it was accepted."""
    if transfer.direction is Direction.OUT:
        return Move(TransferState.REFUSED, code, facts) if code else Move(TransferState.WITHDRAWN)
    # The bank's money is here and the account doesn't take it: send it back where it came from.
    return Move(TransferState.RETURNING, code, facts) if code else Move(TransferState.POSTED)


def after_return(transfer: Transfer, is_returned: bool) -> Move | None:
    """The money is back where it began, and the transfer refused for the reason it already has;
    or nobody takes it, which a person must settle. None: not known yet."""
    state = TransferState.REFUSED if is_returned else TransferState.HELD
    return Move(state, transfer.code, transfer.facts)


def _returning(refused: Move) -> Move:
    return Move(TransferState.RETURNING, refused.code, refused.facts, refused.bank_serial)


def terms_on(terms: Sequence[TransferTerms], bank: str, day: str) -> TransferTerms | None:
    """What this bank allows on an ISO day; None when nothing is agreed."""
    for each in terms:
        if each.bank == bank and each.from_day <= day and (not each.until_day or day < each.until_day):
            return each
    return None


def local_time(now_ms: int) -> datetime:
    """Wall-clock time in the market's zone; banks keep it, whatever day the market simulates."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(MARKET_ZONE)


def check_terms(
    terms: TransferTerms | None, amount_fen: int, today_fen: int, now_ms: int
) -> Refused | None:
    """today_fen: moved or moving today in this direction, without this one."""
    if terms is None:
        return Refused("transfer.no_terms")
    local = local_time(now_ms)
    is_closed = not terms.opens <= f"{local:%H:%M}" < terms.closes
    if is_closed or (terms.weekdays_only and local.isoweekday() > 5):
        return Refused("transfer.outside_hours", {"opens": terms.opens, "closes": terms.closes})
    if amount_fen < terms.least_fen:
        return Refused("transfer.below_least", {"least": fen_to_text(terms.least_fen)})
    if amount_fen > terms.most_fen:
        return Refused("transfer.above_most", {"most": fen_to_text(terms.most_fen)})
    if today_fen + amount_fen > terms.most_a_day_fen:
        left = max(terms.most_a_day_fen - today_fen, 0)
        return Refused("transfer.above_day", {"left": fen_to_text(left)})
    return None


def day_start_ms(now_ms: int) -> int:
    """Midnight in the market's zone, in ms since 1970 UTC."""
    local = local_time(now_ms).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(local.timestamp() * 1000)


def check_binding(new: NewBinding, client_name: str) -> Refused | None:
    """Own name only: money comes from and goes to the client, nobody else."""
    if not _BANK_ACCOUNT.fullmatch(new.bank_account):
        return Refused("transfer.bank_account_malformed")
    return None if new.holder == client_name else Refused("transfer.holder_mismatch")


def is_key(key: str) -> bool:
    """An idempotency key: 1 to 80 printable ASCII characters without spaces."""
    return bool(_KEY.fullmatch(key))


def mask_bank_account(number: str) -> str:
    """First and last four digits."""
    return f"{number[:4]} **** {number[-4:]}"


def command_id(transfer: Transfer) -> str:
    """The id of the counter's command that this transfer needs, the same at every attempt."""
    back = ":back" if transfer.state is TransferState.RETURNING else ""
    return f"funding:{transfer.id}{back}"


def return_serial(transfer: Transfer) -> str:
    """Our serial at the bank for sending money back."""
    return f"{transfer.id}-back"
