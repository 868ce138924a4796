"""What happens to an account and the market, live: heard from the counters as they commit, merged
into a page's one stream.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from yunquan.counter.events import codec
from yunquan.desk.rules import depth_view, quote_view, trade_list
from yunquan.kernel.clock import Clock
from yunquan.kernel.errors import Unavailable
from yunquan.quotes import QuoteBoard
from yunquan.quotes.rules.book import Mailbox
from yunquan.quotes.types import Quote, TradesUpdate

MARKET_KINDS = ("market", "quote", "depth", "minutes", "trades")
GAP_S = 0.2
HEALTH_EVERY_S = 1.0


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


class Source(Protocol):
    """What a stream needs of the desk."""

    quotes: QuoteBoard
    news: AccountNews
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
        for topic in own:
            self._mailbox.touch(topic, desk.clock.monotonic())

    def _touched(self, account: str) -> None:
        for topic in self._loaders:
            if topic.endswith(f":{account}"):
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
        for account in self._accounts:
            self._desk.news.forget(account, self._touched)
        for task in self._waiting.values():
            task.cancel()
