"""What belongs together, how urgent it is, what a measure must rest on: tables."""

from __future__ import annotations

import msgspec
import pytest

from yunquan.cases import rules
from yunquan.cases.types import Basis, Case, CaseState
from yunquan.rulebook.rules.books import first_rules
from yunquan.surveillance.events import AlertRaised

DAY = "2026-11-26"
CONTRACT = Basis("contract", "Article 12")
COURT = Basis("court", "Order", "(2026)沪01执123号", "上海一中院")
AML = Basis("aml", "Order", "反洗钱 7 号", "人民银行上海总部")


def alert(kind: str = "spoofing", grade: int = 3, **more: str) -> AlertRaised:
    facts = {"account": "A1", "symbol": "600519.SH", "other": "", "device": ""} | more
    return AlertRaised(
        "alt_1", "rule", 1, kind, grade, "account", **facts,
        at_ms=1_000, began_ms=0, flood=False, values={},
    )  # fmt: skip


def case(kind: str = "spoofing", grade: int = 3) -> Case:
    return rules.begin("cas_1", alert(kind, grade), 0, DAY)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (alert(), alert(symbol="000001.SZ"), True),
        (alert(), alert("ramping"), False),
        (alert(), alert(account="A2"), False),
        (alert(other="A2"), alert(account="A2", other="A1"), True),
        (alert("linked", account="", symbol="", device="d"), alert("linked", device="d"), False),
        (alert("market", account=""), alert("market", account=""), True),
    ],
)
def test_what_is_about_one_thing(one: AlertRaised, other: AlertRaised, same: bool) -> None:
    assert (rules.about(one) == rules.about(other)) == same


def test_a_higher_grade_makes_it_more_urgent_and_never_less() -> None:
    one = case(grade=2)
    assert (one.state, one.take_by_ms, one.decide_by_ms) == (CaseState.AUTOMATIC, 0, 0)
    one = rules.grow(one, alert(grade=3), 10_000, DAY)
    assert (one.state, one.grade, one.alerts) == (CaseState.OPEN, 3, 2)
    assert one.take_by_ms == 10_000 + 1_800_000
    one = rules.grow(one, alert(grade=4), 20_000, DAY)
    assert (one.grade, one.take_by_ms, one.decide_by_ms) == (4, 320_000, 2_720_000)
    later = rules.grow(one, alert(grade=1), 30_000, DAY)
    assert (later.grade, later.take_by_ms) == (4, 320_000)
    assert later.score > case(grade=2).score
    assert rules.grow(one, alert(symbol="000001.SZ"), 0, DAY).symbol == ""


@pytest.mark.parametrize(
    ("kind", "measure", "basis", "code"),
    [
        ("spoofing", "warn", CONTRACT, ""),
        ("spoofing", "refuse_orders", CONTRACT, ""),
        ("spoofing", "freeze", COURT, ""),
        ("spoofing", "warn", Basis("", ""), "cases.measure_basis"),
        ("spoofing", "warn", Basis("contract", "  "), "cases.measure_basis"),
        ("spoofing", "warn", Basis("contract", "x" * 401), "cases.measure_basis"),
        ("spoofing", "warn", Basis("whim", "because"), "cases.measure_basis"),
        ("spoofing", "stop_withdrawals", Basis("exchange", "Letter"), "cases.measure_paper"),
        ("spoofing", "freeze", CONTRACT, "cases.freeze_needs_court"),
        ("spoofing", "freeze", AML, "cases.freeze_needs_court"),
        ("spoofing", "jail", CONTRACT, "cases.measure_unknown"),
        ("cash", "warn", CONTRACT, "cases.tipping_off"),
        ("linked", "warn", CONTRACT, "cases.tipping_off"),
        ("spoofing", "warn", AML, "cases.tipping_off"),
        ("cash", "stop_withdrawals", AML, ""),
    ],
)
def test_every_measure_rests_on_something(kind: str, measure: str, basis: Basis, code: str) -> None:
    found = rules.check_measure(case(kind), measure, "A1", basis)
    assert (found.code if found else "") == code
    if not code:
        assert rules.check_measure(case(kind), measure, "", basis)


def test_a_clock_that_ran_out_goes_higher_three_times_at_most() -> None:
    one, now = case(grade=4), 0
    moments = list[int]()
    for _ in range(10):
        now = one.take_by_ms
        if not rules.due([one], now):
            break
        assert rules.due([one], now - 1) == []
        moments.append(now)
        one = rules.escalate(one, now, DAY)
    assert moments == [300_000, 450_000, 525_000]
    taken = msgspec.structs.replace(one, state=CaseState.IN_HAND, escalated=0)
    assert rules.due([taken], taken.take_by_ms) == []
    assert rules.due([taken], taken.decide_by_ms) == [taken]


def test_every_kind_of_rule_has_its_clock_and_nothing_secret_is_told_by_the_table() -> None:
    for text in first_rules():
        assert rules.time_limit_of(text.grade, DAY).grade == text.grade
    for one in rules.HANDLING:
        for measure in one.measures:
            basis = Basis("contract", one.basis)
            detail = one.detail if measure in rules.DETAILED else ""
            found = rules.check_measure(case(one.kind, one.grade), measure, "A1", basis, detail)
            assert found is None
