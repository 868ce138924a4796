"""The queue of applications, and two people who agree."""

from __future__ import annotations

from dataclasses import replace

from yunquan.kernel.errors import Conflict, Invalid
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.onboarding import events, store
from yunquan.onboarding.rules import paging, reviews, steps
from yunquan.onboarding.service.parts import Desk, policy_on, raise_refused
from yunquan.onboarding.types import (
    Application,
    Moment,
    Opinion,
    QueueLine,
    QueuePage,
    State,
    Verdict,
)

FIRST, SECOND = "first", "second"


class Reviewing:
    """Staff's acts on applications that were handed in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._parts = desk.parts

    def queue(self, state: str = "review", after: str = "", limit: int = 50) -> QueuePage:
        """Those in a state, most urgent first. Raises Invalid onboarding.state_unknown."""
        try:
            wanted = State(state)
        except ValueError:
            raise Invalid("onboarding.state_unknown", state=state[:20]) from None
        length = paging.length_of(limit)
        with self._parts.database.read() as tx:
            now_ms = tx.now_ms()
            found = store.list_queue(tx, wanted, now_ms, paging.place_of(after), length + 1)
            waiting, late = store.count_states(tx, now_ms).get(wanted.value, (0, 0))
        return QueuePage(tuple(found[:length]), paging.following(found, length), waiting, late)

    def counts(self) -> dict[str, tuple[int, int]]:
        """By state: how many, and how many are late."""
        with self._parts.database.read() as tx:
            return store.count_states(tx, tx.now_ms())

    def line(self, tx: ReadTx, application: str) -> QueueLine | None:
        """One of the queue."""
        return store.find_line(tx, application, tx.now_ms())

    def timeline(self, tx: ReadTx, application: str) -> list[Moment]:
        """Everything that happened to it, oldest first."""
        return store.timeline(tx, application)

    def opinions(self, tx: ReadTx, application: str) -> list[Opinion]:
        """What staff held of it, oldest first."""
        return store.opinions_of(tx, application)

    def take(self, actor: str, application: str) -> Application:
        """Work on it for a while; others see that. Raises Conflict onboarding.taken,
        onboarding.four_eyes, onboarding.not_in_review.
        """
        with self._parts.database.transaction(actor) as tx:
            one, _ = self._desk.locked(tx, application)
            if one.state is not State.REVIEW:
                raise Conflict("onboarding.not_in_review", state=one.state.value)
            line = store.find_line(tx, application, tx.now_ms())
            assert line is not None
            if line.first_by == actor:
                raise Conflict("onboarding.four_eyes")
            if line.taken_by not in ("", actor):
                raise Conflict("onboarding.taken", by=line.taken_by)
            until_ms = tx.now_ms() + policy_on(tx).number("take_minutes") * 60_000
            store.take(tx, application, actor, until_ms)
            if not line.taken_by:
                self._desk.note(tx, application, "taken", line.waits)
            return one

    def opine(
        self,
        actor: str,
        application: str,
        verdict: Verdict,
        codes: tuple[str, ...] = (),
        note: str = "",
        *,
        version: int = 0,
    ) -> Application:
        """Say what one holds; the second who agrees decides. version: of what was looked at.

        Raises Conflict onboarding.four_eyes, taken, changed, not_in_review; Invalid
        onboarding.reason_*, onboarding.note, and what screening or papers forbid:
        onboarding.hits_open, onboarding.witness_open.
        """
        with self._parts.database.transaction(actor) as tx:
            one, _ = self._desk.locked(tx, application)
            before = store.opinions_of(tx, application)
            refused = reviews.check_opinion(one, before, actor, verdict, codes, note)
            conflict = refused is not None and refused.code in (
                "onboarding.not_in_review",
                "onboarding.four_eyes",
            )
            raise_refused(refused, Conflict if conflict else Invalid)
            if version and version != one.version:
                raise Conflict("onboarding.changed")
            line = store.find_line(tx, application, tx.now_ms())
            if line is not None and line.taken_by not in ("", actor):
                raise Conflict("onboarding.taken", by=line.taken_by)
            if verdict is Verdict.APPROVE:
                self._check_open(tx, application)
            said = Opinion(
                one.round, len(before) + 1, tx.now_ms(), actor, verdict, codes, note.strip()
            )
            store.add_opinion(tx, application, said)
            mine = reviews.opinions_of_round([*before, said], one.round)
            place = FIRST if len(mine) == 1 else SECOND
            tx.emit(
                events.OpinionGiven(
                    application,
                    one.round,
                    place,
                    verdict.value,
                    list(codes),
                    said.note,
                    actor,
                )
            )
            self._desk.note(tx, application, "opinion", verdict.value, " ".join(codes)[:60])
            return self._decide(tx, one, mine, codes)

    def _check_open(self, tx: ReadTx, application: str) -> None:
        """Nobody approves past what a person has yet to decide."""
        if not self._parts.witness.standing(tx, application).passed:
            raise Conflict("onboarding.witness_open")
        hits = self._parts.screening.load(tx, application).hits
        if any(hit.state == "open" for hit in hits):
            raise Conflict("onboarding.hits_open")

    def _decide(
        self, tx: Tx, one: Application, mine: list[Opinion], codes: tuple[str, ...]
    ) -> Application:
        outcome = reviews.outcome_of(mine)
        if outcome is None and reviews.disagrees(mine):
            store.set_waiting(tx, one.id, FIRST, "")
            return self._desk.save(tx, replace(one, round=one.round + 1))
        if outcome is None:
            store.set_waiting(tx, one.id, SECOND, mine[-1].by)
            return self._desk.save(tx, one)
        store.set_waiting(tx, one.id, "", "")
        told = reviews.told_to_applicant(outcome, codes)
        if outcome is not Verdict.RETURN:
            state = State.OPENING if outcome is Verdict.APPROVE else State.REFUSED
            return self._desk.move(tx, one, state, told, decided_at_ms=tx.now_ms())
        done = steps.after_return(one.done, reviews.steps_to_redo(codes))
        anew = {"done": done, "round": one.round + 1, "due_at_ms": store.LATEST}
        return self._desk.move(tx, one, State.FILLING, told, **anew)
