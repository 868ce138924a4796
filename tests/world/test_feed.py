"""The feed's levels, and what quotes show in a call auction."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.world.client import LINJIANG, Client, running
from yunquan_world import World
from yunquan_world.book import BUY, SELL


async def reader(world: World, level: int) -> Client:
    """A reader of a level that has had the day so far."""
    client = await Client.open(world.settings.venue)
    client.send(type="logon", role="feed", level=level)
    client.send(type="subscribe", symbols=[LINJIANG])
    await client.next("market")
    return client


async def heard(world: World, client: Client, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """What comes of these kinds until the next announcement of the time."""
    await world.advance(1.01)
    return [each for each in await client.until("market") if each["type"] in kinds]


def fill(world: World) -> int:
    """Twelve prices on each side; returns the price in the middle."""
    price = world.floor.instruments[LINJIANG].prev_close_milli
    for step in range(1, 13):
        world.place_other(LINJIANG, BUY, price - 10 * step, 100)
        world.place_other(LINJIANG, SELL, price + 10 * step, 100)
    return price


def test_each_level_shows_as_many_prices_as_it_should(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as world:
            price = fill(world)
            readers = [await reader(world, level) for level in (0, 1, 2)]
            world.place_other(LINJIANG, BUY, price + 10, 100)
            kinds = ("quote", "trade", "bbo")
            best, snapshots, full = [await heard(world, each, kinds) for each in readers]
            assert {each["type"] for each in best} == {"bbo"}
            assert best[-1]["rows"] == [[LINJIANG, price - 10, price + 20, price + 10]]
            assert {each["type"] for each in snapshots} == {"quote"}
            assert len(snapshots[-1]["bids"]) == len(snapshots[-1]["asks"]) == 5
            assert {each["type"] for each in full} == {"quote", "trade"}
            last = [each for each in full if each["type"] == "quote"][-1]
            assert len(last["bids"]) == len(last["asks"]) == 10
            assert last["trades"] == 1
            (trade,) = (each for each in full if each["type"] == "trade")
            assert (trade["number"], trade["price_milli"]) == (1, price + 10)

    asyncio.run(story())


def test_snapshots_come_every_three_seconds_of_the_market_at_most(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, speed=1.0) as world:
            price = fill(world)
            client = await reader(world, 1)
            times = []
            for step in range(70):
                world.place_other(LINJIANG, BUY, price - 200 - 10 * step, 100)
                await world.advance(0.1)
            while len(times) < 2:
                times.append((await client.next("quote"))["at"][11:19])
            seconds = [int(text[-2:]) for text in times]
            assert seconds[1] - seconds[0] >= 3

    asyncio.run(story())


def test_a_call_shows_its_price_and_what_is_left(tmp_path: Path) -> None:
    async def story() -> None:
        pauses = {"pre_open": 1.0, "opening_call": 5.0}
        async with running(tmp_path, hours="day", speed=3600.0, pauses_s=pauses) as world:
            await world.advance(world.floor.timetable.day_s - world.floor._elapsed_s + 1.5)
            assert world.floor.moment.phase == "opening_call"
            price = world.floor.instruments[LINJIANG].prev_close_milli
            client = await reader(world, 2)
            world.place_other(LINJIANG, BUY, price - 10, 300)
            *_, quote = await heard(world, client, ("quote",))
            assert (quote["bids"], quote["indicative_milli"]) == ([[price - 10, 300]], 0)
            world.place_other(LINJIANG, BUY, price + 20, 500)
            world.place_other(LINJIANG, SELL, price + 20, 200)
            await world.advance(0.5)
            while not (quote := await client.next("quote"))["matched_qty"]:
                pass
            assert quote["bids"] == quote["asks"] == [[price + 20, 200]]
            names = ("indicative_milli", "matched_qty", "unmatched_qty")
            shown = [quote[name] for name in names]
            assert shown == [price + 20, 200, 300]
            await world.advance(8.0)
            trade = await client.next("trade")
            assert (trade["price_milli"], trade["qty"], trade["side"]) == (price + 20, 200, "")
            while not (quote := await client.next("quote"))["open_milli"]:
                pass
            assert (quote["bids"][0], quote["indicative_milli"]) == ([price + 20, 300], 0)
            assert quote["open_milli"] == price + 20

    asyncio.run(story())
