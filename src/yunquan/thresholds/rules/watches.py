"""Lines of figures that rooms measure by themselves: which are in force, which one a figure is
beyond, and what changes when it was measured again. Pure but for reading the tables.
"""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec

from yunquan.rulebook.rules.units import UNITS
from yunquan.thresholds.types import FigureName, Measured, Standing, Watch

ABOVE: Final = "above"
# Of a number of an alert that is the line which was passed: the last piece of its code.
LINE: Final = "line"
# A standing figure is written again when it moved by so much of its line, or this long ago.
MOVED: Final = 0.01
REWRITTEN_AFTER_MS: Final = 30_000


@cache
def all_watches() -> tuple[Watch, ...]:
    """Every row, whatever its day, lines and ends in the kernel's units."""
    return tuple(_scaled(msgspec.convert(row, Watch)) for row in _tables()["watch"])


@cache
def figure_names() -> Mapping[str, FigureName]:
    """What numbers beside a figure are called."""
    return {row["code"]: msgspec.convert(row, FigureName) for row in _tables()["figure"]}


@cache
def watches_on(day: str, room: str) -> Mapping[str, tuple[Watch, ...]]:
    """By name, the lines in force of a room: of rows of one name and grade the newest."""
    newest = dict[tuple[str, int], Watch]()
    for one in sorted(all_watches(), key=lambda row: row.effective_from):
        if one.room == room and one.effective_from <= day:
            newest[one.name, one.grade] = one
    found = dict[str, list[Watch]]()
    for one in sorted(newest.values(), key=lambda row: row.grade):
        found.setdefault(one.name, []).append(one)
    return {name: tuple(rows) for name, rows in found.items()}


def unit_of(one: Watch | FigureName) -> str:
    """The unit in which its value is kept."""
    return UNITS.get(one.unit, (one.unit or "count", 1.0))[0]


def watch_of(code: str, grade: int = 0) -> Watch | None:
    """The newest row of a rule's code, of a grade or the first; None where no watch has it."""
    found = [one for one in all_watches() if one.code == code and grade in (0, one.grade)]
    return max(found, key=lambda one: one.effective_from, default=None)


def number_of(code: str) -> tuple[Watch | FigureName, str] | None:
    """What a number of an alert means, and its unit: a watch's own figure, the line it passed, or
    what explains it. None for what is no longer kept.
    """
    stem, _, last = code.rpartition(".")
    # A figure may be called that itself.
    is_line = last == LINE and watch_of(stem) is not None
    # A watch's own figure goes by the name of its room and its own.
    name = figure_names().get(LINE if is_line else code.replace(".", "_"))
    one = watch_of(stem if is_line else code)
    if (said := name or one) is None:
        return None
    return said, unit_of(one or said)


def passed(one: Watch, value: float) -> bool:
    """Whether a figure is beyond a line."""
    return value >= one.line if one.way == ABOVE else value <= one.line


def is_back(one: Watch, value: float) -> bool:
    """Whether a figure that was beyond a line no longer is."""
    return value < one.ends if one.way == ABOVE else value > one.ends


def line_beyond(lines: Sequence[Watch], value: float, before: Standing | None) -> Watch | None:
    """The furthest line a figure is beyond; one it was beyond holds until it is back."""
    beyond = [one for one in lines if passed(one, value)]
    if before is not None:
        beyond += [one for one in lines if one.grade == before.grade and not is_back(one, value)]
    return max(beyond, key=lambda one: one.grade, default=None)


@dataclass(frozen=True, slots=True)
class Changes:
    """What measuring again changes. raised: with the line each is beyond and what stood before."""

    raised: tuple[tuple[Measured, Watch, Standing | None], ...]
    moved: tuple[tuple[Measured, Watch, Standing], ...]
    ended: tuple[Standing, ...]

    def __bool__(self) -> bool:
        return bool(self.raised or self.moved or self.ended)


def compare(
    lines: Mapping[str, Sequence[Watch]],
    names: Iterable[str],
    measured: Iterable[Measured],
    standing: Iterable[Standing],
    now_ms: int,
) -> Changes:
    """names: what was measured this time; a figure of these that isn't among `measured` is well,
    while one of others is not known and stays as it was.
    """
    known = {(one.name, one.about): one for one in standing}
    raised = list[tuple[Measured, Watch, Standing | None]]()
    moved = list[tuple[Measured, Watch, Standing]]()
    still = set[tuple[str, str]]()
    for one in measured:
        before = known.get((one.name, one.about))
        beyond = line_beyond(lines.get(one.name, ()), one.value, before)
        if beyond is None:
            continue
        still.add((one.name, one.about))
        if before is None or beyond.grade > before.grade:
            raised.append((one, beyond, before))
        elif beyond.grade != before.grade or _is_news(one, before, now_ms):
            moved.append((one, beyond, before))
    wanted = set(names)
    ended = [one for key, one in known.items() if key[0] in wanted and key not in still]
    return Changes(tuple(raised), tuple(moved), tuple(ended))


def _is_news(one: Measured, before: Standing, now_ms: int) -> bool:
    if one.value == before.value:
        return False
    far = abs(one.value - before.value) >= MOVED * max(abs(before.line), 1e-9)
    return far or now_ms - before.measured_at_ms >= REWRITTEN_AFTER_MS


def _scaled(one: Watch) -> Watch:
    scale = UNITS.get(one.unit, (one.unit, 1.0))[1]
    return msgspec.structs.replace(one, line=one.line * scale, ends=one.ends * scale)


@cache
def _tables() -> dict[str, list[dict[str, Any]]]:
    folder = importlib.resources.files("yunquan.thresholds.rules.tables")
    return tomllib.loads((folder / "watches.toml").read_text(encoding="utf-8"))
