"""Restricting, releasing, freezing, unfreezing: proposed, agreed to where two must, and carried
out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from yunquan import approvals
from yunquan.approvals.rules import decide_carrying_out, is_whole
from yunquan.approvals.types import OPEN_FOR_A_DAY_MS, NewProposal, Proposal, ProposalState
from yunquan.counter import Counters
from yunquan.counter.types import AccountView, AskAccount
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused, YunquanError
from yunquan.kernel.i18n import Catalogue, readable
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.restrictions import events, rules, store
from yunquan.restrictions.types import RestrictionBoard, RestrictionWish, StandingLine
from yunquan.security import list_staff

LONGEST_PAGE: Final = 50


class Restrictions:
    """The office of restrictions and freezes. today: the trading day of now."""

    def __init__(
        self,
        database: Database,
        counters: Counters,
        catalogue: Catalogue,
        clock: Clock,
        today: Callable[[], str],
    ) -> None:
        self.database = database
        self.counters = counters
        self.catalogue = catalogue
        self.clock = clock
        self.today = today

    async def act(self, actor: str, key: str, wish: RestrictionWish) -> Proposal:
        """Do it, or propose it where another person must agree; the same key again tells how it
        stands. Raises Invalid act.unknown, restriction.*, proposal.basis; NotFound
        account.unknown; Conflict with the counter's refusal, restriction.*, command.reused.
        """
        day = self.today()
        if refused := rules.check_wish(wish, day):
            raise Invalid(refused.code, **refused.facts)
        new = NewProposal(
            f"account_{wish.act}",
            rules.wish_pairs(wish),
            wish.basis.text.strip(),
            key,
            rules.needs_second(wish.act, rules.reach_of(wish), day),
            OPEN_FOR_A_DAY_MS,
        )
        view = await self.view(wish.account)

        def write() -> Proposal:
            with self.database.transaction(actor=actor) as tx:
                # What a repeat asks for may be done by now: it is told how it stands, not refused.
                if approvals.find_request(tx, key) is None:
                    _raise(rules.check_account(wish, view))
                    standing = store.load_standing(tx, wish.account)
                    _raise(rules.check_lifting(wish, standing, day))
                    _raise(rules.check_replacing(wish, standing, day))
                return approvals.propose(tx, new)

        proposal = await asyncio.to_thread(write)
        if proposal.state is ProposalState.AGREED:
            proposal = await self.carry_out(actor, proposal)
        return proposal

    async def impose(self, actor: str, key: str, wish: RestrictionWish) -> Proposal:
        """What a table of the house does by itself, and what a client lifts by showing who they
        are: nobody agrees before, and a person may undo it. The same key again has no second
        effect. Raises as `act` does.
        """
        if refused := rules.check_wish(wish, self.today()):
            raise Invalid(refused.code, **refused.facts)
        new = NewProposal(
            f"account_{wish.act}",
            rules.wish_pairs(wish),
            wish.basis.text.strip(),
            key,
            needs_second=False,
        )

        def write() -> Proposal:
            with self.database.transaction(actor=actor) as tx:
                return approvals.propose(tx, new)

        return await self.carry_out(actor, await asyncio.to_thread(write))

    async def view(self, account: str) -> AccountView:
        """The account as its counter has it. Raises NotFound account.unknown."""
        view = await self.counters.of(account).ask(AskAccount(account, 0))
        if view is None:
            raise NotFound("account.unknown", account=account[:40])
        return view

    # --- carrying out

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of proposals that are restrictions."""
        return rules.KINDS

    def sentence(self, proposal: Proposal, locale: str, text: rules.Text) -> str:
        """What will happen to the account."""
        return rules.sentence(proposal, text)

    async def carry_out(self, actor: str, proposal: Proposal) -> Proposal:
        """Tell the account's counter and keep what stands; again only says so. Raises Conflict."""
        if is_whole(proposal):
            return proposal
        if refused := decide_carrying_out(proposal, to_ms(self.clock.now())):
            raise Conflict(refused.code, **refused.facts)
        wish = rules.wish_of(proposal)
        place = f"counter-{self.counters.number_of(wish.account)}"
        facts: dict[str, Any] = {}
        try:
            await asyncio.to_thread(self._check_still, proposal)
            answer = await self.counters.of(wish.account).submit(rules.command_of(proposal))
            code, facts = answer.code, readable(answer.facts)
        except YunquanError as error:
            code, facts = error.code, error.facts
        done = await asyncio.to_thread(self._record, actor, proposal, {place: code})
        if code:
            raise Conflict(code, **facts)
        return done

    def _check_still(self, proposal: Proposal) -> None:
        """What an authority ordered meanwhile isn't lifted by a wish of before."""
        wish, day = rules.wish_of(proposal), self.today()
        with self.database.read() as tx:
            standing = store.load_standing(tx, wish.account)
        _raise(rules.check_lifting(wish, standing, day))
        _raise(rules.check_replacing(wish, standing, day))

    def _record(self, actor: str, proposal: Proposal, outcome: dict[str, str]) -> Proposal:
        with self.database.transaction(actor=actor) as tx:
            known = approvals.load_proposal(tx, str(proposal.id))
            if not any(outcome.values()) and not is_whole(known):
                self._keep(tx, proposal)
            return approvals.record_outcome(tx, str(proposal.id), outcome)

    @staticmethod
    def _keep(tx: Tx, proposal: Proposal) -> None:
        wish, basis = rules.wish_of(proposal), rules.wish_of(proposal).basis
        left = rules.ended_by(wish, store.load_standing(tx, wish.account))
        store.save_left(tx, left, str(proposal.id))
        if one := rules.standing_of(proposal, tx.now_ms()):
            store.insert_standing(tx, one)
        tx.emit(
            events.AccountActDone(
                str(proposal.id),
                wish.act,
                wish.account,
                wish.scope,
                wish.asset,
                wish.amount,
                basis.kind,
                basis.text,
                basis.document,
                basis.authority,
                basis.expires_on,
                proposal.proposed_by,
                proposal.decided_by,
            )
        )

    # --- looking

    def of_account(self, account: str, locale: str) -> tuple[StandingLine, ...]:
        """What is in force at an account, oldest first."""
        with self.database.read() as tx:
            found, who = store.load_standing(tx, account), self._who(tx)
        day, text = self.today(), self._text(locale)
        return tuple(rules.standing_line(one, day, who, text) for one in found)

    def board(self, locale: str, *, after: str = "", limit: int = LONGEST_PAGE) -> RestrictionBoard:
        """What is in force anywhere, and who must agree to what."""
        limit, day, text = max(1, min(limit, LONGEST_PAGE)), self.today(), self._text(locale)
        last_day, _, last_id = after.partition("_")
        with self.database.read() as tx:
            found = store.page_of_standing(tx, (last_day, last_id), limit)
            expired, who = store.count_expired(tx, day), self._who(tx)
        following = None
        if len(found) == limit:
            following = f"{found[-1].expires_on or store.NO_LAST_DAY}_{found[-1].id}"
        lines = tuple(rules.standing_line(one, day, who, text) for one in found)
        return RestrictionBoard(day, lines, following, expired, rules.table_lines(day, text))

    def needs_second(self, act: str, reach: str) -> bool:
        """Whether today another person must agree."""
        return rules.needs_second(act, reach, self.today())

    def _text(self, locale: str) -> rules.Text:
        return lambda code, /, **facts: self.catalogue.text(code, locale, **facts)

    @staticmethod
    def _who(tx: ReadTx) -> rules.Name:
        names = {f"staff:{one.subject}": one.display_name for one in list_staff(tx)}
        return lambda actor: names.get(actor, actor)


def _raise(refused: Refused | None) -> None:
    if refused:
        raise Conflict(refused.code, **readable(refused.facts))
