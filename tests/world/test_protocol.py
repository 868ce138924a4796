"""The exchange over a real socket: sessions, recovery, faults, hostile peers."""

from __future__ import annotations

import asyncio
import sqlite3
import struct
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.world.client import HAITANG, LINJIANG, Client, quiet, running
from yunquan_world import FolderInUseError, Settings, World
from yunquan_world.book import BUY, SELL

ORDER = {
    "type": "order",
    "id": "a",
    "account": "A123456789",
    "security": "600519",
    "market": "SH",
    "side": "B",
    "kind": "limit",
    "price_milli": 1_200_000,
    "qty": 100,
}


def prev_close(world: World, symbol: str = HAITANG) -> int:
    return world.floor.instruments[symbol].prev_close_milli


def test_a_member_trades(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            member = await Client.member(world)
            hello = await member.receive()
            assert hello == {
                "type": "logon_ok",
                "next_report": 1,
                "trading_day": "2026-07-13",
                "time": "09:30:00",
                "phase": "continuous",
                "speed": 10.0,
                "orders_per_s": 0,
                "kind_of_day": "trading",
            }
            *instruments, market = await member.until("market")
            assert len(instruments) == 2
            haitang = next(each for each in instruments if each["symbol"] == HAITANG)
            assert (haitang["name"], haitang["board"], haitang["status"]) == (
                "海棠酒业",
                "main",
                "trading",
            )
            assert haitang["simulated"] == "intraday"
            assert market["phase"] == "continuous"
            price = prev_close(world)
            member.order("a", "B", price, 300)
            (accepted,) = await member.reports(1)
            assert accepted == {
                "type": "report",
                "index": 1,
                "kind": "accepted",
                "id": "a",
                "exec": "E0000000001",
                "security": "600519",
                "market": "SH",
                "side": "B",
                "price_milli": price,
                "qty": 300,
                "leaves": 300,
                "code": "",
                "at": "2026-07-13T09:30:00.000+08:00",
            }
            world.place_other(HAITANG, SELL, price, 100)
            member.send(type="cancel", id="a")
            filled, cancelled = await member.reports(2)
            assert (filled["kind"], filled["qty"], filled["leaves"]) == ("filled", 100, 200)
            assert (cancelled["kind"], cancelled["qty"], cancelled["code"]) == (
                "cancelled",
                200,
                "user",
            )

    asyncio.run(story())


def test_a_feed_shows_what_happens(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, speed=60.0) as world:
            feed = await Client.feed(world, LINJIANG, "999999.SH")
            first = await feed.until("market")
            assert [each["type"] for each in first] == [
                "logon_ok",
                "instrument",
                "minutes",
                "quote",
                "market",
            ]
            price = prev_close(world, LINJIANG)
            world.place_other(LINJIANG, SELL, price + 10, 500)
            trade_of = world.place_other(LINJIANG, BUY, price + 10, 200)
            assert trade_of
            trade = await feed.next("trade")
            assert (trade["price_milli"], trade["qty"], trade["side"]) == (price + 10, 200, "B")
            await world.advance(0.3)
            quote = await feed.next("quote")
            assert quote["asks"] == [[price + 10, 300]]
            assert (quote["last_milli"], quote["volume"]) == (price + 10, 200)
            await world.advance(0.7)
            bars = (await feed.next("minutes"))["bars"]
            assert bars == [["09:31", *(price + 10,) * 4, 200, (price + 10) * 20]]
            feed.send(type="history", symbol=LINJIANG, last=3)
            closes = await feed.next("closes")
            assert [day for day, _ in closes["days"]] == ["2026-07-08", "2026-07-09", "2026-07-10"]
            assert closes["days"][-1][1] == price
            feed.send(type="history", symbol="nonsense")
            assert (await feed.next("closes"))["days"] == []

    asyncio.run(story())


def test_quotes_come_five_times_a_second_at_most(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            feed = await Client.feed(world, LINJIANG)
            await feed.next("market")
            price = prev_close(world, LINJIANG)
            for step in range(100):
                world.place_other(LINJIANG, BUY, price - 10 * step, 100)
                await world.advance(0.0101)
            quotes = [each for each in await feed.until("market") if each["type"] == "quote"]
            assert 4 <= len(quotes) <= 6
            assert len({quote["seq"] for quote in quotes}) == len(quotes)

    asyncio.run(story())


def test_missed_reports_are_replayed_with_the_days_ends_between(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, speed=3600.0) as world:
            member = await Client.member(world)
            price = prev_close(world)
            for number in range(3):
                member.order(f"a{number}", "B", price, 100)
            await member.reports(3)
            member.close()
            day_s = world.floor.timetable.day_s
            await world.advance(day_s)
            member = await Client.member(world, next_report=2)
            hello = await member.receive()
            assert (hello["next_report"], hello["trading_day"]) == (7, "2026-07-14")
            *missed, _ = await member.until("market")
            told = [
                each.get("index", each["trading_day"])
                for each in missed
                if each["type"] in ("report", "day_end")
                if each["type"] == "day_end" or each.setdefault("trading_day", "") == ""
            ]
            assert told == [2, 3, 4, 5, 6, "2026-07-13"]
            member.order("b", "B", prev_close(world), 100)
            assert (await member.next("report"))["index"] == 7

    asyncio.run(story())


def test_a_repeated_order_gets_its_old_reports(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            member = await Client.member(world)
            price = prev_close(world)
            member.order("a", "B", price, 100)
            first = await member.reports(1)
            world.place_other(HAITANG, SELL, price, 100)
            first += await member.reports(1)
            member.order("a", "B", price, 100)
            assert await member.reports(2) == first
            assert world.floor.next_report("YQ01.counter-0") == 3
            member.order("a", "B", price, 200)
            other = await member.next("report")
            assert (other["kind"], other["code"]) == ("rejected", "V106_duplicate")

    asyncio.run(story())


def test_queries_and_resends(tmp_path: Path) -> None:
    async def story() -> None:
        # The delay is long, so a query that didn't wait for the order would miss it.
        async with running(tmp_path, order_latency_ms=(5_000.0, 5_000.0)) as world:
            member = await Client.member(world)
            await member.next("market")
            member.send(type="query", id="a")
            assert await member.receive() == {
                "type": "status",
                "id": "a",
                "state": "unknown",
                "filled": 0,
                "leaves": 0,
            }
            price = prev_close(world)
            member.order("a", "B", price, 300)
            member.send(type="query", id="a")
            *reports, status = await member.until("status")
            assert [report["kind"] for report in reports] == ["accepted", "accepted"]
            assert (status["state"], status["filled"], status["leaves"]) == ("open", 0, 300)
            world.place_other(HAITANG, SELL, price, 100)
            await member.reports(1)
            member.send(type="query", id="a")
            *reports, status = await member.until("status")
            assert [report["index"] for report in reports] == [1, 2]
            assert (status["state"], status["filled"], status["leaves"]) == ("open", 100, 200)
            member.send(type="resend", first=2, last=99)
            assert (await member.receive())["index"] == 2

    asyncio.run(story())


def test_the_newest_session_of_a_gateway_wins(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            older = await Client.member(world)
            await older.next("market")
            older.order("a", "B", prev_close(world), 100)
            await older.reports(1)
            newer = await Client.member(world, next_report=2)
            assert (await older.next("error"))["code"] == "G01_replaced"
            assert await older.ended()
            await newer.next("market")
            newer.send(type="cancel", id="a")
            assert (await newer.next("report"))["index"] == 2
            other = await Client.member(world, gateway="counter-1")
            assert (await other.receive())["next_report"] == 1

    asyncio.run(story())


@pytest.mark.parametrize(
    ("logon", "code"),
    [
        ({"role": "king"}, "L01_unknown_role"),
        ({"role": "member", "member": "YQ01"}, "L02_no_member"),
        ({"role": "member", "member": "YQ01", "gateway": "g", "next_report": 2}, "L03_ahead"),
    ],
)
def test_logons_are_refused_with_a_code(tmp_path: Path, logon: dict[str, Any], code: str) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            client = await Client.open(world.settings.venue)
            client.send(type="logon", **logon)
            refused = await client.receive()
            assert (refused["type"], refused["code"]) == ("logon_refused", code)
            assert await client.ended()

    asyncio.run(story())


def packed(**changes: Any) -> bytes:
    return msgspec.msgpack.encode({**ORDER, **changes})


def without(name: str) -> bytes:
    return msgspec.msgpack.encode({key: value for key, value in ORDER.items() if key != name})


HOSTILE = {
    "empty": b"",
    "not msgpack": b"\xc1\xc1\xc1",
    "cut off": packed()[:-3],
    "more than one": packed() + packed(),
    "no map": msgspec.msgpack.encode([1, 2, 3]),
    "nested deep": b"\x91" * 5_000 + b"\xc0",
    "unknown type": msgspec.msgpack.encode({"type": "gift"}),
    "no type": msgspec.msgpack.encode({"id": "a"}),
    "second logon": msgspec.msgpack.encode({"type": "logon", "role": "feed"}),
    "price as text": packed(price_milli="10"),
    "price as float": packed(price_milli=1.5),
    "price as bool": packed(price_milli=True),
    "quantity beyond 64 bits": packed(qty=2**64 - 1),
    "id too long": packed(id="x" * 41),
    "id empty": packed(id=""),
    "id with control characters": packed(id="a\nb"),
    "id of bytes": packed(id=b"\xff\xfe"),
    "no quantity": without("qty"),
    "side unknown": packed(side="X"),
    "resend from zero": msgspec.msgpack.encode({"type": "resend", "first": 0, "last": 1}),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_malformed_frame_ends_the_session_and_nothing_else(tmp_path: Path, body: bytes) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            member = await Client.member(world)
            await member.next("market")
            member.send_body(body)
            assert (await member.next("error"))["code"] == "F02_malformed"
            assert await member.ended()
            again = await Client.member(world)
            assert (await again.receive())["next_report"] == 1, "nothing was ordered"

    asyncio.run(story())


def test_a_frame_too_long_is_not_read(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            for role in ("member", "feed", "nobody yet"):
                client = await Client.open(world.settings.venue)
                if role == "member":
                    client.send(type="logon", role=role, member="YQ01", gateway="g")
                elif role == "feed":
                    client.send(type="logon", role=role)
                client.writer.write(struct.pack(">I", (1 << 20) + 1) + b"x" * 1000)
                assert (await client.next("error"))["code"] == "F01_too_long"
                assert await client.ended()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"security": "600000"}, "V105_unknown_security"),
        ({"kind": "market"}, "V109_kind"),
        ({"qty": 150}, "V103_lot"),
        ({"qty": -100}, "V103_lot"),
        ({"qty": 2**53}, "V108_max_size"),
        ({"price_milli": 0}, "V101_price_limit"),
        ({"price_milli": 1_200_005}, "V102_tick"),
    ],
)
def test_wrong_orders_are_rejected_with_a_code(
    tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            member = await Client.member(world)
            member.send(**{**ORDER, **changes})
            report = await member.next("report")
            assert (report["kind"], report["code"], report["leaves"]) == ("rejected", code, 0)

    asyncio.run(story())


def test_faults_lose_nothing_that_a_resend_does_not_bring_back(tmp_path: Path) -> None:
    async def story() -> None:
        faults = quiet(drop=0.3, repeat=0.3, reorder=0.3)
        async with running(tmp_path, faults=faults) as world:
            member = await Client.member(world)
            await member.next("market")
            price = prev_close(world)
            for number in range(100):
                member.order(f"o{number}", "B", price, 100)
                if number % 10 == 9:
                    await asyncio.sleep(0)
                    await world.advance(0.05)
            await asyncio.sleep(0.05)
            await world.advance(1.0)
            *live, market = await member.until("market")
            assert market["last_report"] == 100
            live = [report for report in live if report["type"] == "report"]
            indexes = [report["index"] for report in live]
            assert len(set(indexes)) < 100, "some were dropped"
            assert len(set(indexes)) < len(indexes), "some were repeated"
            assert indexes != sorted(indexes), "some were overtaken"
            member.send(type="resend", first=1, last=100)
            resent = await member.reports(100)
            assert [report["index"] for report in resent] == list(range(1, 101))

    asyncio.run(story())


def test_a_session_that_breaks_continues_where_it_was(tmp_path: Path) -> None:
    async def session(world: World, seen: dict[int, str]) -> None:
        """Order what has no report yet, ten at a time, until the line breaks or all is known."""
        member = await Client.member(world, next_report=len(seen) + 1)
        price = prev_close(world)
        while len(seen) < 100:
            missing = [f"o{each}" for each in range(100) if f"o{each}" not in seen.values()]
            for order_id in missing[:10]:
                member.order(order_id, "B", price, 100)
            try:
                async with asyncio.timeout(0.05):
                    while len(seen) < 100:
                        report = await member.next("report")
                        if report["index"] <= len(seen) + 1:
                            seen[report["index"]] = report["id"]
            except TimeoutError:
                member.send(type="resend", first=len(seen) + 1, last=100)

    async def story() -> None:
        async with running(tmp_path, faults=quiet(disconnect=0.05, drop=0.05)) as world:
            seen: dict[int, str] = {}
            breaks = 0
            while len(seen) < 100 and breaks < 100:
                try:
                    await session(world, seen)
                except (asyncio.IncompleteReadError, ConnectionError):
                    breaks += 1
            assert list(seen) == list(range(1, 101))
            assert len(set(seen.values())) == 100, "an order was done twice"
            assert breaks > 0

    asyncio.run(story())


def test_a_silent_peer_is_let_go_and_a_talking_one_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yunquan_world.world._HEARTBEAT_EVERY_S", 0.05)
    monkeypatch.setattr("yunquan_world.world._SILENCE_S", 0.2)

    async def story() -> None:
        async with running(tmp_path) as world:
            silent, talking = await Client.member(world), await Client.member(world, gateway="g")
            for _ in range(10):
                talking.send(type="heartbeat")
                await asyncio.sleep(0.05)
            assert await silent.ended()
            assert (await talking.next("heartbeat"))["type"] == "heartbeat"
            talking.send(type="query", id="a")
            assert (await talking.next("status"))["state"] == "unknown"

    asyncio.run(story())


def test_stop_delivers_what_was_sent(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, order_latency_ms=(5_000.0, 5_000.0)) as world:
            member = await Client.member(world)
            await member.next("market")
            member.order("a", "B", prev_close(world), 100)
            await asyncio.sleep(0.05)
            stopping = asyncio.create_task(world.stop())
            assert (await member.next("report"))["kind"] == "accepted"
            assert await member.ended()
            await stopping
        async with running(tmp_path) as world:
            assert world.floor.next_report("YQ01.counter-0") == 2

    asyncio.run(story())


def test_one_folder_serves_one_world(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            second = World(Settings(data=world.settings.data, venue="unix:/v", bank="unix:/b"))
            with pytest.raises(FolderInUseError):
                await second.start()

    asyncio.run(story())


def test_a_world_that_cannot_write_says_so_and_tells_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            member = await Client.member(world)
            await member.next("market")
            world.floor.store.close()
            member.order("a", "B", prev_close(world), 100)
            with pytest.raises(sqlite3.ProgrammingError):
                await world.failure
            # Nothing is left to drain into.
            world._stopped = True
            world.break_sessions()

    asyncio.run(story())
