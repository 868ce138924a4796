"""What may happen to a call, and when somebody counts as gone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yunquan.kernel.errors import Refused
from yunquan.witness.types import Call, CallState, CallVerdict, PolicyLimits

OPEN: Final = (CallState.WAITING, CallState.TALKING, CallState.CLOSING)
HELD: Final = (CallState.TALKING, CallState.CLOSING)
# Why a call failed. "cut_off" and "could_not_hear" alone send back to the queue.
FAILURES: Final = ("coercion_suspected", "not_the_person", "could_not_hear", "refused_to_answer")
RETURNS: Final = ("cut_off", "could_not_hear")
REVIEW_FAILURES: Final = (*FAILURES, "script_not_read", "not_visible", "replayed")
# Refusals of what was said, not of where the call is.
REASON_CODES: Final = ("witness.reason_needed", "witness.reason_unknown")
SIDES: Final = ("applicant", "staff")
SIGNALS: Final = ("ready", "offer", "answer", "candidate", "bye")
LONGEST_SIGNAL: Final = 16_000
MOST_SIGNALS: Final = 200


def is_here(call: Call, now_ms: int, limits: PolicyLimits) -> bool:
    """Whether the applicant's page gave a sign lately."""
    return now_ms - call.seen_at_ms < limits.away_s * 1000


def why_gone(call: Call, now_ms: int, limits: PolicyLimits) -> str | None:
    """Why a waiting call ends by itself."""
    gone = now_ms - call.seen_at_ms >= limits.leaves_after_s * 1000
    return "away" if call.state is CallState.WAITING and gone else None


def why_returns(call: Call, staff_here: bool, now_ms: int, limits: PolicyLimits) -> str | None:
    """Why a call that somebody has goes back to the front of the queue."""
    if call.state not in HELD:
        return None
    if not staff_here:
        return "staff_lost"
    too_long = now_ms - call.taken_at_ms >= limits.longest_call_s * 1000
    return "too_long" if too_long and call.state is CallState.TALKING else None


def decide_verdict(
    call: Call, verdict: CallVerdict, reasons: Sequence[str], steps: Sequence[str]
) -> CallState | Refused:
    """The state a verdict brings. Passed needs every step ticked yes and a snapshot; failed needs a
    reason.
    """
    if call.state not in HELD:
        return Refused("witness.call_over")
    if verdict is CallVerdict.CUT_OFF:
        unknown = [reason for reason in reasons if reason not in RETURNS]
        return Refused("witness.reason_unknown") if unknown else CallState.WAITING
    if call.state is CallState.CLOSING and verdict is CallVerdict.PASSED:
        return CallState.CLOSING
    if verdict is CallVerdict.FAILED:
        if not reasons:
            return Refused("witness.reason_needed")
        if any(reason not in FAILURES for reason in reasons):
            return Refused("witness.reason_unknown")
        return CallState.FAILED
    missing = [step for step in steps if not call.ticks.get(step)]
    if missing:
        return Refused("witness.steps_open", {"count": len(missing)})
    if not call.snapshot:
        return Refused("witness.snapshot_needed")
    return CallState.PASSED if call.recording else CallState.CLOSING


def check_review(verdict: str, reasons: Sequence[str]) -> Refused | None:
    """What a person says of a one-way recording: "passed", or "failed" with reasons."""
    if verdict not in {"passed", "failed"}:
        return Refused("witness.verdict")
    if any(reason not in REVIEW_FAILURES for reason in reasons):
        return Refused("witness.reason_unknown")
    return Refused("witness.reason_needed") if verdict == "failed" and not reasons else None


def check_signal(side: str, kind: str, body: str, sent: int) -> Refused | None:
    """A message between the browsers. sent: how many this side has sent in this round."""
    if side not in SIDES or kind not in SIGNALS:
        return Refused("witness.signal_kind")
    if len(body) > LONGEST_SIGNAL:
        return Refused("witness.signal_large", {"longest": LONGEST_SIGNAL})
    return Refused("witness.signals_many", {"most": MOST_SIGNALS}) if sent >= MOST_SIGNALS else None
