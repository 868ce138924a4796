"""Single pictures through the worker's own eyes: people, masks, several, none, and bad light."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.vision.limits import LIMITS
from tools.photos import FOLDER, PEOPLE
from yunquan.vision.rules.faces import distance, judge_quality, pack_embedding

if TYPE_CHECKING:
    from tests.vision.stage import Studio

CLEAR = ("cage.jpg", "bieber_small.jpg", "SeanConnery.jpg", "franck_02159.jpg", "obama.jpg")


def codes(studio: Studio, picture: Path, purpose: str = "selfie") -> set[str]:
    return {f.code for f in judge_quality(studio.look(picture), purpose, LIMITS).findings}


def test_clear_photographs_are_good(studio: Studio) -> None:
    found = {photo: codes(studio, FOLDER / photo) for photo in CLEAR}
    assert not any(found.values()), found


@pytest.mark.parametrize(
    ("photo", "code"),
    [
        ("terminator_crop.jpg", "face.eyes_covered"),
        ("skullmask.jpg", "face.covered"),
        ("vendetta.jpg", "face.covered"),
    ],
)
def test_glasses_and_masks_are_named(studio: Studio, photo: str, code: str) -> None:
    assert code in codes(studio, FOLDER / photo)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ("blur", "face.blurred"),
        ("dark", "face.too_dark"),
        ("small", "face.too_small"),
        ("twice", "face.several"),
        ("cloth", "face.covered"),
        ("tilted", "face.turned"),
        ("none", "face.none"),
    ],
)
def test_each_harm_is_named(studio: Studio, harm: str, code: str) -> None:
    assert code in codes(studio, studio.harmed("bieber_small.jpg", harm))


def test_one_person_is_nearer_than_any_two(studio: Studio) -> None:
    """Photographs of one person taken at other times; of all others one each."""
    faces = {
        photo: pack_embedding(studio.look(FOLDER / photo).embedding)
        for person, photos in PEOPLE.items()
        if person not in {"p14", "p15", "p16"}
        for photo in photos
    }
    of = {photo: person for person, photos in PEOPLE.items() for photo in photos}
    same, other = list[int](), list[int]()
    for one, two in itertools.combinations(faces, 2):
        (same if of[one] == of[two] else other).append(distance(faces[one], faces[two]))
    assert len(same) == 9
    assert len(other) > 130
    assert max(same) < LIMITS.number("face_human") < min(other)
