"""The fan-out: one publisher for all streams of a process; slow readers, joined writes, steps,
faults.
"""

from __future__ import annotations

import asyncio
from typing import Any

from tests.app.test_web_stream import listen, live, token_of
from tests.partners.brokerage import CHENSHAN, HAIYUAN, Brokerage, quote
from yunquan.app.web.fanout import Fanout
from yunquan.quotes import grant_level
from yunquan.quotes.types import Trade

__all__ = ["live"]


async def _latest_of_all(live: Brokerage) -> None:
    """A reader who stops reading holds nobody up, and finds the latest when it reads again."""
    fanout = Fanout(live.desk)
    topic = f"quote:{CHENSHAN}"
    slow, quick = fanout.join([topic], "en", 1), fanout.join([topic], "en", 1)
    slow.take()
    heard = []
    for seq in range(4):
        quick.take()
        live.desk.quotes.on_quote(quote(CHENSHAN, 100_000 + 10 * seq, seq + 2))
        async with asyncio.timeout(5):
            await quick.wait()
        heard.append(quick.take())
    assert len(set(heard)) == 4
    assert slow.take() == heard[-1]
    assert slow.take() == b""
    fanout.leave(slow)
    fanout.leave(quick)
    assert fanout.channels == 0


def test_a_slow_reader_gets_the_latest_and_holds_nobody_up(live: Brokerage) -> None:
    asyncio.run(_latest_of_all(live))


async def _dropped(live: Brokerage) -> None:
    app = live.app(heartbeat_s=0.1, stall_s=0.1)
    token, _ = await token_of(live, "linxz")
    topic = f"quote:{CHENSHAN}"
    async with listen(app, token, topic) as heard:
        await heard.event(topic)
        heard.reads.clear()
        for seq in range(10_000):
            if heard.task.done():
                break
            live.desk.quotes.on_quote(quote(CHENSHAN, 100_000, seq + 2))
            await asyncio.sleep(0.02)
        assert heard.task.done()
        assert heard.task.exception() is None
        assert app.state.streams.count == app.state.fanout.channels == 0


def test_a_reader_who_takes_nothing_is_dropped(live: Brokerage) -> None:
    asyncio.run(_dropped(live))


async def _one_write(live: Brokerage) -> None:
    """What changes together goes out in one write, as the same bytes for everybody."""
    fanout = Fanout(live.desk)
    topics = [f"quote:{CHENSHAN}", f"quote:{HAIYUAN}", "market"]
    readers = [fanout.join(topics, "en", 1) for _ in range(3)]
    assert fanout.channels == 3
    for reader in readers:
        reader.take()
    for seq in range(3):
        live.desk.quotes.on_quote(quote(CHENSHAN, 100_000 + 10 * seq, seq + 2))
        live.desk.quotes.on_quote(quote(HAIYUAN, 10_000 + 10 * seq, seq + 2))
    async with asyncio.timeout(5):
        for reader in readers:
            await reader.wait()
    told = [reader.take() for reader in readers]
    assert told[0] == told[1] == told[2]
    assert told[0].count(b"event: quote") == 2
    assert b'"last":"100.02"' in told[0]
    other = fanout.join(topics, "zh_CN", 1)
    assert fanout.channels == 6
    assert "晨山酒业" in other.take().decode()
    for reader in (*readers, other):
        fanout.leave(reader)


def test_what_changes_together_is_one_write_for_everybody(live: Brokerage) -> None:
    asyncio.run(_one_write(live))


async def _steps(live: Brokerage) -> None:
    """Trades come in steps: whoever missed one, or came again, gets them whole."""
    owner = str(live.clients["linxz"])
    with live.desk.database.transaction("staff:stf_1") as tx:
        grant_level(tx, owner, "2026-07-13", "", "contract 1")
    token, _ = await token_of(live, "linxz")
    app, topic = live.app(), f"trades:{CHENSHAN}"

    def trade(seq: int) -> None:
        at = "2026-07-13T10:42:18.000+08:00"
        live.desk.quotes.on_trade(Trade(CHENSHAN, seq, at, 100_100, 300, "B"))

    async with listen(app, token, topic) as watching, listen(app, token, topic) as leaving:
        trade(1)
        await watching.event(topic)
        event_id, _ = await leaving.event(topic)
        leaving.gone.set()
        await asyncio.wait_for(asyncio.shield(leaving.task), 5)
        trade(2)
        _, step = await watching.event(topic)
        assert [line["seq"] for line in step["trades"]] == [2]
        async with listen(app, token, topic, last_event_id=event_id) as again:
            _, whole = await again.event(topic)
        assert [line["seq"] for line in whole["trades"]] == [1, 2]


