"""Writes down what is subscribed, as the counters' logs have it. Idempotent: the offset moves with
the rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.counter.events import RightsSubscribed
from yunquan.kernel.readers import Reader, Recorded
from yunquan.kernel.transaction import Tx
from yunquan.rights.store import insert_subscriptions
from yunquan.rights.types import Subscription


def note(tx: Tx, items: Sequence[Recorded]) -> None:
    """Keep every subscription."""
    insert_subscriptions(
        tx,
        [
            Subscription(
                item.stream,
                item.seq,
                item.event.action,
                item.event.account,
                item.event.qty,
                item.event.amount,
                item.event.at_ms or item.at_ms,
            )
            for item in items
            if isinstance(item.event, RightsSubscribed)
        ],
    )


SUBSCRIBING = Reader("rights", note)
