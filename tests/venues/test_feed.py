"""The feed against a venue played by the test: over a real socket, with all its bad manners."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from yunquan.kernel.clock import SystemClock
from yunquan.kernel.wire import frame, read_frame, start_server
from yunquan.quotes import QuoteBoard
from yunquan.quotes.types import DayEnd
from yunquan.venues.adapters import feed as feed_module
from yunquan.venues.adapters.feed import ExchangeFeed

S = "600519.SH"
DAY = "2026-07-13"
LOGON_OK = {
    "type": "logon_ok",
    "next_report": 1,
    "trading_day": DAY,
    "time": "10:42:18",
    "phase": "continuous",
    "speed": 10,
}
INSTRUMENT = {
    "type": "instrument",
    "symbol": S,
    "security": "600519",
    "market": "SH",
    "name": "海棠酒业",
    "name_en": "Haitang Spirits",
    "board": "main",
    "trading_day": DAY,
    "prev_close_milli": 10_000,
    "limit_up_milli": 11_000,
    "limit_down_milli": 9_000,
    "status": "trading",
    "risk_warned": False,
    "simulated": "intraday",
}
HALT = {
    "type": "trading_status",
    "symbol": S,
    "market": "SH",
    "status": "volatility_halt",
    "until": "10:52:30",
    "reason": "30 %",
    "at": f"{DAY}T10:42:30.000+08:00",
}
NOTICE = {
    "type": "notice",
    "id": "N1",
    "kind": "gateway_change",
    "title_zh": "网关切换",
    "title_en": "Gateways change",
    "at": f"{DAY}T10:42:30.000+08:00",
}
MINUTES = {
    "type": "minutes",
    "symbol": S,
    "trading_day": DAY,
    "bars": [["09:31", 1, 2, 1, 2, 100, 5], ["09:32", 2, 3, 2, 3, 100, 5]],
}


def quote(seq: int) -> dict[str, Any]:
    return {
        "type": "quote",
        "symbol": S,
        "seq": seq,
        "at": f"{DAY}T10:42:18.123+08:00",
        "last_milli": 10_000 + seq,
        "open_milli": 9_990,
        "high_milli": 10_200,
        "low_milli": 9_900,
        "prev_close_milli": 9_950,
        "volume": 1_000,
        "turnover_fen": 1_000_000,
        "bids": [[10_000, 100], [9_990, 200]],
        "asks": [],
        "indicative_milli": 10_010,
        "matched_qty": 500,
        "unmatched_qty": -300,
        "a_field_of_a_later_version": 1,
    }


Send = Callable[[dict[str, Any] | bytes], Awaitable[None]]
Venue = Callable[[Send, int], Awaitable[None]]


@contextlib.asynccontextmanager
async def a_feed(
    path: Path, venue: Venue, ended: list[DayEnd] | None = None
) -> AsyncIterator[tuple[QuoteBoard, list[dict[str, Any]]]]:
    """A running feed and its board; `venue` plays each session, then hangs up."""
    heard: list[dict[str, Any]] = []
    sessions = 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sessions
        sessions += 1

        async def send(message: dict[str, Any] | bytes) -> None:
            body = message if isinstance(message, bytes) else msgspec.msgpack.encode(message)
            writer.write(frame(body))
            await writer.drain()

        async def listen() -> None:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while (body := await read_frame(reader)) is not None:
                    heard.append(msgspec.msgpack.decode(body))

        listening = asyncio.create_task(listen())
        with contextlib.suppress(ConnectionError):
            await venue(send, sessions)
        writer.close()
        listening.cancel()

    address = f"unix:{path / 'venue.sock'}"
    server = await start_server(handler, address)
    board = QuoteBoard(SystemClock(), day_ended=ended.append if ended is not None else None)
    running = asyncio.create_task(ExchangeFeed(address).run(board))
    try:
        yield board, heard
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        server.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def test_a_session_fills_the_board(tmp_path: Path) -> None:
    async def venue(send: Send, session: int) -> None:
        for message in (LOGON_OK, INSTRUMENT, MINUTES, quote(1), quote(2)):
            await send(message)
        trade = {"symbol": S, "seq": 1, "at": "x", "price_milli": 10_000, "qty": 100, "side": "B"}
        await send({"type": "trade"} | trade)
        await send({"type": "a_message_of_a_later_version"})
        await send(HALT)
        await send(NOTICE)
        await send({"type": "heartbeat"})
        await send({"type": "day_end", "trading_day": DAY, "last_report": 0})
        await asyncio.sleep(60)

    async def story() -> None:
        ended: list[DayEnd] = []
        async with a_feed(tmp_path, venue, ended) as (board, heard):
            await until(lambda: ended)
            assert heard[0] == {"type": "logon", "role": "feed", "level": 2}
            await until(lambda: len(heard) > 1)
            assert heard[1] == {"type": "subscribe", "symbols": ["*"]}
            found = board.quote(S)
            assert found is not None
            assert (found.indicative_milli, found.unmatched_qty) == (10_010, -300)
            status = board.book.trading_status(S)
            assert status is not None
            assert (status.status, status.until) == ("volatility_halt", "10:52:30")
            assert board.view().notice is not None
            assert (found.seq, found.bids) == (2, ((10_000, 100), (9_990, 200)))
            assert board.notice(S).instrument.initials == "HTJY"
            assert board.view().stale_since_ms is None
            assert board.view().status is not None
            minutes = board.minutes(S)
            assert minutes is not None
            assert [bar.minute for bar in minutes.bars] == ["09:31", "09:32"]
            assert ended[0].bars[0].close_milli == 10_002

    asyncio.run(story())


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\xc1 not msgpack",
        msgspec.msgpack.encode([1, 2]),
        msgspec.msgpack.encode({"no": "type"}),
        msgspec.msgpack.encode({"type": "quote", "symbol": 5}),
        msgspec.msgpack.encode(quote(9) | {"bids": [["cheap", 1]]}),
        msgspec.msgpack.encode(INSTRUMENT | {"type": "minutes", "bars": "none"}),
    ],
)
def test_rubbish_ends_the_session_and_the_next_one_goes_on(tmp_path: Path, rubbish: bytes) -> None:
    async def venue(send: Send, session: int) -> None:
        await send(LOGON_OK)
        if session == 1:
            await send(rubbish)
        else:
            await send(quote(session))
        await asyncio.sleep(60)

    async def story() -> None:
        async with a_feed(tmp_path, venue) as (board, _):
            await until(lambda: board.quote(S))
            found = board.quote(S)
            assert found is not None
            assert found.seq == 2

    asyncio.run(story())


def test_a_frame_too_long_ends_the_session(tmp_path: Path) -> None:
    async def venue(send: Send, session: int) -> None:
        await send(LOGON_OK)
        await send(b"x" * (2 << 20) if session == 1 else quote(session))
        await asyncio.sleep(60)

    async def story() -> None:
        async with a_feed(tmp_path, venue) as (board, _):
            await until(lambda: board.quote(S))

    asyncio.run(story())


def test_it_reconnects_after_a_hang_up_and_waits_for_a_venue_that_is_down(tmp_path: Path) -> None:
    async def venue(send: Send, session: int) -> None:
        await send(LOGON_OK)
        await send(quote(session))

    async def story() -> None:
        lonely = QuoteBoard(SystemClock())
        waiting = asyncio.create_task(ExchangeFeed(f"unix:{tmp_path}/none.sock").run(lonely))
        async with a_feed(tmp_path, venue) as (board, _):
            await until(lambda: board.quote(S) and board.book.quotes[S].seq >= 3)
        assert not waiting.done()
        assert lonely.view().stale_since_ms == 0
        waiting.cancel()

    asyncio.run(story())


def test_silence_ends_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "SILENCE_S", 0.05)
    monkeypatch.setattr(feed_module, "PULSE_S", 0.02)
    monkeypatch.setattr(feed_module, "HEARTBEAT_S", 0.02)

    async def venue(send: Send, session: int) -> None:
        await send(LOGON_OK)
        await send(quote(session))
        await asyncio.sleep(60)

    async def story() -> None:
        async with a_feed(tmp_path, venue) as (board, heard):
            await until(lambda: board.quote(S) and board.book.quotes[S].seq >= 2)
            assert {"type": "heartbeat"} in heard

    asyncio.run(story())


def test_a_refusal_is_retried_slowly(tmp_path: Path) -> None:
    sessions = 0

    async def venue(send: Send, session: int) -> None:
        nonlocal sessions
        sessions = session
        await send({"type": "logon_refused", "code": "V001", "text": "no"})

    async def story() -> None:
        async with a_feed(tmp_path, venue):
            await asyncio.sleep(0.6)
        # 0.1, 0.3, 1.0 s between the attempts.
        assert 1 <= sessions <= 4

    asyncio.run(story())


def test_best_prices_alone(tmp_path: Path) -> None:
    """The counter hears no more than it decides by, over hang-ups and rows that can't be read."""
    heard: list[tuple[str, int, int, int]] = []
    asked: list[Any] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = await read_frame(reader)
        assert body is not None
        asked.append(msgspec.msgpack.decode(body))
        rows = [[S, 9_990, 10_000, 9_990], ["000001.SZ", 0, 5_010, 0]]
        wrong = [[S, "9.99", 10_000, 9_990]]
        told = wrong if len(asked) == 1 else rows
        for message in (LOGON_OK, {"type": "bbo", "rows": told}):
            writer.write(frame(msgspec.msgpack.encode(message)))
        await writer.drain()

    async def story() -> None:
        address = f"unix:{tmp_path}/venue.sock"
        server = await start_server(visit, address)
        task = asyncio.create_task(ExchangeFeed(address).run_prices(heard.extend))
        await until(lambda: heard)
        task.cancel()
        server.close()

    asyncio.run(story())
    assert heard == [(S, 9_990, 10_000, 9_990), ("000001.SZ", 0, 5_010, 0)]
    assert {message["level"] for message in asked} == {0}
    assert len(asked) >= 2, "what could not be read ended the first session"
