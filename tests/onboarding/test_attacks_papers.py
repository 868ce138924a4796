"""Attacks with files: what is said to be read, signed or photographed, and what is handed to the
verifier.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.onboarding.office import JPEG, Camera, Scene
from tests.onboarding.refusals import refused
from tests.signing.office import replace_struct
from yunquan.kernel.errors import Invalid
from yunquan.onboarding import shown_of
from yunquan.onboarding.types import State, Step, Verdict
from yunquan.signing.types import ShownAgreement


@pytest.fixture
def app(scene: Scene) -> str:
    """Before signing."""
    return scene.apply(0, until=Step.AGREEMENTS)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"digest": "0" * 64}, "signing.not_what_was_shown"),
        ({"version": 99}, "signing.not_what_was_shown"),
        ({"scrolled_to_end": False}, "signing.not_read"),
        ({"read_s": 0}, "signing.not_read"),
        ({"ticked": ()}, "signing.not_ticked"),
        ({"shown_at_ms": 0}, "signing.shown_too_long_ago"),
    ],
)
def test_forged_reading(scene: Scene, app: str, more: dict[str, Any], code: str) -> None:
    """A made-up record of reading: refused, signing.not_what_was_shown, not_read, not_ticked."""
    seen = tuple(replace_struct(one, more) for one in scene.read_papers(app))
    with refused(code):
        scene.sign_with(app, seen)
    assert scene.load(app).state is State.FILLING
    assert not scene.parts.signing.sets_of(app)


def test_papers_left_out(scene: Scene, app: str) -> None:
    """A paper left out of what was read: refused, signing.not_shown."""
    with refused("signing.not_shown"):
        scene.sign_with(app, scene.read_papers(app)[1:])


def test_papers_of_another(scene: Scene, app: str) -> None:
    """The papers of another applicant read and signed: refused, signing.not_what_was_shown."""
    other = scene.apply(1, until=Step.AGREEMENTS)
    with refused("signing.not_what_was_shown"):
        scene.sign_with(app, scene.read_papers(other))


def test_signature_replayed_after_a_return(scene: Scene, app: str) -> None:
    """The first signature handed in again after a return: refused, signing.not_what_was_shown."""
    before = scene.read_papers(app)
    scene.sign(app)
    scene.office.reviewing.opine("staff:one", app, Verdict.RETURN, ("bank_differs",))
    scene.bank.holders["6229990288888888"] = scene.person(0).name
    scene.bind_to(app, "6229990288888888")
    with refused("signing.not_what_was_shown"):
        scene.sign_with(app, before)
    scene.sign(app)
    assert len(scene.parts.signing.sets_of(app)) == 2


@pytest.mark.parametrize("text", ["", "[", "{}", '[{"code": 1}]', "null", "[" * 30_000])
def test_record_that_is_none(text: str) -> None:
    """A record of reading that is none: refused, onboarding.shown_malformed."""
    with refused("onboarding.shown_malformed"):
        shown_of(text)


def test_record_comes_apart_again(scene: Scene, app: str) -> None:
    """A true record comes through as it was: no attack, the measure of the one before."""
    seen = scene.read_papers(app)
    assert shown_of(msgspec.json.encode(seen).decode()) == seen
    assert all(isinstance(one, ShownAgreement) for one in seen)


# --- the verifier


@pytest.fixture
def signed(scene: Scene, app: str) -> bytes:
    """A paper that somebody signed."""
    scene.sign(app)
    (made,) = scene.parts.signing.sets_of(app)
    with scene.database.read() as tx:
        return scene.archive.read(tx, made.documents[0].document)


def test_tampered_paper(scene: Scene, signed: bytes) -> None:
    """A byte of a signed paper changed: the report says so, not known and not valid."""
    whole = scene.signing.verifier.verify(signed)
    assert whole.known
    assert not whole.codes
    middle = len(signed) // 3
    spoilt = signed[:middle] + bytes([signed[middle] ^ 1]) + signed[middle + 1 :]
    report = scene.signing.verifier.verify(spoilt)
    assert not report.known
    assert report.codes


def test_appended_to_paper(scene: Scene, signed: bytes) -> None:
    """Something appended to a signed paper: the report says so, not known and not valid."""
    report = scene.signing.verifier.verify(signed + b"\n1 0 obj\n<<>>\nendobj\n")
    assert not report.known
    assert report.codes


def test_enormous_paper(scene: Scene) -> None:
    """A paper of 21 MiB: refused unread, signing.paper_too_large."""
    with refused("signing.paper_too_large"):
        scene.signing.verifier.verify(b"%PDF-1.7" + bytes(21 << 20))


# --- pictures


@pytest.mark.parametrize(
    "image",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"",
        b"\x89PNG",
        JPEG,
        b"%PDF-1.7",
    ],
)
def test_picture_that_is_none(scene: Scene, image: bytes) -> None:
    """SVG, HTML, or nothing as a picture: refused by the worker, nothing is kept of it."""
    app = scene.apply(1, until=Step.CARD)
    scene.camera.read_card = _no_image  # type: ignore[method-assign]
    with refused("vision.not_an_image"):
        scene.office.filling.read_card(app, "front", image)
    with scene.database.read() as tx:
        assert not scene.parts.verification.checks(tx, app)


def _no_image(image: bytes, side: str) -> Any:
    del image, side
    raise Invalid("vision.not_an_image")


def test_side_that_is_none(scene: Scene) -> None:
    """A third side of a card: refused, verification.side."""
    app = scene.apply(1, until=Step.CARD)
    with refused("verification.side"):
        scene.office.filling.read_card(app, "../front", Camera.picture("front 1"))
