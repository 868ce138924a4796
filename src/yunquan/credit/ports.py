"""The margin system, seen from here: it leaves a file of all credit accounts every day."""

from __future__ import annotations

from typing import Protocol


class CreditFeed(Protocol):
    """Files by day and version. A version is never changed once it is there; a later one replaces
    it.
    """

    def versions(self, day: str) -> list[int]:
        """Versions that are there for a trading day, in order."""
        ...

    def fetch(self, day: str, version: int) -> bytes:
        """Raises Unavailable credit.feed_away when it can't be read now."""
        ...
