"""Pages of a queue that is ordered by when something is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yunquan.onboarding.types import QueueLine

LONGEST_PAGE: Final = 100


def length_of(limit: int) -> int:
    """How many lines a page has, whatever was asked for."""
    return max(1, min(limit, LONGEST_PAGE))


def place_of(after: str) -> tuple[int, str]:
    """Behind which line a page begins; the first for whatever names none."""
    due, _, application = after.partition(".")
    return (int(due), application) if due.isascii() and due.isdigit() else (0, "")


def following(found: Sequence[QueueLine], length: int) -> str:
    """found: one more than the page has, if there are more. Where the next page begins, or ""."""
    last = found[length - 1] if len(found) > length else None
    return f"{last.due_at_ms}.{last.id}" if last else ""
