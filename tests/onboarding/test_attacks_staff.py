"""Attacks behind the counter: reviewers, callers, the depository and its files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.onboarding.office import STAFF, Scene, people_with
from tests.onboarding.refusals import refused
from tests.onboarding.test_attacks_requests import at_once
from yunquan.depository.types import RequestState
from yunquan.onboarding.service.calling import QUESTIONS
from yunquan.onboarding.types import State, Step, Verdict

ONE, TWO, THREE = STAFF
YES = dict.fromkeys(QUESTIONS, True)


@pytest.fixture
def app(scene: Scene) -> str:
    """In review, its witness passed."""
    made = scene.apply(0)
    scene.video.state[made] = "passed"
    return made


def approve(scene: Scene, app: str, by: str, version: int = 0) -> Any:
    return scene.office.reviewing.opine(by, app, Verdict.APPROVE, version=version)


# --- four eyes


def test_approved_twice_alone(scene: Scene, app: str) -> None:
    """One reviewer approves twice: refused, onboarding.four_eyes; still in review."""
    approve(scene, app, ONE)
    with refused("onboarding.four_eyes"):
        approve(scene, app, ONE)
    with refused("onboarding.four_eyes"):
        scene.office.reviewing.take(ONE, app)
    assert scene.load(app).state is State.REVIEW


def test_approved_twice_alone_at_once(scene: Scene, app: str) -> None:
    """One reviewer approves from two windows at once: one counts, the other four_eyes."""
    came = at_once(*[lambda: approve(scene, app, ONE)] * 2)
    assert sorted(came) == ["", "onboarding.four_eyes"]
    assert scene.load(app).state is State.REVIEW


def test_stale_version_approved(scene: Scene, app: str) -> None:
    """Approved by what was looked at before it changed: refused, onboarding.changed."""
    version = scene.load(app).version
    approve(scene, app, ONE, version)
    with refused("onboarding.changed"):
        approve(scene, app, TWO, version)
    assert scene.load(app).state is State.REVIEW


def test_approved_before_the_witness(scene: Scene) -> None:
    """Approved while nobody has passed the witness: refused, onboarding.witness_open."""
    app = scene.apply(0)
    with refused("onboarding.witness_open"):
        approve(scene, app, ONE)


def test_approved_over_open_hits(scene: Scene) -> None:
    """Approved while a hit on a list is open: refused, onboarding.hits_open."""
    scene.take_lists()
    app = scene.apply(14)
    scene.video.state[app] = "passed"
    with refused("onboarding.hits_open"):
        approve(scene, app, ONE)


def test_approved_while_filled_in(scene: Scene) -> None:
    """Approved before it was handed in: refused, onboarding.not_in_review."""
    app = scene.apply(0, until=Step.DETAILS)
    with refused("onboarding.not_in_review"):
        approve(scene, app, ONE)


def test_approved_what_another_works_on(scene: Scene, app: str) -> None:
    """Approved over the head of whoever has it: refused, onboarding.taken."""
    scene.office.reviewing.take(ONE, app)
    with refused("onboarding.taken"):
        approve(scene, app, TWO)


def test_yes_of_before_a_return_counted(scene: Scene, app: str) -> None:
    """One yes from before a return and one from after: both are needed anew, still in review."""
    approve(scene, app, ONE)
    scene.office.reviewing.opine(TWO, app, Verdict.RETURN, ("details_incomplete",))
    scene.go_on(app, 0, Step.FACE, Step.QUESTIONS)
    scene.sign(app, "sign-2")
    approve(scene, app, ONE)
    assert scene.load(app).state is State.REVIEW
    approve(scene, app, THREE)
    assert scene.load(app).state is State.OPENING


# --- call-back


def test_call_before_opening(scene: Scene, app: str) -> None:
    """A call-back kept before anything is opened: refused, onboarding.not_opened."""
    with refused("onboarding.not_opened"):
        scene.office.calling.record(ONE, app, "reached", YES, "")


@pytest.mark.parametrize(
    ("outcome", "answers", "code"),
    [
        ("fine", YES, "onboarding.call_outcome"),
        ("reached", {}, "onboarding.call_answers"),
        ("reached", YES | {"more": True}, "onboarding.call_answers"),
        ("reached", {name: True for name in QUESTIONS[1:]}, "onboarding.call_answers"),
    ],
)
def test_forged_call(
    scene: Scene, app: str, outcome: str, answers: dict[str, bool], code: str
) -> None:
    """A call-back with a made-up outcome or answers missing: refused, onboarding.call_*."""
    opened(scene, app)
    with refused(code):
        scene.office.calling.record(ONE, app, outcome, answers, "")
    assert scene.office.calling.due().items


def opened(scene: Scene, app: str) -> None:
    scene.approve(app)
    scene.open(app)
    assert scene.load(app).state is State.OPENED


def test_unwilling_client_called_done(scene: Scene, app: str) -> None:
    """A call in which somebody said no, kept as reached: it's no yes, and is due no more."""
    opened(scene, app)
    scene.office.calling.record(ONE, app, "reached", YES | {"own_will": False}, "")
    with scene.database.read() as tx:
        (call,) = scene.office.calling.calls(tx, app)
    assert not all(call.answers.values())


