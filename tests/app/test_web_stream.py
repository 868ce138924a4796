"""The one stream of a page: whose topics, what comes, resuming, heartbeats, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.fixtures_database import NewUrl
from tests.partners.brokerage import CHENSHAN, PASSWORD, Brokerage, Visitor, make_brokerage, quote
from tests.surveillance.test_push import told
from yunquan.app.web import drain
from yunquan.app.web.stream import Streams
from yunquan.counter.types import PlaceOrder
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.transaction import Database
from yunquan.quotes import end_level, grant_level
from yunquan.quotes.types import Trade
from yunquan.security import log_in, log_out
from yunquan.security.types import LoginRequest, PrincipalKind, Session, SessionId


@pytest.fixture
def live(new_url: NewUrl, tmp_path: Path) -> Iterator[Brokerage]:
    """A brokerage on real time: what a stream waits for must pass by itself."""
    database = Database(new_url("sqlite"), SystemClock())
    made = make_brokerage(database, tmp_path)
    yield made
    made.passwords.close()
    database.dispose()


@pytest.fixture
def web(live: Brokerage) -> Iterator[TestClient[Litestar]]:
    with TestClient(live.app(), raise_server_exceptions=False) as client:
        yield client


class Listening:
    """A stream as a browser hears it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.chunks: asyncio.Queue[str] = asyncio.Queue()
        self.gone = asyncio.Event()
        # Cleared: the reader takes nothing any more.
        self.reads = asyncio.Event()
        self.reads.set()
        self.task: Any = None
        # Events of other topics that came while one was waited for: the latest of each.
        self.passed: dict[str, tuple[str, Any]] = {}

    async def chunk(self) -> str:
        return await asyncio.wait_for(self.chunks.get(), 5)

    async def event(self, topic: str) -> tuple[str, Any]:
        """Id and data of the next event of a topic."""
        while topic not in self.passed:
            lines = dict(
                line.split(": ", 1) for line in (await self.chunk()).splitlines() if ": " in line
            )
            if "id" in lines:
                self.passed[lines["event"]] = (lines["id"], json.loads(lines["data"]))
        return self.passed.pop(topic)


@asynccontextmanager
async def listen(
    app: Litestar, token: str, topics: str, **headers: str
) -> AsyncIterator[Listening]:
    heard = Listening()
    asked = {"authorization": f"Bearer {token}", "accept-language": "en", **headers}
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/stream",
        "raw_path": b"/stream",
        "query_string": f"topics={topics}".encode(),
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in asked.items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
        "scheme": "http",
        "root_path": "",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "extensions": {},
    }
    first = True

    async def receive() -> dict[str, Any]:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await heard.gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            heard.status = message["status"]
            heard.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        elif message.get("body"):
            await heard.reads.wait()
            # Several events may come in one write.
            for event in message["body"].decode().split("\n\n")[:-1]:
                heard.chunks.put_nowait(f"{event}\n\n")
        # A server tells the app that the reader is gone once the answer is whole.
        if message["type"] == "http.response.body" and not message.get("more_body"):
            heard.gone.set()

    heard.task = asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]
    try:
        yield heard
    finally:
        heard.gone.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(heard.task, 5)


async def token_of(live: Brokerage, name: str) -> tuple[str, Session]:
    request = LoginRequest(PrincipalKind.CLIENT, name, PASSWORD)
    if name in live.totp:
        request = LoginRequest(PrincipalKind.STAFF, name, PASSWORD, live.code(name))
    opened: Any = await log_in(live.login, request)
    return opened.token, opened.session


def place(live: Brokerage, name: str) -> str:
    command = PlaceOrder(
        f"t:{next(live.keys)}", live.accounts[name], CHENSHAN, 1, 100_000, 100, "2026-07-13"
    )
    return live.submit(command).order


