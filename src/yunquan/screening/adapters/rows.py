"""The dated rows as they ship with the program."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from yunquan.screening.types import CountRule, MarkRule, NumberRule, RuleRows, WeightRule

_TABLES = Path(__file__).resolve().parent.parent / "rules" / "tables"


def load_rule_rows() -> RuleRows:
    """Every row of every table."""
    return RuleRows(
        counts=tuple(msgspec.convert(_rows("counts"), list[CountRule])),
        marks=tuple(msgspec.convert(_rows("marks"), list[MarkRule])),
        weights=tuple(msgspec.convert(_rows("weights"), list[WeightRule])),
        numbers=tuple(msgspec.convert(_rows("numbers"), list[NumberRule])),
    )


def _rows(name: str) -> Any:
    return tomllib.loads((_TABLES / f"{name}.toml").read_text("utf-8"))["row"]