# --- the depository


def test_odd_answer(scene: Scene, app: str) -> None:
    """The depository opens something else than asked: nothing is opened here, it waits in doubt."""
    scene.approve(app)
    scene.world.twist = lambda answer: {**answer, "accounts": answer["accounts"][:1]}
    assert scene.open(app) == "wait"
    assert scene.load(app).state is State.OPENING
    assert asked(scene, app) is RequestState.IN_DOUBT
    assert not scene.counter.opened


def asked(scene: Scene, app: str) -> RequestState:
    with scene.database.read() as tx:
        return scene.parts.depository.requests_of(tx, app)[0].state


def test_accounts_of_another(scene: Scene, app: str) -> None:
    """The depository names another client's accounts: nothing is opened under them."""
    opened(scene, app)
    other = scene.apply(1)
    scene.approve(other)
    with scene.database.read() as tx:
        client = scene.load(app).client
        theirs = scene.parts.depository.requests_of(tx, client)[-1]
    named = [{"market": one.market, "kind": "A", "account": one.number} for one in theirs.accounts]
    scene.world.twist = lambda answer: {**answer, "accounts": named}
    with pytest.raises(Exception):  # noqa: B017, PT011 - which one is the database's to say
        scene.open(other)
    assert scene.load(other).state is State.OPENING
    assert scene.load(other).account == ""


def test_forged_file(scene: Scene, app: str) -> None:
    """The day's file with a byte changed: nothing of it counts; Shanghai stays undesignated."""
    opened(scene, app)
    scene.close_day()
    vault = scene.world.depository.vault
    rows = vault.rows("SELECT firm, day, version, body FROM files")
    with vault.write():
        for firm, day, version, body in rows:
            forged = body.replace(b"designate", b"designatf")
            change = "UPDATE files SET body = ? WHERE firm = ? AND day = ? AND version = ?"
            vault.change(change, forged, firm, day, version)
    assert scene.open(app) == "wait"
    assert scene.load(app).state is State.OPENED
    with scene.database.read() as tx:
        assert scene.parts.depository.refused_files(tx)
    assert not scene.counter.designated


def test_refused_by_the_depository(scene: Scene) -> None:
    """Somebody with three accounts already: back to staff with the depository's reason."""
    app = scene.apply(people_with("three_accounts"))
    scene.approve(app)
    came = scene.open(app)
    assert came == "depository.three_accounts"
    scene.openings.send_back(app, came)
    one = scene.load(app)
    assert (one.state, one.code, one.round) == (State.REVIEW, came, 2)
    assert not scene.counter.opened
    # Looked at again, the depository is asked again, and says the same.
    scene.approve(app)
    assert scene.open(app) == "depository.three_accounts"


def test_no_answer_of_the_depository(scene: Scene, app: str) -> None:
    """An answer of the depository lost on its way: asked again under its serial, opened once."""
    scene.approve(app)
    scene.world.faults = ["lost"]
    assert scene.open(app) == "wait"
    assert scene.load(app).state is State.OPENING
    scene.open(app)
    number = scene.person(0).number
    held = "SELECT COUNT(*) FROM accounts JOIN holders USING (ymt) WHERE identity = ?"
    assert scene.world.depository.vault.row(held, number)[0] == 2
