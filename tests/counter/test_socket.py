"""The counter behind its socket: many clients, too many commands, hostile bytes, watchers that
sleep.
"""

from __future__ import annotations

import asyncio
import random
import struct

import msgspec
import pytest

from tests.counter.desk import ACCOUNT, BUY, DAY, MAIN, funded_desk
from tests.counter.invariants import check_state
from tests.counter.serving import (
    connected,
    deposit,
    place,
    repeated,
    serving,
    until,
)
from yunquan.counter import SocketClient
from yunquan.counter import types as c
from yunquan.counter.adapters import client as client_module
from yunquan.counter.adapters import protocol as p
from yunquan.counter.adapters import server as server_module
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.kernel.wire import frame, open_connection, read_frame


def test_commands_and_queries(address: str) -> None:
    async def story() -> None:
        desk = funded_desk()
        async with serving(desk, address), connected(address) as client:
            answer = await client.submit(place("web:1"))
            assert (answer.accepted, answer.order, answer.seq) == (True, "ord_2026071300000001", 4)
            account = await client.ask(c.AskAccount(ACCOUNT))
            assert (account.day, account.seq, account.cash.frozen) == (DAY, 4, 100_502)
            assert [order.id for order in account.orders] == [answer.order]
            order = await client.ask(c.AskOrder(answer.order))
            assert (order.qty, order.open, order.frozen) == (100, True, 100_502)
            health = await client.ask(c.AskHealth())
            assert (health.seq, health.open_orders, health.unbalanced, health.negative) == (
                4,
                1,
                {},
                (),
            )
            # One order was accepted; neither a refusal nor money in counts.
            median, most = health.ack_ms
            assert 0 < median == most
            assert (await client.ask(c.AskNotices())).stops == ()
            assert (await client.submit(c.StopTrading("s:1", "BJ", "basis", "停", "stop"))).accepted
            (stop,) = (await client.ask(c.AskNotices())).stops
            assert (stop.scope, stop.notice_en, stop.command) == ("BJ", "stop", "s:1")
            assert await client.ask(c.AskAccount("6")) is None
            assert await client.ask(c.AskOrder("ord_x")) is None
            refused = await client.submit(place("web:2", 150))
            assert (refused.code, refused.facts["qty"]) == ("order.lot_size", 150)

    asyncio.run(story())


def test_the_same_id_from_many_at_once(address: str) -> None:
    async def story() -> None:
        desk = funded_desk()
        async with serving(desk, address), connected(address) as one, connected(address) as other:
            answers = await asyncio.gather(
                *(client.submit(place("web:1")) for client in (one, other) for _ in range(5))
            )
            assert {(answer.code, answer.order) for answer in answers} == {
                ("", "ord_2026071300000001")
            }
            with pytest.raises(Conflict) as caught:
                await other.submit(place("web:1", 200))
            assert caught.value.code == "command.reused"
            assert len(desk.state.orders) == 1

    asyncio.run(story())


def test_two_bodies_under_one_id_at_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is turned away while the first waits: neither may hear the other's answer."""
    monkeypatch.setattr(server_module, "LONGEST_QUEUE", 1)

    async def story() -> None:
        desk = funded_desk()
        async with serving(desk, address), connected(address) as client:
            outcomes = await asyncio.gather(
                client.submit(deposit("web:1", 5)),
                client.submit(deposit("web:1", 7)),
                return_exceptions=True,
            )
            assert isinstance(outcomes[0], c.Answer | Unavailable)
            assert isinstance(outcomes[1], Conflict | Unavailable), "7 fen were never paid in"
            assert (await repeated(client, deposit("web:1", 5))).accepted
            assert desk.cash()[0] == 100_000_005

    asyncio.run(story())


def test_backpressure(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "LONGEST_QUEUE", 20)

    async def story() -> None:
        desk = funded_desk()
        async with serving(desk, address), connected(address) as client:
            commands = [deposit(f"web:{number}") for number in range(100)]
            outcomes = await asyncio.gather(
                *(client.submit(one) for one in commands), return_exceptions=True
            )
            busy = [one for one in outcomes if isinstance(one, Unavailable)]
            assert {one.code for one in busy} == {"counter.busy"}
            answered = [one for one in outcomes if isinstance(one, c.Answer)]
            assert len(busy) + len(answered) == 100
            assert len(answered) >= 20
            assert desk.cash()[0] == 100_000_000 + len(answered), (
                "who was told 'busy' was not served"
            )
            for command in commands:
                assert (await repeated(client, command)).accepted
            assert desk.cash()[0] == 100_000_100

    asyncio.run(story())


