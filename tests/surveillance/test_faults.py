"""What goes wrong, and what must not: killed anywhere, clocks that leap, bursts, poison, full
disks.
"""

from __future__ import annotations

import contextlib
import random
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

import yunquan.surveillance.service.monitor as module
from tests.surveillance.stream import Stream, run
from tests.surveillance.test_monitor import MANY, alerts, book
from yunquan.counter import events as counter
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.log import PLAIN, append, lock_head
from yunquan.kernel.transaction import ROOMS_STREAM, Database, make_engine
from yunquan.rulebook import RuleBook
from yunquan.rulebook.events import RuleStateSet
from yunquan.rulebook.types import Condition, RuleText
from yunquan.surveillance import Alerts, store
from yunquan.surveillance.service.monitor import Monitor
from yunquan.surveillance.service.steady import BELIEVED_AFTER_MS, SteadyTime

__all__ = ["book"]


@pytest.fixture
def stream(database: Database, clock: ManualClock) -> Stream:
    return Stream(database, clock)


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets how many events a batch has."""
    return lambda size: monkeypatch.setattr(module, "A_STEP", size)


def publish(stream: Stream, *texts: RuleText, first: int = 500) -> None:
    """Rules in force from here on in the stream."""
    for number, text in enumerate(texts, first):
        said = RuleStateSet(text.code, 1, "live", number, text, "test", "test")
        stream.say(said, stream=ROOMS_STREAM)
    stream.wait(1)


def raw(stream: Stream, body: bytes, count: int) -> int:
    """A record as it stands in the log, whatever it is; its first sequence number."""
    with stream.database.transaction("test") as tx:
        head = lock_head(tx.connection, "counter-0")
        append(tx.connection, head, body, count, at_ms=tx.now_ms())
    return head.next_seq


def skipped(database: Database) -> list[tuple[int, int, str]]:
    with database.read() as tx:
        return [(one.seq, one.count, one.what) for one in store.list_skipped(tx, 100)][::-1]


# --- killed


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_the_alerts_are_those_of_who_never_died(
    stream: Stream,
    book: RuleBook,
    database: Database,
    tmp_path: Path,
    step: Callable[[int], None],
    seed: int,
) -> None:
    """Before a batch is written, after it, and with a snapshot or without."""
    dice = random.Random(seed)
    accounts = [f"A{number}" for number in range(4)]
    stream.open(*accounts)
    for account in dice.sample(accounts, 3):
        stream.spoof(account)
        stream.wait(dice.randrange(20))
    step(dice.randrange(2, 7))
    monitor, deaths = stream.monitor(tmp_path), 0
    while deaths < 12:
        fate = dice.randrange(4)
        if fate == 0:
            monitor.snapshot()
        elif fate == 1:
            deaths += 1
            # It has taken a batch and dies before that is written.
            with contextlib.suppress(SystemExit), dying(monitor):
                monitor.step()
            monitor = stream.monitor(tmp_path)
        elif not monitor.step():
            break
    run(monitor)
    assert sorted((one.rule, one.account) for one in alerts(database)) == sorted(
        (rule, account)
        for account in {one.account for one in alerts(database)}
        for rule in ("rate.one_minute", "spoofing.continuous", "spoofing.opposite")
    )
    assert len({one.account for one in alerts(database)}) == 3
    again = stream.monitor(tmp_path / "another")
    assert again.engine.snapshot() == monitor.engine.snapshot()


@contextmanager
def dying(monitor: Monitor) -> Iterator[None]:
    """Nothing is written any more."""

    def die(*_args: Any) -> Any:
        raise SystemExit

    monitor._written = die  # type: ignore[method-assign]
    yield


# --- clocks


def test_an_event_of_2099_ages_nobody(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    """Its time is taken to be that of its reading; what comes after it is no later for it."""
    monitor = stream.monitor(tmp_path)
    stream.open("A1")
    publish(stream, MANY)
    stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    day = monitor.day
    far = Stream(database, ManualClock(datetime.fromisoformat("2099-01-01T02:00:00+00:00")))
    far_clock, database.clock = database.clock, far.clock
    far.orders = 100
    far.order("A1", "600519.SH", 1, 10_000, 100)
    database.clock = far_clock
    run(monitor)
    assert (monitor.ahead, monitor.day) == (1, day)
    stream.wait(1)
    stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    # The third within five minutes, the one of 2099 included.
    (found,) = alerts(database)
    assert (found.rule, found.values["account.orders.m5"]) == ("test.many", 3)
    assert stream.monitor(tmp_path / "other").engine.snapshot() == monitor.engine.snapshot()


class BentClock:
    """A wall clock that somebody sets, over time that passes as it does."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self.bent = timedelta()

    def now(self) -> datetime:
        start = datetime.fromisoformat("2026-07-13T01:30:00+00:00")
        return start + timedelta(seconds=self.passed_s) + self.bent

    def monotonic(self) -> float:
        return self.passed_s

    def advance(self, seconds: float) -> None:
        self.passed_s += seconds


