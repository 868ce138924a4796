"""Finding an instrument by code, pinyin initials, Chinese or English name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from yunquan.market.types import Instrument

MOST_RESULTS: Final = 50
_LONGEST_TEXT: Final = 40


def find_instruments(
    instruments: Iterable[Instrument], text: str, limit: int = 10
) -> list[Instrument]:
    """The best matches first, at most `limit`: by code, initials from their start, Chinese name,
    start of an English word, anywhere in English. Nothing for an empty text.
    """
    wanted = text.strip()[:_LONGEST_TEXT].casefold()
    if not wanted:
        return []
    ranked = [
        (rank, found.symbol, found) for found in instruments if (rank := _rank(found, wanted))
    ]
    ranked.sort(key=lambda entry: entry[:2])
    return [found for _, _, found in ranked[: max(0, min(limit, MOST_RESULTS))]]


def _rank(instrument: Instrument, wanted: str) -> int:
    english = instrument.name_en.casefold()
    checks = (
        instrument.symbol.casefold().startswith(wanted),
        instrument.initials.casefold().startswith(wanted),
        wanted in instrument.name_zh.casefold(),
        any(word.startswith(wanted) for word in english.split()) or english.startswith(wanted),
        wanted in english,
    )
    return next((place for place, matches in enumerate(checks, 1) if matches), 0)
