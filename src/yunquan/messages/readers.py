"""Turns what the log says into messages. A message is named by its place in the log, so that the
same event tells once.
"""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.kernel.readers import Reader, Recorded
from yunquan.kernel.transaction import Tx
from yunquan.messages import rules, store
from yunquan.messages.types import Message


def tell(tx: Tx, items: Sequence[Recorded]) -> None:
    """Write down what these events tell."""
    found = [
        Message(
            f"{item.stream}.{item.seq:012d}.{place:04d}",
            told.account,
            told.kind,
            told.code,
            told.facts,
            told.ref,
            item.at_ms,
        )
        for item in items
        for place, told in enumerate(rules.told_by(item.event))
    ]
    if found:
        store.insert_messages(tx, found)


TELLING = Reader("messages", tell)
