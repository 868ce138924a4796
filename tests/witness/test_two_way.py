"""Duty, the queue, calls and their outcomes, signals between browsers."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.witness.conftest import (
    HEAD,
    JPEG,
    OTHER,
    OWNER,
    STAFF,
    STAFF2,
    STEPS,
    make_witness,
    on_duty,
    pieces,
    record,
    send,
    webm,
    whole,
)
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yunquan.kernel.transaction import Database
from yunquan.witness import Witness
from yunquan.witness.types import (
    CallCard,
    CallState,
    CallVerdict,
    QueuePlace,
    Standing,
    UploadState,
)

PASSED, FAILED, CUT_OFF = CallVerdict.PASSED, CallVerdict.FAILED, CallVerdict.CUT_OFF


def join(witness: Witness, owner: str = OWNER) -> QueuePlace:
    with witness.database.transaction(actor=f"applicant:{owner}") as tx:
        return witness.calls.join(tx, owner, "zh_CN")


def place(witness: Witness, owner: str = OWNER) -> QueuePlace:
    with witness.database.transaction(actor=f"applicant:{owner}") as tx:
        return witness.calls.place(tx, owner)


def take(witness: Witness, staff: str = STAFF) -> CallCard | None:
    with witness.database.transaction(actor=staff) as tx:
        return witness.calls.take_next(tx, staff)


def taken(witness: Witness, staff: str = STAFF) -> CallCard:
    card = take(witness, staff)
    assert card
    return card


def beat(witness: Witness, *staff: str) -> None:
    for one in staff:
        with witness.database.transaction(actor=one) as tx:
            witness.duty.beat(tx, one)


def answer_all(witness: Witness, call: str, staff: str = STAFF) -> None:
    with witness.database.transaction(actor=staff) as tx:
        for step in STEPS:
            witness.calls.answer(tx, staff, call, step, "yes")
        witness.calls.keep_snapshot(tx, staff, call, JPEG)


def decide(
    witness: Witness, call: str, verdict: CallVerdict, *reasons: str, staff: str = STAFF
) -> CallState:
    with witness.database.transaction(actor=staff) as tx:
        return witness.calls.decide(tx, staff, call, verdict, reasons)


def begin(witness: Witness, call: str, staff: str = STAFF) -> UploadState:
    with witness.database.transaction(actor=staff) as tx:
        return witness.calls.begin_recording(tx, staff, call, "video/webm")


def finish(witness: Witness, upload: UploadState, seed: int = 1, staff: str = STAFF) -> None:
    parts = pieces(webm(20_000, seed))
    send(witness, upload.recording, parts, staff)
    witness.calls.finish_recording(staff, upload.recording, len(parts), whole(parts))


def standing(witness: Witness, owner: str = OWNER) -> Standing:
    with witness.database.read() as tx:
        return witness.standing(tx, owner)


def later(witness: Witness, clock: ManualClock, seconds: int, *staff: str) -> None:
    """Time goes by while these staff, and every applicant, give signs of life."""
    for _ in range(0, seconds, 10):
        clock.advance(10)
        beat(witness, *staff)


def test_from_the_queue_to_passed(witness: Witness, clock: ManualClock) -> None:
    on_duty(witness, STAFF)
    where = join(witness)
    assert (where.state, where.wait.ahead, where.wait.least_s) == ("waiting", 0, 0)
    card = taken(witness)
    assert card.owner == OWNER
    assert [step.code for step in card.steps] == list(STEPS)
    assert place(witness).state == "talking"
    upload = begin(witness, card.call)
    with pytest.raises(Conflict, match=r"witness\.steps_open"):
        decide(witness, card.call, PASSED)
    answer_all(witness, card.call)
    clock.advance(15)
    assert decide(witness, card.call, PASSED) is CallState.CLOSING
    assert not standing(witness).passed
    finish(witness, upload)
    now = standing(witness)
    assert (now.way, now.state, now.passed) == ("two_way", "passed", True)
    with witness.database.read() as tx:
        assert witness._means.archive.read(tx, now.document) == webm(20_000)
    assert decide(witness, card.call, PASSED) is CallState.PASSED
    with pytest.raises(Conflict, match=r"witness\.already_passed"):
        join(witness)


def test_a_recording_kept_first_passes_at_once(witness: Witness) -> None:
    on_duty(witness, STAFF)
    join(witness)
    card = taken(witness)
    finish(witness, begin(witness, card.call))
    with witness.database.transaction(actor=STAFF) as tx:
        for step in STEPS:
            witness.calls.answer(tx, STAFF, card.call, step, "yes")
    with pytest.raises(Conflict, match=r"witness\.snapshot_needed"):
        decide(witness, card.call, PASSED)
    answer_all(witness, card.call)
    assert decide(witness, card.call, PASSED) is CallState.PASSED
    assert standing(witness).document


def test_a_no_does_not_pass_and_a_failure_has_its_reason(witness: Witness) -> None:
    on_duty(witness, STAFF)
    join(witness)
    card = taken(witness)
    answer_all(witness, card.call)
    with witness.database.transaction(actor=STAFF) as tx:
        witness.calls.answer(tx, STAFF, card.call, "own_will", "no")
    with pytest.raises(Conflict, match=r"witness\.steps_open"):
        decide(witness, card.call, PASSED)
    with pytest.raises(Invalid, match=r"witness\.reason_needed"):
        decide(witness, card.call, FAILED)
    with pytest.raises(Invalid, match=r"witness\.reason_unknown"):
        decide(witness, card.call, FAILED, "because")
    assert decide(witness, card.call, FAILED, "coercion_suspected") is CallState.FAILED
    assert place(witness).reasons == ("witness.reason.coercion_suspected",)
    assert standing(witness).reasons == ("witness.reason.coercion_suspected",)
    with pytest.raises(Conflict, match=r"witness\.call_over"):
        decide(witness, card.call, CUT_OFF)
    # A failure is no end of the way: another call may be asked for.
    assert join(witness).call != card.call


def test_closed_until_staff_are_there_within_the_hours(
    witness: Witness, clock: ManualClock
) -> None:
    with pytest.raises(Conflict, match=r"witness\.no_staff") as caught:
        join(witness)
    day_ms = 24 * 3600 * 1000
    now = int(clock.now().timestamp() * 1000)
    # Nobody is planned: the next hours, tomorrow at nine.
    assert caught.value.facts["opens_at_ms"] == now + day_ms - 30 * 60 * 1000
    with witness.database.transaction(actor=HEAD) as tx:
        witness.duty.permit(tx, STAFF)
        witness.duty.plan_shift(tx, STAFF, now + 3_600_000, now + 7_200_000)
    with pytest.raises(Conflict) as caught:
        join(witness)
    assert caught.value.facts["opens_at_ms"] == now + 3_600_000
    clock.advance(14 * 3600)
    on_duty(witness, STAFF)
    with pytest.raises(Conflict, match=r"witness\.closed"):
        join(witness)


def test_one_place_on_every_device(witness: Witness, clock: ManualClock) -> None:
    on_duty(witness, STAFF)
    first = join(witness)
    clock.advance(5)
    join(witness, OTHER)
    clock.advance(5)
    assert join(witness).call == first.call
    assert place(witness, OTHER).wait.ahead == 1


def test_who_went_away_is_passed_over_and_keeps_the_place(
    witness: Witness, clock: ManualClock
) -> None:
    on_duty(witness, STAFF)
    first = join(witness)
    later(witness, clock, 20, STAFF)
    join(witness, OTHER)
    assert place(witness, OTHER).wait.ahead == 0
    assert place(witness).call == first.call
    assert place(witness, OTHER).wait.ahead == 1
    assert taken(witness).owner == OWNER
    later(witness, clock, 1800, STAFF)
    assert place(witness, OTHER).state == "left"
    assert standing(witness, OTHER).state == "left"


def test_a_lost_member_of_staff_gives_the_applicant_back_first(
    witness: Witness, clock: ManualClock
) -> None:
    on_duty(witness, STAFF, STAFF2)
    join(witness)
    card = taken(witness)
    clock.advance(5)
    join(witness, OTHER)
    later(witness, clock, 30, STAFF2)
    place(witness, OTHER)
    back = place(witness)
    assert (back.state, back.round, back.wait.ahead) == ("waiting", 1, 0)
    again = taken(witness, STAFF2)
    assert (again.owner, again.call, again.round, again.ticks) == (OWNER, card.call, 2, {})
    with pytest.raises(Forbidden, match=r"witness\.not_yours"):
        answer_all(witness, card.call)
    with pytest.raises(Conflict, match=r"witness\.off_duty"):
        take(witness)


@pytest.mark.parametrize("reasons", [(), ("cut_off",), ("could_not_hear",)])
def test_cut_off_comes_next(witness: Witness, clock: ManualClock, reasons: tuple[str]) -> None:
    on_duty(witness, STAFF)
    join(witness)
    card = taken(witness)
    upload = begin(witness, card.call)
    clock.advance(3)
    join(witness, OTHER)
    assert decide(witness, card.call, CUT_OFF, *reasons) is CallState.WAITING
    # What was recorded till then is kept, and counts for nothing.
    finish(witness, upload)
    assert not standing(witness).passed
    place(witness)
    assert taken(witness).owner == OWNER


def test_a_call_that_never_ends_ends(witness: Witness, clock: ManualClock) -> None:
    on_duty(witness, STAFF)
    join(witness)
    taken(witness)
    later(witness, clock, 1800, STAFF)
    assert place(witness).state == "waiting"


def test_nobody_permits_themselves_and_who_is_not_permitted_does_nothing(
    witness: Witness,
) -> None:
    with witness.database.transaction(actor=STAFF) as tx:
        with pytest.raises(Conflict, match=r"witness\.own_permission"):
            witness.duty.permit(tx, STAFF)
        with pytest.raises(Forbidden, match=r"witness\.not_permitted"):
            witness.duty.sign_on(tx, STAFF)
        with pytest.raises(Forbidden, match=r"witness\.not_permitted"):
            witness.duty.plan_shift(tx, STAFF, tx.now_ms(), tx.now_ms() + 1000)
    on_duty(witness, STAFF)
    join(witness)
    taken(witness)
    with (
        witness.database.transaction(actor=STAFF) as tx,
        pytest.raises(Conflict, match=r"witness\.call_open"),
    ):
        witness.duty.sign_off(tx, STAFF)
    with witness.database.transaction(actor=HEAD) as tx:
        witness.duty.forbid(tx, STAFF)
    assert place(witness).state == "waiting"


def test_the_roster_says_who_is_there(witness: Witness, clock: ManualClock) -> None:
    on_duty(witness, STAFF, STAFF2)
    join(witness)
    card = taken(witness)
    later(witness, clock, 20, STAFF)
    with witness.database.transaction(actor=HEAD) as tx:
        one, two = witness.duty.roster(tx)
        now = tx.now_ms()
        shift = witness.duty.plan_shift(tx, STAFF2, now, now + 1000)
        assert [s.staff for s in witness.duty.shifts(tx)] == [STAFF2]
        witness.duty.cancel_shift(tx, shift)
        assert witness.duty.shifts(tx) == ()
        with pytest.raises(NotFound, match=r"witness\.shift_unknown"):
            witness.duty.cancel_shift(tx, shift)
        with pytest.raises(Invalid, match=r"witness\.shift"):
            witness.duty.plan_shift(tx, STAFF2, now + 5, now)
    assert (one.staff, one.on_duty, one.call) == (STAFF, True, card.call)
    assert (two.staff, two.on_duty, two.call) == (STAFF2, False, "")


def test_leaving_and_coming_back_is_at_the_end(witness: Witness, clock: ManualClock) -> None:
    on_duty(witness, STAFF)
    join(witness)
    clock.advance(1)
    join(witness, OTHER)
    clock.advance(1)
    for _ in range(2):
        with witness.database.transaction() as tx:
            witness.calls.leave(tx, OWNER)
    assert join(witness).wait.ahead == 1
    assert taken(witness).owner == OTHER
    with witness.database.transaction() as tx, pytest.raises(Conflict, match=r"witness\.call_open"):
        witness.calls.leave(tx, OTHER)


def together(*tasks) -> list[object]:
    """Run them at once, each in a thread; what each gave or raised."""
    gate = threading.Barrier(len(tasks))
    results: list[object] = [None] * len(tasks)

    def run(at: int) -> None:
        gate.wait()
        try:
            results[at] = tasks[at]()
        except Exception as error:
            results[at] = error

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_staff_at_once_never_get_the_same(witness: Witness, clock: ManualClock) -> None:
    staff = [f"staff:stf_{n}" for n in range(4)]
    on_duty(witness, *staff)
    for number in range(3):
        join(witness, f"app_{number}")
        clock.advance(1)
    cards = together(*(lambda one=one: take(witness, one) for one in staff))
    owners = sorted(card.owner for card in cards if isinstance(card, CallCard))
    assert owners == ["app_0", "app_1", "app_2"], cards
    assert cards.count(None) == 1


def test_two_devices_join_at_once_and_have_one_place(witness: Witness) -> None:
    on_duty(witness, STAFF)
    places = together(*(lambda: join(witness) for _ in range(4)))
    assert len({place.call for place in places if isinstance(place, QueuePlace)}) == 1, places
    with witness.database.read() as tx:
        assert len(witness.calls.queue(tx)) == 1


def test_one_member_of_staff_in_two_windows_has_one_call(witness: Witness) -> None:
    on_duty(witness, STAFF)
    join(witness)
    join(witness, OTHER)
    cards = [take(witness), take(witness)]
    assert cards[0] == cards[1]


def test_signals_reach_the_other_side_only_and_go_with_the_call(witness: Witness) -> None:
    on_duty(witness, STAFF, STAFF2)
    join(witness)
    card = taken(witness)
    with witness.database.transaction() as tx:
        witness.signals.send(tx, card.call, "applicant", OWNER, "ready", "{}")
        witness.signals.send(tx, card.call, "staff", STAFF, "offer", "v=0")
        with pytest.raises(Forbidden, match=r"witness\.not_yours"):
            witness.signals.send(tx, card.call, "staff", STAFF2, "offer", "v=0")
        with pytest.raises(Invalid, match=r"witness\.signal_kind"):
            witness.signals.send(tx, card.call, "staff", STAFF, "hello", "v=0")
        with pytest.raises(Invalid, match=r"witness\.signal_large"):
            witness.signals.send(tx, card.call, "staff", STAFF, "offer", "x" * 16_001)
    with witness.database.read() as tx:
        (ready,) = witness.signals.receive(tx, card.call, "staff", STAFF, 0)
        (offer,) = witness.signals.receive(tx, card.call, "applicant", OWNER, 0)
        assert (ready.kind, offer.kind, offer.body) == ("ready", "offer", "v=0")
        assert witness.signals.receive(tx, card.call, "applicant", OWNER, offer.number) == ()
        with pytest.raises(Forbidden, match=r"witness\.not_yours"):
            witness.signals.receive(tx, card.call, "applicant", OTHER, 0)
    decide(witness, card.call, FAILED, "not_the_person")
    with witness.database.transaction() as tx:
        assert witness.signals.receive(tx, card.call, "applicant", OWNER, 0) == ()
        with pytest.raises(Conflict, match=r"witness\.call_over"):
            witness.signals.send(tx, card.call, "applicant", OWNER, "ready", "{}")


def test_a_side_sends_only_so_much(witness: Witness) -> None:
    on_duty(witness, STAFF)
    join(witness)
    card = taken(witness)
    with witness.database.transaction() as tx:
        for _ in range(200):
            witness.signals.send(tx, card.call, "applicant", OWNER, "candidate", "{}")
        with pytest.raises(Conflict, match=r"witness\.signals_many"):
            witness.signals.send(tx, card.call, "applicant", OWNER, "candidate", "{}")


def test_the_wait_is_reckoned_from_the_last_calls(witness: Witness, clock: ManualClock) -> None:
    on_duty(witness, STAFF)
    for number in range(5):
        join(witness, f"app_9{number}")
        card = taken(witness)
        later(witness, clock, 600, STAFF)
        decide(witness, card.call, FAILED, "not_the_person")
    join(witness, "app_busy")
    taken(witness)
    clock.advance(1)
    join(witness)
    # One ahead of nobody, one call to end: ten minutes.
    assert (place(witness).wait.least_s, place(witness).wait.most_s) == (600, 600)


def test_the_newer_way_is_told_and_a_passed_one_wins(witness: Witness, clock: ManualClock) -> None:
    on_duty(witness, STAFF)
    join(witness)
    decide(witness, taken(witness).call, FAILED, "could_not_hear")
    clock.advance(5)
    record(witness, clock)
    assert (standing(witness).way, standing(witness).state) == ("one_way", "recorded")
    with witness.database.transaction() as tx:
        assert witness.hand_over(tx, OWNER, "cli_1") == 3
    assert standing(witness, "cli_1").way == "one_way"


def test_a_timer_tidies(kind: str, new_database, clock: ManualClock, tmp_path: Path) -> None:
    database: Database = new_database(kind)
    witness = make_witness(database, tmp_path)
    on_duty(witness, STAFF)
    join(witness)
    upload = begin(witness, taken(witness).call)
    send(witness, upload.recording, [b"part"], STAFF)
    clock.advance(25)
    # Staff are lost, and their call with them.
    assert witness.tidy() == 2
    clock.advance(24 * 3600)
    assert witness.tidy() == 2
    assert list((tmp_path / "witness").iterdir()) == []
    # At an empty desk it waits for nobody who writes, and lets nobody wait.
    with database.transaction("somebody"):
        assert witness.tidy() == 0
