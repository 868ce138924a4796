"""Alerts become cases; people take, act and close; the counter does what was decided."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from tests.cases.test_rules import CONTRACT, COURT, alert
from tests.partners.brokerage import Brokerage, Visitor
from yunquan.app.event_kinds import event_kinds
from yunquan.cases import Cases, escalate_due
from yunquan.cases.readers import FOLDING, fold_all
from yunquan.cases.service import fold
from yunquan.cases.types import Basis, Case, CaseState, Measure
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Invalid, NotFound, YunquanError
from yunquan.kernel.events import EventCodec
from yunquan.kernel.log import read_records
from yunquan.kernel.readers import Recorded, catch_up
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.surveillance.events import AlertRaised

ANN, BEN = "staff:ann", "staff:ben"


@dataclass
class Bench:
    """Cases over a database, alerts by hand."""

    database: Database
    cases: Cases
    number: int = 0

    def fold(self, kind: str = "spoofing", grade: int = 3, **more: str) -> Case | None:
        self.number += 1
        one = msgspec.structs.replace(alert(kind, grade, **more), alert=f"alt_{self.number}")
        with self.database.transaction("system") as tx:
            return fold(tx, one)

    def follow(self) -> None:
        """What the reader of the log does."""
        codec = EventCodec(event_kinds().values())
        catch_up(FOLDING, ROOMS_STREAM, self.database, self.database, codec)

    def told(self, tag: str) -> list[Any]:
        codec = EventCodec(event_kinds().values())
        with self.database.read() as tx:
            records = read_records(tx.connection, ROOMS_STREAM, 1)
        found = [event for record in records for event in codec.decode(record.body)]
        return [one for one in found if type(one).__struct_config__.tag == tag]


@pytest.fixture
def bench(brokerage: Brokerage) -> Bench:
    desk = brokerage.desk
    return Bench(desk.database, Cases(desk.database, desk.restrictions))


def refused(code: str, kind: type[YunquanError] = Conflict) -> Any:
    return pytest.raises(kind, match=code.replace(".", r"\."))


def test_alerts_about_one_thing_are_one_case(bench: Bench) -> None:
    first = bench.fold()
    again = bench.fold(symbol="000001.SZ")
    other = bench.fold(account="A2")
    assert first
    assert again
    assert other
    assert first.id == again.id != other.id
    assert (again.alerts, again.symbol) == (2, "")
    file = bench.cases.open_file(first.id)
    assert file.alerts == ["alt_2", "alt_1"]
    assert [one.what for one in file.steps] == ["opened"]
    assert bench.fold(grade=1) is None
    # The same alert twice, as a reader that died between may bring it.
    repeat = Recorded("rooms", 7, 0, _named("alt_1"))
    with bench.database.transaction("system") as tx:
        fold_all(tx, [repeat])
    assert bench.cases.open_file(first.id).case.alerts == 2
    assert len(bench.told("cases.opened@1")) == 2


def _named(name: str) -> AlertRaised:
    return msgspec.structs.replace(alert(), alert=name)


def test_the_table_warns_and_a_person_takes_it_back(bench: Bench) -> None:
    one = bench.fold("order_rate", 2)
    assert one
    assert one.state is CaseState.AUTOMATIC
    measure, slower = bench.cases.open_file(one.id).measures
    assert (slower.kind, slower.automatic, slower.detail) == ("throttle", True, "60")
    assert (measure.kind, measure.automatic, measure.account) == ("warn", True, "A1")
    assert measure.basis.text
    assert [told.account for told in bench.told("cases.client_warned@1")] == ["A1"]
    undone, _ = asyncio.run(bench.cases.undo(ANN, "k", measure.id, CONTRACT))
    assert undone.undone_by == ANN
    with refused("cases.undone"):
        asyncio.run(bench.cases.undo(ANN, "k2", measure.id, CONTRACT))
    # More of it makes it somebody's.
    grown = bench.fold("order_rate", 3)
    assert grown
    assert (grown.id, grown.state) == (one.id, CaseState.OPEN)


def test_what_may_be_laundering_is_told_to_nobody(bench: Bench) -> None:
    for kind, grade in (("cash", 2), ("cash", 3), ("linked", 3)):
        one = bench.fold(kind, grade, account=f"L{grade}{kind}")
        assert one
        with refused("cases.tipping_off", Invalid):
            asyncio.run(bench.cases.act(ANN, "w", one.id, "warn", "L", CONTRACT))
    assert bench.told("cases.client_warned@1") == []


def test_one_takes_acts_and_closes(bench: Bench, client: Visitor, staff: Visitor) -> None:
    account = client.account
    one = bench.fold(account=account, grade=4)
    assert one
    with refused("cases.not_yours"):
        bench.cases.close(ANN, one.id, "confirmed", "a lesson")
    assert bench.cases.take(ANN, one.id).taken_by == ANN
    assert bench.cases.take(ANN, one.id).state is CaseState.IN_HAND
    with refused("cases.taken"):
        bench.cases.take(BEN, one.id)

    def act(key: str, kind: str, basis: Basis = CONTRACT) -> tuple[Measure, Any]:
        return asyncio.run(bench.cases.act(ANN, key, one.id, kind, account, basis))

    with refused("cases.measure_basis", Invalid):
        act("none", "refuse_buys", Basis("contract", ""))
    done, proposal = act("buys", "refuse_buys")
    assert proposal.state == "agreed"
    assert act("buys", "refuse_buys")[0] == done
    line = client.send("POST", "/orders", client.order()).json()
    assert line["reason"]["code"] == "order.restricted"
    # All orders, and a freeze, wait for another person.
    assert act("all", "refuse_orders")[1].state == "open"
    assert act("court", "freeze", COURT)[1].state == "open"
    assert asyncio.run(bench.cases.undo(ANN, "u", done.id, CONTRACT))[1].state == "open"
    for outcome, lesson, code in (
        ("guilty", "a lesson", "cases.outcome"),
        ("confirmed", " x ", "cases.lesson"),
    ):
        with refused(code, Invalid):
            bench.cases.close(ANN, one.id, outcome, lesson)
    closed = bench.cases.close(ANN, one.id, "confirmed", "Seen before: order 7.")
    assert (closed.state, closed.outcome) == (CaseState.CLOSED, "confirmed")
    for late in (
        lambda: bench.cases.take(BEN, one.id),
        lambda: bench.cases.close(ANN, one.id, "innocent", "no after all"),
        lambda: act("late", "refuse_sells"),
    ):
        with refused("cases.closed"):
            late()
    steps = [step.what for step in bench.cases.open_file(one.id).steps]
    assert steps == [
        "opened",
        "taken",
        "measure.refuse_buys",
        "measure.refuse_orders",
        "measure.freeze",
        "asked_undo",
        "closed",
    ]
    # What comes now is another case, and this one is its precedent.
    after = bench.fold(account=account)
    assert after
    assert after.id != one.id
    assert list(bench.cases.precedents(after)) == [one.id]
    (rule,) = bench.cases.precision(0)
    assert (rule.alerts, rule.cases, rule.confirmed, rule.share) == (2, 2, 1, 1.0)


def test_a_clock_that_ran_out_goes_higher(bench: Bench, clock: ManualClock) -> None:
    one = bench.fold(grade=4)
    assert one
    assert escalate_due(bench.database) == []
    clock.advance(301)
    (raised,) = escalate_due(bench.database)
    assert (raised.id, raised.escalated) == (one.id, 1)
    assert escalate_due(bench.database) == []
    clock.advance(151)
    assert [case.escalated for case in escalate_due(bench.database)] == [2]
    assert [step.what for step in bench.cases.open_file(one.id).steps][-1] == "escalated"


def test_nobody_knows_it(bench: Bench) -> None:
    for look in (
        lambda: bench.cases.open_file("cas_none"),
        lambda: bench.cases.take(ANN, "cas_none"),
    ):
        with refused("cases.unknown", NotFound):
            look()
