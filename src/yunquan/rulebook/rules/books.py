"""Reading the rules and limits a firm starts with."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Mapping
from functools import cache

import msgspec

from yunquan.rulebook.rules.units import UNITS
from yunquan.rulebook.types import Limit, RuleText


@cache
def all_limits() -> tuple[Limit, ...]:
    """Every row, whatever its day."""
    return tuple(msgspec.convert(row, Limit) for row in _table("limits")["limit"])


@cache
def first_rules() -> tuple[RuleText, ...]:
    """The rules a firm starts with."""
    return tuple(msgspec.convert(row, RuleText) for row in _table("rules")["rule"])


def limits_on(day: str) -> Mapping[str, tuple[str, float]]:
    """Unit and number of each limit in force on a day, in the kernel's units."""
    found = dict[str, tuple[str, float]]()
    for one in sorted(all_limits(), key=lambda limit: limit.effective_from):
        if one.effective_from <= day:
            unit, scale = UNITS.get(one.unit, ("number", 1.0))
            found[one.code] = (unit, one.value * scale)
    return found


def _table(name: str) -> dict[str, list[dict[str, object]]]:
    folder = importlib.resources.files("yunquan.rulebook.rules.tables")
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
