"""Pieces that come twice, not at all, or after a restart; a distributor that dies at any moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.indicators.streams import long_stream
from tests.partitions.apart import TODAY, Parts, names_of, program_of, running
from tests.surveillance.stream import SIZES, Stream, run
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict
from yunquan.kernel.transaction import Database
from yunquan.partitions import Distributor, Partition, Relay, Teller
from yunquan.partitions.service.frames import PACKED, from_bytes, to_bytes
from yunquan.partitions.service.kept import Snapshots
from yunquan.partitions.types import Found, Frame
from yunquan.rulebook import RuleBook
from yunquan.rulebook.rules.books import limits_on
from yunquan.rulebook.types import Condition, RuleText
from yunquan.surveillance import Monitor, store

MANY = RuleText(
    "test.many",
    "order_rate",
    "account",
    (Condition(("order",), "account.orders.m5 >= 2"),),
    2,
    "",
    "",
    "test",
    "F",
    quiet_s=60,
)


@pytest.fixture
def database(new_database: Callable[[str], Database]) -> Database:
    return new_database("sqlite")


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """Nine, of a busy stream under one simple rule."""
    rows, found = long_stream(3, 900, busy=True), list[Frame]()
    rules, numbers = running([MANY], limits_on(TODAY)), names_of(rows)
    relay = Relay(lambda: rules, lambda: numbers, found.append)
    relay.publish(program_of(rules))
    for begin in range(0, 900, 100):
        relay.feed(rows[begin : begin + 100])
    return found


def test_frames_follow_each_other(frames: list[Frame]) -> None:
    assert [one.first_row for one in frames] == list(range(0, 900, 100))
    assert [one.next_row for one in frames] == list(range(100, 1_000, 100))
    assert len(frames[0].changes) == 1
    assert all(not one.changes and not one.names.accounts for one in frames[1:])


def test_a_partition_leaves_out_what_came_before_and_refuses_what_is_missing(
    frames: list[Frame],
) -> None:
    partition = Partition(0, 1, SIZES)
    assert partition.take(frames[0]) is not None
    assert partition.take(frames[0]) is None
    with pytest.raises(Conflict, match=r"partitions\.gap"):
        partition.take(frames[2])
    assert partition.take(frames[1]) is not None
    assert partition.next_row == 200


@pytest.mark.parametrize("after", [0, 1, 5])
def test_a_partition_goes_on_from_its_snapshot(frames: list[Frame], after: int) -> None:
    one, again = Partition(1, 2, SIZES), Partition(1, 2, SIZES)
    for frame in frames[:after]:
        one.take(frame)
    again.restore(one.snapshot())
    assert again.snapshot() == one.snapshot()
    for frame in frames[after:]:
        assert again.take(frame) == one.take(frame)
    assert again.snapshot() == one.snapshot()
    for other in (Partition(0, 2, SIZES), Partition(1, 3, SIZES)):
        with pytest.raises(Conflict, match=r"indicators\.snapshot"):
            other.restore(one.snapshot())
    with pytest.raises(Conflict, match=r"indicators\.snapshot"):
        again.restore(b"not one")


def test_alerts_are_told_once_however_often_the_pieces_come(
    frames: list[Frame], database: Database
) -> None:
    parts = Parts(database, 2, SIZES)
    for frame in frames:
        parts.take(frame)
        parts.take(frame)
    told = list(parts.told)
    assert len(told) > 5
    # Another one, that has heard nothing: it reads all again and tells nothing.
    later = Parts(database, 2, SIZES)
    for frame in frames:
        later.take(frame)
    assert later.told == []
    assert later.teller.snapshot() == parts.teller.snapshot()
    with database.read() as tx:
        kept = store.list_alerts(tx, before_ms=10**15, limit=1_000)
    assert {one.id for one in kept} == {one.id for one in told}
    assert len(kept) == len(told)


def test_a_teller_goes_on_from_its_snapshot(frames: list[Frame], database: Database) -> None:
    """Silences are remembered over it, and pieces may come in any order between them."""
    parts = Parts(database, 2, SIZES)
    for frame in frames[:4]:
        parts.take(frame)
    teller = Teller(2, parts.writer, parts.told.extend)
    teller.restore(parts.teller.snapshot())
    assert teller.snapshot() == parts.teller.snapshot()
    founds = list[Found]()
    for frame in frames[4:]:
        founds += [found for one in parts.partitions if (found := one.take(frame))]
    for found in sorted(founds, key=lambda one: (-one.partition, one.first_row)):
        teller.hear(found)
        assert teller.tell() == 0
    for frame in frames[4:]:
        teller.hear(frame)
    assert teller.tell() == 500
    again = Parts(database, 2, SIZES)
    for frame in frames:
        again.take(frame)
    assert again.teller.snapshot() == teller.snapshot()
    with pytest.raises(Conflict, match=r"partitions\.gap"):
        Teller(2, parts.writer).hear(frames[3])
    with pytest.raises(Conflict, match=r"indicators\.snapshot"):
        Teller(3, parts.writer).restore(teller.snapshot())


def test_two_tellers_tell_nothing_twice(frames: list[Frame], database: Database) -> None:
    one, other = Parts(database, 1, SIZES), Parts(database, 1, SIZES)
    one.take(frames[0])
    with pytest.raises(Conflict, match=r"surveillance\.told"):
        other.take(frames[0])
    assert other.told == []


def test_what_is_large_is_packed(frames: list[Frame]) -> None:
    large = Frame(0, 9, [], frames[0].names, b"\x00" * 3_000_000)
    body = to_bytes(large)
    assert body[:1] == PACKED
    assert len(body) < 1_000_000
    assert from_bytes(body, Frame) == large
    assert from_bytes(to_bytes(frames[0]), Frame) == frames[0]
    with pytest.raises(Conflict, match=r"partitions\.message"):
        from_bytes(b"\x00nonsense", Frame)


def test_snapshots_on_disk(tmp_path: Path) -> None:
    kept, read = Snapshots(tmp_path / "s"), list[bytes]()
    assert kept.restore(read.append) == {}
    assert kept.oldest() == {}
    for row in (10, 200, 3_000):
        assert kept.save(row, {"frames": row // 10}, str(row).encode())
    assert kept.restore(read.append) == {"frames": 300}
    assert kept.oldest() == {"frames": 20}
    # The newest is broken: the one before it is taken.
    max(kept.folder.iterdir()).write_bytes(b"broken")
    assert kept.restore(read.append) == {"frames": 20}
    assert read == [b"3000", b"200"]
    (tmp_path / "file").write_text("in the way")
    assert not Snapshots(tmp_path / "file").save(1, {}, b"")


# --- the distributor


class Line:
    """Where frames are kept: what fails is not."""

    def __init__(self) -> None:
        self.kept = list[Frame]()
        self.fails = False

    def send(self, frame: Frame) -> None:
        if self.fails:
            raise ConnectionError("the server is away")
        self.kept.append(frame)

    @property
    def until(self) -> int:
        return self.kept[-1].next_row if self.kept else 0


@pytest.fixture
def stream(database: Database) -> Stream:
    clock = ManualClock()
    database.clock = clock
    RuleBook(database, clock).begin()
    clock.advance(1)
    made = Stream(database, clock)
    made.open("A1", "A2", "A3")
    return made


def distributor(stream: Stream, line: Line, folder: Path) -> Distributor:
    """One that has begun."""

    def make(relay: Relay) -> Monitor:
        sources = stream.sources()
        where = (SIZES, lambda _s, _d: (0, 0, 0), folder)
        return Monitor(stream.database, sources, *where, relay=relay)

    made = Distributor(make, line.send, line.until)
    made.start()
    return made


@pytest.mark.parametrize("snapshot", [False, True])
def test_a_distributor_that_dies_before_it_could_send_sends_the_same(
    stream: Stream, database: Database, tmp_path: Path, *, snapshot: bool
) -> None:
    line, first = Line(), Parts(database, 2, SIZES)
    one = distributor(stream, line, tmp_path / "one")
    stream.spoof("A1")
    while one.step():
        pass
    sent = line.until
    if snapshot:
        assert one.monitor.snapshot()
    stream.wait(400)
    stream.spoof("A2")
    line.fails = True
    with pytest.raises(ConnectionError):
        one.step()
    assert line.until == sent
    line.fails = False
    again = distributor(stream, line, tmp_path / "one")
    assert line.until == again.monitor.next_row > sent
    stream.wait(400)
    stream.spoof("A3")
    while again.step():
        pass
    for frame in line.kept:
        first.take(frame)
    assert [one.account for one in first.told if one.rule == "spoofing.opposite"] == [
        "A1",
        "A2",
        "A3",
    ]
    # All over again from nothing: the same rows in the same frames.
    whole = Line()
    distributor(stream, whole, tmp_path / "other")
    assert [one.rows for one in whole.kept] == [one.rows for one in line.kept]
    assert [one.names for one in whole.kept] == [one.names for one in line.kept]


def test_what_is_kept_nowhere_is_not_passed_over(stream: Stream, tmp_path: Path) -> None:
    """The server lost its disk: with a snapshot behind the lost rows nobody can go on."""
    line = Line()
    one = distributor(stream, line, tmp_path / "one")
    stream.spoof("A1")
    while one.step():
        pass
    assert one.monitor.snapshot()
    line.kept.clear()
    with pytest.raises(Conflict, match=r"partitions\.gap"):
        distributor(stream, line, tmp_path / "one")
    distributor(stream, line, tmp_path / "fresh")
    assert line.until == one.monitor.next_row


def test_back_to_one_process_only_when_all_is_told(
    stream: Stream, database: Database, tmp_path: Path
) -> None:
    whole = stream.monitor(tmp_path / "whole")
    stream.spoof("A1")
    run(whole)
    line, parts = Line(), Parts(database, 2, SIZES)
    one = distributor(stream, line, tmp_path / "one")
    stream.wait(400)
    stream.spoof("A2")
    while one.step():
        pass
    with pytest.raises(Conflict, match=r"surveillance\.untold"):
        stream.monitor(tmp_path / "whole")
    for frame in line.kept:
        parts.take(frame)
    # What one process had told is not told again by partitions.
    assert {one.account for one in parts.told} == {"A2"}
    back = stream.monitor(tmp_path / "whole")
    stream.wait(400)
    stream.spoof("A3")
    run(back)
    with database.read() as tx:
        found = store.list_alerts(tx, before_ms=10**15, limit=100)
    assert sorted(one.account for one in found if one.rule == "spoofing.opposite") == [
        "A1",
        "A2",
        "A3",
    ]
