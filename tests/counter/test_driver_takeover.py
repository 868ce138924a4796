"""Another writer, a clock set back, snapshots, two databases."""

from __future__ import annotations

import pytest

from tests.counter.desk import (
    ACCOUNT,
    BUY,
    DAY,
    MAIN,
    NEXT_DAY,
    SELL,
    STAR,
    Desk,
    NoSnapshots,
)
from tests.counter.driving import (
    check_log,
    failing_inserts,
    records,
    restart,
)
from tests.counter.invariants import check_same, check_state
from tests.fixtures_database import NewDatabase
from yunquan.counter import types as c
from yunquan.counter.service import Driver, restore
from yunquan.counter.store import Journal
from yunquan.kernel import log
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Unavailable
from yunquan.kernel.transaction import Database


def test_a_second_counter_fences_the_first_for_good(desk: Desk) -> None:
    first = desk.driver
    order = c.PlaceOrder("web:1", ACCOUNT, MAIN, BUY, 10_000, 100, DAY)
    restart(desk)
    sent = len(desk.gateway.sent)
    for _ in range(3):
        with pytest.raises(Conflict) as caught:
            first.process([order])
        assert caught.value.code == "log.fenced"
    assert len(desk.gateway.sent) == sent
    assert desk.one(order).accepted, "the second is in charge, whatever the first tried"
    with pytest.raises(Conflict):
        first.process([c.Deposit("web:2", ACCOUNT, 1, "icbc")])
    check_log(desk)


def test_fenced_while_its_own_commit_failed(desk: Desk) -> None:
    """The first loses a commit, the second takes over, the first wakes up: it must not take the
    stream back.
    """
    first = desk.driver
    with failing_inserts(desk.journal.database), pytest.raises(Unavailable):
        first.process([c.Deposit("web:1", ACCOUNT, 1, "icbc")])
    restart(desk)
    with pytest.raises(Conflict):
        first.process([c.Deposit("web:1", ACCOUNT, 1, "icbc")])
    assert desk.one(c.Deposit("web:2", ACCOUNT, 1, "icbc")).accepted
    check_log(desk)


def test_a_clock_set_back_does_not_turn_the_log_back(desk: Desk, clock: ManualClock) -> None:
    desk.deposit(1)
    clock.advance(-3600)
    desk.deposit(1)
    order = desk.placed(BUY, 10_000, 100)
    desk.snapshots.save(desk.state, desk.journal.next_seq - 1)
    restart(desk)
    desk.deposit(1)
    later = desk.placed(BUY, 10_000, 100)
    times = [record.at_ms for record in records(desk.journal.database)]
    assert times == sorted(times)
    assert desk.order(order).at_ms <= desk.order(later).at_ms
    clock.advance(7200)
    desk.deposit(1)
    assert records(desk.journal.database)[-1].at_ms == times[-1] + 3600_000
    check_log(desk)


def day_of_trading(desk: Desk) -> None:
    desk.give(STAR, 500)
    for number in range(5):
        order = desk.accepted(BUY, 9_900 + 10 * number, 300)
        desk.report("filled", order, 9_900, 100 * (number % 4))
    desk.placed(SELL, 11_000, 250, STAR)
    desk.place(BUY, 1, 100)


def test_a_snapshot_and_the_rest_of_the_log_give_the_same_state(desk: Desk) -> None:
    day_of_trading(desk)
    desk.snapshots.save(desk.state, desk.journal.next_seq - 1)
    before = desk.journal.next_seq
    day_of_trading(desk)
    state, seq = desk.snapshots.load("0")
    assert seq == before - 1
    check_state(state)
    restored = restore(desk.journal, desk.snapshots, "0")
    check_same(desk.state, restored, desk.journal.next_seq - 1)


@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied", "appended", "only a length"])
def test_a_damaged_snapshot_is_left_and_the_spare_used(desk: Desk, damage: str) -> None:
    day_of_trading(desk)
    desk.snapshots.save(desk.state, desk.journal.next_seq - 1)
    spare = desk.journal.next_seq - 1
    desk.deposit(1)
    desk.snapshots.save(desk.state, desk.journal.next_seq - 1)
    newest = max(desk.snapshots.folder.glob("*.snapshot"))
    whole = newest.read_bytes()
    damaged = {
        "flipped": whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
        "cut": whole[:-10],
        "emptied": b"",
        "appended": whole + b"\x00\x00\x00\x01x",
        "only a length": whole[:4],
    }[damage]
    newest.write_bytes(damaged)
    (desk.snapshots.folder / "counter-0-999999999999999.draft").write_bytes(b"half written")
    assert desk.snapshots.load("0")[1] == spare
    restart(desk)
    check_log(desk)


def test_no_more_than_the_newest_and_a_spare_are_kept(desk: Desk) -> None:
    for _ in range(5):
        desk.deposit(1)
        desk.snapshots.save(desk.state, desk.journal.next_seq - 1)
    assert len(list(desk.snapshots.folder.glob("*"))) == 2
    assert desk.snapshots.load("1") is None


def test_a_log_that_ends_before_its_snapshot_is_not_served(desk: Desk) -> None:
    desk.snapshots.save(desk.state, desk.journal.next_seq + 5)
    driver = Driver("0", desk.journal, desk.snapshots, desk.clock)
    with pytest.raises(Conflict) as caught:
        driver.open()
    assert caught.value.code == "counter.log_behind_snapshot"


def test_two_databases_give_the_same_events_for_the_same_commands(
    new_database: NewDatabase,
) -> None:
    """Same commands, same clock: bodies, hashes and states are equal byte for byte."""
    logs, digests = [], []
    for kind in ("sqlite", "postgresql"):
        desk = Desk(Journal(new_database(kind), "0"), NoSnapshots(), ManualClock())
        desk.begin()
        desk.open_account()
        desk.deposit(50_000_000)
        day_of_trading(desk)
        desk.clock.advance(1.5)
        desk.one(c.Freeze(desk.next_id(), ACCOUNT, "CNY", 500, "(2026)沪01执1号"))
        desk.begin(NEXT_DAY)
        day_of_trading(desk)
        logs.append(records(desk.journal.database))
        digests.append(desk.digest())
    assert logs[0] == logs[1]
    assert digests[0] == digests[1]


def test_no_state_is_built_on_an_altered_log(desk: Desk, database: Database) -> None:
    desk.deposit(7)
    with database.transaction() as tx:
        of = log.records.c.first_seq == records(database)[-1].first_seq
        tx.execute(log.records.update().where(of).values(body=b"\x90", count=0))
    with pytest.raises(Conflict) as caught:
        list(Journal(database, "0").replay(1))
    assert caught.value.code == "log.altered"
