"""Exceptional days over the socket: halts, gateways that change, quotas, days of test."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.world.client import HAITANG, LINJIANG, Client, running
from yunquan_world import World
from yunquan_world.book import BUY, SELL
from yunquan_world.control import tell


async def asked(world: World, command: str, **facts: str) -> dict[str, Any]:
    """The answer to an operator's command."""
    return await tell(world.settings.control, command, facts)


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A short address: paths of sockets are limited to some hundred bytes."""
    monkeypatch.chdir(tmp_path)
    return "unix:c.sock"


def price_of(world: World, symbol: str = HAITANG) -> int:
    return world.floor.instruments[symbol].prev_close_milli


def test_an_operator_halts_an_exchange_and_everybody_hears_it(tmp_path: Path, door: str) -> None:
    async def story() -> None:
        async with running(tmp_path, control=door) as world:
            member, feed = await Client.member(world), await Client.feed(world, "*")
            await member.next("market")
            await feed.next("market")
            answer = await asked(world, "halt_exchange", market="SH", reason="drill")
            assert answer == {"type": "done"}
            for client in (member, feed):
                status = await client.next("trading_status")
                assert (status["symbol"], status["market"], status["status"], status["reason"]) == (
                    "*",
                    "SH",
                    "exchange_halt",
                    "drill",
                )
                notice = await client.next("notice")
                assert (notice["kind"], notice["id"]) == ("exchange_halt", "N000001")
                assert notice["title_zh"]
                assert notice["title_en"]
            member.order("a", "B", price_of(world), 100)
            assert (await member.next("report"))["code"] == "V115_exchange_halt"
            late = await Client.member(world, gateway="other")
            kinds = [each["type"] for each in await late.until("market")]
            assert kinds[-3:] == ["trading_status", "notice", "market"]
            assert await asked(world, "resume_exchange", market="SH") == {"type": "done"}
            assert (await member.next("trading_status"))["status"] == "trading"
            assert (await member.next("notice"))["kind"] == "exchange_resume"
            member.order("b", "B", price_of(world), 100)
            assert (await member.next("report"))["kind"] == "accepted"

    asyncio.run(story())


def test_a_halt_survives_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            world.halt_exchange("SH", "drill")
            world.halt(LINJIANG, "news")
        async with running(tmp_path) as world:
            member = await Client.member(world)
            told = [each for each in await member.until("market") if "status" in each]
            halts = {each["symbol"]: each["status"] for each in told if "until" in each}
            assert halts == {"*": "exchange_halt", LINJIANG: "halted"}
            member.order("a", "B", price_of(world, LINJIANG), 100, security="000001", market="SZ")
            assert (await member.next("report"))["code"] == "V107_halted"
            world.resume(LINJIANG)
            assert (await member.next("trading_status"))["status"] == "trading"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("command", "facts", "code"),
    [
        ("halt", {"symbol": "600000.SH"}, "C01_unknown_security"),
        ("network_test", {"day": "soon"}, "C02_no_date"),
        ("network_test", {"day": "2026-07-14"}, "C03_no_test_day"),
        ("network_test", {"day": "2026-07-12"}, "C03_no_test_day"),
    ],
)
def test_what_an_operator_cannot_do_is_refused(
    tmp_path: Path, door: str, command: str, facts: dict[str, str], code: str
) -> None:
    async def story() -> None:
        async with running(tmp_path, control=door) as world:
            answer = await asked(world, command, **facts)
            assert (answer["type"], answer["code"]) == ("refused", code)

    asyncio.run(story())


def test_what_is_no_command_ends_the_operators_connection(tmp_path: Path, door: str) -> None:
    async def story() -> None:
        async with running(tmp_path, control=door) as world:
            client = await Client.open(world.settings.control)
            client.send(type="halt_exchange", market="NY")
            assert (await client.next("error"))["code"] == "F02_malformed"
            assert await client.ended()

    asyncio.run(story())


def test_a_gateway_has_a_quota_of_orders_a_second(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, gateway_orders_per_s=3) as world:
            member, other = await Client.member(world), await Client.member(world, gateway="g2")
            assert (await member.receive())["orders_per_s"] == 3
            price = price_of(world)
            for number in range(5):
                member.order(f"o{number}", "B", price, 100)
            other.order("o1", "B", price, 100)
            codes = [report["code"] for report in await member.reports(5)]
            assert codes == ["", "", "", "V110_quota", "V110_quota"]
            assert (await other.next("report"))["kind"] == "accepted", "each gateway has its own"
            await world.advance(1.01)
            # The quota's rejection used the id; a new order needs a new one.
            member.order("o4", "B", price, 100)
            member.order("o5", "B", price, 100)
            again, taken = await member.reports(2)
            assert (again["index"], again["code"]) == (5, "V110_quota")
            assert (taken["id"], taken["kind"]) == ("o5", "accepted")

    asyncio.run(story())


def test_a_gateway_changes_its_quota_and_closes_for_a_while(tmp_path: Path, door: str) -> None:
    async def story() -> None:
        async with running(tmp_path, control=door) as world:
            first, second = await Client.member(world), await Client.member(world, gateway="g2")
            await first.next("market")
            await second.next("market")
            facts = {"gateway": "YQ01.counter-0", "orders_per_s": "50", "closed_s": "5"}
            assert (await asked(world, "change_gateway", **facts))["type"] == "done"
            assert (await second.next("notice"))["kind"] == "gateway_change"
            assert (await first.next("notice"))["kind"] == "gateway_change"
            assert (await first.next("error"))["code"] == "G02_closed"
            assert await first.ended()
            again = await Client.member(world)
            assert (await again.receive())["code"] == "L04_gateway_closed"
            second.order("a", "B", price_of(world), 100)
            assert (await second.next("report"))["kind"] == "accepted"
            await world.advance(5.1)
            again = await Client.member(world)
            assert (await again.receive())["orders_per_s"] == 50

    asyncio.run(story())


def test_a_network_test_is_a_day_that_leaves_nothing_behind(tmp_path: Path, door: str) -> None:
    async def story() -> None:
        async with running(tmp_path, control=door, speed=3600.0, first_day="2026-07-14") as world:
            member, feed = await Client.member(world), await Client.feed(world, HAITANG)
            await member.next("market")
            # The bars end on a Tuesday; the first Saturday after it is the 18th.
            assert (await asked(world, "network_test", day="2026-07-18"))["type"] == "done"
            assert (await member.next("notice"))["kind"] == "network_test"
            while world.floor.trading_day < "2026-07-18":
                await world.advance(world.floor.timetable.day_s)
            friday = world.floor.history(HAITANG)
            assert world.floor.kind_of_day == "test"
            await feed.until("logon_ok")
            while (market := await member.next("market"))["kind_of_day"] == "trading":
                pass
            assert (market["trading_day"], market["kind_of_day"]) == ("2026-07-18", "test")
            again = await Client.member(world, gateway="g2")
            assert (await again.receive())["kind_of_day"] == "test"
            member.order("a", "B", price_of(world), 100)
            assert (await member.next("report"))["code"] == "V116_test_day"
            world.place_other(HAITANG, SELL, price_of(world) + 1_000, 100)
            world.place_other(HAITANG, BUY, price_of(world) + 1_000, 100)
            await world.advance(world.floor.timetable.day_s)
            assert (world.floor.trading_day, world.floor.kind_of_day) == ("2026-07-20", "trading")
            assert world.floor.history(HAITANG) == friday

    asyncio.run(story())


def test_a_network_test_rehearses_the_generated_market_too(tmp_path: Path) -> None:
    async def story() -> None:
        options = {"speed": 3600.0, "first_day": "2026-07-17", "universe": "small"}
        async with running(tmp_path, **options) as world:
            world.plan_test_day("2026-07-18")
            await world.advance(world.floor.timetable.day_s)
            assert (world.floor.trading_day, world.floor.kind_of_day) == ("2026-07-18", "test")
            rehearsed = dict(world.floor.instruments)
            await world.advance(world.floor.timetable.day_s)
            assert world.floor.trading_day == "2026-07-20"
            for symbol, instrument in world.floor.instruments.items():
                assert rehearsed[symbol].prev_close_milli == instrument.prev_close_milli

    asyncio.run(story())
