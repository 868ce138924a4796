"""Past days once more: the same alerts, other versions, what is gone, floods, faults, a stop."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from tests.surveillance.stream import SIZES, Stream, run
from tests.surveillance.test_monitor import MANY, alerts, publish
from yunquan.backtests import Runner
from yunquan.backtests.types import Backtest, BacktestResult, BacktestState, NewBacktest, RuleRef
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict
from yunquan.kernel.transaction import Database
from yunquan.rulebook import RuleBook
from yunquan.rulebook.types import Condition
from yunquan.surveillance.types import AlertView

HOUR = 3_600


@pytest.fixture
def stream(database: Database, clock: ManualClock) -> Stream:
    return Stream(database, clock)


@pytest.fixture
def book(database: Database, clock: ManualClock) -> RuleBook:
    made = RuleBook(database, clock)
    made.begin()
    clock.advance(1)
    return made


def today(stream: Stream) -> str:
    with stream.database.read() as tx:
        return tx.today()


def replayed(stream: Stream, day: str, *rules: tuple[str, int]) -> BacktestResult:
    found = Runner(stream.database, stream.sources(), SIZES).run(asked(day, *rules))
    assert found is not None
    return found


def asked(day: str, *rules: tuple[str, int]) -> Backtest:
    wish = NewBacktest(tuple(RuleRef(*one) for one in rules), day, day, 1)
    return Backtest("bkt_1", "staff:a", 0, wish, BacktestState.RUNNING)


def nameless(found: Iterable[AlertView]) -> list[AlertView]:
    """Without the ids that only a kept alert has, in one order."""
    return sorted(
        (msgspec.structs.replace(one, id="") for one in found),
        key=lambda one: (one.rule, one.at_ms),
    )


def two_days(stream: Stream, folder: Path) -> str:
    """A day of some orders and logins, and one of false orders; the second."""
    monitor = stream.monitor(folder)
    stream.open("A1", "A2")
    for _ in range(4):
        stream.order("A1", "600519.SH", 1, 10_000, 100)
        stream.wait(HOUR)
    run(monitor)
    stream.wait(24 * HOUR)
    for account in ("A1", "A2", "A1"):
        stream.spoof(account)
        stream.wait(400)
        run(monitor)
    return today(stream)


def test_the_live_versions_find_exactly_what_was_found(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    day = two_days(stream, tmp_path)
    on_record = alerts(database)
    assert len(on_record) > 5
    rules = sorted({(one.rule, one.version) for one in on_record})
    found = replayed(stream, day, *rules)
    again = [one for rule in found.rules for one in rule.examples_both]
    # Their moments, accounts and numbers too.
    assert nameless(again) == nameless(on_record)
    assert found.likeness.recorded == found.likeness.again == len(on_record)
    assert found.likeness.more == 0
    assert found.missing == ()
    assert sum(rule.alerts for rule in found.rules) == len(on_record)
    # Nothing was written: not an alert, not a batch.
    assert alerts(database) == on_record


def test_a_stricter_draft_finds_fewer_and_a_looser_one_more(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    book.draft("staff:a", MANY)
    publish(book, MANY.code, 1)
    stream.wait(1)
    day = two_days(stream, tmp_path)
    for least in (5, 2):
        when = f"account.orders.m5 >= {least}"
        condition = (Condition(("order",), when),)
        book.draft("staff:a", msgspec.structs.replace(MANY, conditions=condition))
    live, strict, loose = replayed(stream, day, *((MANY.code, one) for one in (1, 2, 3))).rules
    assert (live.over, strict.over, loose.over) == (1, 1, 1)
    assert (live.alerts, live.both, live.only_new, live.only_old) == (3, 3, 0, 0)
    # The same minute of trouble, seen later or sooner.
    assert (strict.alerts, strict.both, strict.only_new, strict.only_old) == (3, 3, 0, 0)
    assert strict.examples_both[0].at_ms >= live.examples_both[0].at_ms
    assert (loose.both, loose.only_old) == (3, 0)
    assert strict.accounts == 2
    assert sum(strict.by_hour) == 3
    assert len(strict.recorded) == 3


def test_a_flood_and_a_division_by_nothing_are_seen_before_they_are_live(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    day = two_days(stream, tmp_path)
    every = Condition(("order", "cancel", "fill"), "event.amount >= yuan(0)")
    nothing = Condition(("order",), "event.amount / (event.qty - event.qty) > yuan(0)")
    flood = msgspec.structs.replace(MANY, code="test.flood", conditions=(every,), quiet_s=0, most=1)
    naught = msgspec.structs.replace(MANY, code="test.naught", conditions=(nothing,))
    for text in (flood, naught):
        book.draft("staff:a", text)
    flooding, dividing = replayed(stream, day, ("test.flood", 1), ("test.naught", 1)).rules
    assert flooding.flooding > 0
    # The one that names the flood is marked.
    assert any(one.flood for one in flooding.examples_new)
    assert flooding.faults == 0
    assert (dividing.alerts, dividing.faults) == (0, 15)


def test_a_forgotten_tape_is_named(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    stream.tape = tmp_path / "tape"
    monitor = stream.monitor(tmp_path / "snapshots")
    stream.open("A1")
    stream.ticks("600519.SH", 3)
    stream.spoof("A1")
    run(monitor)
    day, on_record = today(stream), alerts(database)
    whole = replayed(stream, day, ("spoofing.opposite", 1))
    assert (whole.missing, whole.rules[0].alerts) == ((), 1)
    # Another day's ticks stand where the forgotten ones were: they are not taken for them.
    stream.wait(48 * HOUR)
    stream.ticks("600519.SH", 3)
    run(monitor)
    shutil.rmtree(stream.tape / day)
    found = replayed(stream, day, ("spoofing.opposite", 1))
    assert [(one.source, one.events) for one in found.missing] == [("tape", 3)]
    assert found.events == whole.events - 3
    assert len(on_record) == 3


def test_a_day_nobody_read_is_refused(stream: Stream, book: RuleBook, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="no_stream"):
        replayed(stream, today(stream), ("spoofing.opposite", 1))


def test_a_run_stops_when_it_is_told(
    stream: Stream, book: RuleBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = two_days(stream, tmp_path)
    monkeypatch.setattr("yunquan.backtests.service.runner.TOLD_EVERY_S", -1.0)
    heard = list[tuple[int, int]]()

    def told(done: int, total: int) -> bool:
        heard.append((done, total))
        return len(heard) < 3

    runner = Runner(stream.database, stream.sources(), SIZES)
    assert runner.run(asked(day, ("spoofing.opposite", 1)), told) is None
    assert [done for done, _ in heard] == [1, 2, 3]
    assert len({total for _, total in heard}) == 1