def test_a_client_with_too_much_pending_says_so_itself(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MOST_PENDING", 3)

    async def story() -> None:
        desk = funded_desk()
        async with serving(desk, address), connected(address) as client:
            outcomes = await asyncio.gather(
                *(client.submit(deposit(f"w:{n}")) for n in range(5)), return_exceptions=True
            )
            assert [type(one) for one in outcomes] == [c.Answer] * 3 + [Unavailable] * 2

    asyncio.run(story())


HOSTILE = {
    "an endless frame": struct.pack(">I", 0xFFFFFFFF) + b"x" * 100,
    "one byte above the limit": struct.pack(">I", (1 << 20) + 1),
    "no msgpack": frame(b"\xc1\xc1\xc1"),
    "nothing": frame(b""),
    "a number": frame(b"\x05"),
    "an unknown tag": frame(msgspec.msgpack.encode(["format_disk", 1])),
    "too few fields": frame(msgspec.msgpack.encode(["submit"])),
    "an unknown command": frame(
        msgspec.msgpack.encode(["submit", ["mint_money", "x:1", ACCOUNT, 10**12]])
    ),
    "text for money": frame(
        msgspec.msgpack.encode(["submit", ["deposit", "x:1", ACCOUNT, "100", "icbc"]])
    ),
    "a fraction": frame(
        msgspec.msgpack.encode(["submit", ["deposit", "x:1", ACCOUNT, 1.5, "icbc"]])
    ),
    "too big for 64 bits": frame(b"\x92\xa6submit\x95\xa7deposit\xa3x:1\xa16\xcf" + b"\xff" * 9),
    "nested without end": frame(b"\x91" * 100_000),
    "text that is none": frame(b"\x92\xa6submit\x95\xa7deposit\xa3\xff\xfe\xfd\xa16\x01\xa1b"),
    "a request to a web server": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_frames_end_their_own_connection_only(address: str, name: str) -> None:
    async def story() -> None:
        desk = funded_desk()
        async with serving(desk, address), connected(address) as client:
            reader, writer = await open_connection(address)
            writer.write(HOSTILE[name])
            body = await asyncio.wait_for(read_frame(reader), 5)
            assert body is not None
            assert p.reply_decoder.decode(body).code == "wire.malformed"
            assert await asyncio.wait_for(read_frame(reader), 5) is None
            writer.close()
            assert (await client.submit(deposit("web:1"))).accepted
            assert desk.cash()[0] == 100_000_001
            check_state(desk.state)

    asyncio.run(story())


def test_random_bytes_and_torn_frames(address: str) -> None:
    async def story() -> None:
        chance = random.Random(7)
        desk = funded_desk()
        async with serving(desk, address) as server, connected(address) as client:
            for _ in range(60):
                _, writer = await open_connection(address)
                whole = frame(p.encoder.encode(p.Submit(deposit(f"torn:{chance.random()}"))))
                writer.write(
                    chance.choice(
                        (
                            chance.randbytes(chance.randint(1, 300)),
                            whole[: chance.randint(1, len(whole) - 1)],
                        )
                    )
                )
                await writer.drain()
                writer.close()
            await until(lambda: len(server.connections) == 1)
            assert desk.cash()[0] == 100_000_000
            reader, writer = await open_connection(address)
            for byte in frame(p.encoder.encode(p.Submit(deposit("slow:1")))):
                writer.write(bytes([byte]))
                await asyncio.sleep(0)
            body = await asyncio.wait_for(read_frame(reader), 5)
            assert body is not None
            assert p.reply_decoder.decode(body).answer.accepted
            writer.close()
            assert (await client.submit(deposit("web:1"))).accepted

    asyncio.run(story())


QUERIES = [
    c.AskAccount(ACCOUNT, -1),
    c.AskAccount(ACCOUNT, 2**63 - 1),
    c.AskAccount("\x00" * 1000),
    c.AskOrder(""),
    c.AskCheck(c.PlaceOrder("", ACCOUNT, MAIN, BUY, 2**63 - 1, 2**63 - 1, DAY)),
    c.AskCheck(c.PlaceOrder("", ACCOUNT, MAIN, BUY, 2**64 - 1, 2**64 - 1, DAY)),
    c.AskCheck(c.PlaceOrder("", ACCOUNT, MAIN, 2, 2**63 - 1, 2**63 - 1, DAY)),
    c.AskCheck(c.PlaceOrder("", ACCOUNT, MAIN, BUY, -(2**63), -(2**63), DAY)),
    c.AskCheck(c.PlaceOrder("", ACCOUNT, MAIN, 7, 1, 2**63 - 1, DAY)),
]


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_absurd_queries_are_answered(address: str, number: int) -> None:
    async def story() -> None:
        desk = funded_desk()
        before = desk.digest()
        async with serving(desk, address), connected(address) as client:
            waiting = asyncio.create_task(client.submit(deposit("web:1")))
            await client.ask(QUERIES[number])
            assert (await waiting).accepted, "others share this connection"
        assert desk.digest() != before

    asyncio.run(story())


def test_a_dry_run_changes_nothing(address: str) -> None:
    async def story() -> None:
        desk = funded_desk()
        before = desk.digest()
        async with serving(desk, address), connected(address) as client:
            check = await client.ask(c.AskCheck(place("web:1")))
            assert (check.code, check.total) == ("", 100_502)
            assert desk.digest() == before
            assert (await client.submit(place("web:1"))).accepted

    asyncio.run(story())


def test_a_watcher_sees_every_record_in_order(address: str) -> None:
    seen: list[tuple[int, bytes]] = []

    async def story() -> None:
        desk = funded_desk()
        async with (
            serving(desk, address),
            connected(address, lambda seq, body: seen.append((seq, body))),
            connected(address) as client,
        ):
            for number in range(20):
                await client.submit(deposit(f"web:{number}"))
            await until(lambda: len(seen) == 20)
            assert [body for _, body in seen] == desk.journal.bodies[-20:]
            assert [seq for seq, _ in seen] == list(range(4, 24))

    asyncio.run(story())


def test_a_watcher_that_never_reads_is_cut_off(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "LARGEST_BACKLOG_BYTES", 200_000)

    async def story() -> None:
        desk = funded_desk()
        async with serving(desk, address) as server, connected(address) as client:
            reader, writer = await open_connection(address)
            writer.write(frame(p.encoder.encode(p.Watch())))
            await until(lambda: len(server.watchers) == 1)
            reader._transport.pause_reading()  # type: ignore[attr-defined]
            number = 0
            while server.watchers:
                number += 1
                assert number < 3000, "it holds the counter's memory"
                await client.submit(
                    c.Deposit(f"web:{number}", ACCOUNT, 1, "a bank of a long name " * 20)
                )
            assert (await client.submit(deposit("web:last"))).accepted
            writer.close()

    asyncio.run(story())


def test_a_client_waits_out_a_restart(address: str) -> None:
    async def story() -> None:
        desk = funded_desk()
        client = SocketClient(address)
        await client.start(wait_s=0.05)
        assert not client.connected
        with pytest.raises(Unavailable):
            await client.submit(deposit("web:1"))
        async with serving(desk, address):
            await until(lambda: client.connected)
            assert (await client.submit(deposit("web:1"))).accepted
        await until(lambda: not client.connected)
        with pytest.raises(Unavailable) as caught:
            await client.ask(c.AskHealth())
        assert caught.value.code == "counter.unreachable"
        desk.driver = desk.new_driver()
        desk.driver.open()
        async with serving(desk, address):
            assert (await repeated(client, deposit("web:1"))).accepted
            assert (await repeated(client, deposit("web:2"))).accepted
        await client.close()
        assert desk.cash()[0] == 100_000_002

    asyncio.run(story())


def test_a_server_that_hangs_up_at_once_does_not_stop_the_client(address: str) -> None:
    async def story() -> None:
        hung_up = 0

        async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal hung_up
            hung_up += 1
            writer.transport.abort()

        rude = await asyncio.start_unix_server(hang_up, address.removeprefix("unix:"))
        client = SocketClient(address, on_committed=lambda _seq, _body: None)
        await client.start(wait_s=0.05)
        await until(lambda: hung_up > 3)
        rude.close()
        desk = funded_desk()
        async with serving(desk, address):
            assert (await asyncio.wait_for(repeated(client, deposit("web:1")), 5)).accepted
        await client.close()

    asyncio.run(story())


def test_an_answer_that_is_too_slow(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its caller hears Unavailable; the repeat gets the answer, and late words confuse nobody."""
    monkeypatch.setattr(client_module, "SLOWEST_ANSWER_S", 0.05)

    async def story() -> None:
        desk = funded_desk()
        async with serving(desk, address) as server, connected(address) as client:
            process = server._process
            server._process = lambda: None  # type: ignore[method-assign]
            with pytest.raises(Unavailable) as caught:
                await client.submit(deposit("web:1", 5))
            assert caught.value.code == "counter.slow"
            server._process = process  # type: ignore[method-assign]
            asyncio.get_running_loop().call_soon(process)
            assert (await repeated(client, deposit("web:1", 5))).accepted
            assert (await repeated(client, deposit("web:2", 5))).accepted
            assert desk.cash()[0] == 100_000_010

    asyncio.run(story())
