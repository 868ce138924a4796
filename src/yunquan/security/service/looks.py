"""Records of looks at sensitive data."""

from __future__ import annotations

from typing import Final

from yunquan.kernel.errors import Invalid
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.security import events, rules, store
from yunquan.security.types import (
    Look,
    LookId,
)

NOTED_AGAIN_AFTER_MS: Final = 15 * 60 * 1000
LONGEST_SUBJECT: Final = 60


def record_look(tx: Tx, subject: str, what: str, why: str) -> Look:
    """Keep that tx.actor looked: at whose, at what, and why. Raises Invalid look.reason_needed."""
    if refused := rules.check_reason(why):
        raise Invalid(refused.code, **refused.facts)
    look = Look(tx.ids.new(LookId), tx.now_ms(), tx.actor, subject, what, why.strip())
    store.insert_look(tx, look)
    tx.emit(events.Looked(str(look.id), look.actor, str(subject), what, look.why))
    return look


def note_look(tx: Tx, subject: str, what: str) -> None:
    """Keep that tx.actor saw what needs no reason; once a while, however often a page is fetched
    anew.
    """
    subject, now_ms = subject[:LONGEST_SUBJECT], tx.now_ms()
    if store.has_look_since(tx, tx.actor, subject, what, now_ms - NOTED_AGAIN_AFTER_MS):
        return
    look = Look(tx.ids.new(LookId), now_ms, tx.actor, subject, what, "")
    store.insert_look(tx, look)
    tx.emit(events.Looked(str(look.id), look.actor, subject, what, ""))


def list_looks(tx: ReadTx, subject: str | None = None, limit: int = 100) -> list[Look]:
    """Looks at one subject's data, or at anybody's; newest first."""
    return store.list_looks(tx, subject, limit)
