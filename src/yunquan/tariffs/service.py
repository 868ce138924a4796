"""Proposing plans and who pays by them, carrying that out, and telling every counter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from yunquan import approvals
from yunquan.approvals.rules import decide_carrying_out, is_whole
from yunquan.approvals.types import OPEN_FOR_A_DAY_MS, NewProposal, Proposal
from yunquan.counter import Counters
from yunquan.counter.types import AccountView, AskAccount
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, YunquanError
from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import Database, ReadTx
from yunquan.market.rules import RuleBook
from yunquan.security import list_staff
from yunquan.tariffs import rules, store
from yunquan.tariffs.events import FeePlanAssigned, PlanVersionMade
from yunquan.tariffs.types import (
    Assignment,
    AssignmentLine,
    FeeSheet,
    NewPlanVersion,
    PlanRate,
    PlanVersion,
    TariffBoard,
)

LONGEST_PAGE: Final = 50
AT_ONCE: Final = 100


class Tariffs:
    """The office of fee plans. today: the trading day of now."""

    def __init__(
        self,
        database: Database,
        counters: Counters,
        catalogue: Catalogue,
        clock: Clock,
        rule_book: RuleBook,
        today: Callable[[], str],
    ) -> None:
        self.database = database
        self.counters = counters
        self.catalogue = catalogue
        self.clock = clock
        self.rule_book = rule_book
        self.today = today

    # --- proposing ---

    def propose_version(self, actor: str, key: str, new: NewPlanVersion, basis: str) -> Proposal:
        """A plan, or what it becomes from a day on; another person must agree. Raises Invalid
        tariff.*, proposal.basis, Conflict command.reused.
        """
        wish = {
            "plan": new.plan,
            "name_zh": new.name_zh.strip(),
            "name_en": new.name_en.strip(),
            "effective_day": new.effective_day,
            "rates": msgspec.json.encode(new.rates).decode(),
        }
        with self.database.transaction(actor=actor) as tx:
            known = store.load_versions(tx, new.plan)
            refused = rules.check_version(new, known, self.rule_book, self.today())
            if refused:
                raise Invalid(refused.code, **refused.facts)
            return approvals.propose(tx, self._wish(rules.VERSION, wish, basis, key))

    async def propose_assignment(
        self, actor: str, key: str, account: str, plan: str, basis: str
    ) -> Proposal:
        """By which plan an account shall pay; "house" takes its plan away. Raises NotFound
        account.unknown, Invalid tariff.no_plan, proposal.basis.
        """
        if await self.counters.of(account).ask(AskAccount(account, 0)) is None:
            raise NotFound("account.unknown", account=account)

        def write() -> Proposal:
            with self.database.transaction(actor=actor) as tx:
                self._check_plan(tx, plan)
                wish = {"account": account, "plan": plan}
                return approvals.propose(tx, self._wish(rules.ASSIGNMENT, wish, basis, key))

        return await asyncio.to_thread(write)

    def _check_plan(self, tx: ReadTx, plan: str) -> None:
        known = store.load_versions(tx, plan) if plan else []
        if plan != rules.HOUSE and rules.in_force(known, self.today()) is None:
            raise Invalid("tariff.no_plan", plan=plan[:20], day=self.today())

    @staticmethod
    def _wish(kind: str, wish: dict[str, str], basis: str, key: str) -> NewProposal:
        return NewProposal(
            kind, wish, basis.strip(), key, needs_second=True, open_for_ms=OPEN_FOR_A_DAY_MS
        )

    # --- carrying out ---

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of proposals that are of plans."""
        return rules.KINDS

    def sentence(self, proposal: Proposal, locale: str, text: rules.Text) -> str:
        """What will happen, or has."""
        wish = proposal.wish
        if proposal.kind == rules.ASSIGNMENT:
            code = "tariff.will.house" if wish["plan"] == rules.HOUSE else "tariff.will.assign"
            return text(code, account=wish["account"], plan=wish["plan"])
        rates = msgspec.json.decode(wish["rates"], type=tuple[PlanRate, ...])
        lines = [rules.rate_line(rate, None, text) for rate in rates]
        told = text("market.value.and").join(
            text(
                "tariff.rate",
                product=line.product_text,
                rate=line.rate_text,
                minimum=line.minimum_text,
            )
            for line in lines
        )
        name = wish["name_zh" if locale == "zh_CN" else "name_en"]
        facts = {"plan": wish["plan"], "name": name, "day": wish["effective_day"], "rates": told}
        return text("tariff.will.version", **facts)

    async def carry_out(self, actor: str, proposal: Proposal) -> Proposal:
        """Write it down, and tell the counter. Raises Conflict proposal.*, tariff.*."""
        if is_whole(proposal):
            return proposal
        if refused := decide_carrying_out(proposal, to_ms(self.clock.now())):
            raise Conflict(refused.code, **refused.facts)
        if proposal.kind == rules.VERSION:
            return await asyncio.to_thread(self._make_version, actor, proposal)
        one = await asyncio.to_thread(self._assign, actor, proposal)
        code = "tariff.superseded"
        if one.proposal == proposal.id:
            code = await self._tell(one)
        place = f"counter-{self.counters.number_of(one.account)}"
        return await asyncio.to_thread(self._record, actor, proposal, {place: code})

    def _make_version(self, actor: str, proposal: Proposal) -> Proposal:
        wish = proposal.wish
        rates = msgspec.json.decode(wish["rates"], type=tuple[PlanRate, ...])
        names = (wish["name_zh"], wish["name_en"])
        new = NewPlanVersion(wish["plan"], *names, wish["effective_day"], rates)
        with self.database.transaction(actor=actor) as tx:
            if store.find_version(tx, str(proposal.id)) is None:
                known = store.load_versions(tx, new.plan)
                # Another version, or the day, may have come meanwhile.
                refused = rules.check_version(new, known, self.rule_book, self.today())
                if refused:
                    return approvals.record_outcome(tx, proposal.id, {"plans": refused.code})
                number = known[-1].version + 1 if known else 1
                made = PlanVersion(
                    new.plan,
                    number,
                    new.effective_day,
                    *names,
                    rates,
                    proposal.basis,
                    str(proposal.id),
                    proposal.proposed_by,
                    proposal.decided_by,
                    tx.now_ms(),
                )
                store.insert_version(tx, made)
                tx.emit(
                    PlanVersionMade(
                        new.plan, number, new.effective_day, rates, str(proposal.id), actor
                    )
                )
            return approvals.record_outcome(tx, proposal.id, {"plans": ""})

    def _assign(self, actor: str, proposal: Proposal) -> Assignment:
        """The account's assignment once this one is written: another's, if it is newer."""
        account, plan = proposal.wish["account"], proposal.wish["plan"]
        with self.database.transaction(actor=actor) as tx:
            known = store.find_assignment(tx, account)
            later = known is not None and known.assigned_at_ms > proposal.decided_at_ms
            if known and (later or known.proposal == proposal.id):
                return known
            one = Assignment(
                account,
                "" if plan == rules.HOUSE else plan,
                proposal.basis,
                str(proposal.id),
                proposal.proposed_by,
                proposal.decided_by,
                proposal.decided_at_ms,
                -1,
                "",
            )
            store.save_assignment(tx, one)
            tx.emit(FeePlanAssigned(account, one.plan, proposal.basis, str(proposal.id), actor))
        return one

    def _record(self, actor: str, proposal: Proposal, outcome: dict[str, str]) -> Proposal:
        with self.database.transaction(actor=actor) as tx:
            return approvals.record_outcome(tx, str(proposal.id), outcome)

    async def _tell(self, one: Assignment) -> str:
        """ "" once the counter charges by it, else the code of why not or why nobody knows."""
        version = await asyncio.to_thread(self._version_of, one.plan)
        command = rules.command_of(one, version)
        try:
            code = (await self.counters.of(one.account).submit(command)).code
        except YunquanError as error:
            return error.code
        await asyncio.to_thread(self._save_sent, one, version.version if version else 0, code)
        return code

    def _version_of(self, plan: str) -> PlanVersion | None:
        with self.database.read() as tx:
            return rules.in_force(store.load_versions(tx, plan), self.today()) if plan else None

    def _save_sent(self, one: Assignment, version: int, code: str) -> None:
        with self.database.transaction() as tx:
            store.save_sent(tx, one, version, code)

    async def bring_in_line(self) -> int:
        """Tell counters of versions that came into force, and of assignments they weren't told of;
        how many were. A counter that is away is told the next time.
        """
        told = 0
        for one in await asyncio.to_thread(self._behind):
            told += not await self._tell(one)
        return told

    def _behind(self) -> list[Assignment]:
        today = self.today()
        with self.database.read() as tx:
            known = store.load_versions(tx)
            found = store.behind(tx, "", 0, AT_ONCE)
            for plan in dict.fromkeys(one.plan for one in known):
                version = rules.in_force((one for one in known if one.plan == plan), today)
                if version:
                    found += store.behind(tx, plan, version.version, AT_ONCE)
        return found

    # --- looking ---

    async def board(
        self, locale: str, *, after: str = "", limit: int = LONGEST_PAGE
    ) -> TariffBoard:
        """Plans, the accounts that pay by one beside what their counters charge, the bounds of
        today.
        """
        limit = max(1, min(limit, LONGEST_PAGE))
        known, found, names = await asyncio.to_thread(self._load, after, limit)
        views = await self._views(found)
        day, text = self.today(), self.text(locale)

        def who(actor: str) -> str:
            return names.get(actor, actor)

        def version_of(plan: str) -> PlanVersion | None:
            return rules.in_force((one for one in known if one.plan == plan), day)

        lines: list[AssignmentLine] = [
            rules.assignment_line(one, version_of(one.plan), view, who, locale, text)
            for one, view in zip(found, views, strict=True)
        ]
        bounds = rules.all_bounds(self.rule_book, day)
        return TariffBoard(
            day,
            rules.plan_lines(known, bounds, day, who, locale, text),
            tuple(lines),
            tuple(rules.bounds_line(one, text) for one in bounds),
            found[-1].account if len(found) == limit else None,
        )

    def _load(
        self, after: str, limit: int
    ) -> tuple[list[PlanVersion], list[Assignment], dict[str, str]]:
        with self.database.read() as tx:
            names = {f"staff:{one.subject}": one.display_name for one in list_staff(tx)}
            return store.load_versions(tx), store.page_of_assignments(tx, after, limit), names

    async def _views(self, found: Sequence[Assignment]) -> list[AccountView | None]:
        asked = (self.counters.of(one.account).ask(AskAccount(one.account, 0)) for one in found)
        views = await asyncio.gather(*asked, return_exceptions=True)
        for view in views:
            if isinstance(view, BaseException) and not isinstance(view, YunquanError):
                raise view
        return [None if isinstance(view, BaseException) else view for view in views]

    async def fees(self, account: str, locale: str) -> FeeSheet:
        """What an account pays, as its counter charges it, and what each fee is. Raises NotFound,
        Unavailable.
        """
        view = await self.counters.of(account).ask(AskAccount(account, 0))
        if view is None:
            raise NotFound("account.unknown", account=account)
        text, plan = self.text(locale), view.plan if view.rates else ""
        name, _, number = plan.partition("@")

        def load() -> tuple[list[PlanVersion], Assignment | None]:
            with self.database.read() as tx:
                return store.load_versions(tx, name) if name else [], store.find_assignment(
                    tx, account
                )

        known, one = await asyncio.to_thread(load)
        mine = next((other for other in known if str(other.version) == number), None)
        named = rules.name_of(mine, locale) if mine else plan
        source = text("tariff.source", plan=named) if plan else ""
        products = rules.fee_sheet(self.rule_book, view.day, view.rates, source, text)
        basis = one.basis if one and one.plan and plan else ""
        shown = named or text("tariff.house")
        return FeeSheet(account, view.day, plan, shown, basis, products)

    def text(self, locale: str) -> rules.Text:
        """Sentences by code in one language."""

        def said(code: str, /, **facts: Any) -> str:
            return self.catalogue.text(code, locale, **facts)

        return said
