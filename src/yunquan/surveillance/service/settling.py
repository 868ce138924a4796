"""Figures that rooms measure by themselves become alerts, by the same event as those of rules: a
figure raises one when it passes its line, another when it passes the next, and none while it stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from yunquan import thresholds
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.surveillance.service.telling import write_alerts
from yunquan.surveillance.types import AlertId, AlertView
from yunquan.thresholds.rules.watches import LINE
from yunquan.thresholds.types import Measured, Watch

VERSION: Final = 1
# More alerts of one watch at once are a fall of the market, not so many findings: the rest stands
# without an alert of its own.
MOST_AT_ONCE: Final = 50


def is_settled(tx: ReadTx, room: str, names: Iterable[str], measured: Iterable[Measured]) -> bool:
    """Whether settling would change nothing: then no writer need wait for it."""
    return not thresholds.changes_of(tx, room, names, measured)


def settle(
    tx: Tx, room: str, names: Iterable[str], measured: Iterable[Measured]
) -> list[AlertView]:
    """Alerts of what is newly beyond a line, an end for what is back. names: see
    `watches.compare`.
    """
    found = thresholds.changes_of(tx, room, names, measured)
    told, many = dict[tuple[str, str], AlertView](), Counter[str]()
    for one, line, _ in found.raised:
        many[line.code] += 1
        if many[line.code] <= MOST_AT_ONCE:
            view = _alert(tx, one, line, flood=many[line.code] == MOST_AT_ONCE)
            told[one.name, one.about] = view
    thresholds.keep(tx, room, found, {whose: view.id for whose, view in told.items()})
    views = list(told.values())
    write_alerts(tx, views)
    return views


def _alert(tx: Tx, one: Measured, line: Watch, *, flood: bool) -> AlertView:
    values = {line.code: one.value, f"{line.code}.{LINE}": line.line} | one.beside
    subject = "account" if one.account else "instrument" if one.symbol else "device"
    now_ms = tx.now_ms()
    return AlertView(
        id=str(tx.ids.new(AlertId)),
        at_ms=now_ms,
        rule=line.code,
        version=VERSION,
        kind=line.kind,
        grade=line.grade,
        shadow=False,
        subject=subject,
        account=one.account,
        symbol=one.symbol,
        other="",
        device=one.device,
        began_ms=now_ms,
        flood=flood,
        values=values,
    )
