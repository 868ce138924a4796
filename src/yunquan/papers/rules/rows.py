"""What papers must be and say: parsed from the dated table beside this file, looked up by day."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from yunquan.papers.types import (
    Denial,
    FieldLabel,
    ForbiddenWord,
    PaperOrder,
    WantedPaper,
    WantedPhrase,
)

_FOREVER: Final = "9999-12-31"
_CERTAINTIES: Final = {"V", "KH", "KM", "KL", "F"}
_TABLES: Final = ("paper", "phrase", "forbidden", "denial", "twice", "voided", "label", "order")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PaperRules:
    """The rows in force on one day."""

    papers: tuple[WantedPaper, ...]
    phrases: tuple[WantedPhrase, ...]
    forbidden: tuple[ForbiddenWord, ...]
    denials: tuple[Denial, ...]
    twice: tuple[str, ...]
    voided: tuple[str, ...]
    labels: tuple[FieldLabel, ...]
    orders: tuple[PaperOrder, ...]


class PaperRows:
    """Every row. A row without a source, a known certainty or a day is refused when it is built."""

    def __init__(self, tables: Mapping[str, list[Row]]) -> None:
        if sorted(tables) != sorted(_TABLES):
            raise ValueError(f"tables are {sorted(_TABLES)}")
        self._tables = tables
        for table, rows in tables.items():
            for number, row in enumerate(rows, 1):
                _check_row(f"{table} {number}", row)

    def on(self, day: str) -> PaperRules:
        """The rules of a day."""

        def rows(table: str) -> list[Row]:
            return [
                row
                for row in self._tables[table]
                if row["effective_from"] <= day < row.get("effective_to", _FOREVER)
            ]

        def words(table: str) -> tuple[str, ...]:
            return tuple(word for row in rows(table) for word in row["words"])

        return PaperRules(
            msgspec.convert(rows("paper"), tuple[WantedPaper, ...]),
            msgspec.convert(rows("phrase"), tuple[WantedPhrase, ...]),
            msgspec.convert(rows("forbidden"), tuple[ForbiddenWord, ...]),
            msgspec.convert(rows("denial"), tuple[Denial, ...]),
            words("twice"),
            words("voided"),
            msgspec.convert(rows("label"), tuple[FieldLabel, ...]),
            msgspec.convert(rows("order"), tuple[PaperOrder, ...]),
        )


def parse_paper_rows(text: str) -> PaperRows:
    """The table written in TOML. Raises ValueError naming the row."""
    return PaperRows(tomllib.loads(text))


def _check_row(named: str, row: Row) -> None:
    if row.get("certainty") not in _CERTAINTIES or not row.get("source"):
        raise ValueError(f"{named}: needs a source and a known certainty")
    end = row.get("effective_to", _FOREVER)
    if date.fromisoformat(end) <= date.fromisoformat(row["effective_from"]):
        raise ValueError(f"{named}: ends before it begins")
