"""Settling by hand what the depository answered oddly: one proposes, another agrees 双人复核."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from yunquan import approvals
from yunquan.approvals.rules import decide_carrying_out, is_whole
from yunquan.approvals.types import OPEN_FOR_A_DAY_MS, NewProposal, Proposal
from yunquan.clients import taken_numbers
from yunquan.depository import rules
from yunquan.depository.service.depository import Depository
from yunquan.depository.types import RequestKind, Settlement
from yunquan.kernel.errors import Conflict, Invalid
from yunquan.kernel.transaction import Database, ReadTx, Tx

SETTLE: Final = "depository.settle"
DONE, NOT_DONE = "done", "not_done"
PLACE: Final = "depository"
LONGEST_LIST: Final = 50
Text = Callable[..., str]


class Settling:
    """The office of settlements; it carries out what two people agreed to."""

    kinds = (SETTLE,)

    def __init__(self, database: Database, depository: Depository) -> None:
        self._database = database
        self._depository = depository

    def propose(self, actor: str, key: str, told: Settlement, reason: str) -> Proposal:
        """What a request has come to, with why and the paper that says so; another person must
        agree. The same key and wish is the same proposal. Raises NotFound depository.unknown,
        Invalid depository.evidence, settled_unfit, proposal.basis; Conflict depository.not_odd,
        number_taken, command.reused.
        """
        with self._database.transaction(actor) as tx:
            self._check(tx, told)
            owner = self._depository.load(tx, told.serial).owner
            wish = wish_of(told) | {"owner": owner}
            new = NewProposal(SETTLE, wish, reason.strip(), key, True, OPEN_FOR_A_DAY_MS)
            return approvals.propose(tx, new)

    def _check(self, tx: ReadTx, told: Settlement) -> None:
        state = self._depository.load(tx, told.serial)
        if refused := rules.check_settlement(state, told):
            kind = Invalid if rules.is_odd(state) else Conflict
            raise kind(refused.code, **refused.facts)
        if state.kind is RequestKind.DESIGNATE:
            return
        if taken := taken_numbers(tx, [one.number for one in told.accounts]):
            raise Conflict("depository.number_taken", number=taken[0])

    def proposals(self, tx: ReadTx) -> list[Proposal]:
        """The newest first."""
        return approvals.list_proposals(tx, self.kinds, LONGEST_LIST)

    def sentence(self, proposal: Proposal, locale: str, text: Text) -> str:
        """What the request is said to have come to."""
        wish = proposal.wish
        facts = {"serial": wish["serial"], "evidence": wish["evidence"], "ymt": wish["ymt"]}
        if wish["outcome"] == NOT_DONE:
            return text("depository.will_not_done", **facts)
        return text("depository.will_done", **facts, accounts=wish["accounts"] or "-")

    async def carry_out(self, actor: str, proposal: Proposal) -> Proposal:
        """Settle it; the opening goes on by itself. Again only says so. Raises Conflict proposal.*,
        depository.not_odd, settled_unfit, number_taken.
        """
        if is_whole(proposal):
            return proposal

        def run() -> Proposal:
            with self._database.transaction(actor) as tx:
                return self._settle(tx, proposal)

        return await asyncio.to_thread(run)

    def _settle(self, tx: Tx, proposal: Proposal) -> Proposal:
        if refused := decide_carrying_out(proposal, tx.now_ms()):
            raise Conflict(refused.code, **refused.facts)
        told = settlement_of(proposal)
        self._check(tx, told)
        self._depository.settle(tx, told, proposal)
        return approvals.record_outcome(tx, str(proposal.id), {PLACE: ""})


def wish_of(told: Settlement) -> dict[str, str]:
    """A settlement as a proposal keeps it."""
    return {
        "serial": told.serial,
        "outcome": DONE if told.done else NOT_DONE,
        "ymt": told.ymt,
        "accounts": ",".join(map(rules.account_text, told.accounts)),
        "evidence": told.evidence,
    }


def settlement_of(proposal: Proposal) -> Settlement:
    """And back."""
    wish = proposal.wish
    accounts = tuple(rules.read_account(one) for one in wish["accounts"].split(",") if one)
    done = wish["outcome"] == DONE
    return Settlement(wish["serial"], done, wish["ymt"], accounts, wish["evidence"])
