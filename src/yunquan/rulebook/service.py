"""Versions of rules: drafted, run in the shadow, published by two people, retired, put back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from yunquan import approvals
from yunquan.approvals.rules import check_basis, decide_carrying_out, is_whole, standing
from yunquan.approvals.types import OPEN_FOR_A_DAY_MS, NewProposal, Proposal, ProposalState
from yunquan.indicators import RULES
from yunquan.kernel.clock import Clock, to_ms
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yunquan.kernel.log import lock_head
from yunquan.kernel.transaction import ROOMS_STREAM, Database, ReadTx, Tx
from yunquan.rulebook import store
from yunquan.rulebook.events import RuleStateSet
from yunquan.rulebook.rules.books import first_rules, limits_on
from yunquan.rulebook.rules.language import compile_rule
from yunquan.rulebook.rules.words import check_words, title_of
from yunquan.rulebook.types import RuleChange, RuleState, RuleText, RuleVersion

# Proposals from before the rule book had a room are kept under these names.
PUBLISH: Final = "surveillance.publish"
RETIRE: Final = "surveillance.retire"
RUNNING: Final = (RuleState.LIVE, RuleState.SHADOW)
HOUSE: Final = "system"
LONGEST_HISTORY: Final = 100
# What rules may look for: cases are folded, told and handled by these.
KINDS: Final = frozenset(one.kind for one in first_rules())
Text = Callable[..., str]


class RuleBook:
    """The office of rules. What runs is told to the monitor by events in the log: a change takes
    effect between two events of the stream, and a replay makes it there again.
    """

    kinds = (PUBLISH, RETIRE)

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    @contextmanager
    def _changing(self, actor: str) -> Generator[Tx]:
        """One at a time changes rules: versions and numbers are given out here, and one version of
        a rule is live.
        """
        with self.database.transaction(actor=actor) as tx:
            lock_head(tx.connection, ROOMS_STREAM)
            yield tx

    def begin(self) -> int:
        """Publish the rules a firm starts with, those whose code is new; how many."""
        with self._changing(HOUSE) as tx:
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
        """Newest first. Raises NotFound rulebook.unknown."""
        with self.database.read() as tx:
            return self._versions(tx, code)

    def _versions(self, tx: ReadTx, code: str) -> list[RuleVersion]:
        if found := store.versions_of(tx, code):
            return found
        raise NotFound("rulebook.unknown", rule=code[:60])

    def draft(self, actor: str, text: RuleText) -> RuleVersion:
        """A new version of a rule, or a new rule; the same once more is the same. Raises Invalid
        rulebook.*.
        """
        self.check(text)
        with self._changing(actor) as tx:
            known = store.versions_of(tx, text.code)
            for one in known[:1]:
                if (one.text, one.state, one.by) == (text, RuleState.DRAFT, actor):
                    return one
            version = known[0].version + 1 if known else 1
            one = RuleVersion(text, version, RuleState.DRAFT, -1, actor, tx.now_ms(), "")
            store.insert_rule(tx, one)
            store.add_change(tx, one)
        return one

    def check(self, text: RuleText) -> None:
        """Raises Invalid with what is wrong first: rulebook.*; of a condition with its
        part ("step" or "without"), its line and the column.
        """
        if refused := check_words(text, KINDS):
            raise Invalid(refused.code, **refused.facts)
        with self.database.read() as tx:
            compiled = compile_rule(text, limits_on(tx.today()))
        if isinstance(compiled, Refused):
            raise Invalid(compiled.code, **compiled.facts)

    def shadow(self, actor: str, code: str, version: int, basis: str) -> RuleVersion:
        """Let a draft run beside the live rules; its alerts are told to nobody. Raises NotFound
        rulebook.unknown, Conflict rulebook.state, full.
        """
        return self._moved(actor, code, version, RuleState.DRAFT, RuleState.SHADOW, basis)

    def end_shadow(self, actor: str, code: str, version: int, basis: str) -> RuleVersion:
        """Take a shadow out again: it told nobody, so nobody need agree. Raises as `shadow`."""
        return self._moved(actor, code, version, RuleState.SHADOW, RuleState.RETIRED, basis)

    def _moved(
        self, actor: str, code: str, version: int, was: RuleState, to: RuleState, basis: str
    ) -> RuleVersion:
        basis = basis.strip()
        if refused := check_basis(basis):
            raise Invalid(refused.code, **refused.facts)
        with self._changing(actor) as tx:
            return self._set(tx, self._version(tx, code, version, {was}), to, basis)

    def history(self, code: str) -> list[RuleChange]:
        """What its versions went through, newest first."""
        with self.database.read() as tx:
            return store.changes_of(tx, code, LONGEST_HISTORY)

    def open_proposals(self, code: str) -> list[Proposal]:
        """Those about this rule that wait for a second person."""
        with self.database.read() as tx:
            found = approvals.list_proposals(tx, self.kinds, LONGEST_HISTORY)
            now_ms = tx.now_ms()
        return [
            one
            for one in found
            if one.wish.get("rule") == code and standing(one, now_ms) is ProposalState.OPEN
        ]

    def propose(
        self, actor: str, key: str, code: str, version: int, basis: str, *, retire: bool = False
    ) -> Proposal:
        """Make a version the live one (an old one too: that is rolling back), or retire it; another
        person must agree. What is live then must be what is live now. Raises as `shadow`, Invalid
        proposal.basis.
        """
        kind = RETIRE if retire else PUBLISH
        states = {RuleState.LIVE, RuleState.SHADOW} if retire else set(RuleState) - {RuleState.LIVE}
        with self.database.transaction(actor=actor) as tx:
            self._version(tx, code, version, states)
            over = _live_of(self._versions(tx, code))
            wish = {"rule": code, "version": str(version), "over": str(over)}
            new = NewProposal(
                kind, wish, basis.strip(), key, needs_second=True, open_for_ms=OPEN_FOR_A_DAY_MS
            )
            return approvals.propose(tx, new)

    def sentence(self, proposal: Proposal, locale: str, text: Text) -> str:
        """What will happen."""
        wish = proposal.wish
        with self.database.read() as tx:
            found = self._versions(tx, wish["rule"])
        title = title_of(found[0].text, locale)
        retiring = proposal.kind == RETIRE
        code = "surveillance.retire_will" if retiring else "surveillance.publish_will"
        return text(code, rule=title, version=wish["version"])

    async def carry_out(self, actor: str, proposal: Proposal) -> Proposal:
        """Publish or retire. Raises Conflict proposal.*, rulebook.state, full."""
        if is_whole(proposal):
            return proposal
        if refused := decide_carrying_out(proposal, to_ms(self.clock.now())):
            raise Conflict(refused.code, **refused.facts)
        return await asyncio.to_thread(self._carried_out, actor, proposal)

    def _carried_out(self, actor: str, proposal: Proposal) -> Proposal:
        wish = proposal.wish
        with self._changing(actor) as tx:
            versions = self._versions(tx, wish["rule"])
            if "over" in wish and _live_of(versions) != int(wish["over"]):
                # Somebody else's was agreed to meanwhile: two looked at another difference.
                moved = {"surveillance": "rulebook.moved"}
                return approvals.record_outcome(tx, proposal.id, moved)
            one = self._version(tx, wish["rule"], int(wish["version"]), set(RuleState))
            retiring = proposal.kind == RETIRE
            target = RuleState.RETIRED if retiring else RuleState.LIVE
            for other in versions:
                if not retiring and other.state is RuleState.LIVE and other != one:
                    self._set(tx, other, RuleState.RETIRED, proposal.basis)
            if one.state is not target:
                self._set(tx, one, target, proposal.basis)
            return approvals.record_outcome(tx, proposal.id, {"surveillance": ""})

    def _version(self, tx: ReadTx, code: str, version: int, states: set[RuleState]) -> RuleVersion:
        for one in self._versions(tx, code):
            if one.version == version:
                if one.state not in states:
                    raise Conflict("rulebook.state", state=one.state)
                return one
        raise NotFound("rulebook.unknown", rule=code[:60])

    def _set(self, tx: Tx, one: RuleVersion, state: RuleState, basis: str) -> RuleVersion:
        number = one.number if one.state in RUNNING else -1
        if state in RUNNING and number < 0:
            number = self._free_number(tx)
        changed = replace(
            one, state=state, number=number, by=tx.actor, at_ms=tx.now_ms(), basis=basis
        )
        store.update_rule(tx, changed)
        store.add_change(tx, changed)
        tx.emit(RuleStateSet(one.text.code, one.version, state, number, one.text, basis, tx.actor))
        return changed

    def _free_number(self, tx: ReadTx) -> int:
        taken = {one.number for one in store.load_rules(tx, RUNNING)}
        for number in range(RULES):
            if number not in taken:
                return number
        raise Conflict("rulebook.full", most=RULES)


def _live_of(versions: Sequence[RuleVersion]) -> int:
    """The version that is live, 0 for none."""
    return next((one.version for one in versions if one.state is RuleState.LIVE), 0)


def texts_of(tx: ReadTx, codes: Iterable[str]) -> dict[str, RuleText]:
    """By code the newest text of each rule there is."""
    found = {code: store.versions_of(tx, code) for code in set(codes)}
    return {code: versions[0].text for code, versions in found.items() if versions}
