"""The journal of the order in which the stream was read, and what is kept with it: forgotten by age
but never what a restart needs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from tests.surveillance.stream import Stream, run
from tests.surveillance.test_faults import raw, step, stream
from tests.surveillance.test_monitor import alerts, book
from yunquan.kernel.log import PLAIN
from yunquan.kernel.transaction import Database
from yunquan.kernel.zone import A_DAY_MS, day_of
from yunquan.rulebook import RuleBook
from yunquan.surveillance import store

__all__ = ["book", "step", "stream"]


def test_batches_are_forgotten_by_age_but_none_a_restart_needs(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path, step: Callable[[int], None]
) -> None:
    step(3)
    monitor = stream.monitor(tmp_path)
    stream.open("A1")
    run(monitor)
    begin_ms = stream.now_ms
    for day in range(6):
        stream.wait(86_400)
        stream.order("A1", "600519.SH", 1, 10_000, 100)
        run(monitor)
        if day == 2:
            # Nothing is forgotten before there are two snapshots to begin from.
            assert monitor.forget(stream.now_ms) == 0
        if day in (2, 4):
            assert monitor.snapshot()
    numbers = batches(database)
    assert numbers == list(range(1, monitor.batch + 1))
    # By age alone: of the first day, and of what is behind the older snapshot at the most.
    assert monitor.forget(begin_ms + A_DAY_MS // 2) > 0
    gone = numbers[0 : len(numbers) - len(batches(database))]
    assert monitor.forget(stream.now_ms + 1) > 0
    left = batches(database)
    assert gone[-1] < left[0] == int(sorted(tmp_path.glob("*.snapshot"))[0].stem)
    assert monitor.forget(stream.now_ms + 1) == 0
    again = stream.monitor(tmp_path)
    assert again.engine.snapshot() == monitor.engine.snapshot()


def test_without_a_beginning_and_a_snapshot_the_rules_still_run(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path, step: Callable[[int], None]
) -> None:
    step(3)
    monitor = stream.monitor(tmp_path)
    stream.open("A1")
    run(monitor)
    for _ in range(2):
        stream.wait(60)
        stream.order("A1", "600519.SH", 1, 10_000, 100)
        run(monitor)
        assert monitor.snapshot()
    assert monitor.forget(stream.now_ms + 1)
    again = stream.monitor(tmp_path / "lost")
    assert again.running.keys() == monitor.running.keys()
    stream.spoof("A1")
    run(again)
    assert {one.rule for one in alerts(database)} >= {"spoofing.opposite"}


def batches(database: Database) -> list[int]:
    with database.read() as tx:
        return [one.number for one in store.load_batches(tx, 0, 10_000)]


def beside(database: Database) -> tuple[list[str], list[str]]:
    """Days whose limits were told, and names of what was left out, as they are kept."""
    with database.read() as tx:
        days = tx.execute(sa.select(store.told.c.day).order_by(store.told.c.day)).scalars().all()
        return list(days), [one.what for one in store.list_skipped(tx, 100)][::-1]


def test_what_was_told_and_left_out_is_forgotten_with_its_batches(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    stream.tape = tmp_path / "tape"
    monitor = stream.monitor(tmp_path / "snapshots")
    stream.open("A1")
    for day in range(4):
        stream.quote("600519.SH")
        raw(stream, PLAIN.encode([[f"nobody@{day}"]]), 1)
        run(monitor)
        assert monitor.snapshot()
        stream.wait(86_400)
    days, names = beside(database)
    assert (len(days), names) == (4, [f"nobody@{day}" for day in range(4)])
    begin_ms = stream.now_ms - 4 * A_DAY_MS
    # Nothing is old enough, then the first day is, then all that no restart needs.
    assert (monitor.forget(begin_ms), beside(database)) == (0, (days, names))
    assert monitor.forget(begin_ms + A_DAY_MS // 2)
    assert beside(database) == (days[1:], names[1:])
    assert monitor.forget(stream.now_ms)
    assert beside(database) == (days[2:], names[2:])
    again = stream.monitor(tmp_path / "snapshots")
    assert again.engine.snapshot() == monitor.engine.snapshot()


def test_limits_of_many_days_read_at_once_are_kept_as_long_as_their_batch(
    stream: Stream, book: RuleBook, database: Database
) -> None:
    """A tape of last year that is read today: a replay of today hears the same."""
    with database.transaction("test") as tx:
        for number, at_ms in ((1, stream.now_ms), (2, stream.now_ms + 1)):
            store.insert_batch(tx, store.Batch(number, 0, at_ms, []))
            told = {("600519.SH", f"2025-01-0{day}"): (1, 2, 3) for day in (number, number + 4)}
            store.insert_told(tx, told, number)
        store.forget_beside(tx)
    assert beside(database)[0] == ["2025-01-01", "2025-01-02", "2025-01-05", "2025-01-06"]
    today = day_of(stream.now_ms)
    with database.transaction("test") as tx:
        assert store.forget_batches(tx, stream.now_ms + 1, 2, 100) == 1
        # Of the day that is still read.
        store.insert_told(tx, {("600519.SH", today): (1, 2, 3)}, 1)
        store.forget_beside(tx)
        store.forget_beside(tx)
        store.forget_beside(tx)
    # Those of the batch that is gone, a day at a time.
    assert beside(database)[0] == ["2025-01-02", "2025-01-06", today]
