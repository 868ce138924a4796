"""Folding alerts, handling what is low by table, bringing the rest to people, and their acts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from yunquan.approvals import load_proposal
from yunquan.approvals.rules import standing
from yunquan.approvals.types import Proposal, ProposalState
from yunquan.cases import events, rules, store
from yunquan.cases.rules.asof import as_of
from yunquan.cases.types import (
    Basis,
    Case,
    CaseId,
    CaseState,
    CaseStep,
    Ground,
    Measure,
    MeasureId,
    MeasureKind,
    Precision,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound, Refused
from yunquan.kernel.transaction import Database, ReadTx, Tx
from yunquan.restrictions import Restrictions
from yunquan.restrictions.types import Basis as CounterBasis
from yunquan.restrictions.types import RestrictionWish
from yunquan.surveillance.events import AlertRaised

LONGEST_LIST: Final = 200
# Closed cases of a kind that are looked at for likeness, and cases that are put back at a moment.
PRECEDENTS: Final = 100
MOST_AT_ONCE: Final = 400
MOST_OPEN: Final = 10_000
TABLE: Final = "system"
CLIENT: Final = "client:"
OPEN_STATES: Final = (CaseState.OPEN, CaseState.IN_HAND)


class CaseFile(msgspec.Struct, frozen=True):
    """Everything on one page. alerts: ids, newest first. unagreed: by measure, how its proposal
    stands where no other person has agreed to it.
    """

    case: Case
    steps: list[CaseStep]
    measures: list[Measure]
    alerts: list[str]
    unagreed: dict[str, ProposalState]


def fold(tx: Tx, alert: AlertRaised) -> Case | None:
    """The case an alert belongs to, opened for it where there is none; None for one that is only
    logged, or was folded before.
    """
    if alert.grade <= rules.LOGGED_ONLY or store.is_folded(tx, alert.alert):
        return None
    now_ms, day = tx.now_ms(), tx.today()
    known = store.find_open(tx, rules.about(alert))
    if known is not None and rules.is_over(known, now_ms):
        lapsed = msgspec.structs.replace(known, state=CaseState.CLOSED, closed_at_ms=now_ms)
        store.update_case(tx, lapsed)
        known = None
    if known is None:
        case = rules.begin(str(tx.ids.new(CaseId)), alert, now_ms, day)
        store.insert_case(tx, case)
        _opened(tx, case)
        _handle(tx, case)
    else:
        case = rules.grow(known, alert, now_ms, day)
        store.update_case(tx, case)
        if case.grade > known.grade:
            store.add_step(tx, case.id, "graded_up", {"grade": str(case.grade)})
            _handle(tx, case)
        tx.emit(events.CaseGrew(case.id, alert.alert, case.grade, case.score))
    store.insert_alert(tx, alert.alert, case.id, alert.rule, alert.at_ms)
    return case


def _opened(tx: Tx, case: Case) -> None:
    store.add_step(tx, case.id, "opened", {"grade": str(case.grade)})
    tx.emit(
        events.CaseOpened(
            case.id,
            case.kind,
            case.account,
            case.symbol,
            case.grade,
            str(case.state),
            case.take_by_ms,
            case.decide_by_ms,
        )
    )


def _handle(tx: Tx, case: Case) -> None:
    """What the table does by itself."""
    handling = rules.handling_of(case.kind, case.grade)
    if handling is None or not case.account:
        return
    basis = Basis(Ground.CONTRACT, handling.basis)
    for kind in handling.measures:
        detail = handling.detail if kind in rules.DETAILED else ""
        if rules.check_measure(case, kind, case.account, basis, detail) is None:
            _keep(tx, case, kind, case.account, basis, automatic=True, detail=detail)


def _keep(
    tx: Tx,
    case: Case,
    kind: MeasureKind,
    account: str,
    basis: Basis,
    *,
    automatic: bool,
    proposal: str = "",
    request: str | None = None,
    detail: str = "",
) -> Measure:
    made = Measure(
        str(tx.ids.new(MeasureId)),
        case.id,
        kind,
        account,
        basis,
        automatic,
        tx.actor,
        tx.now_ms(),
        proposal,
        detail=detail,
    )
    store.insert_measure(tx, made, request)
    store.add_step(tx, case.id, f"measure.{kind}", {"basis": basis.text[:200], "detail": detail})
    tx.emit(
        events.MeasureTaken(
            made.id,
            case.id,
            str(kind),
            account,
            basis.ground,
            basis.text,
            basis.document,
            basis.authority,
            automatic,
            proposal,
            tx.actor,
        )
    )
    if kind is MeasureKind.WARN:
        tx.emit(events.ClientWarned(case.id, account, case.kind, case.symbol))
    return made


def undone(tx: Tx, one: Measure, by: str, basis: str) -> Measure:
    """It stands no longer; by: a member of staff, or the client who showed who they are."""
    over = msgspec.structs.replace(one, undone_by=by, undone_at_ms=tx.now_ms())
    store.update_measure(tx, over)
    what = "proved" if by.startswith(CLIENT) else f"undone.{one.kind}"
    store.add_step(tx, one.case, what, {"basis": basis[:200]})
    tx.emit(events.MeasureUndone(one.id, one.case, str(one.kind), by))
    return over


def released(tx: Tx, account: str, scope: str, by: str, basis: str) -> None:
    """The account may again what a measure kept it from, whoever lifted it and where."""
    for one in store.standing_measures(tx, [account], list(rules.COUNTER_ACTS)):
        if rules.lifting_scope(one.kind, one.detail) == scope:
            undone(tx, one, by, basis)


def declined(tx: Tx, proposal: str, by: str) -> None:
    """Nobody does what another person wouldn't agree to."""
    one = store.find_measure(tx, proposal=proposal)
    if one is not None and not one.undone_by:
        undone(tx, one, by, "")


