"""One publisher a process: what changed is put into bytes once for everybody who sees it the same
way, and the same bytes go to all of them.

Updates of the market go out together, five times a second at most, so that whoever hears five
topics gets one write and not five. A listener holds names of what is new, never messages: a slow
one finds the latest of each topic, and nothing grows.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
import structlog
from msgspec.structs import asdict

from yunquan.app.web.listener import Listener
from yunquan.desk import Desk
from yunquan.kernel.errors import YunquanError
from yunquan.quotes import Subscription

MARKET_KINDS: Final = frozenset(("market", "quote", "depth", "minutes", "trades"))
# What comes in steps: a listener who missed one gets the whole.
_STEP_KINDS: Final = frozenset(("minutes", "trades"))
GAP_S: Final = 0.2
RETRY_S: Final = 1.0
HEALTH_EVERY_S: Final = 1.0
# Listeners woken before the loop hears of anything else again: some four milliseconds of writing.
_WOKEN_AT_ONCE: Final = 100
_SWEEPS_A_BEAT: Final = 4
# Pieces of a flow that are kept for a listener who is slow.
_KEPT: Final = 1_000
_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger("yunquan.web")

# A topic of staff: how its latest is got in a language, and how often it is got anew (seconds).
Watched = tuple[Callable[[str], Awaitable[Any]], float]


class Flow(Protocol):
    """What comes in pieces of which none may be left out."""

    def listen(self, heard: Callable[[Sequence[Any]], None]) -> None:
        """Be told of pieces."""
        ...

    def forget(self, heard: Callable[[Sequence[Any]], None]) -> None:
        """No more."""
        ...

    def shown(self, piece: Any, locale: str) -> Any:
        """A piece as the page gets it."""
        ...


def frame(event_id: str, topic: str, data: Any) -> bytes:
    """One event as the browser's EventSource reads it. JSON has no line breaks of its own, so one
    data line does.
    """
    shown = (
        [asdict(view) for view in data] if topic == "health" and isinstance(data, list) else data
    )
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        event_id.encode(),
        topic.encode(),
        _encode(shown),
    )


class _Channel(ABC):
    """A topic as everybody of one language and level sees it."""

    def __init__(self, fanout: Fanout, topic: str, locale: str, level: int) -> None:
        self.fanout = fanout
        self.topic = topic
        self.locale = locale
        self.key = (topic, locale, level)
        self.listeners: dict[Listener, None] = {}
        self.version = 0
        self._latest = b""
        self.in_steps = topic.partition(":")[0] in _STEP_KINDS
        self._whole: tuple[int, bytes] = (0, b"")

    def publish(self, data: Any) -> None:
        """Put what is new into bytes and tell every listener."""
        self._latest = frame(self.fanout.next_id(), self.topic, data)
        self.version += 1
        for listener in self.listeners:
            listener.hear(self)

    def bytes_for(self, seen: dict[Any, int]) -> bytes:
        """The latest for a listener. seen: which version of each channel in steps it has."""
        if not self.in_steps:
            return self._latest
        last = seen.get(self)
        seen[self] = self.version
        if last == self.version - 1 and last:
            return self._latest
        if self._whole[0] != self.version:
            data = self.fanout.whole(self.topic, self.locale)
            self._whole = (self.version, frame(self.fanout.next_id(), self.topic, data))
        return self._whole[1]

    @abstractmethod
    def open(self) -> None:
        """Begin to hear."""

    @abstractmethod
    def close(self) -> None:
        """Stop hearing."""


class _MarketChannel(_Channel):
    """A topic of the board: published with all others in the fan-out's rhythm."""

    def __init__(self, fanout: Fanout, topic: str, locale: str, level: int) -> None:
        super().__init__(fanout, topic, locale, level)
        self._level = level
        self._subscription: Subscription | None = None
        self._later: asyncio.TimerHandle | None = None

    def open(self) -> None:
        board = self.fanout.desk.quotes
        self._subscription = board.subscribe(
            [self.topic], self._level, heard=self._heard, least_gap_s=0.0
        )
        # What is known already needn't wait for the next round.
        self.fanout.take_now(self)

    def _heard(self) -> None:
        self.fanout.mark(self)

    def refresh(self) -> bool:
        """Publish what may go out; True when something did."""
        subscription = self._subscription
        if subscription is None:
            return False
        updates = subscription.take_due()
        for update in updates:
            self.publish(self.fanout.desk.screen.shown(self.topic, update.data, self.locale))
        if not updates and (wait_s := subscription.due_in_s()) is not None and not self._later:
            self._later = asyncio.get_running_loop().call_later(wait_s, self._again)
        return bool(updates)

    def _again(self) -> None:
        self._later = None
        self.fanout.mark(self)

    def close(self) -> None:
        if self._later:
            self._later.cancel()
        if self._subscription:
            self._subscription.close()


