"""The office of operations: what is wrong now, for pages and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from yunquan.kernel.transaction import Database
from yunquan.operations.service.watch import PICTURE, ROOM
from yunquan.operations.types import Gauge, GaugeLine, OperationsBoard, OperationsPicture
from yunquan.thresholds import line_text, load_picture, load_standing, value_text
from yunquan.thresholds.rules.watches import figure_names, watches_on
from yunquan.thresholds.types import Standing, Watch

# Where what is wrong is mended.
LINKS: Final = {
    "ops_orders": "/staff/orders",
    "ops_stuck": "/staff/orders",
    "ops_latency": "/cockpit",
    "ops_link": "/staff/switches",
    "ops_feed": "/cockpit",
    "ops_readers": "/cockpit",
    "ops_books": "/staff/ledger",
    "ops_settlement": "/staff/transfers",
    "ops_logins": "/staff/audit",
    "ops_staff": "/staff/audit",
}
LINK_OF: Final = {"day_end": "/staff/dayend"}
decode: Final[Any] = msgspec.msgpack.Decoder(OperationsPicture).decode


class OperationsOffice:
    """Reads what was measured last; measures nothing itself."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def board(self, locale: str) -> OperationsBoard:
        """What is wrong first, then what is well."""
        with self.database.read() as tx:
            found = load_picture(tx, PICTURE, decode)
            standing, lines = load_standing(tx, ROOM), watches_on(tx.today(), ROOM)
        at_ms, picture = found or (0, OperationsPicture(0, "", (), ()))
        known = {(one.name, one.about): one for one in standing}
        gauges = {(one.name, one.about): one for one in picture.gauges}
        # What stands though nobody can measure it now.
        for key, one in known.items():
            gauges.setdefault(key, Gauge(one.name, one.about, one.value))
        shown = [
            _line(one, lines[one.name], known.get(key), locale)
            for key, one in gauges.items()
            if one.name in lines
        ]
        wrong = sorted((one for one in shown if one.grade), key=lambda x: (-x.grade, x.since_ms))
        well = tuple(one for one in shown if not one.grade)
        unknown = tuple(
            _figure(lines[name][0], locale) for name in picture.unknown if name in lines
        )
        return OperationsBoard(at_ms, picture.phase, tuple(wrong), well, unknown)


def _title(rows: Sequence[Watch], locale: str, grade: int = 0) -> str:
    row = next((one for one in rows if one.grade == grade), rows[0])
    return row.en if locale == "en" else row.zh


def _figure(row: Watch, locale: str) -> str:
    """What is measured, of which nothing is wrong."""
    named = figure_names().get(f"{row.room}_{row.name}")
    said = named or row
    return said.en if locale == "en" else said.zh


def _line(gauge: Gauge, rows: Sequence[Watch], standing: Standing | None, locale: str) -> GaugeLine:
    grade = standing.grade if standing else 0
    return GaugeLine(
        gauge.name,
        _title(rows, locale, grade) if grade else _figure(rows[0], locale),
        gauge.about,
        value_text(rows[0], gauge.value),
        tuple((one.grade, line_text(one)) for one in rows),
        grade,
        standing.since_ms if standing else 0,
        LINK_OF.get(gauge.name) or LINKS.get(rows[0].kind, ""),
    )
