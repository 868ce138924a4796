"""Proposals: what a member of staff wants done, and who agreed. Times in milliseconds since 1970
UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from yunquan.kernel.ids import Id

# A wish of an hour ago may no longer be one: whoever still wants it proposes it again.
OPEN_FOR_MS: Final = 15 * 60 * 1000
# What isn't urgent may wait for the colleague who comes in tomorrow.
OPEN_FOR_A_DAY_MS: Final = 24 * 60 * 60 * 1000


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
    open_for_ms: how long it waits for that person.
    """

    kind: str
    wish: dict[str, str]
    basis: str
    key: str
    needs_second: bool
    open_for_ms: int = OPEN_FOR_MS


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


class OutcomeLine(msgspec.Struct, frozen=True):
    """What became of a proposal at one place. code, text: why it isn't done, "" when it is."""

    place: str
    done: bool
    code: str
    text: str


class QueueLine(msgspec.Struct, frozen=True):
    """A proposal of any kind as a member of staff sees it. what: what happens if it is agreed to.

    state: "open", "agreed", "declined", "expired". decided_by: who agreed or declined, "" for
    nobody. whole: done everywhere. may_*: what this reader may do now.
    """

    id: str
    kind: str
    kind_text: str
    what: str
    basis: str
    needs_second: bool
    proposed_by: str
    proposed_at_ms: int
    expires_at_ms: int
    state: str
    state_text: str
    decided_by: str
    decided_at_ms: int
    outcome: tuple[OutcomeLine, ...]
    whole: bool
    own: bool
    may_agree: bool
    may_decline: bool
    may_repeat: bool


class ApprovalList(msgspec.Struct, frozen=True):
    """Proposals, newest first. waiting: how many of them are open."""

    items: tuple[QueueLine, ...]
    waiting: int
