"""Records of looks at sensitive data."""

from __future__ import annotations

from yunquan.kernel.errors import Invalid
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.security import events, rules, store
from yunquan.security.types import (
    Look,
    LookId,
)


def record_look(tx: Tx, subject: str, what: str, why: str) -> Look:
    """Keep that tx.actor looked: at whose, at what, and why. Raises Invalid look.reason_needed."""
    if refused := rules.check_reason(why):
        raise Invalid(refused.code, **refused.facts)
    look = Look(tx.ids.new(LookId), tx.now_ms(), tx.actor, subject, what, why.strip())
    store.insert_look(tx, look)
    tx.emit(events.Looked(str(look.id), look.actor, str(subject), what, look.why))
    return look


def list_looks(tx: ReadTx, subject: str | None = None, limit: int = 100) -> list[Look]:
    """Looks at one subject's data, or at anybody's; newest first."""
    return store.list_looks(tx, subject, limit)