@pytest.mark.parametrize(
    ("topics", "status", "code"),
    [
        ("", 400, "stream.topics"),
        (",".join(f"quote:{n:06d}.SH" for n in range(65)), 400, "stream.topics"),
        ("nonsense", 400, "stream.topic_unknown"),
        ("quote", 400, "stream.topic_unknown"),
        ("market:x", 400, "stream.topic_unknown"),
        ("quote:999999.SH", 404, "market.unknown_symbol"),
        ("health", 400, "stream.topic_unknown"),
        ("alerts", 400, "stream.topic_unknown"),
        (f"depth:{CHENSHAN}", 403, "level.needed"),
        (f"market,trades:{CHENSHAN}", 403, "level.needed"),
        ("orders:THEIRS", 404, "account.not_yours"),
        ("market,assets:THEIRS", 404, "account.not_yours"),
        ("quote:a b\r\nx", 400, "stream.topic_unknown"),
    ],
)
def test_topics_are_checked(
    live: Brokerage, web: TestClient[Litestar], topics: str, status: int, code: str
) -> None:
    client = Visitor(live, web, "linxz")
    topics = topics.replace("THEIRS", live.accounts["zhoums"])
    answer = web.get("/stream", params={"topics": topics}, headers=client.headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_stranger_hears_nothing(web: TestClient[Litestar]) -> None:
    answer = web.get("/stream", params={"topics": "market"})
    assert (answer.status_code, answer.json()["code"]) == (401, "session.needed")


async def _a_client_hears(live: Brokerage) -> None:
    app = live.app()
    token, _ = await token_of(live, "linxz")
    account = live.accounts["linxz"]
    topics = f"market,quote:{CHENSHAN},orders:{account},assets:{account}"
    async with listen(app, token, topics) as heard:
        assert await heard.chunk() == "retry: 1000\n\n"
        assert heard.headers["content-type"].startswith("text/event-stream")
        assert heard.headers["cache-control"] == "no-store"
        assert "content-security-policy" in heard.headers
        _, shown = await heard.event(f"quote:{CHENSHAN}")
        assert (shown["last"], len(shown["bids"])) == ("100.00", 5)
        live.desk.quotes.on_quote(quote(CHENSHAN, 101_000, 2))
        _, shown = await heard.event(f"quote:{CHENSHAN}")
        assert shown["last"] == "101.00"
        order = place(live, "linxz")
        while True:
            event_id, page = await heard.event(f"orders:{account}")
            if page["items"]:
                break
        assert page["items"][0]["id"] == order
        await heard.event(f"assets:{account}")
        assert app.state.streams.count == 1
    # Whoever comes again with what was seen gets the latest of each topic.
    async with listen(app, token, topics, last_event_id=event_id) as again:
        _, page = await again.event(f"orders:{account}")
        assert page["items"][0]["id"] == order
    await asyncio.sleep(0.05)
    assert app.state.streams.count == 0
    assert live.desk.quotes.subscriptions == app.state.fanout.channels == 0


def test_a_client_hears_what_is_theirs(live: Brokerage) -> None:
    asyncio.run(_a_client_hears(live))


async def _at_most_five_a_second(live: Brokerage) -> None:
    token, _ = await token_of(live, "linxz")
    topic = f"quote:{CHENSHAN}"
    async with listen(live.app(), token, topic) as heard:
        await heard.event(topic)
        for seq in range(40):
            live.desk.quotes.on_quote(quote(CHENSHAN, 100_000 + 10 * seq, seq + 2))
            await asyncio.sleep(0.025)
        await asyncio.sleep(0.3)
        events = [heard.chunks.get_nowait() for _ in range(heard.chunks.qsize())]
    quotes = [chunk for chunk in events if "event: quote" in chunk]
    assert 3 <= len(quotes) <= 7
    assert '"last":"100.39"' in quotes[-1]


def test_a_topic_comes_at_most_five_times_a_second(live: Brokerage) -> None:
    asyncio.run(_at_most_five_a_second(live))


async def _silence_and_end(live: Brokerage) -> None:
    app = live.app(heartbeat_s=0.2)
    token, session = await token_of(live, "linxz")
    async with listen(app, token, "market") as heard:
        await heard.event("market")
        live.login.cache.take_touches()
        assert [await heard.chunk() for _ in range(12)].count(": heartbeat\n\n") == 12
        # An open page alone doesn't count as use.
        assert live.login.cache.take_touches() == []
        log_out(live.login, session)
        while "event: ended" not in await heard.chunk():
            pass
        await asyncio.wait_for(asyncio.shield(heard.task), 5)


def test_a_stream_beats_and_ends_with_its_session(live: Brokerage) -> None:
    asyncio.run(_silence_and_end(live))


async def _draining(live: Brokerage) -> None:
    app = live.app()
    token, _ = await token_of(live, "linxz")
    async with listen(app, token, "market") as heard:
        await heard.event("market")
        drain(app)
        assert await heard.chunk() == ": closing\n\n"
        await asyncio.wait_for(asyncio.shield(heard.task), 5)
    async with listen(app, token, "market") as late:
        await asyncio.wait_for(asyncio.shield(late.task), 5)
        assert late.status == 503


def test_streams_end_before_we_stop(live: Brokerage) -> None:
    asyncio.run(_draining(live))


async def _staff_hear(live: Brokerage) -> None:
    token, _ = await token_of(live, "ops")
    topics = f"health,orders:{live.accounts['zhoums']}"
    async with listen(live.app(), token, topics) as heard:
        _, (counter,) = await heard.event("health")
        assert (counter["name"], counter["unbalanced"]) == ("0", {})
        await heard.event(f"orders:{live.accounts['zhoums']}")


def test_staff_hear_of_health_and_any_account(live: Brokerage) -> None:
    asyncio.run(_staff_hear(live))


async def _staff_hear_of_alerts(live: Brokerage) -> None:
    """Each by itself, in the reader's words, as soon as it is told."""
    token, _ = await token_of(live, "ops")
    async with listen(live.app(), token, "alerts", accept_language="en") as heard:
        assert (await heard.event("alerts"))[1] == {"ask": True}
        live.news.heard([told(1), told(2)])
        live.news.heard([told(2), told(3)])
        found = [(await heard.event("alerts"))[1] for _ in range(3)]
    assert [one["id"] for one in found] == ["alt_0001", "alt_0002", "alt_0003"]
    assert {(one["title"], one["who"]) for one in found} == {("Rule", "A1 · 600519.SH")}


def test_staff_hear_of_each_alert(live: Brokerage) -> None:
    asyncio.run(_staff_hear_of_alerts(live))


def test_nobody_holds_every_connection() -> None:
    def member(name: str) -> Session:
        return Session(
            SessionId(f"ses_{name}"), f"prn_{name}", PrincipalKind.CLIENT, name, name, name,  # type: ignore[arg-type]
            frozenset(), "", "", 0, 0, 1,
        )  # fmt: skip

    streams = Streams(most=3, per_member=2)
    one, two = member("one"), member("two")
    for _ in range(2):
        streams.check(one)
        streams.enter(one)
    with pytest.raises(Unavailable, match=r"stream\.too_many"):
        streams.check(one)
    streams.check(two)
    streams.enter(two)
    with pytest.raises(Unavailable, match=r"stream\.too_many"):
        streams.check(two)
    streams.leave(one)
    streams.check(two)


async def _told_to_stop(live: Brokerage) -> None:
    app = live.app()
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    try:
        async with app.lifespan():
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(told.wait(), 5)
            await asyncio.wait_for(app.state.draining.wait(), 5)
            # Told twice, it still only drains.
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.05)
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def test_a_signal_drains_before_the_server_waits(live: Brokerage) -> None:
    asyncio.run(_told_to_stop(live))


