"""What every check stands on, and how it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from yunquan.archive import Archive
from yunquan.clients import Sealing
from yunquan.kernel.thresholds import DayThresholds
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.verification import events, store
from yunquan.verification.adapters.limits import load_limits
from yunquan.verification.ports import PoliceCheck, SmsSender
from yunquan.verification.types import Check, CheckKind, Noted, Outcome
from yunquan.vision import SpeechRecogniser, Vision, load_thresholds
from yunquan.vision.types import Finding

_THRESHOLDS = load_thresholds()


@dataclass(frozen=True, slots=True)
class VerificationParts:
    """Everything outside that checks ask."""

    database: Database
    sealing: Sealing
    archive: Archive
    vision: Vision
    police: PoliceCheck
    sms: SmsSender
    ears: SpeechRecogniser


def limits_on(tx: ReadTx) -> DayThresholds:
    """Of codes and tries."""
    return load_limits().on(tx.today())


def thresholds_on(tx: ReadTx) -> DayThresholds:
    """Of cards, faces, films and voices."""
    return _THRESHOLDS.on(tx.today())


def noted(findings: Sequence[Finding]) -> tuple[Noted, ...]:
    """What vision found, as this room keeps it."""
    return tuple(Noted(one.code, one.outcome, dict(one.facts)) for one in findings)


def keep_check(
    parts: VerificationParts,
    tx: Tx,
    owner: str,
    kind: CheckKind,
    outcome: Outcome,
    findings: Sequence[Noted],
    documents: Sequence[str],
    secret: object,
    took_ms: int,
) -> Check:
    """Append a try, with its secret sealed."""
    sealed = parts.sealing.vault.seal(msgspec.json.encode(secret).decode(), _context(kind, owner))
    found = (tx.now_ms(), outcome, tuple(findings), tuple(documents), took_ms)
    while True:
        check = Check(owner, kind, store.count_checks(tx, owner, kind) + 1, *found)
        if store.insert_check(tx, check, sealed):
            break
    codes = [one.code for one in findings if one.outcome != Outcome.PASS]
    tx.emit(
        events.IdentityChecked(
            owner, kind.value, check.number, outcome.value, codes, list(check.documents)
        )
    )
    return check


def open_secret(parts: VerificationParts, sealed: bytes, kind: CheckKind, owner: str) -> str:
    """What was sealed with a try; owner: the one it was sealed for."""
    return parts.sealing.vault.open(sealed, _context(kind, owner))


def _context(kind: CheckKind, owner: str) -> str:
    return f"verification:{kind.value}:{owner}"
