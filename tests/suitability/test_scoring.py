"""Points, classes, contradictions: tables, and what holds for every way to answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.suitability.answering import CALM, CAREFUL, DAY
from yunquan.suitability import load_firm_rows, load_questionnaires
from yunquan.suitability.rules import questionnaire, scoring
from yunquan.suitability.rules.rows import parse_firm_rows
from yunquan.suitability.types import Question, RiskClass, Trace

FIRM = load_firm_rows()
BEFORE, VERSION = load_questionnaires()
QUESTIONS = {one.code: one for one in VERSION.questions}
LOWEST = {("capacity", "limited"), ("loss", "none")}


def ticks_of(question: Question) -> st.SearchStrategy[tuple[str, ...]]:
    codes = [option.code for option in question.options if not option.alone]
    alone = [(option.code,) for option in question.options if option.alone]
    if question.kind == "single":
        return st.sampled_from([(code,) for code in codes] + alone)
    several = st.lists(st.sampled_from(codes), min_size=1, unique=True).map(tuple)
    return several | st.sampled_from(alone) if alone else several


ANSWERS = st.fixed_dictionaries({one.code: ticks_of(one) for one in VERSION.questions})


def score(answers: Any) -> Any:
    return scoring.score(VERSION, answers, FIRM, DAY)


@pytest.mark.parametrize(
    ("changes", "points", "class_"),
    [
        ({}, 76, RiskClass.C4),
        ({"loss": ("30_50",)}, 79, RiskClass.C4),
        ({"loss": ("30_50",), "horizon": ("over_5",)}, 80, RiskClass.C5),
        ({"debts": ("mortgage", "private")}, 71, RiskClass.C4),
        ({"debts": ("none",)}, 79, RiskClass.C4),
        ({"loss": ("none",)}, 68, RiskClass.LOWEST),
        ({"capacity": ("limited",)}, 76, RiskClass.LOWEST),
    ],
)
def test_points_and_class(changes: Any, points: int, class_: RiskClass) -> None:
    found = score(CALM | changes)
    assert (found.points, found.class_) == (points, class_)


def test_the_version_before_scores_as_it_did() -> None:
    answers = CALM | {
        "dependants": ("one_two",),
        "share_invested": ("10_30",),
        "understanding": ("good",),
        "frequency": ("6_20",),
        "choice": ("c",),
    }
    assert questionnaire.check_answers(BEFORE, answers) is None
    assert scoring.score(BEFORE, answers, FIRM, DAY).points == 75
    wrong = answers | {"experience": ("none",), "loss": ("under_10",), "choice": ("d",)}
    found = [one.code for one in scoring.contradictions(BEFORE, wrong, "", DAY)]
    assert found == ["experience_traded", "experience_frequency", "loss_choice"]


def test_what_is_wanted_comes_with_the_class() -> None:
    found = score(CALM)
    assert (found.term_months, found.sorts) == (60, frozenset({"cash", "bond", "equity"}))
    assert score(CAREFUL).class_ is RiskClass.C3


@given(ANSWERS)
def test_every_way_to_answer_has_one_class(answers: Any) -> None:
    assert questionnaire.check_answers(VERSION, answers) is None
    found = score(answers)
    assert 0 <= found.points <= 100
    bands = ((20, "C1"), (40, "C2"), (60, "C3"), (80, "C4"), (101, "C5"))
    by_points = next(name for end, name in bands if found.points < end)
    lowest = any(answers[question] == (option,) for question, option in LOWEST)
    assert found.class_ == ("C1-lowest" if lowest else by_points)


@given(ANSWERS, st.data())
def test_a_heavier_answer_never_lowers_the_class(answers: Any, data: Any) -> None:
    question = data.draw(st.sampled_from([q for q in VERSION.questions if q.kind == "single"]))
    option = data.draw(st.sampled_from(question.options))
    before, after = score(answers), score(answers | {question.code: (option.code,)})
    weights = {one.code: one.weight for one in question.options}
    heavier = option.weight - weights[answers[question.code][0]]
    assert after.points - before.points == (heavier if question.scores != "none" else 0)
    order = list(RiskClass)
    if not before.lowest and not after.lowest and heavier >= 0:
        assert order.index(after.class_) >= order.index(before.class_)


@given(ANSWERS, st.permutations(range(len(VERSION.questions))))
def test_the_order_of_answering_changes_nothing(answers: Any, order: Any) -> None:
    pairs = list(answers.items())
    assert score({pairs[i][0]: pairs[i][1][::-1] for i in order}) == score(answers)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"experience": ("none",)}, ["experience_traded"]),
        ({"experience": ("none",), "traded": ("leveraged",)}, ["experience_traded"]),
        ({"traded": ("none",)}, ["traded_experience"]),
        ({"experience": ("none",), "traded": ("none",)}, []),
        ({"age": ("18_30",), "experience": ("over_10",)}, ["age_experience"]),
        ({"loss": ("none",)}, ["loss_wanted"]),
        ({"loss": ("under_10",), "goal": ("high",)}, ["loss_goal"]),
        ({"income_source": ("unsteady",), "income": ("over_1m",)}, ["source_income"]),
    ],
)  # fmt: skip
def test_contradictions(changes: Any, codes: list[str]) -> None:
    found = scoring.contradictions(VERSION, CALM | changes, "", DAY)
    assert [one.code for one in found] == codes


@pytest.mark.parametrize(
    ("birth_day", "age", "contradicts"),
    [
        ("1990-03-07", "31_50", False),
        ("1990-03-07", "18_30", True),
        ("1995-07-14", "18_30", False),  # 30 until tomorrow
        ("1995-07-13", "18_30", True),  # 31 today
        ("1995-07-13", "31_50", False),
        ("1955-07-13", "over_70", False),
        ("2008-02-29", "18_30", False),
        ("2008-07-14", "18_30", True),  # a minor, until tomorrow
        ("", "over_70", False),
    ],
)
def test_age_against_the_card(birth_day: str, age: str, contradicts: bool) -> None:
    found = scoring.contradictions(VERSION, CALM | {"age": (age,)}, birth_day, DAY)
    assert bool(found) is contradicts
    if found:
        assert (found[0].code, found[0].may_stand, found[0].questions) == (
            "age_card",
            False,
            ("age",),
        )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"loss": ()}, "suitability.unanswered"),
        ({"loss": ("10_30", "30_50")}, "suitability.one_answer"),
        ({"debts": ("none", "mortgage")}, "suitability.one_answer"),
        ({"debts": ("mortgage", "mortgage")}, "suitability.answer_unknown"),
        ({"loss": ("all",)}, "suitability.answer_unknown"),
        ({"password": ("1",)}, "suitability.question_unknown"),
    ],
)
def test_what_is_no_answer(changes: Any, code: str) -> None:
    refused = questionnaire.check_answers(VERSION, CALM | changes)
    assert refused is not None
    assert refused.code == code


@pytest.mark.parametrize(
    "trace",
    [
        Trace(spent_ms={"loss": -1}),
        Trace(spent_ms={"nothing": 1}),
        Trace(seen=("loss",) * 501),
        Trace(device="x" * 121),
    ],
)
def test_a_trace_has_bounds(trace: Trace) -> None:
    refused = questionnaire.check_trace(VERSION, trace)
    assert refused is not None
    assert refused.code == "suitability.trace"


def test_languages_and_texts_have_their_own_digest() -> None:
    chinese = questionnaire.view_of(VERSION, "zh_CN")
    english = questionnaire.view_of(VERSION, "en")
    assert chinese.digest != english.digest
    assert questionnaire.view_of(VERSION, "en") == english
    assert [one.code for one in chinese.questions] == [one.code for one in english.questions]
    assert questionnaire.sm3(questionnaire.body_of(english)) == english.digest


BAND = '[[{0}]]\nclass = "{1}"\nfrom = {2}\nto = {3}\neffective_from = "2026-01-01"\n'
SOURCE = 'source = "a test"\ncertainty = "F"\n'
NAMES = ("term", "matrix", "product", "permission", "gate", "professional")
REST = "".join(f"{name} = []\n" for name in NAMES)


@pytest.mark.parametrize(
    ("bands", "sound"),
    [
        ((("C1", 0, 50), ("C2", 51, 100)), True),
        ((("C1", 0, 50), ("C2", 52, 100)), False),  # a hole
        ((("C1", 0, 50), ("C2", 50, 100)), False),  # an overlap
        ((("C2", 0, 50), ("C1", 51, 100)), False),  # more points, less risk
        ((("C1", 0, 99),), False),
    ],
)
def test_bands_leave_no_hole(bands: Any, sound: bool) -> None:
    text = REST + "".join(BAND.format("band", *band) + SOURCE for band in bands)
    if sound:
        assert parse_firm_rows(text).class_of(100, DAY) is RiskClass.C2
        return
    with pytest.raises(ValueError, match="bands"):
        parse_firm_rows(text)
