"""Looks that need no reason: who of staff saw whose case, written down before it is shown."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar.connection import Request

from yunquan.kernel.clock import to_ms
from yunquan.kernel.transaction import Database
from yunquan.security import note_look

# Where a route says whom it shows, the most telling first.
SUBJECTS: Final = (
    "client",
    "account",
    "subject",
    "complaint",
    "order",
    "q",
    "place",
    "pack",
    "condition",
    "action",
    "application",
    "case",
)
EVERYBODY: Final = "*"
REMEMBERED: Final = 10_000
AGAIN_AFTER_MS: Final = 10 * 60 * 1000


def subject_of(request: Request[Any, Any, Any], fallback: str) -> str:
    """Whom a request is about, by its path and then its query."""
    for given in (request.path_params, request.query_params):
        for name in SUBJECTS:
            if value := str(given.get(name) or "").strip():
                return value
    return fallback


class LookNotes:
    """Notes each look once a while; what this process noted lately isn't asked of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lately: dict[tuple[str, str, str], int] = {}

    async def note(self, actor: str, subject: str, what: str) -> None:
        """Durable before the page is made: where it can't be written down nothing is shown."""
        key, now_ms = (actor, subject[:60], what), to_ms(self._database.clock.now())
        if now_ms - self._lately.get(key, 0) < AGAIN_AFTER_MS:
            return

        def write() -> None:
            with self._database.transaction(actor=actor) as tx:
                note_look(tx, subject, what)

        await asyncio.to_thread(write)
        if len(self._lately) >= REMEMBERED:
            self._lately.clear()
        self._lately[key] = now_ms
