"""Versions of rules: drafted, run in the shadow, published by two people, retired, put back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from yunquan import approvals
from yunquan.approvals.rules import decide_carrying_out, is_whole
from yunquan.approvals.types import OPEN_FOR_A_DAY_MS, NewProposal, Proposal
from yunquan.indicators import RULES
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.surveillance import store
from yunquan.surveillance.events import RuleStateSet
from yunquan.surveillance.rules.books import first_rules, limits_on
from yunquan.surveillance.rules.language import compile_rule
from yunquan.surveillance.types import RuleState, RuleText, RuleVersion

PUBLISH: Final = "surveillance.publish"
RETIRE: Final = "surveillance.retire"
RUNNING: Final = (RuleState.LIVE, RuleState.SHADOW)
HOUSE: Final = "system"
Text = Callable[..., str]


class RuleBook:
    """The office of rules. What runs is told to the monitor by events in the log: a change takes
    effect between two events of the stream, and a replay makes it there again.
    """

    kinds = (PUBLISH, RETIRE)

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def begin(self) -> int:
        """Publish the rules a firm starts with, those whose code is new; how many."""
        with self.database.transaction(actor=HOUSE) as tx:
            new = [text for text in first_rules() if not store.versions_of(tx, text.code)]
            for text in new:
                one = RuleVersion(text, 1, RuleState.DRAFT, -1, HOUSE, tx.now_ms(), text.basis)
                store.insert_rule(tx, one)
                self._set(tx, one, RuleState.LIVE, text.basis)
        return len(new)

    def rules(self, *states: RuleState) -> list[RuleVersion]:
        """Versions in these states; all that run or are drafted for none."""
        with self.database.read() as tx:
            return store.load_rules(tx, states or (*RUNNING, RuleState.DRAFT))

    def versions_of(self, code: str) -> list[RuleVersion]:
        """Newest first. Raises NotFound surveillance.rule_unknown."""
        with self.database.read() as tx:
            return self._versions(tx, code)

    def _versions(self, tx: ReadTx, code: str) -> list[RuleVersion]:
        if found := store.versions_of(tx, code):
            return found
        raise NotFound("surveillance.rule_unknown", rule=code[:60])

    def draft(self, actor: str, text: RuleText) -> RuleVersion:
        """A new version of a rule, or a new rule. Raises Invalid surveillance.rule_*."""
        self.check(text)
        with self.database.transaction(actor=actor) as tx:
            version = max((one.version for one in store.versions_of(tx, text.code)), default=0) + 1
            one = RuleVersion(text, version, RuleState.DRAFT, -1, actor, tx.now_ms(), "")
            store.insert_rule(tx, one)
        return one

    def check(self, text: RuleText) -> None:
        """Raises Invalid with what is wrong first."""
        if not text.code or len(text.code) > 60:
            raise Invalid("surveillance.rule_code")
        with self.database.read() as tx:
            compiled = compile_rule(text, limits_on(tx.today()))
        if isinstance(compiled, Refused):
            raise Invalid(compiled.code, **compiled.facts)

    def shadow(self, actor: str, code: str, version: int, basis: str) -> RuleVersion:
        """Let a draft run beside the live rules; its alerts are told to nobody. Raises NotFound
        surveillance.rule_unknown, Conflict surveillance.rule_state, rules_full.
        """
        with self.database.transaction(actor=actor) as tx:
            one = self._version(tx, code, version, {RuleState.DRAFT})
            return self._set(tx, one, RuleState.SHADOW, basis)

    def propose(
        self, actor: str, key: str, code: str, version: int, basis: str, *, retire: bool = False
    ) -> Proposal:
        """Make a version the live one (an old one too: that is rolling back), or retire it; another
        person must agree. Raises as `shadow`, Invalid proposal.basis.
        """
        kind = RETIRE if retire else PUBLISH
        states = {RuleState.LIVE, RuleState.SHADOW} if retire else set(RuleState) - {RuleState.LIVE}
        with self.database.transaction(actor=actor) as tx:
            self._version(tx, code, version, states)
            wish = {"rule": code, "version": str(version)}
            new = NewProposal(
                kind, wish, basis.strip(), key, needs_second=True, open_for_ms=OPEN_FOR_A_DAY_MS
            )
            return approvals.propose(tx, new)

    def sentence(self, proposal: Proposal, locale: str, text: Text) -> str:
        """What will happen."""
        wish = proposal.wish
        with self.database.read() as tx:
            found = self._versions(tx, wish["rule"])
        title = found[0].text.title_en if locale == "en" else found[0].text.title_zh
        retiring = proposal.kind == RETIRE
        code = "surveillance.retire_will" if retiring else "surveillance.publish_will"
        return text(code, rule=title, version=wish["version"])

    async def carry_out(self, actor: str, proposal: Proposal) -> Proposal:
        """Publish or retire. Raises Conflict proposal.*, surveillance.rule_state, rules_full."""
        if is_whole(proposal):
            return proposal
        if refused := decide_carrying_out(proposal, to_ms(self.clock.now())):
            raise Conflict(refused.code, **refused.facts)
        return await asyncio.to_thread(self._carried_out, actor, proposal)

    def _carried_out(self, actor: str, proposal: Proposal) -> Proposal:
        wish = proposal.wish
        with self.database.transaction(actor=actor) as tx:
            one = self._version(tx, wish["rule"], int(wish["version"]), set(RuleState))
            retiring = proposal.kind == RETIRE
            target = RuleState.RETIRED if retiring else RuleState.LIVE
            for other in store.versions_of(tx, one.text.code):
                if not retiring and other.state is RuleState.LIVE and other != one:
                    self._set(tx, other, RuleState.RETIRED, proposal.basis)
            if one.state is not target:
                self._set(tx, one, target, proposal.basis)
            return approvals.record_outcome(tx, proposal.id, {"surveillance": ""})

    def _version(self, tx: ReadTx, code: str, version: int, states: set[RuleState]) -> RuleVersion:
        for one in self._versions(tx, code):
            if one.version == version:
                if one.state not in states:
                    raise Conflict("surveillance.rule_state", state=one.state)
                return one
        raise NotFound("surveillance.rule_unknown", rule=code[:60])

    def _set(self, tx: Tx, one: RuleVersion, state: RuleState, basis: str) -> RuleVersion:
        number = one.number if one.state in RUNNING else -1
        if state in RUNNING and number < 0:
            number = self._free_number(tx)
        changed = replace(
            one, state=state, number=number, by=tx.actor, at_ms=tx.now_ms(), basis=basis
        )
        store.update_rule(tx, changed)
        tx.emit(RuleStateSet(one.text.code, one.version, state, number, one.text, basis, tx.actor))
        return changed

    def _free_number(self, tx: ReadTx) -> int:
        taken = {one.number for one in store.load_rules(tx, RUNNING)}
        for number in range(RULES):
            if number not in taken:
                return number
        raise Conflict("surveillance.rules_full", most=RULES)
