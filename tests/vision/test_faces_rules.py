"""Distances and pictures of faces: what they are judged as."""

from __future__ import annotations

import math

import msgspec
import pytest

from tests.vision.clip_facts import vector
from tests.vision.limits import LIMITS
from yunquan.vision.rules.faces import (
    PURPOSES,
    distance,
    judge_distance,
    judge_quality,
    pack_embedding,
)
from yunquan.vision.types import FaceLook

GOOD = FaceLook(
    faces=1,
    width=480,
    height=640,
    box=(130, 170, 200, 250),
    sharpness=160,
    light=15000,
    uneven=1500,
    glare=10,
    yaw=200,
    pitch=-1100,
    roll=-150,
    eyes=2700,
    mouth=30,
    lower_cover=2000,
    eye_cover=4200,
    lips=2500,
    embedding=vector(1),
)


@pytest.mark.parametrize(
    ("apart", "outcome", "code"),
    [
        (0, "pass", "face.same"),
        (4000, "pass", "face.same"),
        (4001, "human", "face.unsure"),
        (5000, "human", "face.unsure"),
        (5001, "refuse", "face.other"),
        (14000, "refuse", "face.other"),
    ],
)
def test_a_distance_passes_is_looked_at_or_refused(apart: int, outcome: str, code: str) -> None:
    judged = judge_distance(apart, LIMITS)
    assert (judged.outcome, judged.findings[0].code) == (outcome, code)


def test_vectors_are_packed_without_a_change_of_their_distance() -> None:
    one, other = vector(1), vector(2)
    packed = pack_embedding(one), pack_embedding(other)
    assert [len(kept) for kept in packed] == [512, 512]
    assert distance(packed[0], packed[0]) == 0
    assert distance(*packed) == distance(*packed[::-1]) == round(10_000 * math.dist(one, other))


@pytest.mark.parametrize("bad", [(), (0.1,) * 127, (math.nan,) * 128, (math.inf,) * 128])
def test_what_is_no_vector_is_not_packed(bad: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="128"):
        pack_embedding(bad)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_good_picture_is_good_for_every_purpose(purpose: str) -> None:
    assert judge_quality(GOOD, purpose, LIMITS).findings == ()


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("face.several", {"faces": 2}),
        ("face.too_small", {"box": (200, 300, 60, 80)}),
        ("face.cut_off", {"box": (-10, 170, 200, 250)}),
        ("face.cut_off", {"box": (130, 400, 200, 250)}),
        ("face.blurred", {"sharpness": 5}),
        ("face.too_dark", {"light": 3000}),
        ("face.too_bright", {"light": 25000}),
        ("face.glare", {"glare": 1500}),
        ("face.uneven_light", {"uneven": 9000}),
        ("face.turned", {"yaw": 3000}),
        ("face.turned", {"roll": -2500}),
        ("face.turned", {"pitch": 1500}),
        ("face.eyes_closed", {"eyes": 600}),
        ("face.covered", {"lips": 200}),
        ("face.covered", {"lower_cover": 8000}),
        ("face.eyes_covered", {"eye_cover": 10500}),
    ],
)
def test_each_fault_is_named_alone(code: str, change: dict[str, object]) -> None:
    judged = judge_quality(msgspec.structs.replace(GOOD, **change), "selfie", LIMITS)
    assert judged.outcome == "refuse"
    assert {finding.code for finding in judged.findings} == {code}


def test_no_face_says_only_that() -> None:
    judged = judge_quality(FaceLook(0, 480, 640), "selfie", LIMITS)
    assert [finding.code for finding in judged.findings] == ["face.none"]
