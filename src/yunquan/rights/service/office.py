"""What faces ask of this room: one's own rights, subscribing, an issue as staff see it, its
outcome.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yunquan import approvals
from yunquan.actions import (
    CorporateActions,
    find_action,
    find_entitlement,
    last_acted,
    rights_offered,
    with_rights,
)
from yunquan.actions.types import Entitlement, Standing
from yunquan.approvals.types import NewProposal, Proposal
from yunquan.counter import Counters
from yunquan.counter.types import AccountView, AskAccount, SubscribeRights
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.i18n import Catalogue, readable
from yunquan.kernel.money import fen_to_text
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.market.rules.fees import notional_fen
from yunquan.rights import rules, store
from yunquan.rights.service.outcomes import check_outcome, end_issue
from yunquan.rights.types import (
    NewOutcome,
    NewSubscription,
    RightsCase,
    RightsLine,
    RightsState,
)

OUTCOME: Final = "rights_outcome"
LONGEST_SOURCE: Final = 100
MOST_LINES: Final = 30
OVER: Final = (RightsState.LAPSED, RightsState.PAID, RightsState.BOOKED)


@dataclass(frozen=True, slots=True)
class RightsIssues:
    """The office of rights issues."""

    database: Database
    counters: Counters
    catalogue: Catalogue
    actions: CorporateActions

    # One's own.

    async def own(self, account: str, locale: str) -> list[RightsLine]:
        """What an account was offered, newest record day first. Raises Unavailable."""
        view = await self._view(account)

        def read() -> list[RightsLine]:
            with self.database.read() as tx:
                found = with_rights(tx, account, MOST_LINES)
                return [self._line(tx, due, view, locale) for due in found]

        return await asyncio.to_thread(read)

    async def _view(self, account: str) -> AccountView:
        view = await self.counters.of(account).ask(AskAccount(account, 0))
        if view is None:
            raise NotFound("account.unknown", account=account)
        return view

    def _line(self, tx: ReadTx, due: Entitlement, view: AccountView, locale: str) -> RightsLine:
        found = find_action(tx, due.action)
        assert found is not None, "what is due is due on an action"
        payment = store.find_payment(tx, due.action, due.account)
        outcome = store.find_outcome(tx, due.action)
        # A day that has ended takes no more: what follows is the next one's.
        today = f"{view.day}~" if view.day_ended else view.day
        state = rules.state_of(found.action, payment, outcome, today)
        subscribed, frozen = view.rights.get(due.action, (0, 0))
        if payment is not None:
            subscribed, frozen = payment.qty, 0
        if state is RightsState.LAPSED and subscribed:
            state = RightsState.PAID  # the day end that takes the money is on its way
        unpaid = due.rights - subscribed
        left = unpaid if state in (RightsState.OPEN, RightsState.COMING) else 0
        return RightsLine(
            due.account,
            self.actions.line(found, locale),
            state.value,
            self.catalogue.text(f"rights.state.{state.value}", locale),
            due.rights,
            subscribed,
            left,
            unpaid if state in OVER else 0,
            _plain(found.action.rights_price_milli, 10**3),
            fen_to_text(notional_fen(found.action.rights_price_milli, left)),
            fen_to_text(frozen),
            fen_to_text(payment.paid_fen if payment else 0),
            payment.shares_on if payment else "",
            payment.refund_on if payment else "",
            state is RightsState.OPEN and view.day == found.action.rights_to,
        )

    async def subscribe(
        self, caller: str, key: str, account: str, action: str, wanted: NewSubscription, locale: str
    ) -> RightsLine:
        """Pay for rights, part or all, once or several times: the money is frozen at once and taken
        when the window ends; it can't be taken back. The same caller and key take effect once.

        Raises NotFound actions.unknown, Invalid rights.none; Conflict with the counter's refusal or
        rights.over; Unavailable when the outcome is unknown (repeat with the same key).
        """
        found, due = await asyncio.to_thread(self._offer, action, account)
        counter = self.counters.of(account)
        day = wanted.day or (await self._view(account)).day
        answer = await counter.submit(
            SubscribeRights(
                f"{caller}:{key}",
                account,
                due.action,
                due.symbol,
                wanted.qty,
                found.action.rights_price_milli,
                due.rights,
                found.action.rights_from,
                found.action.rights_to,
                day,
            )
        )
        if answer.code:
            raise Conflict(answer.code, **readable(answer.facts))
        after = await self._view(account)
        with self.database.read() as tx:
            return self._line(tx, due, after, locale)

    def _offer(self, action: str, account: str) -> tuple[Standing, Entitlement]:
        """The action, and what it offers this account."""
        with self.database.read() as tx:
            found = find_action(tx, action)
            due = find_entitlement(tx, action, account)
            outcome = store.find_outcome(tx, action)
        if found is None or due is None:
            raise NotFound("actions.unknown", action=action[:40])
        if not due.rights or not found.action.rights_from:
            raise Invalid("rights.none", action=action)
        if outcome is not None:
            raise Conflict("rights.over", action=action)
        return found, due

    # Staff.

    def case(self, action: str) -> RightsCase | None:
        """An issue with its totals, None for an action without rights. Raises NotFound."""
        with self.database.read() as tx:
            found = find_action(tx, action)
            if found is None:
                raise NotFound("actions.unknown", action=action[:40])
            if not found.action.rights_e6:
                return None
            offered = rights_offered(tx, action)
            totals = store.totals(tx, action)
            outcome = store.find_outcome(tx, action)
            last = found.action.rights_to
            over = bool(last) and last <= last_acted(tx)
        return RightsCase(
            offered,
            max(totals.subscribed, totals.paid),
            totals.subscribers,
            totals.paid,
            fen_to_text(totals.paid_fen),
            offered - totals.paid if over else 0,
            over,
            "" if outcome is None else _plain(outcome.taken_e4, 100) or "0",
            outcome is not None and outcome.failed,
            outcome.source if outcome else "",
        )

    def propose_outcome(self, actor: str, action: str, outcome: NewOutcome, key: str) -> Proposal:
        """Propose how an issue ended; another agrees. The same key gives the same proposal. Raises
        NotFound, Invalid, Conflict.
        """
        source = outcome.source.strip()
        if not 0 < len(source) <= LONGEST_SOURCE:
            raise Invalid("actions.no_source", longest=LONGEST_SOURCE)
        wish = {
            "action": action,
            "taken_e4": str(outcome.taken_e4),
            "interest_e6": str(outcome.interest_e6),
            "source": source,
        }
        with self.database.transaction(actor) as tx:
            check_outcome(tx, action, outcome.taken_e4, outcome.interest_e6, source, actor)
            new = NewProposal(OUTCOME, wish, outcome.basis, key, needs_second=True)
            return approvals.propose(tx, new)

    # What the queue of approvals asks of a room.

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of proposals that are of rights issues."""
        return (OUTCOME,)

    def sentence(self, proposal: Proposal, locale: str, text: Callable[..., str]) -> str:
        """What will happen, or has."""
        wish = proposal.wish
        symbol = wish["action"].partition(":")[0]
        taken = _plain(int(wish["taken_e4"]), 100) or "0"
        name = self.actions.name(symbol, locale)
        return text("rights.will.end", name=name, action=wish["action"], taken=taken)

    async def carry_out(self, actor: str, proposal: Proposal) -> Proposal:
        """Note the outcome and what became of it; again is harmless."""

        def run() -> Proposal:
            wish = proposal.wish
            said = (int(wish["taken_e4"]), int(wish["interest_e6"]), wish["source"], actor)
            with self.database.transaction(actor) as tx:
                code = ""
                try:
                    end_issue(tx, wish["action"], *said)
                except (Conflict, Invalid, NotFound) as refused:
                    code = refused.code
                return approvals.record_outcome(tx, str(proposal.id), {wish["action"]: code})

        return await asyncio.to_thread(run)


def _plain(value: int, scale: int) -> str:
    """A whole number of small parts as a plain decimal, "" for none."""
    return f"{(Decimal(value) / scale).normalize():f}" if value else ""