def test_who_comes_again_misses_no_step(live: Brokerage) -> None:
    asyncio.run(_steps(live))


async def _fair(live: Brokerage) -> None:
    """More readers than are woken at once: all hear every round, and none is always last."""
    fanout = Fanout(live.desk)
    topic = f"quote:{CHENSHAN}"
    readers = [fanout.join([topic], "en", 1) for _ in range(250)]
    order: list[int] = []

    async def read(number: int) -> None:
        readers[number].take()
        for _ in range(2):
            await readers[number].wait()
            readers[number].take()
            order.append(number)

    tasks = [asyncio.create_task(read(number)) for number in range(len(readers))]
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        for seq in (1, 2):
            live.desk.quotes.on_quote(quote(CHENSHAN, 100_000 + 10 * seq, seq + 2))
            while len(order) < seq * len(readers):
                await asyncio.sleep(0.01)
        await asyncio.gather(*tasks)
    first, second = order[:250], order[250:]
    assert sorted(first) == list(range(250))
    assert second == first[::-1]
    for reader in readers:
        fanout.leave(reader)


def test_nobody_is_always_last(live: Brokerage) -> None:
    asyncio.run(_fair(live))


async def _one_fails(live: Brokerage) -> None:
    """A topic that fails says so and is tried again; the others go on."""
    broken = True

    async def load(_locale: str) -> Any:
        if broken:
            raise ValueError("a fault of ours")
        return {"well": True}

    fanout = Fanout(live.desk, watched={"checks": (load, 0.0)})
    listener = fanout.join(["checks", f"quote:{CHENSHAN}"], "en", 1)
    told = b""
    async with asyncio.timeout(10):
        while b"server.fault" not in told or b"event: quote" not in told:
            await listener.wait()
            told += listener.take()
        broken = False
        while b'{"well":true}' not in told:
            await listener.wait()
            told += listener.take()
    fanout.leave(listener)


def test_one_topics_failure_stops_no_other(live: Brokerage) -> None:
    asyncio.run(_one_fails(live))


class Pieces:
    """A flow that is told by hand."""

    def __init__(self) -> None:
        self.listeners: list[Any] = []

    def listen(self, heard: Any) -> None:
        self.listeners.append(heard)

    def forget(self, heard: Any) -> None:
        self.listeners.remove(heard)

    def shown(self, piece: int, locale: str) -> dict[str, Any]:
        return {"n": piece, "in": locale}

    def tell(self, *pieces: int) -> None:
        for heard in self.listeners:
            heard(pieces)


async def _each_piece(live: Brokerage) -> None:
    """Each an event of its own and at once; whoever has missed too many is told to ask."""
    pieces = Pieces()
    fanout = Fanout(live.desk, flows={"alerts": pieces})
    one, other = fanout.join(["alerts"], "en", 1), fanout.join(["alerts"], "zh_CN", 1)
    assert b'data: {"ask":true}' in one.take()
    assert b'data: {"ask":true}' in other.take()
    pieces.tell(1, 2)
    pieces.tell(3)
    await one.wait()
    events = one.take().split(b"\n\n")[:-1]
    assert [event.split(b"data: ")[1] for event in events] == [
        b'{"n":%d,"in":"en"}' % number for number in (1, 2, 3)
    ]
    assert one.take() == b""
    # A latecomer hears what comes, and asks for what was.
    late = fanout.join(["alerts"], "en", 1)
    pieces.tell(4)
    assert b'"ask"' in late.take()
    pieces.tell(5)
    assert late.take().count(b"event: alerts") == 1
    assert other.take().count(b'"in":"zh_CN"') == 5
    pieces.tell(*range(6, 2_000))
    assert b'data: {"ask":true}' in other.take()
    for listener in (one, other, late):
        fanout.leave(listener)
    assert pieces.listeners == []


def test_no_piece_of_a_flow_is_left_out(live: Brokerage) -> None:
    asyncio.run(_each_piece(live))