@pytest.mark.parametrize(
    ("bent", "seconds", "ahead_s"),
    [
        # A year ahead is not believed until it has lasted.
        (timedelta(days=365), 1, 1),
        (timedelta(days=365), BELIEVED_AFTER_MS // 1_000, 365 * 86_400 + 600),
        # What a time server sets right, and going back, is followed at once.
        (timedelta(seconds=30), 1, 31),
        (timedelta(hours=-1), 1, 1 - 3_600),
    ],
)
def test_a_clock_that_leaps(bent: timedelta, seconds: int, ahead_s: int) -> None:
    clock = BentClock()
    time = SteadyTime(clock)
    begin = time.now_ms()
    clock.bent = bent
    time.now_ms()
    clock.passed_s += seconds
    assert time.now_ms() - begin == ahead_s * 1_000


def test_a_leap_that_is_mended_leaves_nothing(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    """The whole machine a year ahead for a minute, and an hour back afterwards."""
    clock = BentClock()
    database.clock = clock
    stream.clock = clock  # type: ignore[assignment]
    monitor = stream.monitor(tmp_path)
    publish(stream, MANY)
    stream.open("A1")
    for bent in (timedelta(), timedelta(days=365), timedelta(), timedelta(hours=-1)):
        clock.bent = bent
        clock.passed_s += 10
        stream.order("A1", "600519.SH", 1, 10_000, 100)
        assert monitor.step()
    found = alerts(database)
    # The order of a year ahead counted as of when it was read, so the third one is the third.
    # Silence is by the event's own time: an hour back it is told once more, with what counts.
    told = [(one.rule, one.values["account.orders.m5"]) for one in found]
    assert told == 2 * [("test.many", 3)]
    assert abs(found[1].at_ms - found[0].at_ms) == 3_590_000
    assert monitor.ahead == 1
    assert stream.monitor(tmp_path / "other").engine.snapshot() == monitor.engine.snapshot()


# --- bursts


def test_a_burst_of_twenty_times_is_caught_up_with(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path, step: Callable[[int], None]
) -> None:
    """It falls behind and comes back, a page at a time, and says what it would have said."""
    step(100)
    accounts = [f"A{number}" for number in range(20)]
    stream.open(*accounts)
    calm, burst = stream.monitor(tmp_path), 0
    run(calm)
    for account in accounts:
        stream.spoof(account)
    taken = list[int]()
    while count := calm.step():
        taken.append(count)
        burst += count
    assert burst >= 200
    assert len(taken) > 1
    # A page of each of the two sources, and what is left of a record.
    assert max(taken) <= 2 * (100 + 2)
    assert sorted((one.rule, one.account) for one in alerts(database)) == sorted(
        (rule, account)
        for account in accounts
        for rule in ("rate.one_minute", "spoofing.continuous", "spoofing.opposite")
    )


# --- poison


def test_poison_is_named_counted_and_gone_on_from(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    monitor = stream.monitor(tmp_path)
    publish(stream, MANY)
    stream.open("A1")
    order = counter.OrderPlaced(
        "x", 0, "x", "A1", "600519.SH", 1, 10_000, 100, 0, stream.now_ms,
        0, 0, 0, 0, 0, 0, (), clock_s=36_000,
    )  # fmt: skip
    absurd = msgspec.structs.replace(order, price=2**62, qty=2**62)
    good = msgspec.to_builtins(order)
    first = raw(stream, b"\xc1 no msgpack at all", 7)
    raw(stream, PLAIN.encode([["counter.order_placed@9", "a"], good, ["nobody@1"], good]), 4)
    raw(stream, PLAIN.encode([["counter.order_placed@1", 5], absurd, 17, good]), 4)
    run(monitor)
    assert skipped(database) == [
        (first, 7, ""),
        (first + 7, 1, "counter.order_placed@9"),
        (first + 9, 1, "nobody@1"),
        (first + 11, 1, "counter.order_placed@1"),
        (first + 12, 1, "counter.order_placed@1"),
        (first + 13, 1, ""),
    ]
    assert monitor.skipped == 12
    # Its neighbours were read, all three.
    assert [one.values["account.orders.m5"] for one in alerts(database)] == [3]
    left = Alerts(database).skipped()
    assert (left.events, len(left.newest)) == (12, 6)
    # Nothing was taken out of the log, and a replay leaves out the same.
    again = stream.monitor(tmp_path / "other")
    assert again.engine.snapshot() == monitor.engine.snapshot()
    assert len(skipped(database)) == 6


def test_a_record_of_nothing_but_poison_names_some(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    raw(stream, PLAIN.encode([["nobody@1"]] * 300), 300)
    run(stream.monitor(tmp_path))
    found = skipped(database)
    assert len(found) == store.NAMED
    assert Alerts(database).skipped().events == 300


# --- rules


def test_rules_that_fail_or_fire_on_everything_stop_nothing(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    divides = Condition(
        ("order",), "account.orders.m5 / (account.cash_in.m5 - account.cash_in.m5) > 1"
    )
    everything = Condition(("order",), "account.orders.m5 >= 1")
    monitor = stream.monitor(tmp_path)
    stream.open("A1")
    publish(
        stream,
        msgspec.structs.replace(MANY, code="test.divides", conditions=(divides,)),
        msgspec.structs.replace(MANY, code="test.all", conditions=(everything,), quiet_s=0, most=5),
        MANY,
    )
    for _ in range(50):
        stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    found = [one for one in alerts(database) if one.rule.startswith("test.")]
    of_all = [one for one in found if one.rule == "test.all"]
    # At most five a minute, and the last of them says that it was too much.
    assert sorted(one.flood for one in of_all) == [False] * 5 + [True]
    assert [one.rule for one in found if one.rule != "test.all"] == ["test.many"]
    assert monitor.engine.memory.faults[500] == 50
    assert monitor.engine.memory.kept_back[501] == 50 - 5


# --- disks


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Of this process: the system refuses what is longer, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_while_a_snapshot_is_written(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    monitor = stream.monitor(tmp_path)
    stream.open("A1")
    run(monitor)
    first = monitor.snapshot()
    assert first
    stream.spoof("A1")
    run(monitor)
    with no_file_longer_than(10_000):
        assert monitor.snapshot() is None
    # Half of it isn't left in the way, and the older one is still there to begin from.
    assert [one for one in tmp_path.iterdir() if "snapshot" in one.name] == [first]
    assert not list(tmp_path.glob("*.part"))
    again = stream.monitor(tmp_path)
    assert again.engine.snapshot() == monitor.engine.snapshot()
    assert again.snapshot()


def full(engine: Engine) -> None:
    """No page more than there are."""

    @event.listens_for(engine, "connect")
    def _limit(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_disk_that_is_full_while_alerts_are_written(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    """It fails loudly and writes nothing by halves; when there is room it says all it had to."""
    stream.open(*(f"A{number}" for number in range(40)))
    monitor = stream.monitor(tmp_path)
    run(monitor)
    for number in range(40):
        stream.spoof(f"A{number}")
    database.dispose()
    roomy, database.engine = database.engine, make_engine(database.url)
    full(database.engine)
    roomy_writer = database._writer
    database._writer = database.engine.execution_options(writes=True)
    with pytest.raises(Unavailable):
        run(monitor)
    written = len(alerts(database))
    database.dispose()
    database.engine, database._writer = roomy, roomy_writer
    run(stream.monitor(tmp_path))
    found = alerts(database)
    assert written < len(found) == 40 * 3
    assert len({(one.rule, one.account) for one in found}) == 40 * 3
