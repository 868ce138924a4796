"""Four eyes by table: every state, every reason, every pair of opinions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.onboarding.test_rules import NEW, code
from yunquan.app.locale import catalogue
from yunquan.onboarding.rules import reviews, steps
from yunquan.onboarding.types import Opinion, State, Step, Verdict

IN_REVIEW = replace(NEW, state=State.REVIEW, done=tuple(Step))
APPROVE, RETURN, REFUSE = Verdict.APPROVE, Verdict.RETURN, Verdict.REFUSE
WHY = {APPROVE: (), RETURN: ("card_unclear",), REFUSE: ("under_pressure",)}
UNKNOWN = "onboarding.reason_unknown"
# Each reason there is: for which verdict, which steps are then done anew, what the applicant reads.
REASONS = {
    "card_unclear": (RETURN, {Step.CARD}, "onboarding.return.card_unclear"),
    "card_differs": (RETURN, {Step.CARD}, "onboarding.return.card_differs"),
    "face_unclear": (RETURN, {Step.FACE}, "onboarding.return.face_unclear"),
    "face_differs": (RETURN, {Step.FACE}, "onboarding.return.face_differs"),
    "details_incomplete": (RETURN, {Step.DETAILS}, "onboarding.return.details_incomplete"),
    "witness_unclear": (RETURN, {Step.WITNESS}, "onboarding.return.witness_unclear"),
    "bank_differs": (RETURN, {Step.BANK}, "onboarding.return.bank_differs"),
    "papers_incomplete": (RETURN, {Step.AGREEMENTS}, "onboarding.return.papers_incomplete"),
    "not_the_person": (REFUSE, set[Step](), "onboarding.refuse.not_the_person"),
    "forged_document": (REFUSE, set[Step](), "onboarding.refuse.forged_document"),
    "under_pressure": (REFUSE, set[Step](), "onboarding.refuse.under_pressure"),
    "proxy_opening": (REFUSE, set[Step](), "onboarding.refuse.proxy_opening"),
    "listed": (REFUSE, set[Step](), "onboarding.refused"),
    "risk_too_high": (REFUSE, set[Step](), "onboarding.refused"),
    "other": (REFUSE, set[Step](), "onboarding.refuse.other"),
}


def said(verdict: Verdict, by: str = "staff:1", round_: int = 1, number: int = 1) -> Opinion:
    return Opinion(round_, number, 0, by, verdict, WHY[verdict], "")


def test_the_table_has_every_reason() -> None:
    assert set(REASONS) == {*reviews.RETURNS, *reviews.REFUSALS}


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("state", State)
def test_only_what_is_in_review_is_judged(state: State, verdict: Verdict) -> None:
    one = replace(IN_REVIEW, state=state)
    found = reviews.check_opinion(one, [], "staff:1", verdict, WHY[verdict], "")
    assert code(found) == ("" if state is State.REVIEW else "onboarding.not_in_review")


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_goes_with_its_verdict_and_no_other(reason: str) -> None:
    mine = REASONS[reason][0]
    for verdict in Verdict:
        found = reviews.check_opinion(IN_REVIEW, [], "staff:1", verdict, (reason,), "because")
        assert code(found) == ("" if verdict is mine else UNKNOWN)
        beside = (*WHY[verdict], "made_up")
        assert code(reviews.check_opinion(IN_REVIEW, [], "staff:1", verdict, beside, "")) == UNKNOWN


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_undoes_its_steps_and_tells_its_sentence(reason: str) -> None:
    verdict, undone, told = REASONS[reason]
    assert reviews.told_to_applicant(verdict, (reason, "another")) == told
    for locale in ("zh_CN", "en"):
        assert catalogue().text(told, locale) != told
    if verdict is RETURN:
        assert set(reviews.steps_to_redo((reason,))) == undone
        left = steps.after_return(IN_REVIEW.done, reviews.steps_to_redo((reason,)))
        assert not undone & set(left)
        assert Step.AGREEMENTS not in left


def test_several_reasons_undo_all_their_steps_in_order() -> None:
    redo = reviews.steps_to_redo(("bank_differs", "card_unclear", "card_differs"))
    assert redo == (Step.CARD, Step.BANK)
    assert reviews.told_to_applicant(APPROVE, ()) == ""


@pytest.mark.parametrize(
    ("first", "second", "outcome", "anew"),
    [
        (None, APPROVE, None, False),
        (None, REFUSE, None, False),
        (None, RETURN, RETURN, False),
        (APPROVE, APPROVE, APPROVE, False),
        (APPROVE, REFUSE, None, True),
        (APPROVE, RETURN, RETURN, False),
        (REFUSE, APPROVE, None, True),
        (REFUSE, REFUSE, REFUSE, False),
        (REFUSE, RETURN, RETURN, False),
    ],
)
def test_what_two_opinions_come_to(
    first: Verdict | None, second: Verdict, outcome: Verdict | None, anew: bool
) -> None:
    """outcome None: another look is needed; anew: of two others."""
    mine = [*([said(first)] if first else []), said(second, "staff:2", 1, 2)]
    assert reviews.outcome_of(mine) is outcome
    assert reviews.disagrees(mine) is anew


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize(
    ("by", "round_", "wanted"),
    [
        ("staff:1", 1, "onboarding.four_eyes"),
        ("staff:2", 1, ""),
        ("staff:1", 2, ""),
    ],
)
def test_nobody_counts_twice_in_a_round(
    verdict: Verdict, by: str, round_: int, wanted: str
) -> None:
    """Whoever held something counts anew after a return or a disagreement, and only then."""
    one, before = replace(IN_REVIEW, round=round_), [said(APPROVE, "staff:1", 1)]
    assert code(reviews.check_opinion(one, before, by, verdict, WHY[verdict], "")) == wanted
    assert len(reviews.opinions_of_round(before, round_)) == (1 if round_ == 1 else 0)


@pytest.mark.parametrize(
    ("codes", "note", "wanted"),
    [
        (("other",), "", "onboarding.note"),
        (("other",), "   x   ", "onboarding.note"),
        (("under_pressure", "other"), "abc", "onboarding.note"),
        (("other",), "abcd", ""),
        (("under_pressure",), "", ""),
        (("under_pressure",), "x" * 400, ""),
        (("under_pressure",), "x" * 401, "onboarding.note"),
    ],
)
def test_a_reason_of_ones_own_needs_words(codes: tuple[str, ...], note: str, wanted: str) -> None:
    assert code(reviews.check_opinion(IN_REVIEW, [], "staff:1", REFUSE, codes, note)) == wanted
