"""Limits and policies as dated rows, from tables beside the rules; no default in their place."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Final

_FOREVER: Final = "9999-12-31"
_CERTAINTIES: Final = {"V", "KH", "KM", "KL", "F"}
Value = int | tuple[str, ...]


class ThresholdMissing(LookupError):
    """No row is in force: the table has a hole, and no value is guessed in its place."""


class Thresholds:
    """All rows. Two rows of one rule on the same day are refused when it is built."""

    def __init__(self, tables: Iterable[str]) -> None:
        """tables: texts in TOML, each a list `row` of rule, value, effective_from (and _to),
        source and certainty.
        """
        self._rows: dict[str, list[tuple[str, str, Value]]] = {}
        for text in tables:
            for row in tomllib.loads(text)["row"]:
                self._add(row)
        for rule, found in self._rows.items():
            found.sort(key=lambda row: row[0])
            for (_, until, _), (since, _, _) in pairwise(found):
                if since < until:
                    raise ValueError(f"two rows of {rule} are in force on {since}")

    def _add(self, row: Mapping[str, Any]) -> None:
        if row["certainty"] not in _CERTAINTIES or not row["source"]:
            raise ValueError(f"{row['rule']}: a row needs its source and its certainty")
        value: int | list[str] = row["value"]
        kept: Value = tuple(value) if isinstance(value, list) else value
        until = str(row.get("effective_to", _FOREVER))
        self._rows.setdefault(row["rule"], []).append((str(row["effective_from"]), until, kept))

    def on(self, day: str) -> DayThresholds:
        """Those in force on a day, "YYYY-MM-DD"."""
        return DayThresholds(
            {
                rule: value
                for rule, rows in self._rows.items()
                for since, until, value in rows
                if since <= day < until
            }
        )


class DayThresholds:
    """The thresholds of one day."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values

    def number(self, rule: str) -> int:
        """Raises ThresholdMissing."""
        value = self._values.get(rule)
        if not isinstance(value, int):
            raise ThresholdMissing(rule)
        return value

    def names(self, rule: str) -> tuple[str, ...]:
        """Raises ThresholdMissing."""
        value = self._values.get(rule)
        if not isinstance(value, tuple):
            raise ThresholdMissing(rule)
        return value
