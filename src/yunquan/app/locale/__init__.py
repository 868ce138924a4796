"""Sentences for people: one catalogue a room and language, as .po files in `zh_CN/` and `en/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from yunquan.kernel.i18n import Catalogue


@cache
def catalogue() -> Catalogue:
    """All texts of all rooms, read once a process."""
    return Catalogue.load(Path(__file__).parent)
