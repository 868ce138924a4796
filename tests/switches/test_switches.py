"""Exceptional days over two counters: both or told which, once however often, two people for what
touches everybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures_database import NewDatabase
from tests.partners.brokerage import CHENSHAN, DAY, Brokerage, make_brokerage
from yunquan.approvals.rules import REPEATABLE_FOR_MS
from yunquan.approvals.types import OPEN_FOR_MS
from yunquan.counter import DirectClient, Driver, Journal, SnapshotFiles
from yunquan.counter.rules.reference import Reference
from yunquan.counter.types import Answer, RollDay
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from yunquan.switches import rules
from yunquan.switches.types import ProposalLine, SwitchBoard, SwitchWish

ANNE, BERT = "staff:stf_anne", "staff:stf_bert"
NOTICE = {"notice_zh": "暂停接受新委托", "notice_en": "No new orders for now"}
BASIS = "Exchange notice 2026-071"


class Line:
    """A counter behind a line that may be cut, before or after a command arrives."""

    def __init__(self, inner: DirectClient) -> None:
        self.inner = inner
        self.cut = ""
        self.heard = 0

    async def submit(self, command: Any) -> Answer:
        if self.cut == "before":
            raise Unavailable("counter.unreachable")
        self.heard += 1
        answer = await self.inner.submit(command)
        if self.cut == "after":
            raise Unavailable("counter.slow")
        return answer

    async def ask(self, query: Any) -> Any:
        if self.cut:
            raise Unavailable("counter.unreachable")
        return await self.inner.ask(query)


@dataclass
class Firm:
    """A brokerage with two counters."""

    brokerage: Brokerage
    lines: tuple[Line, Line]

    def switch(
        self, wish: SwitchWish, actor: str = ANNE, key: str = "k-1", locale: str = "en"
    ) -> ProposalLine:
        return asyncio.run(self.brokerage.desk.switch(actor, key, wish, locale))

    def agree(self, proposal: str, actor: str = BERT) -> ProposalLine:
        return asyncio.run(self.brokerage.desk.agree(actor, proposal, "en"))

    def decline(self, proposal: str, actor: str = BERT) -> ProposalLine:
        return asyncio.run(self.brokerage.desk.decline(actor, proposal, "en"))

    def board(self, actor: str = ANNE) -> SwitchBoard:
        return asyncio.run(self.brokerage.desk.switch_board(actor, "en"))

    def stopped(self) -> list[list[str]]:
        return [sorted(line.inner.driver.state.stops) for line in self.lines]


@pytest.fixture
def firm(new_database: NewDatabase, tmp_path: Path) -> Iterator[Firm]:
    database = new_database("sqlite")
    brokerage = make_brokerage(database, tmp_path)
    gateways = ("", "b")
    first = brokerage.driver
    second = Driver("1", Journal(database, "1"), SnapshotFiles(tmp_path / "s"), database.clock)
    for driver in (first, second):
        driver.reference_parts = lambda now_ms: Reference(
            DAY, now_ms, {}, {}, frozenset(("SH",)), {}, {}, 38_538, gateways
        )
    second.open()
    second.process([RollDay(f"system:roll:{DAY}", DAY)])
    lines = (Line(DirectClient(first)), Line(DirectClient(second)))
    brokerage.desk.counters.clients = lines
    yield Firm(brokerage, lines)
    brokerage.passwords.close()


def stop(scope: str, **changes: str) -> SwitchWish:
    return SwitchWish(rules.STOP, **({"basis": BASIS, "scope": scope} | NOTICE | changes))


def resume(scope: str) -> SwitchWish:
    return SwitchWish(rules.RESUME, BASIS, scope)


GATEWAY = SwitchWish(rules.GATEWAY, BASIS, "", "b", **NOTICE)


@pytest.mark.parametrize(
    ("kind", "scope", "second"),
    [
        (rules.STOP, "all", True),
        (rules.STOP, "SH", False),
        (rules.STOP, CHENSHAN, False),
        (rules.RESUME, "all", True),
        (rules.RESUME, "SH", False),
        (rules.GATEWAY, "", True),
        (rules.GATEWAY, "b", True),
    ],
)
def test_what_needs_two_people(kind: str, scope: str, second: bool) -> None:
    assert rules.needs_second(kind, scope) is second


@pytest.mark.parametrize(
    ("scope", "known", "fault"),
    [
        ("all", {CHENSHAN}, False),
        ("BJ", {CHENSHAN}, False),
        (CHENSHAN, {CHENSHAN}, False),
        ("600000.SH", {CHENSHAN}, True),
        ("600000.SH", set(), False),
        ("HK", {CHENSHAN}, True),
        ("", set(), True),
        ("all of it", set(), True),
    ],
)
def test_what_can_be_stopped(scope: str, known: set[str], fault: bool) -> None:
    assert (rules.check_scope(scope, known) is not None) is fault


def test_one_person_stops_a_symbol_at_every_counter_and_lets_it_go(firm: Firm) -> None:
    done = firm.switch(stop(CHENSHAN))
    assert (done.state, done.whole, done.needs_second) == ("agreed", True, False)
    assert [one.done for one in done.outcome] == [True, True]
    assert firm.stopped() == [[CHENSHAN], [CHENSHAN]]
    (line,) = firm.board().stops
    assert (line.scope, line.basis, line.by, line.second) == (CHENSHAN, BASIS, ANNE, "")
    assert (line.counters, line.missing) == (("0", "1"), ())
    assert line.scope_text == f"Chenshan Spirits {CHENSHAN}"
    firm.switch(resume(CHENSHAN), key="k-2")
    assert firm.stopped() == [[], []]
    assert [one.kind for one in firm.board().proposals].count(rules.RESUME) == 1


def test_the_whole_firm_takes_two(firm: Firm) -> None:
    made = firm.switch(stop("all"))
    assert (made.state, made.own, made.may_agree) == ("open", True, False)
    assert firm.stopped() == [[], []]
    assert firm.board(BERT).proposals[0].may_agree
    with pytest.raises(Conflict, match=r"proposal\.own"):
        firm.agree(made.id, ANNE)
    done = firm.agree(made.id)
    assert (done.state, done.whole, done.decided_by) == ("agreed", True, BERT)
    assert firm.stopped() == [["all"], ["all"]]
    assert [(line.by, line.second) for line in firm.board().stops] == [(ANNE, BERT)]
    back = firm.switch(resume("all"), actor=BERT, key="k-2")
    assert back.state == "open"
    firm.agree(back.id, ANNE)
    assert firm.stopped() == [[], []]


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_counter_that_was_not_reached_is_named_and_told_again(firm: Firm, cut: str) -> None:
    firm.lines[1].cut = cut
    told = firm.switch(stop("SH"))
    assert not told.whole
    assert told.may_repeat
    assert [(one.counter, one.done) for one in told.outcome] == [("0", True), ("1", False)]
    assert told.outcome[1].code in ("counter.unreachable", "counter.slow")
    assert told.outcome[1].text
    board = firm.board()
    assert [one.reached for one in board.counters] == [True, False]
    assert board.stops[0].counters == ("0",)
    firm.lines[1].cut = ""
    # Under the same key or from the board: the same proposal, the same command.
    again = firm.switch(stop("SH")) if cut == "before" else firm.agree(told.id)
    assert (again.id, again.whole, again.may_repeat) == (told.id, True, False)
    assert firm.stopped() == [["SH"], ["SH"]]
    heard = [line.heard for line in firm.lines]
    firm.switch(stop("SH"))
    assert [line.heard for line in firm.lines] == heard


def test_a_stop_half_in_force_shows_where_it_is_missing(firm: Firm) -> None:
    firm.lines[1].cut = "before"
    firm.switch(stop("SH"))
    firm.lines[1].cut = ""
    (line,) = firm.board().stops
    assert (line.counters, line.missing) == (("0",), ("1",))


def test_long_after_it_is_no_longer_repeated(firm: Firm, clock: ManualClock) -> None:
    firm.lines[1].cut = "before"
    told = firm.switch(stop("SH"))
    clock.advance(REPEATABLE_FOR_MS / 1000)
    firm.lines[1].cut = ""
    with pytest.raises(Conflict, match=r"proposal\.too_late"):
        firm.agree(told.id)
    assert not firm.board().proposals[0].may_repeat


def test_the_gateway_is_changed_by_two(firm: Firm) -> None:
    board = firm.board()
    assert board.gateways == ("", "b")
    assert [(one.gateway, one.since_ms) for one in board.in_use] == [("", None)]
    firm.agree(firm.switch(GATEWAY).id)
    (used,) = firm.board().in_use
    assert (used.gateway, used.by, used.second, used.basis) == ("b", ANNE, BERT, BASIS)
    assert used.since_ms
    again = firm.switch(GATEWAY, key="k-2")
    with pytest.raises(Conflict, match=r"gateway\.in_use"):
        firm.agree(again.id)


def test_what_every_counter_refuses_is_refused(firm: Firm) -> None:
    with pytest.raises(Conflict, match=r"stop\.none"):
        firm.switch(resume("SH"))
    assert firm.board().proposals[0].outcome[0].code == "stop.none"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (stop("600000.SH"), r"switch\.scope"),
        (stop("SH", notice_en=" "), r"switch\.notice"),
        (stop("SH", notice_zh="长" * 201), r"switch\.notice"),
        (stop("SH", basis="abc"), r"proposal\.basis"),
        (SwitchWish(rules.GATEWAY, BASIS, "", "b"), r"switch\.notice"),
    ],
)
def test_malformed_wishes(firm: Firm, wish: SwitchWish, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        firm.switch(wish)
    assert firm.board().proposals == ()


def test_a_key_is_one_wish(firm: Firm) -> None:
    firm.switch(stop("SH"))
    with pytest.raises(Conflict, match=r"command\.reused"):
        firm.switch(stop("SZ"))


def test_declined_and_expired_ones_do_nothing(firm: Firm, clock: ManualClock) -> None:
    declined = firm.switch(stop("all"))
    assert firm.decline(declined.id).state == "declined"
    late = firm.switch(stop("all"), key="k-2")
    clock.advance(OPEN_FOR_MS / 1000)
    acts: list[Callable[[str], object]] = [firm.agree, firm.decline]
    for act in acts:
        with pytest.raises(Conflict, match=r"proposal\.expired"):
            act(late.id)
    with pytest.raises(Conflict, match=r"proposal\.declined"):
        firm.agree(declined.id)
    with pytest.raises(NotFound, match=r"proposal\.unknown"):
        firm.agree("prp_nothing")
    assert firm.stopped() == [[], []]
    assert {one.state for one in firm.board().proposals} == {"declined", "expired"}
