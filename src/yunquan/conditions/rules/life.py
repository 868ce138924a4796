"""Which state follows which. Pure."""

from __future__ import annotations

from typing import Final

from yunquan.conditions.types import Condition, ConditionKind, ConditionState
from yunquan.kernel.errors import Refused

LIVE: Final = (ConditionState.ACTIVE, ConditionState.PAUSED, ConditionState.TRIGGERED)
ENDED: Final = tuple(state for state in ConditionState if state not in LIVE)

# What a client may do, and what it leads to.
ACTIONS: Final = {
    "pause": ((ConditionState.ACTIVE,), ConditionState.PAUSED),
    "resume": ((ConditionState.PAUSED,), ConditionState.ACTIVE),
    "cancel": ((ConditionState.ACTIVE, ConditionState.PAUSED), ConditionState.CANCELLED),
}


def refuse_action(condition: Condition, action: str, today: str) -> Refused | None:
    """Why a client can't do this to a condition now, None when they can."""
    if condition.state not in ACTIONS[action][0]:
        return Refused("condition.wrong_state", {"state": condition.state.value})
    if action == "resume" and expires(condition, today):
        return Refused("condition.over", {"day": condition.expires_on})
    return None


def expires(condition: Condition, day: str) -> bool:
    """Whether its last day is over once `day` has begun. One that has triggered waits for the
    counter's answer first.
    """
    return condition.expires_on < day and condition.state in (
        ConditionState.ACTIVE,
        ConditionState.PAUSED,
    )


def after_answer(condition: Condition, *, accepted: bool) -> ConditionState:
    """Where a triggered condition stands once the counter has answered.

    A grid goes on until its rounds are placed; a refusal pauses it, for its client to look.
    """
    if condition.terms.kind is not ConditionKind.GRID:
        return ConditionState.PLACED if accepted else ConditionState.FAILED
    if not accepted:
        return ConditionState.PAUSED
    done = condition.turn >= condition.terms.rounds
    return ConditionState.COMPLETED if done else ConditionState.ACTIVE
