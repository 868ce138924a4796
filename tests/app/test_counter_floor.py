"""What the counter makes of the exchange's announcements: when its day begins, and what must be in
before.
"""

from __future__ import annotations

import asyncio
import tempfile
from typing import Any

import msgspec
import pytest

from tests.counter.desk import ACCOUNT, BUY, DAY, MAIN, NEXT_DAY, Desk, every_day
from yunquan.app.processes.floor import Floor
from yunquan.counter import types as c
from yunquan.counter.types import RollDay
from yunquan.kernel.wire import frame
from yunquan.market.rules import Calendar
from yunquan.market.types import Instrument, InstrumentNotice
from yunquan.venues import ExchangeGateways
from yunquan.venues.adapters.exchange import ExchangeGateway


class Server:
    """Takes commands and gives them to the driver when told to."""

    def __init__(self) -> None:
        self.queue: list[Any] = []

    def enqueue(self, command: Any) -> None:
        self.queue.append(command)


class Stage:
    """A counter, its floor, and the gateway whose frames the test reads out itself."""

    def __init__(self, address: str = "unix:/nowhere") -> None:
        self.desk = Desk()
        self.server = Server()
        self.calendar = every_day()
        self.floor = Floor("0", self.desk.driver, self.server, lambda: self.calendar)  # type: ignore[arg-type]
        self.gateways = ExchangeGateways(
            address, "YQ01", "counter-0", ("", "b"), self.floor.listener
        )
        self.gateway = self.gateways.by_label[""]
        self.floor.gateways = self.gateways

    def hear(self, kind: str, day: str, of: ExchangeGateway | None = None, **more: Any) -> None:
        status = {"trading_day": day, "time": "10:00:00", "phase": "continuous", "speed": 1.0}
        (of or self.gateway)._heed({"type": kind, **status, **more})

    def instrument(self, day: str) -> None:
        share = Instrument(MAIN, "SH", "main", "样例", "Sample")
        self.floor.on_instrument(InstrumentNotice(share, day, 10_000, 11_000, 9_000, halted=False))

    def report(self, index: int, kind: str, order: str, qty: int = 0, day: str = DAY) -> None:
        self.gateway._heed(report_of(index, kind, order, qty, day))

    def settle(self) -> None:
        commands, self.server.queue = self.server.queue, []
        self.desk.do(*commands)

    @property
    def rolls(self) -> list[str]:
        return [command.day for command in self.server.queue if isinstance(command, RollDay)]


def report_of(index: int, kind: str, order: str, qty: int, day: str = DAY) -> dict[str, Any]:
    """The exchange's message."""
    return {
        "type": "report",
        "kind": kind,
        "index": index,
        "id": order,
        "exec": f"E{index}",
        "price_milli": 10_000,
        "qty": qty,
        "code": "",
        "at": f"{day}T10:00:00.000+08:00",
    }


class Nowhere:
    """A line that takes everything."""

    def send(self, _message: Any) -> None:
        pass


@pytest.fixture
def stage() -> Stage:
    """The first day has begun; one account with money."""
    made = Stage()
    made.hear("logon_ok", DAY, next_report=1)
    made.instrument(DAY)
    made.hear("market", DAY, last_report=0)
    made.settle()
    made.desk.open_account()
    made.desk.deposit(100_000_000)
    return made


def test_a_day_begins_once_its_instruments_are_known() -> None:
    stage = Stage()
    stage.hear("logon_ok", DAY, next_report=1)
    assert stage.rolls == [], (
        "orders of the first moment would be checked against the limits of yesterday"
    )
    stage.instrument(DAY)
    stage.hear("market", DAY, last_report=0)
    assert stage.rolls == [DAY]


def test_a_day_waits_for_every_report_of_the_one_before(stage: Stage) -> None:
    """The counter was down over midnight: the logon names the new day before it repeats the fill of
    yesterday.
    """
    order = stage.desk.placed(BUY, 10_000, 100)
    stage.floor.on_link("", "counter-0", up=False)
    stage.hear("logon_ok", NEXT_DAY, next_report=3)
    stage.instrument(NEXT_DAY)
    stage.report(1, "accepted", order)
    stage.settle()
    stage.hear("market", NEXT_DAY, last_report=2)
    assert stage.rolls == []
    stage.report(2, "filled", order, qty=100)
    stage.settle()
    stage.hear("market", NEXT_DAY, last_report=2)
    assert stage.rolls == [NEXT_DAY]
    stage.settle()
    assert stage.desk.state.unmatched == 0
    assert stage.desk.state.books.clients[ACCOUNT].positions[MAIN].owned() == 100


def test_a_report_lost_at_the_close_is_waited_for(stage: Stage) -> None:
    order = stage.desk.placed(BUY, 10_000, 100)
    stage.report(1, "accepted", order)
    stage.settle()
    stage.hear("day_end", DAY, last_report=2)  # its expiry, report 2, was lost on the way
    stage.instrument(NEXT_DAY)
    stage.hear("market", NEXT_DAY, last_report=2)
    assert stage.rolls == []
    assert stage.desk.state.day == DAY
    assert stage.desk.place(BUY, 10_000, 100).code == "order.day_mismatch", (
        "nothing is taken in between"
    )
    stage.report(2, "cancelled", order, qty=100)
    stage.settle()
    stage.hear("market", NEXT_DAY, last_report=2)
    assert stage.rolls == [NEXT_DAY]


