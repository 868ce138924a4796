"""The state machine: which step comes next, what may be done when, what a change undoes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from yunquan.kernel.errors import Refused
from yunquan.kernel.thresholds import DayThresholds
from yunquan.onboarding.types import Application, State, Step

ORDER: Final = tuple(Step)
# What rests on a step and is done anew after it.
_RESTS_ON: Final[dict[Step, tuple[Step, ...]]] = {
    Step.CONSENTS: (),
    Step.CARD: (Step.FACE, Step.WITNESS, Step.BANK, Step.AGREEMENTS),
    Step.FACE: (Step.AGREEMENTS,),
    Step.DETAILS: (Step.AGREEMENTS,),
    Step.QUESTIONS: (Step.AGREEMENTS,),
    Step.WITNESS: (),
    Step.BANK: (Step.AGREEMENTS,),
    Step.PASSWORDS: (),
    Step.AGREEMENTS: (),
}
_MOVES: Final[dict[State, tuple[State, ...]]] = {
    State.FILLING: (State.REVIEW, State.REFUSED, State.WITHDRAWN, State.LAPSED),
    State.REVIEW: (State.FILLING, State.OPENING, State.REFUSED, State.WITHDRAWN),
    State.OPENING: (State.OPENED, State.REVIEW, State.REFUSED),
    State.OPENED: (State.ACTIVE,),
    State.ACTIVE: (),
    State.REFUSED: (),
    State.WITHDRAWN: (),
    State.LAPSED: (),
}


def next_step(done: Iterable[Step]) -> Step | None:
    """The first that isn't done; None when all are."""
    behind = frozenset(done)
    return next((step for step in ORDER if step not in behind), None)


def check_step(one: Application, step: Step) -> Refused | None:
    """Whether a step may be done now: the next one, or one done before, while it's filled in."""
    if one.state is not State.FILLING:
        return Refused("onboarding.not_filling", {"state": one.state.value})
    ahead = next_step(one.done)
    if step in one.done or step is ahead:
        return None
    return Refused("onboarding.step_order", {"step": ahead.value if ahead else ""})


def after_step(done: Iterable[Step], step: Step) -> tuple[Step, ...]:
    """Steps behind once this one is done, without what has to be done anew."""
    behind = (frozenset(done) | {step}) - frozenset(_RESTS_ON[step])
    return tuple(one for one in ORDER if one in behind)


def taken_back(done: Iterable[Step], *steps: Step) -> tuple[Step, ...]:
    """Steps behind once some have to be done anew, and what rests on them."""
    gone = frozenset(steps).union(*(_RESTS_ON[step] for step in steps))
    return tuple(one for one in ORDER if one in frozenset(done) - gone)


def after_return(done: Iterable[Step], redo: Iterable[Step]) -> tuple[Step, ...]:
    """Steps behind once staff want some anew; the agreements are signed anew in any case."""
    return taken_back(done, Step.AGREEMENTS, *redo)


def check_move(one: Application, state: State) -> Refused | None:
    """Whether an application may come to stand there."""
    if state in _MOVES[one.state]:
        return None
    return Refused("onboarding.move", {"state": one.state.value, "to": state.value})


def seconds_left(one: Application, policy: DayThresholds) -> int:
    """What the steps ahead usually take."""
    ahead = [step for step in ORDER if step not in one.done]
    return sum(policy.number(f"seconds_{step.value}") for step in ahead)
