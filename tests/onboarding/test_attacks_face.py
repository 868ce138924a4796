"""Attacks before the camera: what is filmed, what is handed in as a film, and whose face it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.onboarding.office import YES, Scene, vector
from tests.onboarding.refusals import refused
from tests.vision.clip_facts import changed
from yunquan.onboarding.types import Step, Way
from yunquan.verification.types import Outcome
from yunquan.vision.types import FrameFacts, LivenessLook

Change = Callable[[FrameFacts], dict[str, object]]


@pytest.fixture
def app(scene: Scene) -> str:
    """Before the camera."""
    return scene.apply(0, until=Step.FACE)


def shown(scene: Scene, app: str, change: Change | None = None, **source: Any) -> set[str]:
    """What staff see of a film in which something is wrong."""
    if change is not None:
        scene.camera.look_harm = lambda look: changed(look, change)
    scene.film(app, 0, **source)
    with scene.database.read() as tx:
        check = scene.parts.verification.faces.newest(tx, app)
    assert check is not None
    assert check.outcome in (Outcome.AGAIN, Outcome.HUMAN), check
    wanted = check.outcome is Outcome.HUMAN
    assert (Step.FACE in scene.load(app).done) is wanted
    assert wanted == ("human" in {one.outcome for one in check.findings}) or not wanted
    return {one.code for one in check.findings if one.outcome != Outcome.PASS}


def asked_again(scene: Scene, app: str, change: Change) -> set[str]:
    found = shown(scene, app, change)
    assert Step.FACE not in scene.load(app).done
    return found


def test_photo_of_a_photo(scene: Scene, app: str) -> None:
    """A print held before the camera and turned: asked again, liveness.flat."""
    flat: Change = lambda f: {"bulge": -30 + f.index % 5, "plane_residual": 120}  # noqa: E731
    assert "liveness.flat" in asked_again(scene, app, flat)


def test_screen_replay(scene: Scene, app: str) -> None:
    """A film played on another screen: asked again, liveness.screen."""
    assert "liveness.screen" in asked_again(scene, app, lambda _: {"moire": 9_800})


def test_swapped_frame(scene: Scene, app: str) -> None:
    """One frame of another person in a clip: asked again, liveness.face_changed."""

    def swap(frame: FrameFacts) -> dict[str, object]:
        return {"embedding": vector(0, 0.62)} if frame.index == 48 else {}

    assert "liveness.face_changed" in asked_again(scene, app, swap)


def test_shuffled_frames(scene: Scene, app: str) -> None:
    """Frames out of order: asked again, liveness.out_of_order."""
    swap = {30: 31, 31: 30}
    change: Change = lambda f: {"index": swap.get(f.index, f.index)}  # noqa: E731
    assert "liveness.out_of_order" in asked_again(scene, app, change)


def test_frozen_camera(scene: Scene, app: str) -> None:
    """A camera that stands still: asked again, liveness.frozen."""
    still: Change = lambda f: {"moved": 0} if 20 <= f.index <= 34 else {}  # noqa: E731
    assert "liveness.frozen" in asked_again(scene, app, still)


def test_impossible_times(scene: Scene, app: str) -> None:
    """Two frames at one moment: asked again, liveness.impossible_times."""
    change: Change = lambda f: {"at_ms": f.at_ms - 118} if f.index == 30 else {}  # noqa: E731
    assert "liveness.impossible_times" in asked_again(scene, app, change)


def test_two_faces(scene: Scene, app: str) -> None:
    """A second face in the picture: asked again, liveness.faces_several."""
    change: Change = lambda f: {"faces": 2} if 10 <= f.index <= 20 else {}  # noqa: E731
    assert "liveness.faces_several" in asked_again(scene, app, change)


def test_no_flash_answer(scene: Scene, app: str) -> None:
    """A face that doesn't answer the screen's colours: to a person, liveness.flash_unseen."""
    dull: Change = lambda _: {"skin": (17_000, 13_500, 11_800)}  # noqa: E731
    assert "liveness.flash_unseen" in shown(scene, app, dull)


def test_virtual_camera(scene: Scene, app: str) -> None:
    """A virtual camera: to a person, face_unsure and liveness.virtual_camera."""
    assert shown(scene, app, camera="OBS Virtual Camera") == {"liveness.virtual_camera"}
    scene.go_on(app, 0, Step.FACE)
    assert "face_unsure" in scene.load(app).flags


def test_the_same_film_again(scene: Scene, app: str) -> None:
    """A film handed in before, by its own applicant: asked again, liveness.seen_before."""
    scene.film(app, 0)
    kept = replay(scene)
    scene.camera.look_harm = lambda _: kept
    scene.film(app, 0)
    assert "liveness.seen_before" in newest(scene, app)
    assert Step.FACE not in scene.load(app).done


def replay(scene: Scene) -> LivenessLook:
    """The film handed in last, as the worker saw it."""
    assert scene.camera.seen is not None
    return scene.camera.seen


def newest(scene: Scene, app: str) -> set[str]:
    with scene.database.read() as tx:
        check = scene.parts.verification.faces.newest(tx, app)
    assert check is not None
    return {one.code for one in check.findings if one.outcome != Outcome.PASS}


def test_film_of_another_applicant(scene: Scene, app: str) -> None:
    """A film that another applicant handed in: asked again, liveness.seen_before."""
    scene.film(app, 0)
    kept = replay(scene)
    other = scene.apply(1, until=Step.FACE)
    scene.camera.look_harm = lambda _: kept
    scene.film(other, 1)
    assert {"liveness.seen_before", "face.other"} <= newest(scene, other)
    assert Step.FACE not in scene.load(other).done


def test_film_of_another_challenge(scene: Scene, app: str) -> None:
    """A film made for another challenge: asked again, and never passed."""
    first = scene.office.filling.draw(app)
    second = scene.office.filling.draw(app)
    while [one.kind for one in second.steps] == [one.kind for one in first.steps]:
        second = scene.office.filling.draw(app)
    scene.film(app, 0, first)
    kept = replay(scene)
    scene.camera.look_harm = lambda _: kept
    scene.film(app, 0, second)
    found = newest(scene, app)
    assert found & {"liveness.step_missed", "liveness.unasked", "liveness.flash_other"}
    assert Step.FACE not in scene.load(app).done


def test_nonce_again(scene: Scene, app: str) -> None:
    """A challenge answered twice: refused, verification.challenge_unknown."""
    drawn = scene.office.filling.draw(app)
    scene.film(app, 0, drawn)
    with refused("verification.challenge_unknown"):
        scene.film(app, 0, drawn)


def test_nonce_of_another(scene: Scene, app: str) -> None:
    """The challenge of another application: refused, verification.challenge_unknown."""
    other = scene.apply(1, until=Step.FACE)
    drawn = scene.office.filling.draw(other)
    with refused("verification.challenge_unknown"):
        scene.film(app, 0, drawn)


def test_challenge_too_old(scene: Scene, app: str) -> None:
    """A film worked on for an hour: asked again, liveness.late."""
    drawn = scene.office.filling.draw(app)
    scene.wait(3_600)
    scene.film(app, 0, drawn)
    assert "liveness.late" in newest(scene, app)
    assert Step.FACE not in scene.load(app).done


def test_face_of_another(scene: Scene, app: str) -> None:
    """The card of one, the face of another: asked again and in the end to a person, face_unsure."""
    _, told, left = scene.film(app, 1)
    assert told == ("face.differs",)
    for _ in range(left):
        scene.film(app, 1)
    assert Step.FACE in scene.load(app).done
    with refused("verification.face_tries"):
        scene.film(app, 0)
    assert "face.other" in newest(scene, app)
    scene.go_on(app, 0, Step.FACE)
    assert "face_unsure" in scene.load(app).flags


def test_film_after_one_that_a_person_should_see(scene: Scene, app: str) -> None:
    """A worse film after one that a person should look at, to hide it: filmed anew first."""
    scene.film(app, 0, camera="OBS Virtual Camera")
    assert Step.FACE in scene.load(app).done
    scene.camera.look_harm = lambda look: changed(look, lambda _: {"faces": 2})
    scene.film(app, 0)
    assert Step.FACE not in scene.load(app).done
    with refused("onboarding.step_order"):
        scene.answer(app)


def test_face_skipped_by_consenting_again(scene: Scene, app: str) -> None:
    """A person chosen, then consent to the face given again: the face is filmed first."""
    scene.office.filling.choose_person(app)
    one = scene.consent(app)
    assert one.way is Way.FACE
    assert Step.FACE not in one.done


def test_face_consent_taken_back(scene: Scene, app: str) -> None:
    """Consent to the face refused after a film: no face is asked; a two-way call instead."""
    scene.film(app, 0)
    one = scene.consent(app, **(YES | {"face": False}))
    assert one.way is Way.PERSON
    assert Step.FACE not in one.done
    with refused("onboarding.face_unwanted"):
        scene.film(app, 0)
    scene.office.filling.choose_person(app)
    scene.go_on(app, 0, Step.FACE, Step.WITNESS)
    scene.video.state[app] = "recorded"
    with refused("onboarding.witness_missing"):
        scene.office.filling.witnessed(app)


def test_one_way_film_before_a_person_is_chosen(scene: Scene, app: str) -> None:
    """A one-way recording first, a person chosen after: the two-way call is held first."""
    scene.film(app, 0)
    scene.go_on(app, 0, Step.FACE, Step.BANK)
    one = scene.office.filling.choose_person(app)
    assert Step.WITNESS not in one.done
    with refused("onboarding.step_order"):
        scene.bind(app, 0)


def test_films_without_end(scene: Scene, app: str) -> None:
    """Films drawn ahead and tried without end: refused after six, verification.face_tries."""
    drawn = [scene.office.filling.draw(app) for _ in range(8)]
    scene.camera.look_harm = lambda look: changed(look, lambda _: {"moire": 9_800})
    for challenge in drawn[:6]:
        scene.film(app, 0, challenge)
    with refused("verification.face_tries"):
        scene.film(app, 0, drawn[6])
