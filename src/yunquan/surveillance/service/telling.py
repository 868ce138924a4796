"""Alerts of the kernel become alerts people read of, written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from yunquan.indicators.rules.catalogue import CATALOGUE
from yunquan.indicators.rules.code import FLOOD
from yunquan.kernel.errors import Conflict
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.rulebook.types import RuleText
from yunquan.surveillance import store
from yunquan.surveillance.events import AlertRaised
from yunquan.surveillance.types import AlertView

ACTOR: Final = "surveillance"
# Among the places of sources: the first row whose alerts aren't written yet.
ROWS: Final = "rows"


def view_of(
    alert: Any,
    text: RuleText,
    version: int,
    subject: str,
    told: Mapping[int, float],
    name_of: Callable[[str, int], str],
    *,
    shadow: bool,
) -> AlertView:
    """An alert without its id. alert: a record of ALERT. told: by place in the catalogue what the
    rule looks at; name_of: of accounts, symbols or devices the name behind a number.
    """
    return AlertView(
        "",
        int(alert["at_ms"]),
        text.code,
        version,
        text.kind,
        text.grade,
        shadow,
        subject,
        name_of("accounts", int(alert["account"])),
        name_of("symbols", int(alert["symbol"])),
        name_of("accounts", int(alert["other"])),
        name_of("devices", int(alert["device"])),
        int(alert["began_ms"]),
        int(alert["flags"]) == FLOOD,
        {CATALOGUE[at].code: float(value) for at, value in told.items() if np.isfinite(value)},
    )


def write_alerts(tx: Tx, views: Sequence[AlertView]) -> None:
    """As rows, and as events but for those of rules in the shadow."""
    store.insert_alerts(tx, views, tx.now_ms())
    for view in views:
        if not view.shadow:
            tx.emit(_raised_event(view))


class AlertWriter:
    """Where who tells alerts apart from who reads the stream is with writing them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def begin(self) -> int:
        """The first row whose alerts aren't written. To be called before somebody reads on who
        doesn't write them: from then on it is kept apart from what was read.
        """
        with self.database.transaction(actor=ACTOR) as tx:
            until = told_until(tx)
            store.save_places(tx, {ROWS: until})
        return until

    def write(self, views: Sequence[AlertView], first_row: int, next_row: int) -> None:
        """All alerts of these rows, in one transaction with how far that is. Raises Conflict
        surveillance.told when somebody else has written them.
        """
        with self.database.transaction(actor=ACTOR) as tx:
            if (until := told_until(tx)) != first_row:
                raise Conflict("surveillance.told", row=first_row, until=until)
            write_alerts(tx, views)
            store.save_places(tx, {ROWS: next_row})


def told_until(tx: ReadTx) -> int:
    """The first row whose alerts aren't written."""
    places = store.load_places(tx)
    if ROWS in places:
        return places[ROWS]
    # Written before this was kept: whoever wrote a batch wrote its alerts with it.
    last = store.load_batches(tx, store.last_batch(tx), 1)
    return last[0].first_row if last else 0


def _raised_event(view: AlertView) -> AlertRaised:
    return AlertRaised(
        view.id,
        view.rule,
        view.version,
        view.kind,
        view.grade,
        view.subject,
        view.account,
        view.symbol,
        view.other,
        view.device,
        view.at_ms,
        view.began_ms,
        view.flood,
        view.values,
    )
