"""Who proposed what, who agreed or declined, and what became of it."""

from __future__ import annotations

import msgspec


class ProposalMade(msgspec.Struct, frozen=True, array_like=True, tag="approvals.proposal_made@1"):
    """Somebody wants something done. needs_second: it waits for another person until
    `expires_at_ms`.
    """

    proposal: str
    kind: str
    wish: dict[str, str]
    basis: str
    by: str
    needs_second: bool
    expires_at_ms: int


class ProposalAgreed(
    msgspec.Struct, frozen=True, array_like=True, tag="approvals.proposal_agreed@1"
):
    """A second person agreed; it is carried out now."""

    proposal: str
    by: str


class ProposalDeclined(
    msgspec.Struct, frozen=True, array_like=True, tag="approvals.proposal_declined@1"
):
    """Somebody declined it, or its proposer took it back."""

    proposal: str
    by: str


class ProposalCarriedOut(
    msgspec.Struct, frozen=True, array_like=True, tag="approvals.proposal_carried_out@1"
):
    """What became of it at each place: "" done, else the code of why not."""

    proposal: str
    outcome: dict[str, str]
    by: str


EVENTS = (ProposalMade, ProposalAgreed, ProposalDeclined, ProposalCarriedOut)
