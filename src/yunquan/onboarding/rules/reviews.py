"""Four eyes: what an opinion does, who may give it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yunquan.kernel.errors import Refused
from yunquan.onboarding.types import Application, Opinion, State, Step, Verdict

# Why something is returned, and the steps that are done anew for it.
RETURNS: Final[dict[str, tuple[Step, ...]]] = {
    "card_unclear": (Step.CARD,),
    "card_differs": (Step.CARD,),
    "face_unclear": (Step.FACE,),
    "face_differs": (Step.FACE,),
    "details_incomplete": (Step.DETAILS,),
    "witness_unclear": (Step.WITNESS,),
    "bank_differs": (Step.BANK,),
    "papers_incomplete": (Step.AGREEMENTS,),
}
REFUSALS: Final = (
    "not_the_person",
    "forged_document",
    "under_pressure",
    "proxy_opening",
    "listed",
    "risk_too_high",
    "other",
)
# Nothing of a list or of a suspicion is told 不得泄露.
UNTOLD: Final = frozenset({"listed", "risk_too_high"})
LONGEST_NOTE: Final = 400


def opinions_of_round(opinions: Sequence[Opinion], number: int) -> list[Opinion]:
    """Those that count now."""
    return [one for one in opinions if one.round == number]


def check_opinion(
    one: Application,
    opinions: Sequence[Opinion],
    by: str,
    verdict: Verdict,
    codes: Sequence[str],
    note: str,
) -> Refused | None:
    """Whether somebody may say this of an application now."""
    if one.state is not State.REVIEW:
        return Refused("onboarding.not_in_review", {"state": one.state.value})
    if any(said.by == by for said in opinions_of_round(opinions, one.round)):
        return Refused("onboarding.four_eyes")
    known = {
        Verdict.APPROVE: (),
        Verdict.RETURN: tuple(RETURNS),
        Verdict.REFUSE: REFUSALS,
    }[verdict]
    if verdict is not Verdict.APPROVE and not codes:
        return Refused("onboarding.reason_needed")
    if any(code not in known for code in codes):
        return Refused("onboarding.reason_unknown")
    if len(note) > LONGEST_NOTE or ("other" in codes and len(note.strip()) < 4):
        return Refused("onboarding.note", {"longest": LONGEST_NOTE})
    return None


def outcome_of(opinions: Sequence[Opinion]) -> Verdict | None:
    """opinions: of this round, the new one last. What they come to: returning takes one person,
    approving and refusing two who agree. None: another look is needed.
    """
    last = opinions[-1]
    if last.verdict is Verdict.RETURN:
        return Verdict.RETURN
    before = opinions[-2] if len(opinions) > 1 else None
    return last.verdict if before is not None and before.verdict is last.verdict else None


def disagrees(opinions: Sequence[Opinion]) -> bool:
    """Two looks that differ: two others begin anew."""
    return len(opinions) > 1 and outcome_of(opinions) is None


def steps_to_redo(codes: Sequence[str]) -> tuple[Step, ...]:
    """In their order."""
    wanted = {step for code in codes for step in RETURNS[code]}
    return tuple(step for step in Step if step in wanted)


def told_to_applicant(outcome: Verdict, codes: Sequence[str]) -> str:
    """The code of why, of the first reason given; "" when it is approved."""
    if not codes:
        return ""
    return "onboarding.refused" if codes[0] in UNTOLD else f"onboarding.{outcome.value}.{codes[0]}"
