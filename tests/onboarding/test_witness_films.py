"""A witness film is held against the face that was checked before."""

from __future__ import annotations

import pytest

from tests.onboarding.office import Scene
from yunquan.kernel.errors import Invalid, Unavailable
from yunquan.onboarding.types import Step
from yunquan.witness import FilmEyes
from yunquan.witness.types import WitnessFinding

LENGTH_MS = 30_000


def test_whose_face_a_film_shows(scene: Scene) -> None:
    app = scene.apply(0, until=Step.DETAILS)
    eyes = FilmEyes(scene.parts.verification)
    assert eyes.look(app, b"film 0", LENGTH_MS) == (WitnessFinding("film.nothing", "pass"),)
    assert eyes.look(app, b"film 1", LENGTH_MS) == (WitnessFinding("film.other_face", "human"),)
    nobody = eyes.look("app_nobody", b"film 0", LENGTH_MS)
    assert nobody == (WitnessFinding("film.nothing_to_compare", "human"),)
    # One that can't be read is for a person; while nobody can look, nothing is said.
    scene.camera.film_harm = Invalid("vision.not_a_film")
    assert eyes.look(app, b"film 0", LENGTH_MS) == (WitnessFinding("film.not_read", "human", 0),)
    scene.camera.film_harm = Unavailable("vision.down")
    with pytest.raises(Unavailable, match=r"vision\.down"):
        eyes.look(app, b"film 0", LENGTH_MS)
