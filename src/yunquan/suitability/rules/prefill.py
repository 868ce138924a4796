"""Answers of the questionnaire that are known already: by the ID card, by what somebody said."""

from __future__ import annotations

from typing import Final

from yunquan.kernel.residents import age_on
from yunquan.suitability.types import Prefilled, QuestionnaireVersion, Said

# (occupation, source of funds) that leave one answer only to where most of somebody's income comes
# from. What may mean two things is asked.
_EARNED: Final = ("employee", "professional", "public_official", "worker")
_INCOME_SOURCES: Final = {
    **{(occupation, "salary"): "wages" for occupation in _EARNED},
    ("self_employed", "business"): "business",
    ("retired", "pension"): "pension",
}


def prefilled_of(
    version: QuestionnaireVersion, birth_day: str, said: Said | None, day: str
) -> tuple[Prefilled, ...]:
    """What may stand on the page already, to be changed if it is wrong. Never a question of
    capacity, of knowledge, of goals or of losses: those are theirs to tick.
    """
    found = list[Prefilled]()
    if birth_day:
        found.append(Prefilled("age", _age(version, birth_day, day), "card"))
    if said is not None:
        earned = _INCOME_SOURCES.get((said.occupation, said.source_of_funds), "")
        found.append(Prefilled("income_source", earned, "details"))
        found.append(Prefilled("income", said.income, "details"))
    known = {(one.code, option.code) for one in version.questions for option in one.options}
    return tuple(one for one in found if (one.question, one.option) in known)


def _age(version: QuestionnaireVersion, birth_day: str, day: str) -> str:
    """The option that says how old somebody is, "" for none."""
    years = age_on(birth_day, day)
    options = (o for one in version.questions for o in one.options if o.ages[1])
    return next((o.code for o in options if o.ages[0] <= years < o.ages[1]), "")
