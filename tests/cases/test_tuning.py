"""A line that spares false alarms and loses nothing: tables, and through to a draft."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dossier.test_service import Scene, scene
from tests.letters.office import lessons_of
from tests.partners.brokerage import Brokerage
from yunquan.cases import Cases
from yunquan.cases.rules.tuning import Judged, best_change, between, changed, spoken
from yunquan.kernel.errors import Conflict
from yunquan.rulebook import RuleBook
from yunquan.rulebook.rules.books import first_rules, limits_on
from yunquan.rulebook.rules.language import compile_rule
from yunquan.rulebook.types import CompiledRule, Condition, RuleState, RuleText

__all__ = ["scene"]
AMOUNT, SHARE = "position.order_amount.m5", "position.cancel_amount_share.m5"
WHEN = f"{AMOUNT} >= yuan(700_000) and {SHARE} >= limit.cancelled_half and event.side == buy"


def rule(when: str = WHEN) -> RuleText:
    conditions = (Condition(("cancel",), when),)
    return RuleText("test.line", "spoofing", "position", conditions, 3, "线", "Line", "b", "F")


def judged(*cases: tuple[str, dict[str, float]]) -> list[Judged]:
    return [Judged(f"c{n}", outcome, (values,)) for n, (outcome, values) in enumerate(cases)]


def amounts(**outcomes: list[float]) -> list[Judged]:
    """Amounts in CNY by outcome."""
    return judged(
        *(
            (outcome, {AMOUNT: 100 * one, SHARE: 0.9})
            for outcome, all_ in outcomes.items()
            for one in all_
        )
    )


def test_the_line_goes_between_the_false_and_the_confirmed() -> None:
    found = best_change(
        rule(), amounts(innocent=[710_000, 800_000, 5_000_000], confirmed=[2_000_000])
    )
    assert found
    assert (found.code, found.was, found.now) == (AMOUNT, "yuan(700_000)", "yuan(1400000)")
    assert (found.spared, found.innocent, found.confirmed) == (2, 3, 1)
    assert found.when == WHEN.replace("yuan(700_000)", "yuan(1400000)")
    text = changed(rule(), found)
    assert "误报 2/3" in text.basis
    assert isinstance(compile_rule(text, limits_on("2026-11-26")), CompiledRule)


@pytest.mark.parametrize(
    "cases",
    [
        [],
        amounts(innocent=[710_000]),
        amounts(confirmed=[710_000]),
        amounts(confirmed=[710_000], innocent=[900_000]),
        judged(("innocent", {}), ("confirmed", {AMOUNT: 1e9})),
    ],
)
def test_nothing_is_changed_without_reason(cases: list[Judged]) -> None:
    assert best_change(rule(), cases) is None


@pytest.mark.parametrize(
    "when",
    [
        f"{AMOUNT} >= 0.05 * instrument.turnover.m5",
        f"({AMOUNT} >= yuan(1) or {SHARE} >= 0.5)",
        f"not ({AMOUNT} >= yuan(1))",
        f"{AMOUNT} <= yuan(1)",
    ],
)
def test_only_lines_that_must_hold_are_moved(when: str) -> None:
    assert best_change(rule(when), amounts(innocent=[1], confirmed=[9])) is None


def test_a_case_stays_while_one_of_its_alerts_passes_and_the_unclear_are_told() -> None:
    twice = Judged("c", "innocent", ({AMOUNT: 10.0}, {AMOUNT: 9e9}))
    found = best_change(rule(), [*amounts(innocent=[20], confirmed=[90], unclear=[30, 95]), twice])
    assert found
    assert (found.spared, found.innocent, found.unclear, found.unclear_lost) == (1, 2, 2, 1)


@given(st.floats(0, 1e12), st.floats(1e-6, 1e12))
def test_a_line_loses_no_confirmed_case(below: float, more: float) -> None:
    above = below + more
    if above > below:
        assert below < between(below, above) <= above


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (140_000_000, "fen", "yuan(1400000)"),
        (0.615, "share", "0.615"),
        (1_500, "ms", "seconds(1.5)"),
    ],
)
def test_numbers_are_spoken(value: float, unit: str, said: str) -> None:
    assert spoken(value, unit) == said


def test_every_first_rule_can_be_looked_at() -> None:
    for text in first_rules():
        assert best_change(text, []) is None


def test_outcomes_become_a_draft(scene: Scene, brokerage: Brokerage) -> None:
    cases = Cases(brokerage.desk.database, brokerage.desk.restrictions)
    lessons = lessons_of(brokerage.desk)
    code = "position.opposite.m5"
    for account, amount, outcome in (
        ("B1", 10_100_000.0, "innocent"),
        ("B2", 10_200_000.0, "innocent"),
        ("B3", 90_000_000.0, "confirmed"),
    ):
        _, case = scene.alert(account, **{code: amount})
        cases.take("staff:a", case)
        cases.close("staff:a", case, outcome, "A lesson.")
    (lesson,) = lessons.of_rules(0, "en")
    assert lesson.change
    assert (lesson.change.code, lesson.change.spared) == (code, 2)
    drafted = lessons.draft("staff:a", lesson.rule, 0)
    assert (drafted.state, drafted.version) == (RuleState.DRAFT, 2)
    assert lesson.change.now in drafted.text.conditions[-1].when
    book = RuleBook(brokerage.desk.database, brokerage.desk.clock)
    assert [one.version for one in book.versions_of(lesson.rule)] == [2, 1]
    with pytest.raises(Conflict, match=r"cases\.no_change"):
        lessons.draft("staff:a", "ramping.up", 0)
