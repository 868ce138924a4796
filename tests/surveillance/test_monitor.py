"""The stream through the monitor: alerts, restarts, replays, changes of rules."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from tests.surveillance.stream import Stream, run
from yunquan.approvals import agree
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Invalid
from yunquan.kernel.log import read_records
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.rulebook import RuleBook
from yunquan.rulebook.rules.books import first_rules
from yunquan.rulebook.types import Condition, RuleState, RuleText
from yunquan.surveillance import store
from yunquan.surveillance.types import AlertView

FAR = 10**15
MANY = RuleText(
    "test.many",
    "order_rate",
    "account",
    (Condition(("order",), "account.orders.m5 >= 3"),),
    2,
    "委托较多",
    "Many orders",
    "test",
    "F",
)


@pytest.fixture
def stream(database: Database, clock: ManualClock) -> Stream:
    return Stream(database, clock)


@pytest.fixture
def book(database: Database, clock: ManualClock) -> RuleBook:
    made = RuleBook(database, clock)
    assert made.begin() == len(first_rules())
    assert made.begin() == 0
    clock.advance(1)
    return made


def alerts(database: Database, *, shadow: bool = False) -> list[AlertView]:
    with database.read() as tx:
        return store.list_alerts(tx, before_ms=FAR, limit=1000, shadow=shadow)[::-1]


def publish(book: RuleBook, code: str, version: int, key: str = "k", **more: bool) -> None:
    """Proposed by one, agreed to by another."""
    proposal = book.propose("staff:a", key, code, version, "decision 7", **more)
    with book.database.transaction("staff:b") as tx:
        agreed = agree(tx, proposal.id)
    asyncio.run(book.carry_out("staff:b", agreed))


def test_false_orders_are_found(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    told = list[AlertView]()
    monitor = stream.monitor(tmp_path, told)
    stream.open("A1", "A2")
    order = stream.order("A2", "600519.SH", 1, 10_000, 100)
    stream.cancel(order, "A2", 100)
    stream.spoof("A1")
    run(monitor)
    found = alerts(database)
    assert {(one.rule, one.account) for one in found} == {
        ("spoofing.continuous", "A1"),
        ("spoofing.opposite", "A1"),
        ("rate.one_minute", "A1"),
    }
    assert told == sorted(told, key=lambda one: one.at_ms)
    assert {one.id for one in told} == {one.id for one in found}
    opposite = next(one for one in found if one.rule == "spoofing.opposite")
    assert opposite.symbol == "600519.SH"
    assert opposite.values["position.opposite.m5"] == 400_400_000
    assert opposite.values["position.cancel_amount_share.m5"] == pytest.approx(0.5, abs=0.4)
    with database.read() as tx:
        body = b"".join(one.body for one in read_records(tx.connection, ROOMS_STREAM, 1))
    assert body.count(b"surveillance.alert_raised@1") == len(found)


@pytest.mark.parametrize("after", [0, 1, 3, 5, 8])
def test_a_restart_goes_on_where_it_was(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path, after: int
) -> None:
    """Whenever it dies, with or without a snapshot: the same alerts, each once."""
    stream.open("A1", "A2")
    for account in ("A1", "A2"):
        stream.spoof(account)
        stream.wait(7)
    whole = Stream(database, stream.clock).monitor(tmp_path / "other")
    items = sum(len(one.take(1, 10_000)) for one in stream.sources())
    assert items > 20

    import yunquan.surveillance.service.monitor as module

    monitor = stream.monitor(tmp_path / "mine")
    step = module.A_STEP
    try:
        module.A_STEP = 3
        for _ in range(after):
            monitor.step()
        if after % 2:
            assert monitor.snapshot()
        again = stream.monitor(tmp_path / "mine")
        assert again.batch == after
        run(again)
    finally:
        module.A_STEP = step
    found = alerts(database)
    assert sorted(one.rule for one in found) == sorted(
        2 * ["rate.one_minute", "spoofing.continuous", "spoofing.opposite"]
    )
    # Another one that reads all the batches again comes to the same state, bit for bit.
    whole.start()
    assert whole.batch == again.batch
    assert whole.engine.snapshot() == again.engine.snapshot()
    assert len(alerts(database)) == len(found)


def test_a_rule_is_published_by_two_and_rolled_back(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    monitor = stream.monitor(tmp_path)
    stream.open("A1")
    for code, error in (("account.orders.m5", Invalid), ("nonsense >= 1", Invalid)):
        bad = msgspec.structs.replace(MANY, conditions=(Condition(("order",), code),))
        with pytest.raises(error, match=r"rulebook\."):
            book.draft("staff:a", bad)
    one = book.draft("staff:a", MANY)
    assert (one.version, one.state) == (1, RuleState.DRAFT)
    proposal = book.propose("staff:a", "first", MANY.code, 1, "decision 7")
    with pytest.raises(Conflict), database.transaction("staff:a") as tx:
        agree(tx, proposal.id)
    for _ in range(2):
        stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    publish(book, MANY.code, 1)
    stream.wait(1)
    # What came before it counts: no state was lost.
    stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    assert [(one.rule, one.version) for one in alerts(database)] == [("test.many", 1)]
    stricter = msgspec.structs.replace(
        MANY, conditions=(Condition(("order",), "account.orders.m5 >= 5"),)
    )
    assert book.draft("staff:a", stricter).version == 2
    publish(book, MANY.code, 2, "k2")
    stream.wait(1)
    assert [one.state for one in book.versions_of(MANY.code)] == [RuleState.LIVE, RuleState.RETIRED]
    for _ in range(2):
        stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    assert [one.version for one in alerts(database)] == [1, 2]
    publish(book, MANY.code, 1, "k3")
    stream.wait(600)
    for _ in range(3):
        stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    assert [one.version for one in alerts(database)] == [1, 2, 1]
    publish(book, MANY.code, 1, "k4", retire=True)
    stream.wait(600)
    for _ in range(9):
        stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    assert len(alerts(database)) == 3


def test_a_shadow_tells_nobody(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    monitor = stream.monitor(tmp_path)
    stream.open("A1")
    book.draft("staff:a", MANY)
    book.shadow("staff:a", MANY.code, 1, "try it")
    stream.wait(1)
    for _ in range(3):
        stream.order("A1", "600519.SH", 1, 10_000, 100)
    run(monitor)
    assert alerts(database) == []
    assert [one.rule for one in alerts(database, shadow=True)] == ["test.many"]


def test_money_in_and_out_with_hardly_a_trade(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    monitor = stream.monitor(tmp_path)
    stream.open("A1", "A2")
    for account in ("A1", "A2"):
        stream.cash(account, "deposit", 300_000)
        stream.wait(60)
    sold = stream.order("A2", "600519.SH", 1, 10_000, 20_000)
    stream.fill(sold, "A2", "600519.SH", 1, 10_000, 20_000, "E1")
    for account in ("A1", "A2"):
        stream.cash(account, "withdraw", 290_000)
    run(monitor)
    assert [(one.rule, one.account) for one in alerts(database)] == [("cash.in_and_out", "A1")]
    (one,) = alerts(database)
    assert one.at_ms - one.began_ms == 120_000 - 60_000 + 60_000


def test_two_accounts_trade_to_and_fro(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    monitor = stream.monitor(tmp_path)
    stream.open("A1", "A2")
    for number in range(4):
        buyer, seller = ("A1", "A2") if number % 2 else ("A2", "A1")
        for account, side in ((buyer, 1), (seller, 2)):
            order = stream.order(account, "600519.SH", side, 10_000, 100_000)
            stream.fill(order, account, "600519.SH", side, 10_000, 100_000, f"E{number}")
        stream.wait(30)
    run(monitor)
    found = {(one.rule, one.account) for one in alerts(database)}
    assert ("pair.both_ways", "A1") in found or ("pair.both_ways", "A2") in found
    assert any(rule == "self.traded" for rule, _ in found)


def test_a_full_disk_stops_no_alert(
    stream: Stream, book: RuleBook, database: Database, tmp_path: Path
) -> None:
    """Where a snapshot can't be written the stream goes on."""
    (tmp_path / "no").write_text("a file where a folder should be")
    monitor = stream.monitor(tmp_path / "no")
    stream.open("A1")
    stream.spoof("A1")
    run(monitor)
    assert monitor.snapshot() is None
    assert len(alerts(database)) == 3
