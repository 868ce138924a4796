"""What staff find of any account, by the index it should go by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.counter.desk import BUY, Desk
from yunquan.counter.adapters.snapshots import SnapshotFiles
from yunquan.counter.events import codec
from yunquan.counter.store import Journal
from yunquan.history import (
    balances_at,
    load_spans,
    load_turnovers,
    orders_of_execution,
    postings_at,
    postings_of_order,
    search_orders,
    search_postings,
)
from yunquan.history.readers import PROJECTION
from yunquan.history.types import Place, Span, Wanted, WantedPostings
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import Database

ME = "6000000001"


@pytest.fixture
def desk(database: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    made = Desk(Journal(database, "0"), SnapshotFiles(tmp_path / "snapshots"), clock)
    made.begin()
    made.open_account()
    made.deposit(100_000_000)
    made.give("600519.SH", 10_000)
    for number in range(5):
        order = made.placed(BUY, 10_000, 100)
        if number < 3:
            made.report("accepted", order)
            made.report("filled", order, 10_000, 100)
    catch_up(PROJECTION, "counter-0", database, database, codec())
    return made


def test_orders_are_found_newest_first_and_paged(desk: Desk) -> None:
    with desk.journal.database.read() as tx:
        every = [row.id for row in search_orders(tx, Wanted(), None, "", 100)]
        assert len(every) == 5
        assert every == sorted(every, reverse=True)
        first = search_orders(tx, Wanted(), [ME], "", 2)
        rest = search_orders(tx, Wanted(), [ME], first[-1].id, 100)
        assert [row.id for row in (*first, *rest)] == every
        assert search_orders(tx, Wanted(), [], "", 100) == []
        day = first[0].day
        assert len(search_orders(tx, Wanted(from_day=day, to_day=day), None, "", 9)) == 5
        assert search_orders(tx, Wanted(from_day="2099-01-01"), None, "", 9) == []
        assert search_orders(tx, Wanted(to_day="2000-01-01"), None, "", 9) == []
        assert len(search_orders(tx, Wanted(states=(8,)), None, "", 9)) == 3
        assert len(search_orders(tx, Wanted(states=(0, 1, 2, 3, 7)), None, "", 9)) == 2
        assert search_orders(tx, Wanted(states=(9,)), None, "", 9) == []


def test_an_execution_leads_to_its_order(desk: Desk) -> None:
    with desk.journal.database.read() as tx:
        known = tx.execute(sa.text("select execution, order_id from counter_fill")).all()
        execution, order = known[0]
        assert order in [row.id for row in orders_of_execution(tx, execution)]
        assert orders_of_execution(tx, "E999999") == []


def test_postings_are_paged_whole_and_add_up(desk: Desk) -> None:
    with desk.journal.database.read() as tx:
        wanted = WantedPostings(ME)
        every = search_postings(tx, wanted, None, 1000)
        seen: list[Any] = []
        before = None
        while page := search_postings(tx, wanted, before, 3):
            seen += page
            last = page[-1]
            before = Place(last.seq, last.stream, last.line)
        assert seen == every
        assert len({(row.stream, row.seq, row.line) for row in every}) == len(every)
        turnovers = load_turnovers(tx, wanted, 1000)
        assert turnovers
        newest = Place(every[0].seq, every[0].stream, every[0].line)
        for asset in ("CNY", "600519.SH"):
            net = sum(one.came - one.went for one in turnovers if one.asset == asset)
            assert balances_at(tx, ME, [asset], newest) == {asset: net}
        assert load_turnovers(tx, wanted, 2) is None
        fills = search_postings(tx, WantedPostings(ME, event="order_filled"), None, 1000)
        assert fills
        assert {row.event for row in fills} == {"order_filled"}
        shares = search_postings(tx, WantedPostings(ME, asset="600519.SH"), None, 1000)
        assert {row.asset for row in shares} == {"600519.SH"}
        spans = load_spans(tx, "", "")
        assert spans[0].stream == "counter-0"
        one = every[0]
        within = WantedPostings(ME, spans=(Span(one.stream, one.seq, one.seq),))
        assert {row.seq for row in search_postings(tx, within, None, 1000)} == {one.seq}


def test_a_place_and_an_order_show_all_their_postings(desk: Desk) -> None:
    with desk.journal.database.read() as tx:
        order = search_orders(tx, Wanted(states=(8,)), None, "", 1)[0].id
        rows = postings_of_order(tx, order)
        places = {(row.stream, row.seq) for row in rows}
        assert rows == [row for place in sorted(places) for row in postings_at(tx, *place)]
        assert {"order_placed", "order_filled"} <= {row.event for row in rows}


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(symbol="600519.SH"), "counter_order_by_symbol"),
        (Wanted(states=(9,)), "counter_order_rejected"),
        (Wanted(states=(0, 1, 2, 3, 7)), "counter_order_open"),
    ],
)
def test_each_search_goes_by_its_index(
    desk: Desk, kind: str, wanted: Wanted, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind != "sqlite":
        pytest.skip("asked of SQLite's planner")
    with desk.journal.database.read() as tx:
        execute, plans = tx.execute, list[str]()

        def explained(query: Any, *rest: Any) -> Any:
            compiled = query.compile(tx.connection, compile_kwargs={"literal_binds": True})
            plan = tx.connection.exec_driver_sql(f"explain query plan {compiled}")
            plans.extend(str(row[-1]) for row in plan)
            return execute(query, *rest)

        monkeypatch.setattr(
            type(tx), "execute", lambda _self, query, *rest: explained(query, *rest)
        )
        search_orders(tx, wanted, None, "", 10)
        search_postings(tx, WantedPostings(ME), Place(10**9, "counter-0", 0), 10)
    assert any(index in plan for plan in plans), plans
    assert any("counter_posting_by_source" in plan for plan in plans)
    assert any("counter_posting_by_target" in plan for plan in plans)
    # A whole partial index may be walked: it holds nothing but what is asked for.
    assert not [plan for plan in plans if plan.startswith("SCAN counter_") and index not in plan]
