"""A case as it stood at a moment, from its steps by the same rules that made them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from yunquan.cases.rules import (
    PERSON_FROM,
    call_for_person,
    escalate,
    regrade,
    score_of,
    time_limit_of,
    untouched,
)
from yunquan.cases.types import Case, CaseState, CaseStep
from yunquan.kernel.zone import day_of


def as_of(case: Case, steps: Sequence[CaseStep], alerts: int, at_ms: int) -> Case | None:
    """None before it was opened or after it was over. steps: oldest first; alerts: how many it had
    by then.
    """
    if case.opened_at_ms > at_ms or 0 < case.closed_at_ms <= at_ms:
        return None
    one = case
    for step in steps:
        if step.at_ms > at_ms:
            break
        one = _after(step, one, case)
    if one.state is CaseState.CLOSED:
        return None
    return msgspec.structs.replace(one, alerts=alerts, score=score_of(one.grade, alerts))


def _after(step: CaseStep, one: Case, now: Case) -> Case:
    """As a step left it. now: the case as it is today."""
    day = day_of(step.at_ms)
    match step.what:
        case "opened":
            return _opened(now, int(step.facts["grade"]))
        case "graded_up":
            return regrade(one, int(step.facts["grade"]), step.at_ms, day)
        case "escalated":
            return escalate(one, step.at_ms, day)
        case "taken":
            return msgspec.structs.replace(
                one, state=CaseState.IN_HAND, taken_by=step.who, taken_at_ms=step.at_ms
            )
        case "closed":
            return msgspec.structs.replace(one, state=CaseState.CLOSED)
        case "asks_person":
            return call_for_person(one, step.at_ms, day)
        case _:
            return one


def _opened(case: Case, grade: int) -> Case:
    limit, person = time_limit_of(grade, day_of(case.opened_at_ms)), grade >= PERSON_FROM
    return untouched(
        case,
        grade=grade,
        state=CaseState.OPEN if person else CaseState.AUTOMATIC,
        take_by_ms=case.opened_at_ms + limit.take_s * 1_000 if person else 0,
        decide_by_ms=case.opened_at_ms + limit.decide_s * 1_000 if person else 0,
    )
