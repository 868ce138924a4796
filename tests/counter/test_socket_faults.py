"""The counter behind its socket when the disk fails, when it drains, when another takes over."""

from __future__ import annotations

import asyncio

import pytest

from tests.counter.desk import ACCOUNT, BUY, NEXT_DAY, Desk, NoSnapshots, funded_desk
from tests.counter.invariants import check_same
from tests.counter.serving import (
    connected,
    deposit,
    repeated,
    serving,
    until,
)
from tests.fixtures_database import NewDatabase
from yunquan.counter import CounterServer, Journal
from yunquan.counter import types as c
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.proof import Verified, verify


def test_what_the_exchange_said_survives_a_failed_commit(address: str) -> None:
    """Reports have no caller who would repeat them: they go first in the next batch, in their
    order.
    """

    async def story() -> None:
        desk = funded_desk()
        order = desk.placed(BUY, 10_000, 300)
        async with serving(desk, address) as server, connected(address) as client:
            desk.journal.fail_next = [Unavailable("storage.failed"), Unavailable("storage.failed")]
            for index, (kind, qty) in enumerate(
                [("accepted", 0), ("filled", 100), ("filled", 200)], start=1
            ):
                report = c.VenueReport(
                    f"counter-0:{index}",
                    "counter-0",
                    index,
                    kind,
                    order,
                    f"E{index}",
                    10_000,
                    qty,
                    "",
                )
                server.enqueue(report)
            server.enqueue(c.RollDay("system:roll", NEXT_DAY))
            await until(lambda: desk.state.day == NEXT_DAY and desk.driver.sound)
            assert desk.shares() == (300, 0, 0, 0)
            assert desk.state.unmatched == 0
            assert (await repeated(client, deposit("web:1"))).accepted
        check_same(desk.state, desk.replayed(), 1)

    asyncio.run(story())


def test_callers_of_a_failed_commit_hear_of_it_and_repeat(address: str) -> None:
    async def story() -> None:
        desk = funded_desk()
        async with serving(desk, address), connected(address) as client:
            desk.journal.fail_next = [Unavailable("storage.failed")]
            outcomes = await asyncio.gather(
                *(client.submit(deposit(f"w:{n}")) for n in range(5)), return_exceptions=True
            )
            assert {type(one) for one in outcomes} == {Unavailable}
            answers = await asyncio.gather(*(repeated(client, deposit(f"w:{n}")) for n in range(5)))
            assert all(answer.accepted for answer in answers)
            assert desk.cash()[0] == 100_000_005

    asyncio.run(story())


def test_draining_answers_what_is_queued(address: str) -> None:
    async def story() -> None:
        desk = funded_desk()
        async with serving(desk, address) as server, connected(address) as client:
            waiting = [asyncio.create_task(client.submit(deposit(f"w:{n}"))) for n in range(1200)]
            await until(lambda: desk.cash()[0] > 100_000_000)
            await server.drain()
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
            answered = sum(isinstance(one, c.Answer) for one in outcomes)
            assert desk.cash()[0] == 100_000_000 + answered

    asyncio.run(story())


def test_draining_ends_though_the_disk_is_gone(address: str) -> None:
    async def story() -> None:
        desk = funded_desk()
        order = desk.placed(BUY, 10_000, 300)
        async with serving(desk, address) as server:
            desk.journal.fail_next = [Unavailable("storage.failed")] * 10_000
            server.enqueue(c.VenueReport("r", "counter-0", 1, "accepted", order, "", 0, 0, ""))
            await asyncio.wait_for(server.drain(patience_s=0.2), 10)
            desk.journal.fail_next.clear()

    asyncio.run(story())


def test_a_second_counter_started_on_purpose(address: str, new_database: NewDatabase) -> None:
    """It takes stream and socket; the first stops serving at its next command; nothing is lost, the
    log is whole.
    """
    database = new_database("sqlite")

    async def story() -> None:
        desk = Desk(Journal(database, "0"), NoSnapshots(), ManualClock())
        desk.begin()
        desk.open_account()
        first = desk.driver
        server = CounterServer(first)
        await server.start(address)
        async with connected(address) as early:
            assert (await early.submit(deposit("web:1"))).accepted
            desk.journal = Journal(database, "0")
            desk.driver = desk.new_driver()
            desk.driver.open()
            async with serving(desk, address) as second, connected(address) as late:
                outcomes = await asyncio.gather(
                    *(early.submit(deposit(f"web:{n}")) for n in range(2, 900)),
                    return_exceptions=True,
                )
                assert {getattr(one, "code", one) for one in outcomes} <= {
                    "counter.fenced",
                    "counter.busy",
                }
                assert server.failed.is_set()
                for query in (c.AskHealth(), c.AskAccount(ACCOUNT)):
                    with pytest.raises(Unavailable):
                        await early.ask(query)
                for number in range(1, 30):
                    assert (await late.submit(deposit(f"web:{number}"))).accepted
                await server.drain()
                assert (await repeated(early, deposit("web:30"))).accepted, (
                    "it finds the new one by itself"
                )
                assert not second.failed.is_set()
        assert desk.cash()[0] == 30
        with database.read() as tx:
            assert isinstance(verify(tx.connection, "counter-0"), Verified)
        check_same(desk.state, desk.replayed(), 1)

    asyncio.run(story())
