"""Alerts become cases, in the order of the log, each once."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.cases.service import fold
from yunquan.kernel.readers import Reader, Recorded
from yunquan.kernel.transaction import Tx
from yunquan.surveillance.events import AlertRaised


def fold_all(tx: Tx, items: Sequence[Recorded]) -> None:
    """Fold the alerts among these events."""
    for item in items:
        if isinstance(item.event, AlertRaised):
            fold(tx, item.event)


FOLDING = Reader("cases", fold_all)
