"""Exceptional days: stopping, resuming and changing the gateway at every counter at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any, Final

from yunquan import approvals
from yunquan.approvals.rules import decide_carrying_out, is_whole
from yunquan.approvals.types import NewProposal, Proposal, ProposalState
from yunquan.counter import Counters
from yunquan.counter.types import AskHealth, HealthView
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Conflict, Invalid, YunquanError
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database
from yunquan.security import list_staff
from yunquan.switches import rules
from yunquan.switches.types import ProposalLine, SwitchBoard, SwitchWish

RECENT: Final = 30


class Switches:
    """The firm's switches. Each act is a proposal of its own, whether or not a second person must
    agree: it is kept who did what, on what basis, and what became of it at each counter.
    """

    def __init__(
        self,
        database: Database,
        counters: Counters,
        catalogue: Catalogue,
        clock: Clock,
        known: Callable[[], Collection[str]],
        name: Callable[[str, str], str],
    ) -> None:
        """known: what trades today, empty while the exchange hasn't been heard. name: of a symbol
        in a language.
        """
        self.database = database
        self.counters = counters
        self.catalogue = catalogue
        self.clock = clock
        self._known = known
        self._symbol_name = name

    async def switch(self, actor: str, key: str, wish: SwitchWish, locale: str) -> ProposalLine:
        """Do it at every counter, or propose it where a second person must agree. The same key
        again tells how it stands, and repeats it at the counters that weren't reached.

        Raises Invalid switch.* or proposal.basis, Conflict command.reused or what every counter
        refused it with.
        """
        self._check(wish)
        scope = wish.gateway if wish.kind == rules.GATEWAY else wish.scope
        names = ("gateway",) if wish.kind == rules.GATEWAY else ("scope",)
        names += () if wish.kind == rules.RESUME else ("notice_zh", "notice_en")
        new = NewProposal(
            wish.kind,
            {name: getattr(wish, name).strip() for name in names},
            wish.basis.strip(),
            key,
            rules.needs_second(wish.kind, scope),
        )
        proposal = await self._written(actor, lambda tx: approvals.propose(tx, new))
        if proposal.state is ProposalState.AGREED:
            proposal = await self.carry_out(actor, proposal)
        return self._line(actor, proposal, locale)

    def _check(self, wish: SwitchWish) -> None:
        refused = None
        if wish.kind == rules.STOP:
            refused = rules.check_scope(wish.scope, self._known())
        if refused is None and wish.kind != rules.RESUME:
            refused = rules.check_notices(wish.notice_zh, wish.notice_en)
        if refused is not None:
            raise Invalid(refused.code, **refused.facts)

    async def agree(self, actor: str, proposal_id: str, locale: str) -> ProposalLine:
        """Another person's yes, and with it the act; on one that was agreed to, the counters that
        weren't reached are told again.

        Raises NotFound proposal.unknown, Conflict proposal.* or what every counter refused it with.
        """
        proposal = await self._written(actor, lambda tx: approvals.agree(tx, proposal_id))
        return self._line(actor, await self.carry_out(actor, proposal), locale)

    async def decline(self, actor: str, proposal_id: str, locale: str) -> ProposalLine:
        """A no, or the proposer's own second thought. Raises NotFound, Conflict proposal.*."""
        proposal = await self._written(actor, lambda tx: approvals.decline(tx, proposal_id))
        return self._line(actor, proposal, locale)

    async def _written(self, actor: str, write: Callable[[Any], Proposal]) -> Proposal:
        def run() -> Proposal:
            with self.database.transaction(actor=actor) as tx:
                return write(tx)

        return await asyncio.to_thread(run)

    async def carry_out(self, actor: str, proposal: Proposal) -> Proposal:
        """Tell every counter; one that did it before only says so again. Raises Conflict."""
        if is_whole(proposal):
            return proposal
        if refused := decide_carrying_out(proposal, to_ms(self.clock.now())):
            raise Conflict(refused.code, **refused.facts)
        command = rules.command_of(proposal)
        codes = await asyncio.gather(
            *(self._tell(number, command) for number in range(len(self.counters.clients)))
        )
        outcome = {str(number): code for number, code in enumerate(codes)}
        done = await self._written(
            actor, lambda tx: approvals.record_outcome(tx, proposal.id, outcome)
        )
        if code := rules.refused_everywhere(done):
            facts = {"scope": done.wish.get("scope", ""), "gateway": done.wish.get("gateway", "")}
            raise Conflict(code, **facts, longest=rules.LONGEST_NOTICE)
        return done

    async def _tell(self, number: int, command: Any) -> str:
        """ "" once it is durable there, else the code of why not or why nobody knows."""
        try:
            return (await self.counters.clients[number].submit(command)).code
        except YunquanError as error:
            return error.code

    # --- looking ---

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of proposals that are switches."""
        return rules.KINDS

    def sentence(self, proposal: Proposal, locale: str, text: rules.Text) -> str:
        """What will happen at every counter."""
        what = rules.what_text(proposal, self._name(locale), text)
        return text(f"switch.will.{proposal.kind}", what=what)

    async def board(self, actor: str, locale: str) -> SwitchBoard:
        """What is in force and what is proposed. Counters that don't answer are named, not waited
        for.
        """
        found = await asyncio.gather(
            *(counter.ask(AskHealth()) for counter in self.counters.clients),
            return_exceptions=True,
        )
        views: dict[str, HealthView] = {}
        for number, view in enumerate(found):
            if isinstance(view, BaseException) and not isinstance(view, YunquanError):
                raise view
            if isinstance(view, HealthView):
                views[str(number)] = view
        with self.database.read() as tx:
            proposals = approvals.list_proposals(tx, rules.KINDS, RECENT)
            # What has been in force for long is no longer among the recent ones.
            causes = [approvals.find_proposal(tx, one) for one in rules.causes(views.values())]
            who = self._who(tx)
        known = {str(one.id): one for one in [*proposals, *causes] if one is not None}
        text = self._text(locale)
        name = self._name(locale)
        names = [str(number) for number in range(len(self.counters.clients))]
        now_ms = to_ms(self.clock.now())
        return SwitchBoard(
            stops=rules.stop_lines(views, known, who, name, text),
            in_use=rules.gateway_lines(views, known, who, text),
            gateways=rules.all_gateways(views.values()),
            counters=rules.counter_switches(names, views),
            waiting=sum(view.waiting for view in views.values()),
            proposals=tuple(
                rules.proposal_line(one, actor, now_ms, who, name, text) for one in proposals
            ),
        )

    def _line(self, actor: str, proposal: Proposal, locale: str) -> ProposalLine:
        with self.database.read() as tx:
            who = self._who(tx)
        now_ms, text = to_ms(self.clock.now()), self._text(locale)
        return rules.proposal_line(proposal, actor, now_ms, who, self._name(locale), text)

    def _name(self, locale: str) -> rules.Name:
        return lambda symbol: self._symbol_name(symbol, locale)

    def _text(self, locale: str) -> rules.Text:
        return lambda code, /, **facts: self.catalogue.text(code, locale, **facts)

    def _who(self, tx: Any) -> rules.Name:
        """Members of staff by the name their colleagues know."""
        names = {f"staff:{one.subject}": one.display_name for one in list_staff(tx)}
        return lambda actor: names.get(actor, actor)
