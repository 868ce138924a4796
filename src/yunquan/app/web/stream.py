"""The one event stream of a page: topics in the query, ids on every event, a heartbeat, an end when
we stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import msgspec
from litestar import get
from litestar.connection import Request
from litestar.datastructures import State
from litestar.params import FromQuery
from litestar.response import Stream
from msgspec.structs import asdict

from yunquan.app.web.reader import Reader
from yunquan.desk import Screen
from yunquan.kernel.errors import Forbidden, Invalid, NotFound, Unavailable
from yunquan.quotes.rules.levels import LEVEL_2, needs_level_2
from yunquan.security.types import PrincipalKind, Session

MOST_TOPICS = 64
RECONNECT_MS = 1000
_TOPIC = re.compile(r"(?P<kind>[a-z]+)(?::(?P<of>[A-Za-z0-9._-]{1,40}))?")
_OF_ALL = frozenset(("market",))
_OF_SYMBOL = frozenset(("quote", "depth", "minutes", "trades"))
_OF_ACCOUNT = frozenset(("orders", "assets", "notices"))
_OF_STAFF = frozenset(("health",))
_encode = msgspec.json.Encoder().encode


def allowed_topics(text: str, session: Session, own: tuple[str, ...]) -> list[str]:
    """The topics asked for, each checked against whoever asks.

    Raises Invalid for what isn't a topic, NotFound for someone else's account (as if it didn't
    exist).
    """
    topics = list(dict.fromkeys(topic for topic in text.split(",") if topic))
    if not 0 < len(topics) <= MOST_TOPICS:
        raise Invalid("stream.topics", most=MOST_TOPICS)
    for topic in topics:
        _check(topic, session, own)
    return topics


def _check(topic: str, session: Session, own: tuple[str, ...]) -> None:
    found = _TOPIC.fullmatch(topic)
    kind, of = (found["kind"], found["of"]) if found else ("", None)
    is_staff = session.kind is PrincipalKind.STAFF
    if kind in _OF_ACCOUNT and of:
        if not is_staff and of not in own:
            raise NotFound("account.not_yours", account=of)
        return
    known = (
        (kind in _OF_SYMBOL and of)
        or (kind in _OF_ALL and not of)
        or (kind in _OF_STAFF and not of and is_staff)
    )
    if not known:
        raise Invalid("stream.topic_unknown", topic=topic[:60])


def level_of(screen: Screen, session: Session) -> int:
    """The level of market data whoever asks has today."""
    return screen.level(session.subject, staff=session.kind is PrincipalKind.STAFF)


class Streams:
    """Which streams are open: at most so many a member and in all, so that nobody can hold every
    connection.
    """

    def __init__(self, most: int, per_member: int) -> None:
        self._most = most
        self._per_member = per_member
        self._open: dict[str, int] = {}
        self.count = 0

    def check(self, session: Session) -> None:
        """Raises Unavailable stream.too_many when another would be one too many."""
        if self.count >= self._most or self._open.get(session.principal, 0) >= self._per_member:
            raise Unavailable("stream.too_many", most=self._per_member)

    def enter(self, session: Session) -> None:
        """Count a stream in."""
        self._open[session.principal] = self._open.get(session.principal, 0) + 1
        self.count += 1

    def leave(self, session: Session) -> None:
        """Count it out."""
        left = self._open[session.principal] - 1
        self.count -= 1
        if left:
            self._open[session.principal] = left
        else:
            del self._open[session.principal]


def frame(event_id: str, topic: str, data: Any) -> bytes:
    """One event as the browser's EventSource reads it. JSON has no line breaks of its own, so one
    data line does.
    """
    shown = (
        [asdict(view) for view in data] if topic == "health" and isinstance(data, list) else data
    )
    return (
        b"id: "
        + event_id.encode()
        + b"\nevent: "
        + topic.encode()
        + b"\ndata: "
        + _encode(shown)
        + b"\n\n"
    )


class Feed:
    """The frames of one stream.

    Topics carry states, not steps: whoever comes again (with the Last-Event-ID of what was seen)
    gets the latest of each topic at once, which is what was missed. still_valid: asked at each
    heartbeat.
    """

    def __init__(
        self,
        source: Any,
        *,
        draining: asyncio.Event,
        heartbeat_s: float,
        still_valid: Callable[[], bool],
    ) -> None:
        self._source = source
        self._draining = draining
        self._heartbeat_s = heartbeat_s
        self._still_valid = still_valid
        self._tag = secrets.token_hex(3)
        self._numbers = itertools.count(1)

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """Frames until the session ends or we drain; a comment after `heartbeat_s` of silence."""
        yield f"retry: {RECONNECT_MS}\n\n".encode()
        stop = asyncio.ensure_future(self._draining.wait())
        pending: set[asyncio.Future[Any]] = {stop}
        try:
            while not stop.done():
                coming = asyncio.ensure_future(self._source.next(self._heartbeat_s))
                pending = {coming, stop}
                await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    break
                if not (updates := coming.result()):
                    if not self._still_valid():
                        yield b"event: ended\ndata: {}\n\n"
                        return
                    yield b": heartbeat\n\n"
                for topic, data in updates:
                    yield frame(f"{self._tag}-{next(self._numbers)}", topic, data)
            # EventSource comes again by itself after `retry`: to the process that serves then.
            yield b": closing\n\n"
        finally:
            for waiting in pending:
                waiting.cancel()
            self._source.close()


@get("/stream", opt={"who": "member"}, include_in_schema=False)
async def stream(
    request: Request[Any, Any, Any], state: State, topics: FromQuery[str] = ""
) -> Stream:
    """GET /stream?topics=quote:600519.SH,orders:... as text/event-stream."""
    session: Session = request.scope["state"]["session"]
    own = state.accounts.of(session.subject) if session.kind is PrincipalKind.CLIENT else ()
    asked = allowed_topics(topics, session, own)
    locale = Reader.of(request).locale
    for topic in asked:
        kind, _, of = topic.partition(":")
        if kind in _OF_SYMBOL:
            state.desk.quote(
                of, locale
            )  # raises NotFound while there is still a status to say it with
    level = await asyncio.to_thread(level_of, state.desk.screen, session)
    deep = needs_level_2(asked)
    if deep and level < LEVEL_2:
        raise Forbidden("level.needed", topic=deep[0][:40])
    if state.draining.is_set():
        raise Unavailable("server.draining")
    streams: Streams = state.streams
    streams.check(session)
    token = state.gate.token_of(request)
    gauge = state.measures.streams

    async def body() -> AsyncIterator[bytes]:
        # Counted here, not before: a reader who leaves at once may never let this begin, nor end.
        streams.enter(session)
        gauge.inc()
        try:
            feed = Feed(
                state.desk.subscribe(asked, locale, level),
                draining=state.draining,
                heartbeat_s=state.web_values.heartbeat_s,
                still_valid=lambda: (
                    state.gate.lives(token)
                    and (not deep or level_of(state.desk.screen, session) >= LEVEL_2)
                ),
            )
            async with contextlib.aclosing(feed.frames()) as frames:
                async for chunk in frames:
                    yield chunk
        finally:
            streams.leave(session)
            gauge.dec()

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(body(), media_type="text/event-stream", headers=headers)