async def _level_2_hears_depth_and_trades_until_it_ends(live: Brokerage) -> None:
    owner = str(live.clients["linxz"])
    with live.desk.database.transaction("staff:stf_1") as tx:
        grant_level(tx, owner, "2026-07-13", "", "contract 1")
    token, _ = await token_of(live, "linxz")
    topics = f"depth:{CHENSHAN},trades:{CHENSHAN}"
    async with listen(live.app(heartbeat_s=0.2), token, topics) as heard:
        _, depth = await heard.event(f"depth:{CHENSHAN}")
        assert depth["symbol"] == CHENSHAN
        live.desk.quotes.on_trade(
            Trade(CHENSHAN, 9, "2026-07-13T10:42:18.000+08:00", 100_100, 300, "B")
        )
        _, trades = await heard.event(f"trades:{CHENSHAN}")
        (line,) = trades["trades"]
        assert (line["time"], line["price"], line["qty"]) == ("10:42:18", "100.10", 300)
        with live.desk.database.transaction("staff:stf_1") as tx:
            end_level(tx, owner, "2026-07-13", "client asked")
        while "event: ended" not in await heard.chunk():
            pass


def test_level_2_hears_depth_and_trades_until_it_ends(live: Brokerage) -> None:
    asyncio.run(_level_2_hears_depth_and_trades_until_it_ends(live))
