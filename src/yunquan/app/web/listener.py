"""One stream's side of the fan-out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Heard(Protocol):
    """A topic as a listener knows it. key: topic, language and level."""

    key: tuple[str, str, int]
    listeners: dict[Listener, None]

    def close(self) -> None:
        """Stop hearing."""
        ...

    def bytes_for(self, seen: dict[Heard, int]) -> bytes:
        """What is new for whoever has seen these versions."""
        ...


class Listener:
    """One stream's side: which of its channels have news, and whether it should beat or end.

    writing_since_s: since when its reader takes nothing, None while it does. beat: a heartbeat is
    due; check: it is time to ask whether it may still listen. ended: "closing" or "dropped".
    """

    __slots__ = (
        "_future",
        "_news",
        "_seen",
        "beat",
        "channels",
        "check",
        "checked_s",
        "ended",
        "on_drop",
        "writing_since_s",
        "wrote_s",
    )

    def __init__(self, now_s: float) -> None:
        self.channels: tuple[Heard, ...] = ()
        self._news: dict[Heard, None] = {}
        self._seen: dict[Heard, int] = {}
        self._future: asyncio.Future[None] | None = None
        self.beat = False
        self.check = False
        self.ended = ""
        self.on_drop: Callable[[], object] = lambda: None
        self.writing_since_s: float | None = None
        self.wrote_s = self.checked_s = now_s

    def hear(self, channel: Heard) -> None:
        """There is news; `wake` says when to fetch it."""
        self._news[channel] = None

    def wake(self) -> None:
        """Let `wait` return."""
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def end(self, why: str) -> None:
        """Nothing more is to come."""
        self.ended = self.ended or why
        self.wake()
        if why == "dropped":
            self.on_drop()

    async def wait(self) -> None:
        """Until there is something to write, to check, or it ends."""
        while not (self._news or self.beat or self.check or self.ended):
            self._future = asyncio.get_running_loop().create_future()
            await self._future

    def take(self) -> bytes:
        """All that is new in one piece: the latest of each topic."""
        if not self._news:
            return b""
        news, self._news = self._news, {}
        return b"".join([channel.bytes_for(self._seen) for channel in news])
