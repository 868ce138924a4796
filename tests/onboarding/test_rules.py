"""Rules of an application by table: steps, opinions, details, consents."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.onboarding.office import DETAILS, YES
from yunquan.kernel.errors import Refused
from yunquan.onboarding.rules import consents, details, reviews, steps
from yunquan.onboarding.types import (
    Application,
    ApplicationId,
    CardFacts,
    Opinion,
    State,
    Step,
    Verdict,
    Way,
)

NEW = Application(
    ApplicationId("app_1"), State.FILLING, (), Way.FACE, "zh_CN", "web", "", "", "", "", "", "",
    (), "", "", 1, 0, 0, 0, 0, 0, 0, 0, 1,
)  # fmt: skip
CARD = CardFacts(
    "林小舟", "990101199003070138", "M", "汉", "1990-03-07", "云渺省澄江市芷兰路 1 号",
    "澄江市公安局", "2020-01-01", "2040-01-01",
)  # fmt: skip
DAY = "2026-07-13"


def code(refused: Refused | None) -> str:
    return refused.code if refused else ""


@pytest.mark.parametrize(
    ("undone", "left"),
    [
        (Step.CONSENTS, set(Step) - {Step.CONSENTS}),
        (Step.CARD, {Step.CONSENTS, Step.DETAILS, Step.QUESTIONS, Step.PASSWORDS}),
        (Step.FACE, set(Step) - {Step.FACE, Step.AGREEMENTS}),
        (Step.BANK, set(Step) - {Step.BANK, Step.AGREEMENTS}),
        (Step.PASSWORDS, set(Step) - {Step.PASSWORDS}),
    ],
)
def test_what_rests_on_a_step_goes_with_it(undone: Step, left: set[Step]) -> None:
    assert set(steps.taken_back(tuple(Step), undone)) == left
    assert Step.AGREEMENTS not in steps.after_return(tuple(Step), (undone,))


@given(st.lists(st.tuples(st.sampled_from(list(Step)), st.sampled_from(["do", "undo"]))))
def test_no_order_of_acts_skips_a_step(acts: list[tuple[Step, str]]) -> None:
    one = NEW
    for step, act in acts:
        if act == "undo":
            one = replace(one, done=steps.taken_back(one.done, step))
        elif steps.check_step(one, step) is None:
            one = replace(one, done=steps.after_step(one.done, step))
        ahead = steps.next_step(one.done)
        if Step.AGREEMENTS in one.done:
            assert set(one.done) >= {Step.CARD, Step.DETAILS, Step.QUESTIONS, Step.BANK, Step.FACE}
        if ahead is not None:
            assert code(steps.check_step(one, ahead)) == ""


SAID = st.tuples(
    st.sampled_from(["one", "two", "three"]), st.sampled_from([Verdict.APPROVE, Verdict.REFUSE])
)


@given(st.lists(SAID, max_size=12))
def test_opening_takes_two_who_agree_in_one_round(said: list[tuple[str, Verdict]]) -> None:
    one, given_so_far = replace(NEW, state=State.REVIEW), list[Opinion]()
    for by, verdict in said:
        codes = ("other",) if verdict is Verdict.REFUSE else ()
        if reviews.check_opinion(one, given_so_far, by, verdict, codes, "because of it"):
            continue
        number = len(given_so_far) + 1
        given_so_far.append(Opinion(one.round, number, 0, by, verdict, codes, ""))
        mine = reviews.opinions_of_round(given_so_far, one.round)
        outcome = reviews.outcome_of(mine)
        if outcome is not None:
            assert len({opinion.by for opinion in mine}) == len(mine) == 2
            assert {opinion.verdict for opinion in mine} == {outcome}
            return
        if reviews.disagrees(mine):
            one = replace(one, round=one.round + 1)


@pytest.mark.parametrize("state", [s for s in State if s is not State.REVIEW])
def test_nothing_but_review_leads_to_opening(state: State) -> None:
    assert code(steps.check_move(replace(NEW, state=state), State.OPENING)) == "onboarding.move"


@pytest.mark.parametrize(
    ("verdict", "codes", "note", "wanted"),
    [
        (Verdict.APPROVE, (), "", ""),
        (Verdict.APPROVE, ("listed",), "", "onboarding.reason_unknown"),
        (Verdict.RETURN, (), "", "onboarding.reason_needed"),
        (Verdict.RETURN, ("listed",), "", "onboarding.reason_unknown"),
        (Verdict.REFUSE, ("other",), " no ", "onboarding.note"),
        (Verdict.REFUSE, ("listed",), "x" * 401, "onboarding.note"),
    ],
)
def test_opinions(verdict: Verdict, codes: tuple[str, ...], note: str, wanted: str) -> None:
    one = replace(NEW, state=State.REVIEW)
    assert code(reviews.check_opinion(one, [], "staff:1", verdict, codes, note)) == wanted


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, ""),
        ({"occupation": "spy"}, "onboarding.field_missing"),
        ({"address": " x "}, "onboarding.field_missing"),
        ({"email": "a@b"}, "onboarding.field_malformed"),
        ({"tax": "both"}, "onboarding.field_missing"),
        ({"tax": "both", "tax_place": "新加坡", "tax_number": "S1"}, ""),
        ({"controller": " "}, "onboarding.field_missing"),
        ({"bad_record": "一\x00二"}, "onboarding.field_malformed"),
        ({"bad_record": "x" * 301}, "onboarding.field_malformed"),
    ],
)
def test_details(change: dict[str, str], wanted: str) -> None:
    values = {name: getattr(DETAILS, name) for name in DETAILS.__struct_fields__} | change
    assert code(details.check_details(type(DETAILS)(**values))) == wanted


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        ("2008-07-13", DAY, 18),
        ("2008-07-14", DAY, 17),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
    ],
)
def test_ages(birth: str, day: str, age: int) -> None:
    assert details.age_on(birth, day) == age


def test_flags_name_what_is_out_of_the_ordinary() -> None:
    assert details.flags_of(DETAILS, CARD, 40) == ()
    assert details.flags_of(DETAILS, CARD, 70) == ("elderly",)


@given(st.dictionaries(st.sampled_from([*YES, "more"]), st.booleans()))
def test_consents_pass_only_when_each_is_answered_and_the_needed_given(
    given_: dict[str, bool],
) -> None:
    whole = set(given_) == set(YES) and given_["privacy"] and given_["id_images"]
    assert (consents.check_consents(given_, "d", ("d",)) is None) == whole
    assert code(consents.check_consents(given_, "x", ("d",))) == "onboarding.consents_changed"