class _LoadedChannel(_Channel):
    """A topic that is asked for when it changes, or every so often; each at its own pace, so that
    one that doesn't answer keeps no other waiting.

    every_s: 0 for only when told.
    """

    def __init__(
        self,
        fanout: Fanout,
        topic: str,
        locale: str,
        load: Callable[[], Awaitable[Any]],
        every_s: float,
    ) -> None:
        super().__init__(fanout, topic, locale, 0)
        self._load = load
        self._every_s = every_s
        self._loaded_s = -GAP_S
        self._stale = False
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._kind, _, self._account = topic.partition(":")

    def open(self) -> None:
        if self._kind == "notices":
            self.fanout.desk.watch.listen(self.touch)
        elif self._account:
            self.fanout.desk.news.listen(self._account, self._touched)
        self.touch()

    def close(self) -> None:
        if self._kind == "notices":
            self.fanout.desk.watch.forget(self.touch)
        elif self._account:
            self.fanout.desk.news.forget(self._account, self._touched)
        if self._timer:
            self._timer.cancel()
        if self._task:
            self._task.cancel()

    def _touched(self, _account: str) -> None:
        self.touch()

    def touch(self) -> None:
        """There is news."""
        self._stale = True
        if self._task is None:
            self._plan(self._loaded_s + GAP_S)

    def _plan(self, at_s: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer:
            if self._timer.when() <= at_s:
                return
            self._timer.cancel()
        self._timer = loop.call_at(max(at_s, loop.time()), self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._stale = False
        self._loaded_s = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        again_s = self._every_s
        try:
            data = await self._load()
        except YunquanError as error:
            data, again_s = {"unavailable": error.code}, RETRY_S
        except Exception:
            # A fault of ours in one topic mustn't end the stream of all the others.
            _log.exception("topic failed", topic=self._kind)
            data, again_s = {"unavailable": "server.fault"}, RETRY_S
        self._task = None
        self.fanout.publish_own(self, data)
        if self._stale:
            self._plan(self._loaded_s + GAP_S)
        elif again_s:
            self._plan(self._loaded_s + again_s)


class _FlowChannel(_Channel):
    """A flow's pieces, each an event of its own, at once. Whoever begins to hear, or has missed
    more than is kept, is told to ask for what there is.
    """

    def __init__(self, fanout: Fanout, topic: str, locale: str, flow: Flow) -> None:
        super().__init__(fanout, topic, locale, 0)
        self.version = 1
        self._flow = flow
        self._kept = deque[bytes](maxlen=_KEPT)

    def open(self) -> None:
        self._flow.listen(self._heard)

    def close(self) -> None:
        self._flow.forget(self._heard)

    def _heard(self, pieces: Sequence[Any]) -> None:
        for piece in pieces:
            data = self._flow.shown(piece, self.locale)
            self._kept.append(frame(self.fanout.next_id(), self.topic, data))
        self.version += len(pieces)
        for listener in self.listeners:
            listener.hear(self)
        self.fanout.wake(list(self.listeners))

    def bytes_for(self, seen: dict[Any, int]) -> bytes:
        missed = self.version - seen.get(self, -_KEPT)
        seen[self] = self.version
        if missed > len(self._kept):
            return frame(self.fanout.next_id(), self.topic, {"ask": True})
        return b"".join(list(self._kept)[len(self._kept) - missed :])


class Fanout:
    """The channels of a process and who hears them. Use on one event loop.

    heartbeat_s: longest silence of a stream, and how often it is checked. stall_s: how long a
    reader may take nothing. watched: topics of staff besides the desk's. flows: topics that come
    in pieces.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        heartbeat_s: float = 15.0,
        stall_s: float = 30.0,
        watched: Mapping[str, Watched] | None = None,
        flows: Mapping[str, Flow] | None = None,
    ) -> None:
        self.desk = desk
        self._heartbeat_s = heartbeat_s
        self._stall_s = stall_s
        self._watched: dict[str, Watched] = {
            "health": (lambda _locale: desk.health(), HEALTH_EVERY_S)
        }
        self._watched |= watched or {}
        self._flows = flows or {}
        self._tag = secrets.token_hex(3)
        self._numbers = itertools.count(1)
        self._channels: dict[tuple[str, str, int], _Channel] = {}
        self._listeners: dict[Listener, None] = {}
        self._changed: dict[_MarketChannel, None] = {}
        self._round: asyncio.TimerHandle | None = None
        self._rounds = 0
        self._round_s = -GAP_S
        self._sweeper: asyncio.TimerHandle | None = None

    @property
    def channels(self) -> int:
        """How many topics are followed, each counted by language and level."""
        return len(self._channels)

    def next_id(self) -> str:
        """The id of the next event, unlike any of another process."""
        return f"{self._tag}-{next(self._numbers)}"

    def whole(self, topic: str, locale: str) -> Any:
        """Everything of a topic that comes in steps."""
        kind, _, symbol = topic.partition(":")
        board = self.desk.quotes
        if kind == "minutes":
            return board.minutes(symbol)
        return self.desk.screen.shown(topic, board.trades(symbol), locale)

    # --- who listens ---

    def join(self, topics: Sequence[str], locale: str, level: int) -> Listener:
        """Hear of topics; what is known comes at once."""
        listener = Listener(asyncio.get_running_loop().time())
        channels: list[_Channel] = []
        self._listeners[listener] = None
        for topic in topics:
            channel = self._channel(topic, locale, level)
            channel.listeners[listener] = None
            channels.append(channel)
            if channel.version:
                listener.hear(channel)
        listener.channels = tuple(channels)
        if self._sweeper is None:
            self._sweep()
        return listener

    def leave(self, listener: Listener) -> None:
        """Hear no more; a topic that nobody hears is forgotten."""
        self._listeners.pop(listener, None)
        for channel in listener.channels:
            channel.listeners.pop(listener, None)
            if not channel.listeners and self._channels.pop(channel.key, None):
                self._changed.pop(channel, None)  # type: ignore[call-overload]
                channel.close()
        if not self._listeners and self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    def drain(self) -> None:
        """End every stream."""
        for listener in list(self._listeners):
            listener.end("closing")

    def _channel(self, topic: str, locale: str, level: int) -> _Channel:
        is_market = topic.partition(":")[0] in MARKET_KINDS
        key = (topic, locale, level if is_market else 0)
        channel = self._channels.get(key)
        if channel is None:
            channel = self._new(topic, locale, level, is_market=is_market)
            channel.open()
            self._channels[key] = channel
        return channel

    def _new(self, topic: str, locale: str, level: int, *, is_market: bool) -> _Channel:
        if is_market:
            return _MarketChannel(self, topic, locale, level)
        if topic in self._flows:
            return _FlowChannel(self, topic, locale, self._flows[topic])
        if topic in self._watched:
            load, every_s = self._watched[topic]
            return _LoadedChannel(self, topic, locale, lambda: load(locale), every_s)
        return _LoadedChannel(self, topic, locale, self.desk.loader(topic, locale), 0.0)

    # --- what is new ---

    def mark(self, channel: _MarketChannel) -> None:
        """A topic of the market has news for the next round."""
        self._changed[channel] = None
        if self._round is None:
            loop = asyncio.get_running_loop()
            self._round = loop.call_at(max(self._round_s + GAP_S, loop.time()), self._publish)

    def take_now(self, channel: _MarketChannel) -> None:
        """Publish a topic that was only now opened, outside the rounds."""
        self._changed.pop(channel, None)
        self._refresh(channel)

    def publish_own(self, channel: _LoadedChannel, data: Any) -> None:
        """Publish a topic that was loaded."""
        try:
            channel.publish(data)
        except Exception:
            _log.exception("topic failed", topic=channel.topic.partition(":")[0])
            channel.publish({"unavailable": "server.fault"})
        self.wake(list(channel.listeners))

    def _publish(self) -> None:
        self._round = None
        changed, self._changed = self._changed, {}
        roused: dict[Listener, None] = {}
        for channel in changed:
            if self._refresh(channel):
                roused.update(channel.listeners)
        if not roused:
            return
        self._round_s = asyncio.get_running_loop().time()
        # Who was last this time is first the next.
        self._rounds += 1
        self.wake(list(roused) if self._rounds % 2 else list(reversed(roused)))

    def _refresh(self, channel: _MarketChannel) -> bool:
        try:
            return channel.refresh()
        except Exception:
            # What can't be shown of one topic mustn't keep the others from anybody.
            _log.exception("topic failed", topic=channel.topic)
            return False

    def wake(self, listeners: Sequence[Listener]) -> None:
        """Let them write what they have heard."""
        for listener in listeners[:_WOKEN_AT_ONCE]:
            listener.wake()
        if rest := listeners[_WOKEN_AT_ONCE:]:
            asyncio.get_running_loop().call_soon(self.wake, rest)

    # --- heartbeats and readers who don't read ---

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweeper = loop.call_later(self._heartbeat_s / _SWEEPS_A_BEAT, self._sweep)
        now_s = loop.time()
        self.wake(list(self._to_wake(now_s)))

    def _to_wake(self, now_s: float) -> Iterable[Listener]:
        for listener in list(self._listeners):
            since_s = listener.writing_since_s
            if since_s is not None:
                if now_s - since_s >= self._stall_s:
                    listener.end("dropped")
                continue
            listener.beat = now_s - listener.wrote_s >= self._heartbeat_s
            listener.check = now_s - listener.checked_s >= self._heartbeat_s
            if listener.beat or listener.check:
                yield listener
