"""What happens to an account and what keeps orders out, live: heard from the counters as they
commit, and passed on to whoever listens.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable

from yunquan.counter import Counters
from yunquan.counter.events import codec
from yunquan.counter.types import AskNotices, NoticesView
from yunquan.desk.rules.notices import seen_of
from yunquan.kernel.clock import Clock
from yunquan.kernel.errors import Unavailable

NOTICES_EVERY_S = 1.0


class AccountNews:
    """Tells subscribers that something changed for an account. What changed is asked of the
    counter, not carried here.
    """

    def __init__(self) -> None:
        self._codec = codec()
        self._listeners: defaultdict[str, set[Callable[[str], None]]] = defaultdict(set)

    def on_committed(self, _first_seq: int, body: bytes) -> None:
        """A counter committed a record."""
        if not self._listeners:
            return
        if not body:
            # Too long to be sent along: it may have touched anybody.
            self._tell(set(self._listeners))
            return
        touched: set[str] = set()
        for event in self._codec.decode(body):
            if account := getattr(event, "account", ""):
                touched.add(account)
            elif hasattr(event, "orders") or hasattr(event, "day"):
                touched.update(self._listeners)
        self._tell(touched & self._listeners.keys())

    def _tell(self, accounts: set[str]) -> None:
        for account in accounts:
            for listener in list(self._listeners[account]):
                listener(account)

    def listen(self, account: str, listener: Callable[[str], None]) -> None:
        self._listeners[account].add(listener)

    def forget(self, account: str, listener: Callable[[str], None]) -> None:
        self._listeners[account].discard(listener)
        if not self._listeners[account]:
            del self._listeners[account]


class NoticeWatch:
    """What each counter keeps out or tells, kept for a moment so that pages cost it nothing; while
    somebody listens, asked for steadily and told when it changes.
    """

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self._known: dict[int, tuple[float, NoticesView]] = {}
        self._listeners: set[Callable[[], None]] = set()
        self._task: asyncio.Task[None] | None = None

    async def of(self, account: str) -> NoticesView:
        """What concerns this account's counter; the last known when it doesn't answer. Raises
        Unavailable when it never has.
        """
        return await self._ask(self._counters.number_of(account))

    async def _ask(self, number: int) -> NoticesView:
        asked_s, view = self._known.get(number, (-NOTICES_EVERY_S, None))
        now = self._clock.monotonic()
        if view is not None and now - asked_s < NOTICES_EVERY_S:
            return view
        try:
            view = await self._counters.clients[number].ask(AskNotices())
        except Unavailable:
            if view is None:
                raise
        assert view is not None
        self._known[number] = (now, view)
        return view

    def listen(self, listener: Callable[[], None]) -> None:
        """Be told when anything changes at any counter."""
        self._listeners.add(listener)
        if self._task is None:
            self._task = asyncio.create_task(self._watch())

    def forget(self, listener: Callable[[], None]) -> None:
        """No longer."""
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self) -> None:
        seen: dict[int, str] = {}
        while True:
            for number in range(len(self._counters.clients)):
                with contextlib.suppress(Unavailable):
                    seen[number], before = (
                        seen_of(await self._ask(number)),
                        seen.get(number),
                    )
                    if before not in (None, seen[number]):
                        for listener in list(self._listeners):
                            listener()
            await asyncio.sleep(NOTICES_EVERY_S)
