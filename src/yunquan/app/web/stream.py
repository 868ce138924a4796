"""The one event stream of a page: topics in the query, ids on every event, a heartbeat, an end when we stop."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import get
from litestar.connection import Request
from litestar.datastructures import State
from litestar.response import Stream

from yunquan.kernel.errors import Invalid, NotFound, Unauthorised, Unavailable
from yunquan.security.types import PrincipalKind, Session

MOST_TOPICS = 64
RECONNECT_MS = 1000
_TOPIC = re.compile(r"(?P<kind>[a-z]+)(?::(?P<of>[A-Za-z0-9._-]{1,40}))?")
_OF_ALL = frozenset(("market",))
_OF_SYMBOL = frozenset(("quote", "minute"))
_OF_ACCOUNT = frozenset(("orders", "assets"))
_OF_STAFF = frozenset(("health",))
_encode = msgspec.json.Encoder().encode


def allowed_topics(text: str, session: Session, own: tuple[str, ...]) -> list[str]:
    """The topics asked for, each checked against whoever asks.

    Raises Invalid for what isn't a topic, NotFound for someone else's account (as if it didn't exist).
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
    known = (kind in _OF_SYMBOL and of) or (kind in _OF_ALL and not of) or (kind in _OF_STAFF and not of and is_staff)
    if not known:
        raise Invalid("stream.topic_unknown", topic=topic[:60])


class Streams:
    """Which streams are open: at most so many a member and in all, so that nobody can hold every connection."""

    def __init__(self, most: int, per_member: int) -> None:
        self._most = most
        self._per_member = per_member
        self._open: dict[str, int] = {}
        self.count = 0

    def enter(self, session: Session) -> None:
        """Count a stream in. Raises Unavailable stream.too_many."""
        mine = self._open.get(session.principal, 0)
        if self.count >= self._most or mine >= self._per_member:
            raise Unavailable("stream.too_many", most=self._per_member)
        self._open[session.principal] = mine + 1
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
    """One event as the browser's EventSource reads it. JSON has no line breaks of its own, so one data line does."""
    return b"id: " + event_id.encode() + b"\nevent: " + topic.encode() + b"\ndata: " + _encode(data) + b"\n\n"


async def events(
    source: AsyncIterator[Any], *, draining: asyncio.Event, heartbeat_s: float, still_valid: Any
) -> AsyncIterator[bytes]:
    """Frames of `source`, a comment after `heartbeat_s` of silence, until it ends, the session does, or we drain."""
    yield f"retry: {RECONNECT_MS}\n\n".encode()
    stop = asyncio.ensure_future(draining.wait())
    following: asyncio.Future[Any] | None = None
    try:
        while not stop.done():
            following = following or asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait({following, stop}, timeout=heartbeat_s, return_when=asyncio.FIRST_COMPLETED)
            if following in done:
                try:
                    event_id, topic, data = following.result()
                except StopAsyncIteration:
                    return
                following = None
                yield frame(str(event_id), topic, data)
            elif not done:
                if not still_valid():
                    yield b"event: ended\ndata: {}\n\n"
                    return
                yield b": heartbeat\n\n"
        # EventSource comes again by itself after `retry`: to the process that serves then.
        yield b": closing\n\n"
    finally:
        stop.cancel()
        if following is not None:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration, Exception):
                await following
        await source.aclose()  # pyright: ignore[reportAttributeAccessIssue]


@get("/stream", opt={"who": "member"}, include_in_schema=False)
async def stream(request: Request[Any, Any, Any], state: State, topics: str = "") -> Stream:
    """GET /stream?topics=quote:600519.SH,orders:... as text/event-stream."""
    session: Session = request.scope["state"]["session"]
    own = state.accounts.of(session.subject) if session.kind is PrincipalKind.CLIENT else ()
    asked = allowed_topics(topics, session, own)
    if state.draining.is_set():
        raise Unavailable("server.draining")
    streams: Streams = state.streams
    streams.enter(session)
    state.measures.streams.inc()
    still_valid = _validity(state, request)

    async def body() -> AsyncIterator[bytes]:
        try:
            source = state.desk.subscribe(asked)
            async for chunk in events(
                source, draining=state.draining, heartbeat_s=state.values.heartbeat_s, still_valid=still_valid
            ):
                yield chunk
        finally:
            streams.leave(session)
            state.measures.streams.dec()

    return Stream(body(), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


def _validity(state: State, request: Request[Any, Any, Any]) -> Any:
    token = state.gate.token(request)

    def still_valid() -> bool:
        # Looks without touching: a page left open must not keep its session alive for ever.
        try:
            state.gate.peek(token)
        except Unauthorised:
            return False
        return True

    return still_valid
