"""The watch over real logs: facts provoked, told once, over again, and what a restart keeps."""

from __future__ import annotations

import pytest

from tests.operations.test_rules import health, login, placed
from tests.surveillance.stream import Stream
from yunquan.app.event_kinds import event_kinds
from yunquan.cases.readers import FOLDING
from yunquan.cases.store import list_cases
from yunquan.cases.types import CaseState
from yunquan.counter import events as e
from yunquan.counter.events import codec
from yunquan.kernel.clock import ManualClock, to_ms
from yunquan.kernel.events import EventCodec
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.operations import OperationsOffice, OperationsWatch
from yunquan.operations.types import Pulse
from yunquan.surveillance import Alerts

EVERY = EventCodec(event_kinds().values())


class Bench:
    """A watch over the streams of one database."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.stream = Stream(database, clock)
        self.well = True
        self.begin()

    def begin(self) -> None:
        rooms = (ROOMS_STREAM, self.database, EVERY)
        self.watch = OperationsWatch(self.database, [("counter-0", self.database, codec())], rooms)

    def step(self, phase: str = "continuous") -> list[str]:
        views = (health(),) if self.well else ()
        pulse = Pulse(to_ms(self.clock.now()), 1, views, None, 0, {"counter-0": 0}, phase)
        return [f"{one.rule} {one.grade}" for one in self.watch.step(pulse)]


@pytest.fixture
def bench(database: Database, clock: ManualClock) -> Bench:
    return Bench(database, clock)


def test_a_stuck_order_is_told_at_each_line_and_ends(bench: Bench) -> None:
    bench.stream.say(placed("o1"))
    assert bench.step() == []
    bench.clock.advance(12)
    assert bench.step() == ["operations.stuck 2"]
    bench.clock.advance(5)
    assert bench.step() == []
    bench.clock.advance(60)
    assert bench.step() == ["operations.stuck 3"]
    office = OperationsOffice(bench.database)
    worst = office.board("en").wrong[0]
    assert (worst.name, worst.grade, worst.value, worst.link) == (
        "stuck",
        3,
        "77.00 s",
        "/staff/orders",
    )
    bench.stream.say(e.OrderAccepted("g", 1, "o1", "A1"))
    assert bench.step() == []
    assert office.board("zh_CN").wrong == ()
    catch_up(FOLDING, ROOMS_STREAM, bench.database, bench.database, EVERY)
    with bench.database.read() as tx:
        cases = list_cases(tx, tuple(CaseState), 10)
        assert [(one.kind, one.grade, one.alerts) for one in cases] == [("ops_stuck", 3, 2)]
    lines = Alerts(bench.database).recent("en")
    assert lines[0].title == "An order has had no answer for long"
    assert {(one.name, one.value) for one in lines[0].reasons} >= {
        ("Oldest order without an answer", "77.00 s"),
        ("How many", "1"),
    }


def test_a_restart_tells_nothing_twice(bench: Bench) -> None:
    bench.stream.say(placed("o1"))
    bench.clock.advance(12)
    assert bench.step() == ["operations.stuck 2"]
    bench.begin()
    bench.clock.advance(1)
    assert bench.step() == []
    assert OperationsOffice(bench.database).board("en").wrong[0].name == "stuck"


def test_a_counter_that_does_not_answer_leaves_what_it_said(bench: Bench) -> None:
    bench.well = False
    assert bench.step() == ["operations.counter 4"]
    board = OperationsOffice(bench.database).board("en")
    assert [one.name for one in board.wrong] == ["counter"]
    assert "Books out of balance" in board.unknown
    assert "books" not in {one.name for one in board.well}
    bench.well = True
    bench.clock.advance(1)
    assert bench.step() == []
    assert OperationsOffice(bench.database).board("en").wrong == ()


def test_staff_on_a_new_device(bench: Bench) -> None:
    bench.stream.say(login("p1", "Chrome, macOS", "staff"), stream=ROOMS_STREAM)
    assert bench.step() == []
    bench.stream.say(login("p1", "Edge, Windows", "staff"), stream=ROOMS_STREAM)
    bench.clock.advance(1)
    assert bench.step() == ["operations.staff_device 2"]
    bench.clock.advance(3_700)
    assert bench.step() == []


def test_before_the_first_measurement_the_board_is_empty(database: Database) -> None:
    board = OperationsOffice(database).board("en")
    assert (board.at_ms, board.wrong, board.well) == (0, (), ())