def test_the_other_gateway_is_waited_for_while_orders_of_ours_are_out_by_it(stage: Stage) -> None:
    """Its line is down, so it has not heard what became of them; nor that there is another day."""
    other = stage.gateways.by_label["b"]
    stage.hear("logon_ok", DAY, of=other, next_report=1)
    assert stage.desk.one(c.UseGateway("staff:1", "b", "drill")).accepted
    order = stage.desk.placed(BUY, 10_000, 100)
    assert stage.desk.order(order).gateway == "b"
    stage.floor.on_link("b", "counter-0-b", up=False)
    stage.instrument(NEXT_DAY)
    stage.hear("market", NEXT_DAY, last_report=0)
    assert stage.rolls == []
    stage.hear("logon_ok", NEXT_DAY, of=other, next_report=2)
    assert stage.rolls == [], "there is a report to come"
    other._heed(report_of(1, "filled", order, qty=100))
    stage.settle()
    stage.hear("market", NEXT_DAY, of=other, last_report=1)
    assert stage.rolls == [NEXT_DAY]
    assert stage.desk.state.unmatched == 0
    assert stage.desk.order(order).filled == 100


def test_what_waits_for_the_quota_is_forgotten_with_its_day(stage: Stage) -> None:
    sent: list[Any] = []
    stage.gateway._send = sent.append  # type: ignore[method-assign]
    stage.hear("logon_ok", DAY, next_report=1, orders_per_s=1)
    stage.gateway._link = Nowhere()  # type: ignore[assignment]

    async def send_two() -> None:
        for number in (1, 2):
            stage.gateway.send_order(f"ord_{number}", "A1", MAIN, BUY, "limit", 10_000, 100)
        assert stage.gateway.queued == 1
        stage.hear("market", DAY, last_report=0)
        assert stage.gateway.queued == 1
        stage.hear("market", NEXT_DAY, last_report=0)
        assert stage.gateway.queued == 0

    asyncio.run(send_two())
    assert [message["id"] for message in sent] == ["ord_1"]


def test_an_exchange_that_refuses_the_logon_is_asked_again_after_a_while() -> None:
    """Ever later, as one that is away: not in an endless rush."""
    logons: list[float] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        logons.append(asyncio.get_running_loop().time())
        await reader.read(10)
        refused = {"type": "logon_refused", "code": "L04_gateway_closed", "text": "closed"}
        writer.write(frame(msgspec.msgpack.encode(refused)))
        writer.close()

    async def story(address: str) -> None:
        server = await asyncio.start_unix_server(refuse, address)
        stage = Stage(f"unix:{address}")
        stage.gateway.start()
        await asyncio.sleep(0.4)
        await stage.gateway.stop()
        server.close()

    with tempfile.TemporaryDirectory(prefix="yq-") as folder:
        asyncio.run(story(f"{folder}/venue.sock"))
    assert 2 <= len(logons) <= 4, logons
    assert logons[1] - logons[0] >= 0.05


def test_time_alone_tells_of_lost_reports(stage: Stage) -> None:
    """The last report before a silence is lost; nothing else follows that would show the gap."""
    stage.hear("market", DAY, last_report=1)
    assert not stage.gateway.caught_up()


def test_no_day_begins_when_the_calendar_runs_out(stage: Stage) -> None:
    stage.calendar = Calendar((DAY, NEXT_DAY))
    stage.instrument(NEXT_DAY)
    stage.hear("market", NEXT_DAY, last_report=0)
    assert stage.rolls == []
    assert stage.floor.day_refused is not None
    assert stage.floor.day_refused.code == "market.calendar_ends"
    stage.calendar = every_day()
    stage.hear("market", NEXT_DAY, last_report=0)
    assert stage.rolls == [], "it isn't read again with every announcement"
    stage.desk.clock.advance(31)
    stage.hear("market", NEXT_DAY, last_report=0)
    assert stage.rolls == [NEXT_DAY]


def test_a_rehearsal_begins_no_day_and_takes_no_order(stage: Stage) -> None:
    order = stage.desk.placed(BUY, 10_000, 100)
    stage.instrument(NEXT_DAY)
    stage.hear("market", NEXT_DAY, last_report=0, kind_of_day="test")
    assert stage.rolls == []
    assert stage.floor.day_refused is not None
    assert stage.floor.day_refused.code == "market.test_day"
    assert stage.floor.reference(1).rehearsal
    stage.report(1, "filled", order, qty=100, day=NEXT_DAY)
    stage.settle()
    assert stage.desk.state.unmatched == 1, "kept for whoever looks, the books untouched"
    stage.report(2, "filled", order, qty=100, day=DAY)
    stage.settle()
    assert stage.desk.order(order).filled == 100, "told late, but of the day before"


def test_a_day_is_closed_once_its_last_report_is_in(stage: Stage) -> None:
    stage.hear("day_end", DAY, last_report=0)
    assert [type(one) for one in stage.server.queue] == [c.CloseDay]
    stage.settle()
    stage.hear("market", DAY, last_report=0)
    assert stage.server.queue == [], "it has ended already"


def test_a_day_whose_reports_are_missing_stays_open(stage: Stage) -> None:
    stage.hear("day_end", DAY, last_report=1)
    assert not any(isinstance(one, c.CloseDay) for one in stage.server.queue)
    stage.report(1, "accepted", "ord_unknown")
    stage.settle()
    stage.hear("market", DAY, last_report=1)
    assert any(isinstance(one, c.CloseDay) for one in stage.server.queue)


def test_a_day_waits_for_what_becomes_of_an_order_on_its_way(stage: Stage) -> None:
    """It reaches an exchange that has ended its day: the refusal comes after the last report."""
    order = stage.desk.placed(BUY, 10_000, 100)
    stage.hear("day_end", DAY, last_report=0)
    assert not any(isinstance(one, c.CloseDay) for one in stage.server.queue)
    stage.report(1, "rejected", order, day=DAY)
    stage.settle()
    stage.hear("market", DAY, last_report=1)
    assert any(isinstance(one, c.CloseDay) for one in stage.server.queue)
    assert stage.desk.state.unmatched == 0
