"""Which of the dated rows are in force on a day. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol, TypeVar

from yunquan.kernel.errors import Invalid
from yunquan.screening.types import CountRule, MarkRule, RuleRows, WeightRule


class _Dated(Protocol):
    @property
    def effective_from(self) -> str: ...


Row = TypeVar("Row", bound=_Dated)


def _in_force(rows: Iterable[Row], day: str, name: Callable[[Row], Hashable]) -> list[Row]:
    """The newest row of each name that has begun by this day."""
    newest: dict[Any, Row] = {}
    for row in rows:
        before = newest.get(name(row))
        if row.effective_from <= day and (
            before is None or before.effective_from <= row.effective_from
        ):
            newest[name(row)] = row
    return list(newest.values())


class DayRows:
    """The rows of one day."""

    def __init__(self, rows: RuleRows, day: str) -> None:
        self.day = day
        self.counts: tuple[CountRule, ...] = tuple(
            _in_force(rows.counts, day, lambda row: (row.what, row.counts))
        )
        marks = _in_force(rows.marks, day, lambda row: row.code)
        self.marks: dict[str, MarkRule] = {row.code: row for row in marks}
        weights = _in_force(rows.weights, day, lambda row: (row.factor, row.value))
        self.weights: dict[tuple[str, str], WeightRule] = {
            (row.factor, row.value): row for row in weights
        }
        numbers = _in_force(rows.numbers, day, lambda row: row.rule)
        self._numbers = {row.rule: row.value for row in numbers}

    def number(self, rule: str) -> int:
        """A limit or a score. Raises Invalid screening.rule_missing."""
        found = self._numbers.get(rule)
        if found is None:
            raise Invalid("screening.rule_missing", rule=rule, day=self.day)
        return found

    def weight(self, factor: str, value: str) -> WeightRule | None:
        """The row of a value, or the one for any other."""
        return self.weights.get((factor, value)) or self.weights.get((factor, ""))
