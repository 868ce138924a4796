"""Proposing, agreeing, declining, and keeping what became of it."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.approvals import events, rules, store
from yunquan.approvals.types import NewProposal, Proposal, ProposalId, ProposalState
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yunquan.kernel.transaction import ReadTx, Tx


def propose(tx: Tx, new: NewProposal) -> Proposal:
    """What tx.actor wants done; agreed at once where nobody else need agree. The same key and wish
    give the same proposal.

    Raises Invalid proposal.basis, Conflict command.reused.
    """
    if refused := rules.check_basis(new.basis):
        raise Invalid(refused.code, **refused.facts)
    if known := store.find_request(tx, tx.actor, new.key):
        if not rules.is_same(known, new):
            raise Conflict("command.reused", command=new.key)
        return known
    now_ms = tx.now_ms()
    proposal = Proposal(
        id=tx.ids.new(ProposalId),
        kind=new.kind,
        wish=new.wish,
        basis=new.basis,
        key=new.key,
        needs_second=new.needs_second,
        proposed_by=tx.actor,
        proposed_at_ms=now_ms,
        expires_at_ms=now_ms + rules.OPEN_FOR_MS,
        state=ProposalState.OPEN if new.needs_second else ProposalState.AGREED,
        decided_by="",
        decided_at_ms=0 if new.needs_second else now_ms,
        outcome={},
    )
    store.insert_proposal(tx, proposal)
    tx.emit(
        events.ProposalMade(
            str(proposal.id),
            new.kind,
            new.wish,
            new.basis,
            tx.actor,
            new.needs_second,
            proposal.expires_at_ms,
        )
    )
    return proposal


def agree(tx: Tx, proposal_id: str) -> Proposal:
    """tx.actor lets it happen. One that was agreed to stays so, whoever asks again.

    Raises NotFound proposal.unknown, Conflict proposal.own, proposal.expired, proposal.declined.
    """
    proposal = load_proposal(tx, proposal_id)
    if proposal.state is ProposalState.AGREED:
        return proposal
    _raise(rules.decide_agreement(proposal, tx.actor, tx.now_ms()))
    if store.save_decision(tx, proposal.id, ProposalState.AGREED, tx.actor, tx.now_ms()):
        tx.emit(events.ProposalAgreed(str(proposal.id), tx.actor))
    return load_proposal(tx, proposal_id)


def decline(tx: Tx, proposal_id: str) -> Proposal:
    """tx.actor won't have it, or takes their own back. Raises NotFound, Conflict proposal.*."""
    proposal = load_proposal(tx, proposal_id)
    if proposal.state is ProposalState.DECLINED:
        return proposal
    _raise(rules.decide_decline(proposal, tx.now_ms()))
    if store.save_decision(tx, proposal.id, ProposalState.DECLINED, tx.actor, tx.now_ms()):
        tx.emit(events.ProposalDeclined(str(proposal.id), tx.actor))
    return load_proposal(tx, proposal_id)


def record_outcome(tx: Tx, proposal_id: str, outcome: dict[str, str]) -> Proposal:
    """Keep what became of it at each place."""
    proposal = load_proposal(tx, proposal_id)
    if outcome != proposal.outcome:
        store.save_outcome(tx, proposal.id, outcome)
        tx.emit(events.ProposalCarriedOut(str(proposal.id), outcome, tx.actor))
    return load_proposal(tx, proposal_id)


def load_proposal(tx: ReadTx, proposal_id: str) -> Proposal:
    """One proposal. Raises NotFound proposal.unknown."""
    if found := store.find_proposal(tx, proposal_id):
        return found
    raise NotFound("proposal.unknown", proposal=proposal_id[:40])


def find_proposal(tx: ReadTx, proposal_id: str) -> Proposal | None:
    """One proposal, if there is such a one."""
    return store.find_proposal(tx, proposal_id)


def list_proposals(tx: ReadTx, kinds: Iterable[str], limit: int = 50) -> list[Proposal]:
    """Proposals of some kinds, newest first."""
    return store.list_proposals(tx, kinds, limit)


def count_open(tx: ReadTx, now_ms: int) -> int:
    """How many proposals wait for a second person."""
    return store.count_open(tx, now_ms)


def _raise(refused: Refused | None) -> None:
    if refused:
        raise Conflict(refused.code, **refused.facts)
