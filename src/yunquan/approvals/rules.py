"""When a proposal may be agreed to, declined, carried out. Pure; times in milliseconds."""

from __future__ import annotations

from typing import Final

from yunquan.approvals.types import NewProposal, Proposal, ProposalState
from yunquan.kernel.errors import Refused

# A wish of an hour ago may no longer be one: whoever still wants it proposes it again.
OPEN_FOR_MS: Final = 15 * 60 * 1000
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
