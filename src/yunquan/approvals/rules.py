"""When a proposal may be agreed to, declined, carried out. Pure; times in milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from yunquan.approvals.types import (
    NewProposal,
    OutcomeLine,
    Proposal,
    ProposalState,
    QueueLine,
)
from yunquan.kernel.errors import Refused

# Sentences by code in one language.
Text = Callable[..., str]
# An actor as people know them; the actor itself where nobody is known.
Name = Callable[[str], str]

# After this a counter that was down may hold newer decisions than the repeat.
REPEATABLE_FOR_MS: Final = 30 * 60 * 1000
SHORTEST_BASIS: Final = 4
LONGEST_BASIS: Final = 200


def check_basis(basis: str) -> Refused | None:
    """Every act names what it rests on."""
    if not SHORTEST_BASIS <= len(basis.strip()) <= LONGEST_BASIS:
        return Refused("proposal.basis", {"shortest": SHORTEST_BASIS, "longest": LONGEST_BASIS})
    return None


def is_same(known: Proposal, new: NewProposal) -> bool:
    """Whether a repeat of a key asks for the same thing."""
    return (known.kind, known.wish, known.basis) == (new.kind, new.wish, new.basis)


def standing(proposal: Proposal, now_ms: int) -> ProposalState:
    """Where it stands now: an open one expires by itself."""
    if proposal.state is ProposalState.OPEN and now_ms >= proposal.expires_at_ms:
        return ProposalState.EXPIRED
    return proposal.state


def decide_agreement(proposal: Proposal, actor: str, now_ms: int) -> Refused | None:
    """Why this person can't let it happen; None if they may. Two people, always."""
    state = standing(proposal, now_ms)
    if state is not ProposalState.OPEN:
        return Refused(f"proposal.{state.value}")
    if actor == proposal.proposed_by:
        return Refused("proposal.own")
    return None


def decide_decline(proposal: Proposal, now_ms: int) -> Refused | None:
    """Why it can't be declined; its proposer may take it back, anybody who may agree may refuse."""
    state = standing(proposal, now_ms)
    return None if state is ProposalState.OPEN else Refused(f"proposal.{state.value}")


def is_whole(proposal: Proposal) -> bool:
    """Whether it was carried out, and everywhere."""
    return bool(proposal.outcome) and not any(proposal.outcome.values())


def decide_carrying_out(proposal: Proposal, now_ms: int) -> Refused | None:
    """Why it can't be carried out (again): not agreed, or agreed too long ago."""
    if proposal.state is not ProposalState.AGREED:
        return Refused(f"proposal.{standing(proposal, now_ms).value}")
    if now_ms >= proposal.decided_at_ms + REPEATABLE_FOR_MS:
        return Refused("proposal.too_late", {"minutes": REPEATABLE_FOR_MS // 60_000})
    return None


def state_code(proposal: Proposal, state: ProposalState) -> str:
    """Of what was agreed to, the reader wants to know whether it was done."""
    if state is not ProposalState.AGREED or not proposal.outcome:
        return f"proposal.state.{state.value}"
    if is_whole(proposal):
        return "proposal.state.done"
    whole = all(proposal.outcome.values())
    return "proposal.state.failed" if whole else "proposal.state.partly"


def queue_line(
    proposal: Proposal, actor: str, now_ms: int, who: Name, what: str, text: Text
) -> QueueLine:
    """A proposal as this member of staff sees it. what: its sentence."""
    state = standing(proposal, now_ms)
    is_open = state is ProposalState.OPEN
    fresh = now_ms < proposal.decided_at_ms + REPEATABLE_FOR_MS
    return QueueLine(
        id=str(proposal.id),
        kind=proposal.kind,
        kind_text=text(f"proposal.kind.{proposal.kind}"),
        what=what,
        basis=proposal.basis,
        needs_second=proposal.needs_second,
        proposed_by=who(proposal.proposed_by),
        proposed_at_ms=proposal.proposed_at_ms,
        expires_at_ms=proposal.expires_at_ms,
        state=state.value,
        state_text=text(state_code(proposal, state)),
        decided_by=who(proposal.decided_by) if proposal.decided_by else "",
        decided_at_ms=proposal.decided_at_ms,
        outcome=tuple(
            OutcomeLine(place, not code, code, text(code, **proposal.wish) if code else "")
            for place, code in sorted(proposal.outcome.items())
        ),
        whole=is_whole(proposal),
        own=actor == proposal.proposed_by,
        may_agree=is_open and actor != proposal.proposed_by,
        may_decline=is_open,
        may_repeat=state is ProposalState.AGREED and not is_whole(proposal) and fresh,
    )
