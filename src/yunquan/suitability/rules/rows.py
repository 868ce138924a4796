"""The firm's dated rows: parsed from the table beside this file, looked up by day, never
defaulted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from yunquan.suitability.types import (
    LEVELS,
    Gate,
    Product,
    ProfessionalRow,
    RiskClass,
    Verdict,
)

_FOREVER: Final = "9999-12-31"
_CERTAINTIES: Final = {"V", "KH", "KM", "KL", "F"}
# By table: what names a row, so that two of one name are never in force together.
_KEYS: Final = {
    "band": ("class",),
    "term": ("rule",),
    "matrix": ("class",),
    "product": ("code",),
    "permission": ("code",),
    "gate": ("permission", "gate", "value"),
    "professional": ("who", "basis"),
}
MOST_POINTS: Final = 100

Row = Mapping[str, Any]


class RowMissing(LookupError):
    """No row is in force: the table has a hole, and no value is guessed in its place."""


class FirmRows:
    """Every row. Rows of one name that overlap are refused when it is built."""

    def __init__(self, tables: Mapping[str, Iterable[Row]]) -> None:
        self._tables = {name: tuple(tables[name]) for name in _KEYS}
        for name, rows in self._tables.items():
            for row in rows:
                _check_row(name, row)
            for day in sorted({row["effective_from"] for row in rows}):
                names = [tuple(row[key] for key in _KEYS[name]) for row in self.on(name, day)]
                if len(set(names)) < len(names):
                    raise ValueError(f"two rows of {name} are in force on {day}")
        for day in sorted({row["effective_from"] for row in self._tables["band"]}):
            _check_bands(self.on("band", day), day)

    def on(self, table: str, day: str) -> tuple[Row, ...]:
        """Rows in force on a day."""
        return tuple(
            row
            for row in self._tables[table]
            if row["effective_from"] <= day < row.get("effective_to", _FOREVER)
        )

    def rows(self, table: str) -> tuple[Row, ...]:
        """Rows of any day."""
        return self._tables[table]

    def term(self, rule: str, day: str) -> int:
        """A number of the table `term`. Raises RowMissing."""
        for row in self.on("term", day):
            if row["rule"] == rule:
                return row["value"]
        raise RowMissing(f"{rule} on {day}")

    def class_of(self, points: int, day: str) -> RiskClass:
        """The band that points fall into. Raises RowMissing."""
        for row in self.on("band", day):
            if row["from"] <= points <= row["to"]:
                return RiskClass(row["class"])
        raise RowMissing(f"band of {points} on {day}")

    def verdict(self, class_: RiskClass, level: str, day: str) -> Verdict:
        """The matrix. Raises RowMissing for a level that is none."""
        for row in self.on("matrix", day):
            if row["class"] == class_ and level in LEVELS:
                return Verdict(row["verdicts"][LEVELS.index(level)])
        raise RowMissing(f"{class_}/{level} on {day}")

    def products(self, day: str) -> tuple[Product, ...]:
        """The firm's list."""
        names = Product.__slots__
        return tuple(
            Product(**{name: row[name] for name in names}) for row in self.on("product", day)
        )

    def product(self, code: str, day: str) -> Product | None:
        """One entry of the list."""
        return next((one for one in self.products(day) if one.code == code), None)

    def offered(self, day: str) -> dict[str, bool]:
        """Every permission there is, and whether it can be had here."""
        return {row["code"]: row["offered"] for row in self.on("permission", day)}

    def gates(self, permission: str, day: str) -> tuple[Gate, ...]:
        """What a permission takes."""
        mine = [row for row in self.on("gate", day) if row["permission"] == permission]
        return msgspec.convert(mine, tuple[Gate, ...])

    def professional(self, day: str) -> tuple[ProfessionalRow, ...]:
        """What makes a professional investor."""
        return msgspec.convert(self.on("professional", day), tuple[ProfessionalRow, ...])


def parse_firm_rows(text: str) -> FirmRows:
    """The table written in TOML. Raises ValueError naming the row."""
    return FirmRows(tomllib.loads(text))


def _check_row(table: str, row: Row) -> None:
    named = f"{table} {[row.get(key) for key in _KEYS[table]]}"
    if row.get("certainty") not in _CERTAINTIES or not row.get("source"):
        raise ValueError(f"{named}: needs a source and a known certainty")
    date.fromisoformat(row["effective_from"])
    end = row.get("effective_to", _FOREVER)
    date.fromisoformat(end)
    if end <= row["effective_from"]:
        raise ValueError(f"{named}: ends before it begins")


def _check_bands(rows: tuple[Row, ...], day: str) -> None:
    """Every point from 0 to 100 falls into one band, the classes in their order."""
    covered = [point for row in rows for point in range(row["from"], row["to"] + 1)]
    order = [row["class"] for row in sorted(rows, key=lambda row: row["from"])]
    if sorted(covered) != list(range(MOST_POINTS + 1)) or order != sorted(order):
        raise ValueError(f"bands of {day} leave a hole or overlap")
