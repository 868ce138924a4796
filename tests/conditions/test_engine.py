"""Conditions from confirmation to the counter's answer: gaps, halts, restarts, two engines."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.conditions.scene import GRID, NEXT_DAY, STOP, TIMED, Scene, Silent
from tests.partners.brokerage import DAY
from yunquan.app.event_kinds import event_kinds
from yunquan.conditions.types import ConditionDetail
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import each_record
from yunquan.kernel.transaction import Database


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Any:
    made = Scene(database, tmp_path)
    yield made
    made.brokerage.passwords.close()


def test_a_stop_waits_triggers_once_and_keeps_what_was_seen(scene: Scene) -> None:
    async def story() -> ConditionDetail:
        line = await scene.confirm()
        await scene.settled()
        before = scene.brokerage.driver.state.books
        scene.hear(9_600)
        await scene.settled()
        assert scene.orders() == []
        assert (await scene.detail(line.id)).condition.state == "active"
        assert before is scene.brokerage.driver.state.books
        scene.hear(9_480)
        await scene.settled()
        scene.hear(9_400)
        await scene.settled()
        return await scene.detail(line.id)

    detail = asyncio.run(story())
    assert detail.condition.state == "placed"
    assert len(scene.orders()) == 1
    (seen,) = detail.triggers
    assert (seen.last, seen.threshold, seen.bid, seen.ask) == ("9.48", "9.50", "9.47", "9.49")
    assert (seen.side, seen.price, seen.qty, seen.order) == ("sell", "9.00", 100, scene.orders()[0])
    assert seen.command == f"condition:{detail.condition.id}:{DAY}:1"


def test_a_gap_triggers_at_the_first_price_beyond(scene: Scene) -> None:
    async def story() -> ConditionDetail:
        seen = msgspec.structs.replace(STOP, price="", offset="0.05")
        line = await scene.confirm(seen)
        await scene.settled()
        scene.hear(9_100)
        await scene.settled()
        return await scene.detail(line.id)

    (trigger,) = asyncio.run(story()).triggers
    assert (trigger.last, trigger.price) == ("9.10", "9.05")


@pytest.mark.parametrize(
    ("phase", "volume", "halted"),
    [
        ("open_auction", 10_000, False),
        ("continuous", 0, False),
        ("continuous", 10_000, True),
    ],
)
def test_nothing_triggers_while_a_price_means_nothing(
    scene: Scene, phase: str, volume: int, halted: bool
) -> None:
    async def story() -> str:
        line = await scene.confirm()
        await scene.settled()
        scene.market(phase=phase)
        if halted:
            scene.halt("volatility_halt")
        scene.hear(9_400, volume=volume)
        await scene.settled()
        assert scene.orders() == []
        # The same price counts once it means something, without another quote for a halt's end.
        scene.market(time="09:46:00")
        if halted:
            scene.halt("trading")
        if not volume:
            scene.hear(9_400)
        scene.engine.on_pulse()
        await scene.settled()
        return (await scene.detail(line.id)).condition.state

    assert asyncio.run(story()) == "placed"


def test_a_silent_feed_triggers_nothing(scene: Scene) -> None:
    async def story() -> None:
        await scene.confirm()
        await scene.settled()
        scene.hear(9_600)
        scene.brokerage.desk.clock.advance(60)  # pyright: ignore[reportAttributeAccessIssue]
        stale = scene.board.quote(STOP.symbol)
        assert stale is not None
        scene.board.on_quote(msgspec.structs.replace(stale, last_milli=9_000))
        scene.engine.on_pulse()
        await scene.settled()
        assert scene.orders() == []
        scene.hear(9_000)
        await scene.settled()
        assert len(scene.orders()) == 1

    asyncio.run(story())


def test_killed_between_evidence_and_order_the_next_engine_places_it(scene: Scene) -> None:
    async def story() -> ConditionDetail:
        line = await scene.confirm()
        broken = scene.another_engine(Silent(scene.counters, takes=False))
        await broken.step()
        scene.hear(9_400, broken)
        await scene.settled(broken)
        assert scene.orders() == []
        assert (await scene.detail(line.id)).condition.state == "triggered"
        # The price has come back: the order was decided, and goes out all the same.
        scene.hear(9_900)
        await scene.settled(scene.another_engine())
        return await scene.detail(line.id)

    detail = asyncio.run(story())
    assert detail.condition.state == "placed"
    assert detail.triggers[0].last == "9.40"
    assert len(scene.orders()) == 1


def test_killed_between_order_and_state_it_is_not_placed_again(scene: Scene) -> None:
    async def story() -> ConditionDetail:
        line = await scene.confirm()
        broken = scene.another_engine(Silent(scene.counters, takes=True))
        await broken.step()
        scene.hear(9_400, broken)
        await scene.settled(broken)
        assert len(scene.orders()) == 1
        assert (await scene.detail(line.id)).condition.state == "triggered"
        await scene.settled(scene.another_engine())
        await scene.settled(scene.another_engine())
        return await scene.detail(line.id)

    detail = asyncio.run(story())
    assert detail.condition.state == "placed"
    assert [trigger.order for trigger in detail.triggers] == scene.orders()


def test_one_left_over_from_yesterday_is_refused_not_placed_today(scene: Scene) -> None:
    async def story() -> ConditionDetail:
        line = await scene.confirm()
        broken = scene.another_engine(Silent(scene.counters, takes=False))
        await broken.step()
        scene.hear(9_400, broken)
        await scene.settled(broken)
        scene.next_day()
        await scene.settled(scene.another_engine())
        return await scene.detail(line.id)

    detail = asyncio.run(story())
    assert detail.condition.state == "failed"
    assert scene.orders() == []
    assert detail.condition.reason


def test_two_engines_trigger_once(scene: Scene) -> None:
    async def story() -> ConditionDetail:
        line = await scene.confirm()
        first, second = scene.another_engine(), scene.another_engine()
        await first.step()
        await second.step()
        scene.hear(9_400, first)
        second.on_pulse()
        second.room.look(STOP.symbol)
        assert first.room.hits
        assert second.room.hits
        await asyncio.gather(first.step(), second.step())
        await first.settle()
        await second.settle()
        return await scene.detail(line.id)

    detail = asyncio.run(story())
    assert detail.condition.state == "placed"
    assert len(detail.triggers) == len(scene.orders()) == 1


def test_what_is_paused_or_cancelled_meanwhile_does_not_trigger(scene: Scene) -> None:
    async def story() -> None:
        paused, cancelled = await scene.confirm(), await scene.confirm()
        await scene.settled()
        # The engine hasn't heard of it yet, and the row decides.
        actor = f"client:{scene.client}"
        await scene.office.act(actor, scene.account, paused.id, "pause", "en")
        await scene.office.act(actor, scene.account, cancelled.id, "cancel", "en")
        scene.hear(9_400)
        await scene.settled()
        assert scene.orders() == []
        await scene.office.act(actor, scene.account, paused.id, "resume", "en")
        await scene.settled()
        assert len(scene.orders()) == 1

    asyncio.run(story())


def test_the_counters_refusal_is_kept_with_its_words(scene: Scene) -> None:
    async def story() -> ConditionDetail:
        line = await scene.confirm(msgspec.structs.replace(STOP, qty=5_000))
        await scene.settled()
        scene.hear(9_400)
        await scene.settled()
        return await scene.detail(line.id)

    detail = asyncio.run(story())
    assert detail.condition.state == "failed"
    assert "order." not in detail.condition.reason
    assert detail.condition.reason == detail.triggers[0].reason != ""
    assert scene.orders() == []


def test_a_condition_ends_with_its_last_day(scene: Scene) -> None:
    async def story() -> tuple[str, str]:
        ends = await scene.confirm()
        stays = await scene.confirm(msgspec.structs.replace(STOP, expires_on=NEXT_DAY))
        await scene.settled()
        scene.next_day()
        scene.hear(9_400, at=f"{DAY}T15:00:00.000+08:00")
        await scene.settled()
        assert scene.orders() == [], "a quote of yesterday triggers nothing"
        scene.hear(9_400, at=f"{NEXT_DAY}T09:45:00.000+08:00")
        await scene.settled()
        lines = [await scene.detail(one.id) for one in (ends, stays)]
        return lines[0].condition.state, lines[1].condition.state

    assert asyncio.run(story()) == ("expired", "placed")


@pytest.mark.parametrize("restarts", [False, True])
def test_an_ex_right_gap_pauses_what_was_set_before_it(scene: Scene, restarts: bool) -> None:
    async def story() -> None:
        lasting = msgspec.structs.replace(STOP, expires_on=NEXT_DAY)
        line = await scene.confirm(lasting)
        await scene.settled()
        scene.close(10_000)
        scene.next_day(prev_close=9_300)
        if restarts:
            scene.engine = scene.another_engine()
        today = {"prev_close_milli": 9_300, "at": f"{NEXT_DAY}T09:45:00.000+08:00"}
        await scene.settled()
        scene.hear(9_310, **today)
        await scene.settled()
        assert scene.orders() == []
        found = (await scene.detail(line.id)).condition
        assert (found.state, found.actions) == ("paused", ("resume", "cancel"))
        assert "9.30" in found.reason
        assert "10.00" in found.reason
        # Looked at again today, its price means today's.
        actor = f"client:{scene.client}"
        await scene.office.act(actor, scene.account, line.id, "resume", "en")
        await scene.settled()
        assert len(scene.orders()) == 1

    asyncio.run(story())


def test_a_timed_condition_takes_the_first_good_price_of_its_time(scene: Scene) -> None:
    async def story() -> ConditionDetail:
        line = await scene.confirm(TIMED)
        await scene.settled()
        scene.market("09:59:59")
        scene.hear(9_900)
        await scene.settled()
        assert scene.orders() == []
        scene.halt("volatility_halt")
        scene.market("10:00:00")
        await scene.settled()
        assert scene.orders() == []
        scene.halt("trading")
        await scene.settled()
        return await scene.detail(line.id)

    detail = asyncio.run(story())
    assert detail.condition.state == "placed"
    assert (detail.triggers[0].last, detail.triggers[0].price) == ("9.90", "9.95")
    assert detail.triggers[0].threshold is None


def test_a_grid_buys_below_sells_above_and_ends_with_its_rounds(scene: Scene) -> None:
    async def story() -> ConditionDetail:
        line = await scene.confirm(GRID)
        await scene.settled()
        for price in (9_900, 9_800, 9_700, 8_990, 9_350, 9_560, 9_900):
            scene.hear(price)
            await scene.settled()
            await scene.settled()
        return await scene.detail(line.id)

    detail = asyncio.run(story())
    # 9.80 buys; 8.99 is outside; 9.35 gaps over 9.60 and 9.40 and buys once; 9.60 sells at 9.90.
    assert [(one.side, one.last) for one in reversed(detail.triggers)] == [
        ("buy", "9.80"),
        ("buy", "9.35"),
        ("sell", "9.90"),
    ]
    assert detail.condition.state == "completed"
    assert len(scene.orders()) == 3


def test_a_grid_whose_order_is_refused_is_paused_on_its_line(scene: Scene) -> None:
    async def story() -> ConditionDetail:
        line = await scene.confirm(msgspec.structs.replace(GRID, qty=100_000))
        await scene.settled()
        scene.hear(9_800)
        await scene.settled()
        return await scene.detail(line.id)

    detail = asyncio.run(story())
    assert detail.condition.state == "paused"
    assert detail.condition.reason
    assert "10.00" in detail.condition.summary


def test_every_step_is_in_the_log(scene: Scene) -> None:
    async def story() -> str:
        line = await scene.confirm()
        await scene.settled()
        scene.hear(9_400)
        await scene.settled()
        return line.id

    condition = asyncio.run(story())
    names = [type(event).__name__ for event in logged(scene.database, condition)]
    assert names == ["ConditionCreated", "ConditionTriggered", "ConditionPlaced"]


def logged(database: Database, condition: str) -> list[Any]:
    """Events of one condition, in order."""
    codec = EventCodec(event_kinds().values())
    with database.read() as tx:
        bodies = [record.body for record in each_record(tx.connection, "rooms")]
    events = [event for body in bodies for event in codec.decode(body)]
    return [event for event in events if getattr(event, "condition", "") == condition]


def test_the_same_request_is_the_same_condition(scene: Scene) -> None:
    async def story() -> tuple[str, str]:
        first = await scene.confirm(STOP, "once")
        return first.id, (await scene.confirm(STOP, "once")).id

    first, second = asyncio.run(story())
    assert first == second
