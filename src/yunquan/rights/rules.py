"""When an issue fails, what comes back, and where one's rights stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from yunquan.actions.types import Action
from yunquan.rights.types import Outcome, Payment, RightsState, SuccessRule

WHOLE_E4: Final = 10_000
DEAREST_INTEREST_E6: Final = 10**6
_E6: Final = 10**6


def outcome_fails(taken_e4: int, day: str, rows: Sequence[SuccessRule]) -> bool:
    """Whether so little of an issue was taken that it fails, by the row of its last day."""
    rule = max((row for row in rows if row.from_day <= day), key=lambda row: row.from_day)
    return taken_e4 < rule.least_e4


def interest_fen(paid_fen: int, interest_e6: int) -> int:
    """What comes back above what was paid, rounded half up to the fen."""
    return (2 * paid_fen * interest_e6 + _E6) // (2 * _E6)


def as_it_ended(action: Action, outcome: Outcome | None) -> Action:
    """What the ex day takes from the price: nothing for rights of an issue that failed."""
    if outcome is None or not outcome.failed:
        return action
    return msgspec.structs.replace(action, rights_e6=0, rights_price_milli=0)


def what_to_say(action: Action, day: str, following: str) -> str:
    """What the end of a day tells holders, "" for nothing. Of a window of one day: that it ends."""
    if action.rights_to == following:
        return "last_day"
    if action.rights_from == following:
        return "opens"
    return "lapsed" if action.rights_to == day else ""


def state_of(
    action: Action, payment: Payment | None, outcome: Outcome | None, today: str
) -> RightsState:
    """Where an account's rights stand on a day that takes subscriptions."""
    if payment is not None:
        if payment.refund_on:
            return RightsState.REFUNDED
        return RightsState.BOOKED if payment.shares_on else RightsState.PAID
    if outcome is not None and outcome.failed:
        return RightsState.CALLED_OFF
    if today < action.rights_from:
        return RightsState.COMING
    return RightsState.OPEN if today <= action.rights_to else RightsState.LAPSED
