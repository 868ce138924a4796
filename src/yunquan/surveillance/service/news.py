"""Alerts for whoever shows them as they come: each once, none left out."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from yunquan.kernel.clock import to_ms
from yunquan.kernel.transaction import Database
from yunquan.kernel.zone import in_market_zone
from yunquan.rulebook import texts_of
from yunquan.surveillance import store
from yunquan.surveillance.service.alerts import headline
from yunquan.surveillance.types import ToldAlert

logger = logging.getLogger("yunquan.surveillance")

Heard = Callable[[Sequence[ToldAlert]], None]
# Ids remembered, to know what was told already.
KNOWN: Final = 20_000
# What is written at the same moment may be seen in another order: so far back is asked again.
OVERLAP_MS: Final = 10_000
PAGE: Final = 500
# Alerts that are told in one piece.
TOGETHER: Final = 200
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[ToldAlert]).decode
Text = Callable[..., str]


class AlertNews:
    """Of one process that shows alerts. Use on one event loop.

    A link brings alerts as they are written; `catch_up`, called whenever the link comes back,
    brings what was written while it was away.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[Heard, None] = {}
        self._known: dict[str, None] = {}
        self._order = deque[str]()
        self._since_ms = to_ms(database.clock.now())
        self._task: asyncio.Task[None] | None = None

    def listen(self, heard: Heard) -> None:
        """Be told from now on."""
        self._listeners[heard] = None

    def forget(self, heard: Heard) -> None:
        """Be told no more."""
        self._listeners.pop(heard, None)

    def heard_bytes(self, body: bytes) -> None:
        """What `as_bytes` made."""
        self.heard(_decode(body))

    def heard(self, told: Sequence[ToldAlert]) -> None:
        """Hand on what is new of these."""
        new = [one for one in told if one.alert.id not in self._known]
        if not new:
            return
        self._since_ms = max(self._since_ms, *(one.raised_at_ms for one in new))
        for one in new:
            self._known[one.alert.id] = None
            self._order.append(one.alert.id)
        while len(self._order) > KNOWN:
            del self._known[self._order.popleft()]
        for listener in list(self._listeners):
            listener(new)

    def catch_up(self) -> None:
        """Begin to ask for what was missed."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        since_ms, after = self._since_ms - OVERLAP_MS, ""
        while True:
            try:
                page = await asyncio.to_thread(self._load, since_ms, after)
            except Exception:
                # The next link asks again, and a page asks for itself when it is opened.
                logger.exception("alerts missed could not be asked for")
                return
            self.heard(page)
            if len(page) < PAGE:
                return
            since_ms, after = page[-1].raised_at_ms, page[-1].alert.id

    def _load(self, since_ms: int, after: str) -> list[ToldAlert]:
        with self._database.read() as tx:
            found = store.alerts_since(tx, since_ms, after, PAGE)
            texts = texts_of(tx, (one.rule for one, _ in found))
        return [
            ToldAlert(
                one,
                raised_at_ms,
                headline(one.rule, one.grade, texts, "zh_CN"),
                headline(one.rule, one.grade, texts, "en"),
            )
            for one, raised_at_ms in found
        ]


def as_bytes(told: Sequence[ToldAlert]) -> list[bytes]:
    """Alerts in pieces as one process tells them to others."""
    return [_encode(told[start : start + TOGETHER]) for start in range(0, len(told), TOGETHER)]


def in_words(told: ToldAlert, locale: str, text: Text) -> dict[str, Any]:
    """An alert in words, for a page that adds it to its list."""
    alert = told.alert
    who = " · ".join(one for one in (alert.account, alert.other, alert.symbol) if one)
    return {
        "id": alert.id,
        "grade": alert.grade,
        "grade_text": text(f"ui.riskdesk.grade.short.{alert.grade}"),
        "title": told.title_en if locale == "en" else told.title_zh,
        "flood": alert.flood,
        "at": in_market_zone(alert.at_ms).strftime("%m-%d %H:%M:%S"),
        "who": who or alert.device,
    }
