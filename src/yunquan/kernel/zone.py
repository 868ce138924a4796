"""The one time zone that days and hours of the market are told in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

# Beijing's time: all of China, and no summer time since 1992.
MARKET_ZONE: Final = timezone(timedelta(hours=8))
A_DAY_MS: Final = 86_400_000


def in_market_zone(at_ms: int) -> datetime:
    """Milliseconds since 1970 UTC as the wall clock of the market."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(MARKET_ZONE)


def day_of(at_ms: int) -> str:
    """The market's day of a moment, ISO."""
    return in_market_zone(at_ms).date().isoformat()


def day_begins_ms(day: str) -> int:
    """Milliseconds since 1970 UTC of the first moment of an ISO day of the market."""
    return int(datetime.fromisoformat(day).replace(tzinfo=MARKET_ZONE).timestamp() * 1000)


def end_of_day_ms(at_ms: int) -> int:
    """The first millisecond of the market's day after a moment's."""
    ahead_ms = int(MARKET_ZONE.utcoffset(None).total_seconds()) * 1_000
    return ((at_ms + ahead_ms) // A_DAY_MS + 1) * A_DAY_MS - ahead_ms


def minute_of(at_ms: int) -> str:
    """Day and time of a moment as people read them: "2026-07-13 10:42"."""
    return in_market_zone(at_ms).strftime("%Y-%m-%d %H:%M")
