"""What faces ask of this room: one's own actions, staff's board, entering and agreeing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yunquan import approvals
from yunquan.actions import rules, store
from yunquan.actions.service import entry
from yunquan.actions.types import (
    Action,
    ActionBoard,
    ActionCase,
    ActionLine,
    ActionState,
    DueLine,
    Entitlement,
    EntryLine,
    OwnActions,
    Quarantined,
    Standing,
    TaxLine,
)
from yunquan.approvals.rules import standing
from yunquan.approvals.types import Proposal, ProposalState
from yunquan.counter import Counters
from yunquan.counter.types import AskAccount
from yunquan.kernel.errors import NotFound
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.money import fen_to_text
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.quotes import QuoteBoard
from yunquan.security import list_staff

PAGE: Final = 30
MOST_UPCOMING: Final = 50
MOST_TAXES: Final = 50
MOST_ENTITLED: Final = 200
SHOWN_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class CorporateActions:
    """The office of corporate actions."""

    database: Database
    counters: Counters
    catalogue: Catalogue
    quotes: QuoteBoard

    # One's own.

    async def own(self, account: str, locale: str, before: str = "") -> OwnActions:
        """What an account may expect, has got and has paid. Raises Unavailable."""
        view = await self.counters.of(account).ask(AskAccount(account, 0))
        held = {} if view is None else {one.asset: one.owned for one in view.positions}
        day = "" if view is None else view.day
        with self.database.read() as tx:
            found = store.list_of_symbols(tx, list(held), day, MOST_UPCOMING)
            past = store.load_entitlements(tx, account, PAGE + 1, before)
            taxes = store.load_taxes(tx, account, MOST_TAXES)
            lines = tuple(self._due(tx, one, locale) for one in past[:PAGE])
        return OwnActions(
            account,
            day,
            tuple(
                self._expected(account, one, held[one.action.symbol], locale)
                for one in found
                if one.state is ActionState.ANNOUNCED and held[one.action.symbol]
            ),
            lines,
            tuple(
                TaxLine(
                    one.day,
                    one.symbol,
                    self.name(one.symbol, locale),
                    one.quantity,
                    fen_to_text(one.tax_fen),
                )
                for one in taxes
            ),
            f"{lines[-1].action.record_day} {lines[-1].action.id}" if len(past) > PAGE else None,
        )

    def _expected(self, account: str, one: Standing, owned: int, locale: str) -> DueLine:
        due = next(rules.entitle(one.action, [(account, one.action.symbol, owned)]))
        return DueLine(
            account,
            self.line(one, locale),
            owned,
            fen_to_text(due.cash_fen),
            due.bonus,
            due.capital,
            due.rights,
            "",
            "",
        )

    def _due(self, tx: ReadTx, due: Entitlement, locale: str) -> DueLine:
        found = store.find_action(tx, due.action)
        assert found is not None, "what is due is due on an action"
        return DueLine(
            due.account,
            self.line(found, locale),
            due.quantity,
            fen_to_text(due.cash_fen),
            due.bonus,
            due.capital,
            due.rights,
            due.cash_on,
            due.shares_on,
        )

    def name(self, symbol: str, locale: str) -> str:
        """A security's name in the reader's language."""
        notice = self.quotes.book.instruments.get(symbol)
        if notice is None:
            return symbol
        return notice.instrument.name_zh if locale == "zh_CN" else notice.instrument.name_en

    def line(self, found: Standing, locale: str) -> ActionLine:
        """An action as people read it."""
        one = found.action
        return ActionLine(
            one.id,
            one.symbol,
            self.name(one.symbol, locale),
            one.record_day,
            one.ex_day,
            one.pay_day,
            one.listing_day,
            _plain(one.cash_e6, 10**6),
            _plain(one.bonus_e6, 10**6),
            _plain(one.capital_e6, 10**6),
            one.from_premium,
            _plain(one.rights_e6, 10**6),
            _plain(one.rights_price_milli, 10**3),
            one.rights_from,
            one.rights_to,
            one.rights_code,
            found.state.value,
            self.catalogue.text(f"actions.state.{found.state.value}", locale),
            found.version,
            found.source,
        )

    # Staff.

    def board(self, actor: str, locale: str, before: str = "") -> ActionBoard:
        """Actions and what was entered lately."""
        with self.database.read() as tx:
            found = store.list_actions(tx, PAGE + 1, before)
            proposals = approvals.list_proposals(tx, [entry.KIND], PAGE)
            entries = tuple(self._entry(tx, one, actor, locale) for one in proposals)
        shown = tuple(self.line(one, locale) for one in found[:PAGE])
        following = f"{shown[-1].ex_day} {shown[-1].id}" if len(found) > PAGE else None
        return ActionBoard(shown, entries, following)

    def case(self, action: str, locale: str) -> ActionCase:
        """One action with who is due what. Raises NotFound actions.unknown."""
        with self.database.read() as tx:
            found = store.find_action(tx, action)
            if found is None:
                raise NotFound("actions.unknown", action=action[:40])
            totals = store.totals_of(tx, action)
            dues = store.entitled(tx, action, MOST_ENTITLED)
            lines = tuple(self._due(tx, one, locale) for one in dues)
            sources = tuple(
                f"{one.version} · {one.state.value} · {one.source}"
                for one in store.versions_of(tx, action)
            )
        accounts, quantity, cash, shares, rights = totals
        return ActionCase(
            self.line(found, locale),
            accounts,
            quantity,
            fen_to_text(cash),
            shares,
            rights,
            lines,
            accounts - len(lines),
            sources,
        )

    def enter(
        self, actor: str, action: Action, source: str, basis: str, key: str, locale: str
    ) -> EntryLine:
        """Propose an action. Raises Invalid, Conflict."""
        wanted = ActionState.ANNOUNCED
        return self._written(
            actor, locale, lambda tx: entry.enter(tx, action, wanted, source, basis, key)
        )

    def withdraw(
        self, actor: str, action: str, source: str, basis: str, key: str, locale: str
    ) -> EntryLine:
        """Propose that an action be withdrawn. Raises Invalid, NotFound, Conflict."""

        def run(tx: Tx) -> Proposal:
            found = store.find_action(tx, action)
            if found is None:
                raise NotFound("actions.unknown", action=action[:40])
            return entry.enter(tx, found.action, ActionState.WITHDRAWN, source, basis, key)

        return self._written(actor, locale, run)

    def take_file(
        self, actor: str, text: str, source: str, basis: str, key: str, locale: str
    ) -> EntryLine:
        """Propose the actions of a file. Raises Invalid, Conflict."""
        lines = text.splitlines()
        return self._written(
            actor, locale, lambda tx: entry.take_file(tx, lines, source, basis, key)
        )

    def agree(self, actor: str, proposal: str, locale: str) -> EntryLine:
        """Let it be in force. Raises NotFound, Conflict."""
        return self._written(actor, locale, lambda tx: entry.agree(tx, proposal))

    def decline(self, actor: str, proposal: str, locale: str) -> EntryLine:
        """Won't have it, or takes one's own back. Raises NotFound, Conflict."""
        return self._written(actor, locale, lambda tx: entry.decline(tx, proposal))

    def _written(self, actor: str, locale: str, run: Callable[[Tx], Proposal]) -> EntryLine:
        with self.database.transaction(actor) as tx:
            proposal = run(tx)
            return self._entry(tx, proposal, actor, locale)

    def _entry(self, tx: ReadTx, proposal: Proposal, actor: str, locale: str) -> EntryLine:
        state = standing(proposal, tx.now_ms())
        wish, batch = proposal.wish, proposal.wish["batch"]
        who = {f"staff:{one.subject}": one.display_name for one in list_staff(tx)}
        is_open, own = state is ProposalState.OPEN, actor == proposal.proposed_by
        rows = store.versions_of_batch(tx, batch, SHOWN_ROWS)
        aside = store.list_quarantined(tx, batch, SHOWN_ROWS)
        return EntryLine(
            str(proposal.id),
            wish["wanted"],
            int(wish["actions"]),
            wish["source"],
            proposal.basis,
            who.get(proposal.proposed_by, proposal.proposed_by),
            proposal.proposed_at_ms,
            state.value,
            self.catalogue.text(f"actions.entry.{state.value}", locale),
            who.get(proposal.decided_by, proposal.decided_by),
            own,
            is_open,
            tuple(
                self.line(Standing(one.action, one.version, one.state, one.source), locale)
                for one in rows
            ),
            {
                name: self.catalogue.text(code, locale)
                for name, code in proposal.outcome.items()
                if code
            },
            tuple(
                Quarantined(one.line, self.catalogue.text(one.code, locale), one.text)
                for one in aside
            ),
            int(wish["aside"]),
        )


def _plain(value: int, scale: int) -> str:
    """A whole number of small parts as a plain decimal, "" for none."""
    return f"{(Decimal(value) / scale).normalize():f}" if value else ""
