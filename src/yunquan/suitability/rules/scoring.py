"""What answers come to, and where they contradict each other or what is known. Pure."""

from __future__ import annotations

from typing import Final

from yunquan.kernel.residents import age_on
from yunquan.suitability.rules.questionnaire import Answers
from yunquan.suitability.rules.rows import FirmRows
from yunquan.suitability.types import (
    Contradiction,
    Question,
    QuestionnaireVersion,
    RiskClass,
    Score,
)

AGE_ON_CARD: Final = "age_card"


def points_of(question: Question, ticks: tuple[str, ...]) -> int:
    """Of several ticks one counts."""
    weights = [option.weight for option in question.options if option.code in ticks]
    if question.scores == "none" or not weights:
        return 0
    return min(weights) if question.scores == "min" else max(weights)


def score(version: QuestionnaireVersion, answers: Answers, firm: FirmRows, day: str) -> Score:
    """Points, class, and what is wanted. The lowest category follows from its own rules, whatever
    the sum. Source: CSRC order 130, art. 22; bands are the firm's.
    """
    points = sum(points_of(one, answers.get(one.code, ())) for one in version.questions)
    lowest = tuple(pair for pair in version.lowest if pair[1] in answers.get(pair[0], ()))
    chosen = [
        option
        for one in version.questions
        for option in one.options
        if option.code in answers.get(one.code, ())
    ]
    return Score(
        points,
        RiskClass.LOWEST if lowest else firm.class_of(points, day),
        lowest,
        max((option.term_months for option in chosen), default=0),
        frozenset(option.sort for option in chosen if option.sort),
    )


def contradictions(
    version: QuestionnaireVersion, answers: Answers, birth_day: str, day: str
) -> tuple[Contradiction, ...]:
    """What doesn't go together; the birth day by the ID card, "" when it isn't known, is one of the
    things answers are held against."""
    found = [
        Contradiction(rule.code, rule.may_stand, tuple(question for question, _ in rule.when))
        for rule in version.contradictions
        if all(set(ticks) & set(answers.get(question, ())) for question, ticks in rule.when)
    ]
    if birth_day and (asked := _age_contradicts(version, answers, birth_day, day)):
        found.insert(0, Contradiction(AGE_ON_CARD, may_stand=False, questions=(asked,)))
    return tuple(found)


def _age_contradicts(
    version: QuestionnaireVersion, answers: Answers, birth_day: str, day: str
) -> str:
    years = age_on(birth_day, day)
    for one in version.questions:
        for option in one.options:
            begin, end = option.ages
            ticked = option.code in answers.get(one.code, ())
            if end and ticked and not begin <= years < end:
                return one.code
    return ""
