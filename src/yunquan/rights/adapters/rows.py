"""When a rights issue succeeds, from the dated rows beside this file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import msgspec

from yunquan.rights.types import SuccessRule

_ROWS: Final = Path(__file__).with_name("success.toml")


def load_success_rules() -> tuple[SuccessRule, ...]:
    """All rows, oldest first."""
    rows = msgspec.convert(tomllib.loads(_ROWS.read_text("utf-8"))["row"], list[SuccessRule])
    return tuple(sorted(rows, key=lambda row: row.from_day))