def _unagreed(tx: ReadTx, measures: Sequence[Measure]) -> dict[str, ProposalState]:
    found = {
        one.id: standing(load_proposal(tx, one.proposal), tx.now_ms())
        for one in measures
        if one.proposal
    }
    return {one: state for one, state in found.items() if state is not ProposalState.AGREED}


class Cases:
    """The office of cases. restrictions: what the counter is told through, under its own rules of
    who must agree.
    """

    def __init__(self, database: Database, restrictions: Restrictions) -> None:
        self.database = database
        self.restrictions = restrictions

    # --- looking

    def board(self, *, closed: bool = False, least_grade: int = 1) -> list[Case]:
        """What waits, most urgent first; or what is done."""
        states = (CaseState.CLOSED,) if closed else (*OPEN_STATES, CaseState.AUTOMATIC)
        with self.database.read() as tx:
            return store.list_cases(tx, states, LONGEST_LIST, least_grade=least_grade)

    def counts(self) -> dict[tuple[str, int], int]:
        """How many, by state and grade."""
        with self.database.read() as tx:
            return store.counts(tx)

    def open_file(self, case: str) -> CaseFile:
        """Raises NotFound cases.unknown."""
        with self.database.read() as tx:
            one = self._load(tx, case)
            measures = store.measures_of(tx, one.id)
            return CaseFile(
                one,
                store.steps_of(tx, one.id),
                measures,
                store.alerts_of(tx, one.id, LONGEST_LIST),
                _unagreed(tx, measures),
            )

    def board_at(self, at_ms: int) -> list[Case]:
        """What waited at a moment, as it stood then, most urgent first."""
        with self.database.read() as tx:
            found = store.standing_at(tx, at_ms, MOST_AT_ONCE)
            names = [one.id for one in found]
            alerts = store.alerts_of_all(tx, names)
            steps: dict[str, list[CaseStep]] = {name: [] for name in names}
            for step in store.steps_of(tx, *names):
                steps[step.case].append(step)
        then = [
            as_of(one, steps[one.id], sum(at <= at_ms for _, at in alerts[one.id]), at_ms)
            for one in found
        ]
        stood = [one for one in then if one is not None]
        return sorted(stood, key=lambda one: (-one.grade, one.opened_at_ms, one.id))

    def precedents(self, case: Case) -> dict[str, tuple[Case, list[str]]]:
        """Cases of the same kind that a person closed, with their alerts, newest first."""
        with self.database.read() as tx:
            found = store.judged_of(tx, case, PRECEDENTS)
            alerts = store.alerts_of_all(tx, [one.id for one in found])
        return {one.id: (one, [alert for alert, _ in alerts[one.id]]) for one in found}

    def of_account(self, account: str, since_ms: int = 0) -> list[Case]:
        """An account's cases, newest first."""
        with self.database.read() as tx:
            return store.of_account(tx, account, since_ms, LONGEST_LIST)

    def waiting_of(self, accounts: Sequence[str]) -> dict[str, int]:
        """How many cases wait about each account; those with none are left out."""
        with self.database.read() as tx:
            return store.waiting_of(tx, accounts, OPEN_STATES)

    def steps_of(self, cases: Sequence[str]) -> list[CaseStep]:
        """The steps of these cases."""
        with self.database.read() as tx:
            return store.steps_of(tx, *cases)

    def cases_of_alerts(self, alerts: Sequence[str]) -> dict[str, str]:
        """By alert its case; one that was only logged is left out."""
        with self.database.read() as tx:
            return store.cases_of_alerts(tx, alerts)

    def precision(self, since_ms: int) -> list[Precision]:
        """How each rule did since then."""
        with self.database.read() as tx:
            return store.precision(tx, since_ms)

    def outcomes_of(self, alerts: Sequence[str]) -> dict[str, str]:
        """What came of the cases of these alerts, of those that are closed."""
        with self.database.read() as tx:
            return store.outcomes_of(tx, alerts)

    def _load(self, tx: ReadTx, case: str) -> Case:
        if found := store.find_case(tx, case):
            return found
        raise NotFound("cases.unknown", case=case[:40])

    # --- people

    def take(self, actor: str, case: str) -> Case:
        """It is this person's now. Raises NotFound, Conflict cases.closed, cases.taken."""
        with self.database.transaction(actor=actor) as tx:
            one = self._load(tx, case)
            _raise(rules.check_take(one, actor))
            if one.state is CaseState.IN_HAND:
                return one
            now_ms = tx.now_ms()
            taken = msgspec.structs.replace(
                one, state=CaseState.IN_HAND, taken_by=actor, taken_at_ms=now_ms
            )
            return _moved(tx, taken, "taken", {})

    def close(self, actor: str, case: str, outcome: str, lesson: str) -> Case:
        """What it was, and what was learnt. Raises NotFound, Conflict cases.*, Invalid
        cases.outcome, cases.lesson.
        """
        with self.database.transaction(actor=actor) as tx:
            one = self._load(tx, case)
            refused = rules.check_close(one, actor, outcome, lesson)
            if refused and refused.code in ("cases.outcome", "cases.lesson"):
                raise Invalid(refused.code, **refused.facts)
            _raise(refused)
            closed = msgspec.structs.replace(
                one,
                state=CaseState.CLOSED,
                outcome=outcome,
                lesson=lesson.strip(),
                closed_by=actor,
                closed_at_ms=tx.now_ms(),
            )
            return _moved(tx, closed, "closed", {"outcome": outcome, "lesson": closed.lesson})

    async def act(
        self,
        actor: str,
        key: str,
        case: str,
        kind: str,
        account: str,
        basis: Basis,
        detail: str = "",
    ) -> tuple[Measure, Proposal | None]:
        """A measure on its basis; what takes two people is proposed. detail: a symbol or orders a
        minute, of the kinds that have one. The same key again tells how it stands. Raises NotFound
        cases.unknown, Invalid cases.measure_*, cases.tipping_off, and as `Restrictions.act`.
        """
        request = f"{actor}:{key}"

        def look() -> tuple[Case, Measure | None]:
            with self.database.read() as tx:
                return self._load(tx, case), store.find_measure(tx, request=request)

        one, known = await asyncio.to_thread(look)
        if one.state is CaseState.CLOSED and known is None:
            raise Conflict("cases.closed")
        if refused := rules.check_measure(one, kind, account, basis, detail):
            raise Invalid(refused.code, **refused.facts)
        proposal = None
        measure_kind = MeasureKind(kind)
        if measure_kind in rules.COUNTER_ACTS:
            wish = _wish(one, measure_kind, account, basis, detail)
            proposal = await self.restrictions.act(actor, key, wish)
        if known is not None:
            return known, proposal

        def write() -> Measure:
            with self.database.transaction(actor=actor) as tx:
                return _keep(
                    tx,
                    one,
                    measure_kind,
                    account,
                    basis,
                    automatic=False,
                    proposal=str(proposal.id) if proposal else "",
                    request=request,
                    detail=detail if measure_kind in rules.DETAILED else "",
                )

        return await asyncio.to_thread(write), proposal

    async def undo(
        self, actor: str, key: str, measure: str, basis: Basis
    ) -> tuple[Measure, Proposal | None]:
        """Take a measure back, on a basis too. Raises NotFound cases.measure_unknown, Conflict
        cases.undone, cases.cannot_undo, and as `Restrictions.act`.
        """
        with self.database.read() as tx:
            one = store.find_measure(tx, measure)
        if one is None:
            raise NotFound("cases.measure_unknown", kind=measure[:20])
        if one.undone_by:
            raise Conflict("cases.undone")
        proposal = None
        if act := rules.COUNTER_ACTS.get(one.kind):
            if act[0] != "restrict":
                raise Conflict("cases.cannot_undo")
            case = await asyncio.to_thread(self._case_of, one)
            scope, quiet = (
                rules.counter_scope(one.kind, one.detail),
                rules.is_quiet(case, one.basis),
            )
            given = _counter_basis(basis)
            wish = RestrictionWish("release", one.account, given, scope, quiet=quiet)
            proposal = await self.restrictions.act(actor, key, wish)

        def write() -> Measure:
            with self.database.transaction(actor=actor) as tx:
                if proposal is None or proposal.state is not ProposalState.OPEN:
                    return undone(tx, one, actor, basis.text)
                # Till another agrees it stands; the log tells when they have.
                store.add_step(tx, one.case, "asked_undo", {"basis": basis.text[:200]})
                return one

        return await asyncio.to_thread(write), proposal

    def _case_of(self, measure: Measure) -> Case:
        with self.database.read() as tx:
            return self._load(tx, measure.case)

    async def carry_out_table(self) -> list[Measure]:
        """Tell the counters what the table did by itself; what was told. Again only tells what a
        counter didn't hear. What it refuses stands on the case as not done.
        """

        def waiting() -> list[tuple[Case, Measure]]:
            with self.database.read() as tx:
                kinds = [str(kind) for kind in rules.COUNTER_ACTS]
                found = store.to_carry_out(tx, kinds, LONGEST_LIST)
                return [(self._load(tx, one.case), one) for one in found]

        told = list[Measure]()
        for case, one in await asyncio.to_thread(waiting):
            wish = _wish(case, one.kind, one.account, one.basis, one.detail)
            try:
                proposal = await self.restrictions.impose(TABLE, f"table-{one.id}", wish)
            except (Conflict, Invalid, NotFound) as error:
                await asyncio.to_thread(self._not_done, one, error.code)
                continue
            done = msgspec.structs.replace(one, proposal=str(proposal.id))
            await asyncio.to_thread(self._save, done)
            told.append(done)
        return told

    def _save(self, measure: Measure) -> None:
        with self.database.transaction(actor=TABLE) as tx:
            store.update_measure(tx, measure)

    def _not_done(self, measure: Measure, code: str) -> None:
        with self.database.transaction(actor=TABLE) as tx:
            undone = msgspec.structs.replace(measure, undone_by=TABLE, undone_at_ms=tx.now_ms())
            store.update_measure(tx, undone)
            store.add_step(tx, measure.case, "not_done", {"basis": code})
            tx.emit(events.MeasureUndone(measure.id, measure.case, str(measure.kind), TABLE))


