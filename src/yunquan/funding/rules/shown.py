"""How people read a transfer, a bank's terms and their own cash. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from yunquan.funding.types import (
    Direction,
    Initiator,
    Transfer,
    TransferLine,
    TransferReason,
    TransferStep,
)
from yunquan.kernel.i18n import readable
from yunquan.kernel.money import fen_to_text

Text = Callable[..., str]
_SHOWN_DIGITS: Final = 4


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
        begun=transfer.initiator.value,
        fee=fen_to_text(transfer.fee_fen),
        note=_note(transfer, text),
    )


def _note(transfer: Transfer, text: Text) -> str:
    """What a doubt waits for, so that nobody tries again meanwhile."""
    if transfer.ended_at_ms is not None or not transfer.awaits_file:
        return ""
    return text(f"transfer.awaits.{transfer.direction.value}", day=transfer.bank_day)


def _reason(transfer: Transfer, text: Text) -> TransferReason | None:
    if not (code := transfer.doubt or transfer.code):
        return None
    shown = {} if transfer.doubt else readable(transfer.facts)
    return TransferReason(code, shown, text(code, **shown))


def _steps(transfer: Transfer, text: Text) -> tuple[TransferStep, ...]:
    incoming = transfer.direction is Direction.IN
    bank = (("bank_asked", transfer.bank_asked_at_ms), ("bank_done", transfer.bank_done_at_ms))
    cash = (("cash_in" if incoming else "cash_out", transfer.cash_moved_at_ms),)
    if transfer.initiator is Initiator.BANK:
        bank = (("begun_at_bank", transfer.bank_asked_at_ms),)
    made = (
        ("requested", transfer.requested_at_ms),
        *((*bank, *cash) if incoming else (*cash, *bank)),
        ("doubted", transfer.doubted_at_ms),
        ("reversal_asked", transfer.reversal_asked_at_ms),
        ("refused", transfer.refused_at_ms),
        ("given_back", transfer.given_back_at_ms),
    )
    found = [(name, at_ms) for name, at_ms in made if at_ms is not None]
    # Sorting is stable: steps within one millisecond stay in the order they are made in.
    found.sort(key=lambda step: step[1])
    return tuple(TransferStep(name, at_ms, text(f"transfer.step.{name}")) for name, at_ms in found)
