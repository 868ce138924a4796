"""Proposing, agreeing, declining, and keeping what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from yunquan.approvals import events, rules, store
from yunquan.approvals.ports import Carrier
from yunquan.approvals.types import (
    ApprovalList,
    NewProposal,
    Proposal,
    ProposalId,
    ProposalState,
    QueueLine,
)
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.security import list_staff

LONGEST_QUEUE: Final = 100


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
        expires_at_ms=now_ms + new.open_for_ms,
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


def find_request(tx: Tx, key: str) -> Proposal | None:
    """What tx.actor proposed under this key, if anything."""
    return store.find_request(tx, tx.actor, key)


def list_proposals(tx: ReadTx, kinds: Iterable[str], limit: int = 50) -> list[Proposal]:
    """Proposals of some kinds, newest first."""
    return store.list_proposals(tx, kinds, limit)


def count_open(tx: ReadTx, now_ms: int) -> int:
    """How many proposals wait for a second person."""
    return store.count_open(tx, now_ms)


def _raise(refused: Refused | None) -> None:
    if refused:
        raise Conflict(refused.code, **refused.facts)


class ApprovalQueue:
    """The office of everything that waits for a second person, whichever room proposed it."""

    def __init__(
        self, database: Database, catalogue: Catalogue, clock: Clock, carriers: Sequence[Carrier]
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._clock = clock
        self._carriers = {kind: carrier for carrier in carriers for kind in carrier.kinds}

    def board(
        self, actor: str, locale: str, *, kinds: Iterable[str] = (), limit: int = 50
    ) -> ApprovalList:
        """Proposals of some kinds, () for all that can be decided here; newest first."""
        wanted = tuple(kind for kind in kinds if kind in self._carriers) or tuple(self._carriers)
        with self._database.read() as tx:
            found = store.list_proposals(tx, wanted, max(1, min(limit, LONGEST_QUEUE)))
            names = self._names(tx)
        lines = tuple(self._line(one, actor, names, locale) for one in found)
        return ApprovalList(lines, sum(line.state == "open" for line in lines))

    def line(self, actor: str, proposal: Proposal, locale: str) -> QueueLine:
        """One proposal as this member of staff sees it."""
        with self._database.read() as tx:
            return self._line(proposal, actor, self._names(tx), locale)

    async def agree(self, actor: str, proposal_id: str, locale: str) -> QueueLine:
        """Another person's yes, and with it the act; of one agreed to, what wasn't done is tried
        again. Raises NotFound proposal.unknown, Conflict proposal.* or why it can't be done.
        """
        carrier = await asyncio.to_thread(self._carrier, proposal_id)
        proposal = await self._written(actor, lambda tx: agree(tx, proposal_id))
        done = await carrier.carry_out(actor, proposal)
        return await asyncio.to_thread(self.line, actor, done, locale)

    async def decline(self, actor: str, proposal_id: str, locale: str) -> QueueLine:
        """A no, or the proposer's own second thought. Raises NotFound, Conflict proposal.*."""
        await asyncio.to_thread(self._carrier, proposal_id)
        proposal = await self._written(actor, lambda tx: decline(tx, proposal_id))
        return await asyncio.to_thread(self.line, actor, proposal, locale)

    def _carrier(self, proposal_id: str) -> Carrier:
        with self._database.read() as tx:
            proposal = load_proposal(tx, proposal_id)
        if found := self._carriers.get(proposal.kind):
            return found
        raise NotFound("proposal.unknown", proposal=proposal_id[:40])

    async def _written(self, actor: str, write: Callable[[Tx], Proposal]) -> Proposal:
        def run() -> Proposal:
            with self._database.transaction(actor=actor) as tx:
                return write(tx)

        return await asyncio.to_thread(run)

    def _line(
        self, proposal: Proposal, actor: str, names: dict[str, str], locale: str
    ) -> QueueLine:
        def text(code: str, /, **facts: Any) -> str:
            return self._catalogue.text(code, locale, **facts)

        what = self._carriers[proposal.kind].sentence(proposal, locale, text)
        now_ms = to_ms(self._clock.now())
        return rules.queue_line(
            proposal, actor, now_ms, lambda one: names.get(one, one), what, text
        )

    @staticmethod
    def _names(tx: ReadTx) -> dict[str, str]:
        return {f"staff:{one.subject}": one.display_name for one in list_staff(tx)}