def escalate_due(database: Database) -> list[Case]:
    """Whatever waited too long goes to somebody higher."""
    with database.read() as tx:
        found = store.list_cases(tx, OPEN_STATES, MOST_OPEN)
        late = [case.id for case in rules.due(found, tx.now_ms())]
    if not late:
        return []
    with database.transaction(actor="system") as tx:
        now_ms, day = tx.now_ms(), tx.today()
        fresh = [case for one in late if (case := store.find_case(tx, one))]
        return [
            _moved(
                tx,
                higher := rules.escalate(case, now_ms, day),
                "escalated",
                {"times": str(higher.escalated)},
            )
            for case in rules.due(fresh, now_ms)
        ]


def _moved(tx: Tx, case: Case, what: str, facts: Mapping[str, str]) -> Case:
    store.update_case(tx, case)
    store.add_step(tx, case.id, what, facts)
    tx.emit(events.CaseMoved(case.id, what, str(case.state), tx.actor, case.outcome, case.lesson))
    return case


def _wish(
    case: Case, kind: MeasureKind, account: str, basis: Basis, detail: str
) -> RestrictionWish:
    act, scope = rules.COUNTER_ACTS[kind][0], rules.counter_scope(kind, detail)
    asset, quiet = "*" if act == "freeze" else "", rules.is_quiet(case, basis)
    return RestrictionWish(act, account, _counter_basis(basis), scope, asset, quiet=quiet)


def _counter_basis(basis: Basis) -> CounterBasis:
    kind = rules.GROUND_KINDS[Ground(basis.ground)]
    return CounterBasis(kind, basis.text, basis.document, basis.authority)


def _raise(refused: Refused | None) -> None:
    if refused is not None:
        facts: dict[str, Any] = dict(refused.facts)
        raise Conflict(refused.code, **facts)
