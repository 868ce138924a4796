"""Figures that rooms measure by themselves become alerts, by the same event as those of rules: a
figure raises one when it passes its line, another when it passes the next, and none while it stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.surveillance import store
from yunquan.surveillance.events import AlertRaised, WatchEnded
from yunquan.surveillance.rules.watches import (
    MOST_AT_ONCE,
    all_watches,
    compare,
    unit_of,
    watches_on,
)
from yunquan.surveillance.service.alerts import shown
from yunquan.surveillance.types import (
    AlertId,
    AlertView,
    Measured,
    Standing,
    StandingLine,
    Watch,
)

VERSION: Final = 1
LONGEST_LIST: Final = 500
LINE: Final = "line"


def is_settled(tx: ReadTx, room: str, names: Iterable[str], measured: Iterable[Measured]) -> bool:
    """Whether settling would change nothing: then no writer need wait for it."""
    standing = store.load_standing(tx, room)
    lines = watches_on(tx.today(), room)
    found = compare(lines, names, measured, standing, tx.now_ms())
    return not (found.raised or found.moved or found.ended)


def settle(
    tx: Tx, room: str, names: Iterable[str], measured: Iterable[Measured]
) -> list[AlertView]:
    """Alerts of what is newly beyond a line, an end for what is back. names: see
    `watches.compare`.
    """
    now_ms = tx.now_ms()
    found = compare(
        watches_on(tx.today(), room), names, measured, store.load_standing(tx, room), now_ms
    )
    told, many = list[AlertView](), Counter[str]()
    for one, line, before in found.raised:
        many[line.code] += 1
        view = _alert(tx, one, line, flood=many[line.code] == MOST_AT_ONCE)
        if many[line.code] <= MOST_AT_ONCE:
            told.append(view)
        standing = _standing(room, one, line, now_ms, view.id if view in told else "")
        if before is None:
            store.insert_standing(tx, standing)
        else:
            store.update_standing(tx, msgspec.structs.replace(standing, since_ms=before.since_ms))
    for one, line, before in found.moved:
        kept = {"since_ms": before.since_ms, "alert": before.alert}
        moved = msgspec.structs.replace(_standing(room, one, line, now_ms, ""), **kept)
        store.update_standing(tx, moved)
    for standing in found.ended:
        store.delete_standing(tx, standing)
        code, about = f"{room}.{standing.name}", standing.about
        tx.emit(WatchEnded(code, about, standing.alert, standing.account, standing.since_ms))
    store.insert_alerts(tx, told, now_ms)
    for view in told:
        tx.emit(_raised(view))
    return told


def _standing(room: str, one: Measured, line: Watch, now_ms: int, alert: str) -> Standing:
    whom = (one.account, one.symbol, one.device)
    figures = (line.line, line.grade, one.value, now_ms, now_ms)
    return Standing(room, one.name, one.about, *figures, *whom, alert)


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


def _raised(view: AlertView) -> AlertRaised:
    told: dict[str, Any] = msgspec.structs.asdict(view)
    del told["shadow"]
    return AlertRaised(alert=told.pop("id"), **told)


def standing_of(tx: ReadTx, room: str, locale: str) -> list[StandingLine]:
    """What is beyond its line now, most urgent first, in words."""
    return [_line(one, locale) for one in store.load_standing(tx, room, LONGEST_LIST)]


def _line(one: Standing, locale: str) -> StandingLine:
    rows = [
        row
        for row in all_watches()
        if (row.room, row.name, row.grade) == (one.room, one.name, one.grade)
    ]
    if not rows:
        return StandingLine(one, f"{one.room}.{one.name}", shown(one.value, ""), "")
    row = max(rows, key=lambda watch: watch.effective_from)
    title, unit = row.en if locale == "en" else row.zh, unit_of(row)
    return StandingLine(one, title, shown(one.value, unit), shown(one.line, unit))


def watches_of(day: str, room: str) -> Sequence[Watch]:
    """A room's lines in force, for people to read."""
    return [one for rows in watches_on(day, room).values() for one in rows]


def line_text(one: Watch) -> str:
    """A line with its unit."""
    return shown(one.line, unit_of(one))


def value_text(one: Watch, value: float) -> str:
    """A figure of a watch with its unit."""
    return shown(value, unit_of(one))


def load_standing(tx: ReadTx, room: str) -> list[Standing]:
    """What is beyond its line now, of one room, most urgent first."""
    return store.load_standing(tx, room, LONGEST_LIST)


def keep_picture(tx: Tx, name: str, picture: msgspec.Struct) -> None:
    """What was measured last, for the pages of other processes. One of each name is kept."""
    store.keep_picture(tx, name, msgspec.msgpack.encode(picture))


def load_picture(tx: ReadTx, name: str, decode: Callable[[bytes], Any]) -> tuple[int, Any] | None:
    """When it was measured, and what; None before the first, or when it is of an older make."""
    found = store.load_picture(tx, name)
    if found is None:
        return None
    try:
        return found[0], decode(found[1])
    except msgspec.MsgspecError:
        return None
