"""What happens to an account and the market, live: heard from the counters as they commit, merged
into a page's one stream.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from yunquan.counter import Counters
from yunquan.counter.events import codec
from yunquan.counter.types import AskNotices, NoticesView
from yunquan.desk.rules import depth_view, quote_view, trade_list
from yunquan.desk.rules.notices import seen_of
from yunquan.kernel.clock import Clock
from yunquan.kernel.errors import Unavailable
from yunquan.quotes import QuoteBoard
from yunquan.quotes.rules.book import Mailbox
from yunquan.quotes.types import Quote, TradesUpdate

MARKET_KINDS = ("market", "quote", "depth", "minutes", "trades")
GAP_S = 0.2
HEALTH_EVERY_S = 1.0
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


class Source(Protocol):
    """What a stream needs of the desk."""

    quotes: QuoteBoard
    news: AccountNews
    watch: NoticeWatch
    clock: Clock

    def loader(self, topic: str, locale: str) -> Callable[[], Any]: ...


class Stream:
    """Updates of some topics, at most five a second each; a slow reader loses what lies between,
    never the latest.
    """

    def __init__(self, desk: Source, topics: Sequence[str], locale: str, level: int) -> None:
        self._desk = desk
        self._locale = locale
        market = [topic for topic in topics if topic.partition(":")[0] in MARKET_KINDS]
        own = [topic for topic in topics if topic not in market]
        self._loaders = {topic: desk.loader(topic, locale) for topic in own}
        self._market = desk.quotes.subscribe(market, level) if market else None
        self._mailbox = Mailbox(own, lambda _topic: GAP_S)
        self._wake = asyncio.Event()
        self._accounts = {topic.partition(":")[2] for topic in own} - {""}
        self._sides: dict[str, Callable[[float], Coroutine[Any, Any, list[tuple[str, Any]]]]] = {}
        if market:
            self._sides["market"] = self._next_market
        if own:
            self._sides["own"] = self._next_own
        self._waiting: dict[str, asyncio.Task[list[tuple[str, Any]]]] = {}
        self._health_task = asyncio.create_task(self._pulse()) if "health" in own else None
        for account in self._accounts:
            desk.news.listen(account, self._touched)
        self._has_notices = any(topic.startswith("notices:") for topic in own)
        if self._has_notices:
            desk.watch.listen(self._notices_changed)
        for topic in own:
            self._mailbox.touch(topic, desk.clock.monotonic())

    def _touched(self, account: str) -> None:
        self._touch(lambda topic: topic in (f"orders:{account}", f"assets:{account}"))

    def _notices_changed(self) -> None:
        self._touch(lambda topic: topic.startswith("notices:"))

    def _touch(self, concerned: Callable[[str], bool]) -> None:
        for topic in filter(concerned, self._loaders):
            self._mailbox.touch(topic, self._desk.clock.monotonic())
        self._wake.set()

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_EVERY_S)
            self._mailbox.touch("health", self._desk.clock.monotonic())
            self._wake.set()

    async def next(self, timeout_s: float) -> list[tuple[str, Any]]:
        """The next (topic, data), at most one a topic; [] after timeout_s without any."""
        for side, listen in self._sides.items():
            if side not in self._waiting:
                self._waiting[side] = asyncio.create_task(listen(timeout_s))
        done, _ = await asyncio.wait(self._waiting.values(), return_when=asyncio.FIRST_COMPLETED)
        heard = [side for side, task in self._waiting.items() if task in done]
        return [update for side in heard for update in self._waiting.pop(side).result()]

    async def _next_market(self, timeout_s: float) -> list[tuple[str, Any]]:
        assert self._market is not None
        return [
            (update.topic, self._shown(update.topic, update.data))
            for update in await self._market.next(timeout_s)
        ]

    def _shown(self, topic: str, data: Any) -> Any:
        board = self._desk.quotes
        stale = board.stale_since_ms()
        if isinstance(data, TradesUpdate):
            return trade_list(data.symbol, data, stale)
        if not isinstance(data, Quote):
            return data
        if topic.startswith("depth:"):
            return depth_view(data.symbol, data, stale)
        stopped = board.book.trading_status(data.symbol)
        return quote_view(board.notice(data.symbol), data, stale, self._locale, stopped)

    async def _next_own(self, timeout_s: float) -> list[tuple[str, Any]]:
        deadline = self._desk.clock.monotonic() + timeout_s
        while True:
            self._wake.clear()
            now = self._desk.clock.monotonic()
            if topics := self._mailbox.take_due(now):
                return [(topic, await self._load(topic)) for topic in topics]
            if now >= deadline:
                return []
            due = self._mailbox.next_due_s()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(
                    max((deadline if due is None else min(due, deadline)) - now, 0)
                ):
                    await self._wake.wait()

    async def _load(self, topic: str) -> Any:
        """The latest of a topic, or why it can't be had now; the page shows which."""
        found = self._loaders[topic]()
        try:
            return await found
        except Unavailable as error:
            self._mailbox.touch(topic, self._desk.clock.monotonic())
            return {"unavailable": error.code}

    def close(self) -> None:
        """Stop listening."""
        if self._market:
            self._market.close()
        if self._health_task:
            self._health_task.cancel()
        if self._has_notices:
            self._desk.watch.forget(self._notices_changed)
        for account in self._accounts:
            self._desk.news.forget(account, self._touched)
        for task in self._waiting.values():
            task.cancel()
