"""Asking, turns, progress, stopping, a process that dies, shadows beside what is live."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.backtests.test_runner import two_days
from tests.surveillance.stream import SIZES, Stream, run
from tests.surveillance.test_monitor import MANY, alerts, publish
from yunquan.app.backtesting import BacktestChild, Report
from yunquan.app.processes.backtest import run_one
from yunquan.backtests import Backtests, Runner
from yunquan.backtests.types import Backtest, BacktestState, NewBacktest, RuleRef
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import Database
from yunquan.rulebook import RuleBook
from yunquan.rulebook.types import Condition


@pytest.fixture
def stream(database: Database, clock: ManualClock) -> Stream:
    return Stream(database, clock)


@pytest.fixture
def book(database: Database, clock: ManualClock) -> RuleBook:
    made = RuleBook(database, clock)
    made.begin()
    clock.advance(1)
    return made


@pytest.fixture
def office(database: Database) -> Backtests:
    def outcomes(ids: object) -> dict[str, str]:
        return dict.fromkeys([one.id for one in alerts(database)], "confirmed")

    return Backtests(database, outcomes, int)


def ran(office: Backtests, stream: Stream, one: Backtest) -> None:
    """As the process and the jobs do it, the two lines between them left out."""
    said = list[Report]()
    run_one(Runner(stream.database, stream.sources(), SIZES), one, said.append, lambda: False)
    for report in said:
        if report.result is not None or report.failed:
            office.finish(one, report.result, failed=report.failed)
        else:
            office.progress(one.id, report.done, report.total)


def wish(day: str, *rules: tuple[str, int]) -> NewBacktest:
    return NewBacktest(
        tuple(RuleRef(*one) for one in rules or [("spoofing.opposite", 1)]), day, day
    )


def today(stream: Stream) -> str:
    with stream.database.read() as tx:
        return tx.today()


def test_one_from_asking_to_the_precision(
    stream: Stream, book: RuleBook, office: Backtests, database: Database, tmp_path: Path
) -> None:
    day = two_days(stream, tmp_path)
    assert next((one.day, one.tape) for one in office.days()) == (day, False)
    assert len(office.days()) == 2
    asked = office.ask("staff:a", "k", wish(day))
    assert office.ask("staff:a", "k", wish(day)) == asked
    with pytest.raises(Conflict, match=r"command\.reused"):
        office.ask("staff:a", "k", wish("2020-01-01"))
    assert office.is_waiting()
    one = office.claim()
    assert one is not None
    assert (one.state, office.claim(), office.is_waiting()) == (BacktestState.RUNNING, None, False)
    ran(office, stream, one)
    done = office.load(asked.id)
    assert (done.state, done.percent) == (BacktestState.DONE, 100)
    assert done.result is not None
    (found,) = done.result.rules
    assert found.alerts == 3
    told = office.told(found)
    assert (told.confirmed, told.share) == (3, 1.0)
    assert office.recent("spoofing.opposite") == [done]
    assert office.recent("ramping.up") == []


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (wish("2020-01-01", ("no.such", 1)), NotFound),
        (wish("2020-01-01", ("spoofing.opposite", 9)), NotFound),
        (wish("2999-01-01"), Invalid),
        (wish("yesterday"), Invalid),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(
    stream: Stream, book: RuleBook, office: Backtests, new: NewBacktest, error: type[Exception]
) -> None:
    with pytest.raises(error):
        office.ask("staff:a", "k", new)


def test_a_day_nobody_read_fails_with_its_reason(
    stream: Stream, book: RuleBook, office: Backtests, database: Database
) -> None:
    asked = office.ask("staff:a", "k", wish(today(stream)))
    one = office.claim()
    assert one is not None
    ran(office, stream, one)
    failed = office.load(asked.id)
    assert (failed.state, failed.failed) == (BacktestState.FAILED, "backtests.no_stream")


def test_turns_are_kept_and_a_queue_ends(
    stream: Stream, book: RuleBook, office: Backtests, clock: ManualClock
) -> None:
    day = today(stream)
    ids = list[str]()
    for number in range(10):
        ids.append(office.ask("staff:a", str(number), wish(day)).id)
        clock.advance(1)
    with pytest.raises(Conflict, match="too_many"):
        office.ask("staff:a", "more", wish(day))
    office.cancel(ids[0])
    first = office.claim()
    assert first is not None
    assert first.id == ids[1]


def test_one_that_is_cancelled_stays_so(
    stream: Stream, book: RuleBook, office: Backtests, database: Database, tmp_path: Path
) -> None:
    day = two_days(stream, tmp_path)
    asked = office.ask("staff:a", "k", wish(day))
    one = office.claim()
    assert one is not None
    assert office.progress(one.id, 1, 9)
    assert office.cancel(asked.id).state is BacktestState.CANCELLED
    assert not office.progress(one.id, 2, 9)
    ran(office, stream, one)
    over = office.load(asked.id)
    assert (over.state, over.result) == (BacktestState.CANCELLED, None)
    assert office.cancel(asked.id) == over
    office.finish(one, None, failed="backtests.broken")
    assert office.load(asked.id).state is BacktestState.CANCELLED


def test_a_process_that_dies_twice_gives_up(
    stream: Stream, book: RuleBook, office: Backtests
) -> None:
    asked = office.ask("staff:a", "k", wish(today(stream)))
    for _ in range(2):
        assert office.claim() is not None
        office.recover()
    failed = office.load(asked.id)
    assert (failed.state, failed.failed) == (BacktestState.FAILED, "backtests.lost")
    assert office.claim() is None


SAYS = """
import sys, time
sys.stdin.readline()
print('{"done": 3, "total": 9}', flush=True)
"""


def child(office: Backtests, then: str) -> BacktestChild:
    """A process that says how far it is and then does this."""
    return BacktestChild(office, [sys.executable, "-c", SAYS + then])


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_process_says_how_far_it_is_and_what_came_out(
    stream: Stream, book: RuleBook, office: Backtests
) -> None:
    asked = office.ask("staff:a", "k", wish(today(stream)))
    jobs = child(office, """print('{"failed": "backtests.no_stream"}', flush=True)""")
    jobs.look()
    until(lambda: office.load(asked.id).is_over)
    failed = office.load(asked.id)
    assert (failed.failed, failed.done, failed.total) == ("backtests.no_stream", 3, 9)


def test_a_house_that_closes_puts_it_back(
    stream: Stream, book: RuleBook, office: Backtests
) -> None:
    asked = office.ask("staff:a", "k", wish(today(stream)))
    jobs = child(office, "time.sleep(600)")
    jobs.look()
    until(lambda: office.load(asked.id).done == 3)
    jobs.stop()
    waiting = office.load(asked.id)
    assert (waiting.state, waiting.tries) == (BacktestState.WAITING, 0)


def test_a_cancel_ends_the_process(stream: Stream, book: RuleBook, office: Backtests) -> None:
    asked = office.ask("staff:a", "k", wish(today(stream)))
    jobs = child(office, 'while True: print(\'{"done": 4, "total": 9}\', flush=True)')
    jobs.look()
    until(lambda: office.load(asked.id).done == 4)
    office.cancel(asked.id)
    assert jobs._reader is not None
    jobs._reader.join(60)
    assert not jobs._reader.is_alive()
    assert office.load(asked.id).state is BacktestState.CANCELLED


def test_a_shadow_beside_what_is_live(
    stream: Stream, book: RuleBook, office: Backtests, tmp_path: Path
) -> None:
    monitor = stream.monitor(tmp_path)
    stream.open("A1", "A2")
    book.draft("staff:a", MANY)
    assert office.shadow(MANY.code) is None
    publish(book, MANY.code, 1)
    looser = (Condition(("order",), "account.orders.m5 >= 2"),)
    book.draft("staff:a", msgspec.structs.replace(MANY, conditions=looser))
    book.shadow("staff:a", MANY.code, 2, "try it")
    stream.wait(1)
    for account, orders in (("A1", 3), ("A2", 2)):
        for _ in range(orders):
            stream.order(account, "600519.SH", 1, 10_000, 100)
    run(monitor)
    stream.wait(1)
    report = office.shadow(MANY.code)
    assert report is not None
    assert (report.version, report.live) == (2, 1)
    assert (report.shadow_alerts, report.live_alerts) == (2, 1)
    assert (report.both, report.only_new, report.only_old) == (1, 1, 0)
    assert [one.account for one in report.examples_new] == ["A2"]
    assert (report.told.confirmed, report.cut) == (1, False)
