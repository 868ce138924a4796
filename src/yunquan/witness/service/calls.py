"""Two-way witness 双向视频见证: the queue, the call and its steps, its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from yunquan.archive.types import NewDocument
from yunquan.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.kernel.zone import day_of
from yunquan.witness import events
from yunquan.witness.rules import calls as rules
from yunquan.witness.rules.script import steps_of
from yunquan.witness.rules.waits import expected_wait, quartiles
from yunquan.witness.service.duty import Duty
from yunquan.witness.service.means import Means, refuse
from yunquan.witness.service.recordings import Recordings
from yunquan.witness.store import calls as store
from yunquan.witness.types import (
    Call,
    CallCard,
    CallId,
    CallState,
    CallVerdict,
    QueueLine,
    QueuePlace,
    Recording,
    UploadState,
    Wait,
)

LONGEST_LIST: Final = 200
LARGEST_SNAPSHOT: Final = 2 << 20


class Calls:
    """The queue and what staff do in it."""

    def __init__(self, means: Means, duty: Duty, recordings: Recordings) -> None:
        self._means = means
        self._duty = duty
        self._recordings = recordings

    # --- the applicant's

    def join(self, tx: Tx, owner: str, locale: str) -> QueuePlace:
        """A place at the end of the queue; whoever has one keeps it, on whichever device. Raises
        Conflict witness.closed | no_staff (opens_at_ms), witness.already_passed.
        """
        self.settle(tx)
        if found := store.open_call(tx, owner):
            store.touch_call(tx, found.id)
            return self._place(tx, found)
        latest = store.latest_call(tx, owner)
        if latest and latest.state is CallState.PASSED:
            raise Conflict("witness.already_passed")
        availability = self._duty.availability(tx)
        if availability.opens_at_ms or not availability.on_duty:
            raise Conflict(availability.code, opens_at_ms=availability.opens_at_ms)
        now = tx.now_ms()
        call = Call(
            id=tx.ids.new(CallId),
            owner=owner,
            locale="en" if locale == "en" else "zh_CN",
            rank=now,
            round=0,
            state=CallState.WAITING,
            staff="",
            joined_at_ms=now,
            seen_at_ms=now,
            taken_at_ms=0,
            ended_at_ms=0,
            ticks={},
            snapshot="",
            recording="",
            reasons=(),
        )
        if store.insert_call(tx, call):
            tx.emit(events.QueueJoined(str(call.id), owner))
        found = store.open_call(tx, owner)
        if found is None:
            raise Conflict("witness.call_over")
        return self._place(tx, found)

    def place(self, tx: Tx, owner: str) -> QueuePlace:
        """Where the applicant is, and a sign that they are here. Raises NotFound
        witness.not_queued when they never joined.
        """
        self.settle(tx)
        found = store.open_call(tx, owner) or store.latest_call(tx, owner)
        if found is None:
            raise NotFound("witness.not_queued")
        if found.state in rules.OPEN:
            store.touch_call(tx, found.id)
        return self._place(tx, found)

    def leave(self, tx: Tx, owner: str) -> None:
        """Give the place up; nothing where there is none. Raises Conflict witness.call_open when
        somebody has the call.
        """
        found = store.open_call(tx, owner)
        if found is None:
            return
        if found.state is not CallState.WAITING:
            raise Conflict("witness.call_open")
        self._end_waiting(tx, found, "left")

    def _place(self, tx: ReadTx, call: Call) -> QueuePlace:
        reasons = tuple(f"witness.reason.{reason}" for reason in call.reasons)
        waits = self._wait(tx, call) if call.state is CallState.WAITING else Wait(0, 0, 0, 0)
        availability = self._duty.availability(tx)
        return QueuePlace(str(call.id), call.state, call.round, waits, availability, reasons)

    def _wait(self, tx: ReadTx, call: Call) -> Wait:
        now, limits = tx.now_ms(), self._duty.limits(tx)
        present = self._duty.present(tx)
        held = {c.staff for c in store.calls_in(tx, rules.HELD, LONGEST_LIST)}
        ahead = store.count_ahead(tx, call, now - limits.away_s * 1000)
        lengths = quartiles(store.last_lengths_s(tx, limits.calls_measured), limits)
        return expected_wait(ahead, len(present), len(present - held), lengths)

    # --- staff's

    def queue(self, tx: ReadTx) -> tuple[QueueLine, ...]:
        """Everybody in the queue or in a call, in order."""
        now, limits = tx.now_ms(), self._duty.limits(tx)
        return tuple(
            QueueLine(
                str(call.id),
                call.owner,
                call.state,
                call.staff,
                call.joined_at_ms,
                rules.is_here(call, now, limits),
            )
            for call in store.calls_in(tx, rules.OPEN, LONGEST_LIST)
        )

    def take_next(self, tx: Tx, staff: str) -> CallCard | None:
        """The first who is here; the one they have when they have one; None when nobody waits.
        Raises Conflict witness.off_duty.
        """
        self._duty.beat(tx, staff)
        self.settle(tx)
        if held := store.held_by(tx, staff):
            return self._card(held)
        limits = self._duty.limits(tx)
        found = store.next_waiting(tx, tx.now_ms() - limits.away_s * 1000)
        if found is None:
            return None
        taken = replace(
            found,
            state=CallState.TALKING,
            staff=staff,
            round=found.round + 1,
            taken_at_ms=tx.now_ms(),
            ticks={},
            snapshot="",
            recording="",
            reasons=(),
        )
        store.save_call(tx, taken)
        store.delete_signals(tx, taken.id)
        tx.emit(events.CallTaken(str(taken.id), taken.owner, staff, taken.round))
        return self._card(taken)

    def card(self, tx: ReadTx, staff: str) -> CallCard | None:
        """The call that they have."""
        held = store.held_by(tx, staff)
        return self._card(held) if held else None

    def _card(self, call: Call) -> CallCard:
        steps = steps_of(self._means.policy, day_of(call.taken_at_ms), call.locale)
        return CallCard(
            str(call.id),
            call.owner,
            call.round,
            call.state,
            call.locale,
            call.taken_at_ms,
            steps,
            call.ticks,
            call.snapshot,
            call.recording,
        )

    def answer(self, tx: Tx, staff: str, call: str, step: str, answer: str) -> CallCard:
        """Tick a step "yes" or "no". Raises Invalid witness.step_unknown | answer, Forbidden
        witness.not_yours, Conflict witness.call_over.
        """
        held = self._held(tx, staff, call)
        card = self._card(held)
        if step not in {known.code for known in card.steps}:
            raise Invalid("witness.step_unknown")
        if answer not in {"yes", "no"}:
            raise Invalid("witness.answer")
        yes = answer == "yes"
        changed = replace(held, ticks=held.ticks | {step: yes})
        if changed.ticks != held.ticks:
            store.save_call(tx, changed)
            tx.emit(events.CallStepTicked(str(held.id), step, yes, staff))
        return self._card(changed)

    def keep_snapshot(self, tx: Tx, staff: str, call: str, jpeg: bytes) -> CallCard:
        """A still of the call; the last one counts, all are kept. Raises Invalid
        witness.snapshot_large, archive.*, and as `answer`.
        """
        held = self._held(tx, staff, call)
        if len(jpeg) > LARGEST_SNAPSHOT:
            raise Invalid("witness.snapshot_large", largest=LARGEST_SNAPSHOT)
        document = self._means.archive.keep(
            tx,
            NewDocument(
                kind="face",
                owner=held.owner,
                title="视频见证截图",
                media_type="image/jpeg",
                content=jpeg,
                day=tx.today(),
                source=f"witness:{held.id}:{held.round}",
            ),
        )
        changed = replace(held, snapshot=str(document))
        if changed.snapshot != held.snapshot:
            store.save_call(tx, changed)
            tx.emit(events.SnapshotKept(str(held.id), held.owner, str(document), staff))
        return self._card(changed)

    def begin_recording(self, tx: Tx, staff: str, call: str, media_type: str) -> UploadState:
        """The call's recording begins; tx.actor is who sends it. Raises as `answer`, Invalid
        witness.media_type.
        """
        held = self._held(tx, staff, call)
        return self._recordings.begin(tx, held.owner, f"{held.id}:{held.round}", media_type)

    def finish_recording(self, who: str, recording: str, count: int, sha256: str) -> UploadState:
        """All chunks came; a call that waited for them has passed."""
        return self._recordings.finish(who, recording, count, sha256, None, self._when_kept)

    @staticmethod
    def _when_kept(tx: Tx, recording: Recording, document: str) -> None:
        call_id, _, round_ = recording.of.partition(":")
        call = store.find_call(tx, call_id, to_change=True)
        # A recording of a round that was cut off is kept all the same.
        if call is None or str(call.round) != round_ or call.state is CallState.WAITING:
            return
        passed = call.state is CallState.CLOSING
        state = CallState.PASSED if passed else call.state
        store.save_call(tx, replace(call, recording=str(recording.id), state=state))
        if passed:
            tx.emit(events.WitnessPassed(str(call.id), call.owner, "two_way", document))

    def decide(
        self, tx: Tx, staff: str, call: str, verdict: CallVerdict, reasons: Sequence[str]
    ) -> CallState:
        """How the call ended. Passed before its recording is kept: closing until it is. The same
        again changes nothing. Raises Invalid witness.reason_*, Conflict witness.steps_open |
        snapshot_needed | call_over, Forbidden witness.not_yours.
        """
        found = self._load(tx, call)
        if found.staff != staff:
            raise Forbidden("witness.not_yours")
        if found.state == verdict.value:
            return found.state
        steps = [step.code for step in self._card(found).steps]
        outcome = rules.decide_verdict(found, verdict, reasons, steps)
        if isinstance(outcome, Refused):
            refuse(outcome, Invalid if outcome.code in rules.REASON_CODES else Conflict)
            raise AssertionError
        if outcome is CallState.WAITING:
            self._return(tx, found, ",".join(reasons) or "cut_off")
            return outcome
        if outcome is not found.state:
            self._close(tx, found, outcome, verdict, tuple(reasons))
        return outcome

    def _close(
        self, tx: Tx, call: Call, state: CallState, verdict: CallVerdict, reasons: tuple[str, ...]
    ) -> None:
        now = tx.now_ms()
        store.save_call(tx, replace(call, state=state, reasons=reasons, ended_at_ms=now))
        store.delete_signals(tx, call.id)
        seconds = (now - call.taken_at_ms) // 1000
        told = (str(call.id), call.owner, verdict.value, reasons, seconds, tx.actor)
        tx.emit(events.CallDecided(*told))
        if state is CallState.PASSED:
            tx.emit(
                events.WitnessPassed(str(call.id), call.owner, "two_way", self.document(tx, call))
            )

    def document(self, tx: ReadTx, call: Call) -> str:
        """The recording's document, "" while there is none."""
        if not call.recording:
            return ""
        return self._recordings.document(tx, call.recording)

    # --- what time does

    def settle(self, tx: Tx) -> int:
        """Whoever was silent too long is off duty, their calls are back at the front, and who went
        away has left; how many things changed. Every verb of the queue does it first.
        """
        now, limits = tx.now_ms(), self._duty.limits(tx)
        gone = store.sign_off_silent(tx, now - limits.heartbeat_s * 1000)
        for staff in gone:
            tx.emit(events.DutyEnded(staff, "lost"))
        changed = len(gone)
        present = self._duty.present(tx)
        for call in store.calls_in(tx, rules.OPEN, LONGEST_LIST):
            if why := rules.why_returns(call, call.staff in present, now, limits):
                self._return(tx, call, why)
            elif why := rules.why_gone(call, now, limits):
                self._end_waiting(tx, call, why)
            else:
                continue
            changed += 1
        return changed

    @staticmethod
    def _return(tx: Tx, call: Call, why: str) -> None:
        """Back to the queue with the rank it had: before everybody who came later."""
        back = replace(
            call, state=CallState.WAITING, staff="", taken_at_ms=0, ended_at_ms=0, reasons=()
        )
        store.save_call(tx, back)
        store.delete_signals(tx, call.id)
        tx.emit(events.CallReturned(str(call.id), call.owner, call.staff, why))

    @staticmethod
    def _end_waiting(tx: Tx, call: Call, why: str) -> None:
        store.save_call(tx, replace(call, state=CallState.LEFT, ended_at_ms=tx.now_ms()))
        tx.emit(events.QueueLeft(str(call.id), call.owner, why))

    # --- loading

    def _held(self, tx: Tx, staff: str, call: str) -> Call:
        found = self._load(tx, call)
        if found.staff != staff:
            raise Forbidden("witness.not_yours")
        if found.state is not CallState.TALKING:
            raise Conflict("witness.call_over")
        return found

    @staticmethod
    def _load(tx: Tx, call: str) -> Call:
        if found := store.find_call(tx, call, to_change=True):
            return found
        raise NotFound("witness.call_unknown")
