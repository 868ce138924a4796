"""The one event stream of a page: topics in the query, ids on every event, a heartbeat, an end when
we stop.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from litestar import get
from litestar.connection import Request
from litestar.datastructures import State
from litestar.params import FromQuery
from litestar.response import Response
from litestar.types import ASGIApp, HTTPResponseBodyEvent, Receive, Scope, Send

from yunquan.app.web.fanout import Fanout
from yunquan.app.web.listener import Listener
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
# By topic, the roles that may hear it; none: all of staff.
_OF_STAFF: dict[str, frozenset[str]] = {
    "health": frozenset(),
    "cockpit": frozenset(("risk", "operations", "audit")),
    "alerts": frozenset(("risk", "operations", "audit")),
}
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


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
        or (kind in _OF_STAFF and not of and is_staff and _has_role(session, _OF_STAFF[kind]))
    )
    if not known:
        raise Invalid("stream.topic_unknown", topic=topic[:60])


def _has_role(session: Session, roles: frozenset[str]) -> bool:
    return not roles or any(role.value in roles for role in session.roles)


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


class Reading:
    """What one stream is made of besides its topics.

    still_valid: asked every heartbeat. count, uncount: called when it begins and ends.
    """

    def __init__(
        self,
        fanout: Fanout,
        topics: list[str],
        locale: str,
        level: int,
        *,
        draining: asyncio.Event,
        still_valid: Callable[[], bool],
        count: Callable[[], None],
        uncount: Callable[[], None],
    ) -> None:
        self.fanout = fanout
        self.topics = topics
        self.locale = locale
        self.level = level
        self.draining = draining
        self.still_valid = still_valid
        self.count = count
        self.uncount = uncount


class EventStream(Response[None]):
    """The answer that goes on: written straight to the server, for a framework's stream would cost
    more than what is written.
    """

    def __init__(self, reading: Reading) -> None:
        super().__init__(None)
        self._reading = reading

    def to_asgi_response(self, *_args: Any, **_kwargs: Any) -> ASGIApp:  # type: ignore[override]
        """What Litestar calls."""
        return self._serve

    async def _serve(self, _scope: Scope, receive: Receive, send: Send) -> None:
        reading = self._reading
        reading.count()
        listener = reading.fanout.join(reading.topics, reading.locale, reading.level)
        task = asyncio.current_task()
        assert task is not None
        listener.on_drop = task.cancel
        leaving = asyncio.ensure_future(_until_gone(receive))
        leaving.add_done_callback(lambda _: listener.end("gone"))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            await send(_chunk(f"retry: {RECONNECT_MS}\n\n".encode()))
            await _write(reading, listener, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except asyncio.CancelledError:
            if listener.ended != "dropped":
                raise
            task.uncancel()
        finally:
            leaving.cancel()
            reading.fanout.leave(listener)
            reading.uncount()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _chunk(body: bytes) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _write(reading: Reading, listener: Listener, send: Send) -> None:
    """Write what is new until the reader leaves, may no longer listen, or we stop."""
    time = asyncio.get_running_loop().time
    while True:
        await listener.wait()
        if listener.ended == "gone":
            return
        if listener.ended or reading.draining.is_set():
            # EventSource comes again by itself after `retry`: to the process that serves then.
            await send(_chunk(b": closing\n\n"))
            return
        if listener.check:
            listener.check, listener.checked_s = False, time()
            if not reading.still_valid():
                await send(_chunk(b"event: ended\ndata: {}\n\n"))
                return
        body = listener.take() or (b": heartbeat\n\n" if listener.beat else b"")
        listener.beat = False
        if body:
            listener.writing_since_s = time()
            await send(_chunk(body))
            listener.writing_since_s, listener.wrote_s = None, time()


@get("/stream", opt={"who": "member"}, include_in_schema=False)
async def stream(
    request: Request[Any, Any, Any], state: State, topics: FromQuery[str] = ""
) -> EventStream:
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

    def count() -> None:
        streams.enter(session)
        gauge.inc()

    def uncount() -> None:
        streams.leave(session)
        gauge.dec()

    return EventStream(
        Reading(
            state.fanout,
            asked,
            locale,
            level,
            draining=state.draining,
            still_valid=lambda: (
                state.gate.lives(token)
                and (not deep or level_of(state.desk.screen, session) >= LEVEL_2)
            ),
            # Counted when it begins: a reader who leaves before that never ends either.
            count=count,
            uncount=uncount,
        )
    )
