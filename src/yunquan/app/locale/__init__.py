"""Sentences for people: one catalogue a room and language, as .po files in `zh_CN/` and `en/`."""

from __future__ import annotations

from pathlib import Path

from yunquan.kernel.i18n import Catalogue


def catalogue() -> Catalogue:
    """All texts of all rooms."""
    return Catalogue.load(Path(__file__).parent)
