"""Alerts become cases, in the order of the log, each once; measures lifted or declined end."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.approvals.events import ProposalDeclined
from yunquan.cases.service import declined, fold, released
from yunquan.kernel.readers import Reader, Recorded
from yunquan.kernel.transaction import Tx
from yunquan.restrictions.events import AccountActDone
from yunquan.restrictions.rules import RELEASE
from yunquan.surveillance.events import AlertRaised


def fold_all(tx: Tx, items: Sequence[Recorded]) -> None:
    """Fold the alerts among these events, and end the measures that were lifted or declined."""
    for item in items:
        if isinstance(item.event, AlertRaised):
            fold(tx, item.event)
        elif isinstance(item.event, AccountActDone) and item.event.act == RELEASE:
            one = item.event
            released(tx, one.account, one.scope, one.second or one.by, one.text)
        elif isinstance(item.event, ProposalDeclined):
            declined(tx, item.event.proposal, item.event.by)


FOLDING = Reader("cases", fold_all)
