"""Calling new clients back 回访: a script, answers, within the days the rules give."""

from __future__ import annotations

from typing import Final

from yunquan.kernel.errors import Conflict, Invalid
from yunquan.kernel.transaction import ReadTx
from yunquan.onboarding import events, store
from yunquan.onboarding.rules import paging
from yunquan.onboarding.rules.calls import OUTCOMES, QUESTIONS
from yunquan.onboarding.service.parts import Desk
from yunquan.onboarding.types import Call, QueuePage, State

LONGEST_NOTE: Final = 400


class Calling:
    """Staff's calls to clients whose accounts were opened."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._parts = desk.parts

    def due(self, after: str = "", limit: int = 50) -> QueuePage:
        """Who is to be called, the most urgent first."""
        length = paging.length_of(limit)
        with self._parts.database.read() as tx:
            now_ms = tx.now_ms()
            found = store.list_calls(tx, now_ms, paging.place_of(after), length + 1)
        late = sum(line.due_at_ms < now_ms for line in found)
        shown = tuple(found[:length])
        return QueuePage(shown, paging.following(found, length), len(found), late)

    def calls(self, tx: ReadTx, application: str) -> list[Call]:
        """Every call, oldest first."""
        return list(store.calls_of(tx, application))

    def record(
        self, actor: str, application: str, outcome: str, answers: dict[str, bool], note: str
    ) -> Call:
        """Keep what a call came to. Done once everything was answered yes; anything else stays due.

        Raises Invalid onboarding.call_*, Conflict onboarding.not_opened.
        """
        if outcome not in OUTCOMES:
            raise Invalid("onboarding.call_outcome")
        if outcome == "reached" and set(answers) != set(QUESTIONS):
            raise Invalid("onboarding.call_answers")
        if len(note) > LONGEST_NOTE:
            raise Invalid("onboarding.note", longest=LONGEST_NOTE)
        with self._parts.database.transaction(actor) as tx:
            one, _ = self._desk.locked(tx, application)
            if one.state not in (State.OPENED, State.ACTIVE):
                raise Conflict("onboarding.not_opened")
            number = len(store.calls_of(tx, application)) + 1
            said = answers if outcome == "reached" else {}
            call = Call(number, tx.now_ms(), actor, outcome, said, note.strip())
            store.add_call(tx, application, call)
            if outcome == "reached":
                well = all(answers.values())
                store.set_call(tx, application, "done" if well else "objected", 0)
            elif outcome == "objects":
                store.set_call(tx, application, "objected", 0)
            self._desk.note(tx, application, "called", outcome)
            tx.emit(events.CalledBack(application, one.client, outcome, actor))
            return call
