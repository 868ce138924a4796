"""What measuring again changes, and what stands, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.rulebook.rules.units import shown
from yunquan.thresholds import store
from yunquan.thresholds.events import WatchEnded
from yunquan.thresholds.rules.watches import (
    Changes,
    all_watches,
    compare,
    unit_of,
    watches_on,
)
from yunquan.thresholds.types import Measured, Standing, StandingLine, Watch

LONGEST_LIST: Final = 500


def changes_of(
    tx: ReadTx, room: str, names: Iterable[str], measured: Iterable[Measured]
) -> Changes:
    """Against what stands and the lines of today. names: see `watches.compare`."""
    standing = store.load_standing(tx, room)
    return compare(watches_on(tx.today(), room), names, measured, standing, tx.now_ms())


def keep(tx: Tx, room: str, found: Changes, alerts: Mapping[tuple[str, str], str]) -> None:
    """What stands from now on; an event for each figure that is back. alerts: of what was raised,
    by name and what it is of, where one was written.
    """
    now_ms = tx.now_ms()
    for one, line, before in found.raised:
        alert = alerts.get((one.name, one.about), "")
        standing = _standing(room, one, line, now_ms, alert)
        if before is None:
            store.insert_standing(tx, standing)
        else:
            store.update_standing(tx, msgspec.structs.replace(standing, since_ms=before.since_ms))
    for one, line, before in found.moved:
        moved = _standing(room, one, line, now_ms, before.alert)
        store.update_standing(tx, msgspec.structs.replace(moved, since_ms=before.since_ms))
    for standing in found.ended:
        store.delete_standing(tx, standing)
        code, about = f"{room}.{standing.name}", standing.about
        tx.emit(WatchEnded(code, about, standing.alert, standing.account, standing.since_ms))


def _standing(room: str, one: Measured, line: Watch, now_ms: int, alert: str) -> Standing:
    whom = (one.account, one.symbol, one.device)
    figures = (line.line, line.grade, one.value, now_ms, now_ms)
    return Standing(room, one.name, one.about, *figures, *whom, alert)


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
