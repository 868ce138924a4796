"""Reads what staff did out of the log. Idempotent: the offset moves with the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from yunquan.audit import rules, store
from yunquan.clients import owner_of
from yunquan.kernel.readers import Reader, Recorded
from yunquan.kernel.transaction import Tx
from yunquan.security import list_staff

LONGEST_WHY = 600


def read_deeds(tx: Tx, items: Sequence[Recorded]) -> None:
    """Write down what these events say of staff."""
    actors = {str(one.id): f"staff:{one.subject}" for one in list_staff(tx)}
    for item in items:
        deed = rules.deed_of(item.event, lambda principal: actors.get(principal, ""))
        if deed is not None:
            client = deed.client or str((deed.account and owner_of(tx, deed.account)) or "")
            row = asdict(deed) | {"client": client, "why": deed.why[:LONGEST_WHY]}
            place = {"stream": item.stream, "seq": item.seq, "at_ms": item.at_ms}
            store.insert_deeds(tx, [place | row])
        if sequel := rules.sequel_of(item.event):
            store.save_sequel(tx, sequel)


AUDITING = Reader(store.READER, read_deeds)
