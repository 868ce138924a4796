"""Proposals: what a member of staff wants done, and who agreed. Times in milliseconds since 1970
UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from yunquan.kernel.ids import Id


class ProposalId(Id, prefix="prp"):
    """One thing that somebody proposed."""


class ProposalState(StrEnum):
    """Where a proposal stands; EXPIRED is read off the clock and never stored."""

    OPEN = "open"
    AGREED = "agreed"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class NewProposal:
    """What somebody wants done. kind: what sort of act; wish: its particulars; basis: the rule or
    decision it rests on; key: the proposer's own name for it, so that a repeat is the same one.

    needs_second: only another person may let it happen 双人复核; False is agreed at once.
    """

    kind: str
    wish: dict[str, str]
    basis: str
    key: str
    needs_second: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as it stands. proposed_by, decided_by: actors ("staff:stf_..."), "" undecided.

    outcome: what became of it at each place it was carried out at: "" done, else the code of why
    not; empty before that.
    """

    id: ProposalId
    kind: str
    wish: dict[str, str]
    basis: str
    key: str
    needs_second: bool
    proposed_by: str
    proposed_at_ms: int
    expires_at_ms: int
    state: ProposalState
    decided_by: str
    decided_at_ms: int
    outcome: dict[str, str]
