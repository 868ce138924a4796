"""Acted clips through the worker's own eyes: the honest one passes, each attack does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vision.clip_facts import asked, source_of
from tests.vision.limits import LIMITS
from yunquan.vision.rules.faces import distance, pack_embedding
from yunquan.vision.rules.liveness import judge_liveness
from yunquan.vision.rules.recordings import clip_digest
from yunquan.vision.types import Challenge, Judgement, LivenessLook

if TYPE_CHECKING:
    from tests.vision.stage import Studio

ASKED = asked("nod", "turn_left", "open_mouth")
ELSEWHERE = asked("turn_right", "blink", "nod")


def judge(
    look: LivenessLook, challenge: Challenge = ASKED, earlier: tuple[bytes, ...] = ()
) -> Judgement:
    return judge_liveness(
        look, challenge, source_of(challenge), LIMITS, now_ms=15_000, earlier=earlier
    )


def codes(judgement: Judgement) -> set[str]:
    return {f.code.removeprefix("liveness.") for f in judgement.findings if f.outcome != "pass"}


@pytest.mark.parametrize(
    ("photo", "kinds"),
    [
        ("cage.jpg", ("nod", "turn_left", "open_mouth")),
        ("SeanConnery.jpg", ("blink", "turn_right", "nod")),
        ("bieber_small.jpg", ("turn_right", "turn_left", "blink")),
        ("franck_02159.jpg", ("read_digits", "turn_left", "blink")),
    ],
)
def test_whoever_acts_as_asked_passes(studio: Studio, photo: str, kinds: tuple[str, ...]) -> None:
    challenge = asked(*kinds)
    look = studio.watch(studio.clip("honest", challenge, photo, seed=3, fps=7))
    judged = judge(look, challenge)
    silent = {"unheard"} if "read_digits" in kinds else set()
    assert codes(judged) == silent, judged.findings
    assert len(look.frames[judged.best].embedding) == 128


# What each scene is caught by; a scene may show more besides.
ATTACKS = {
    "flat print turned": ("refuse", "flat"),
    "bent print turned": ("refuse", "flat"),
    "screen replay": ("refuse", "screen"),
    "faint screen replay": ("refuse", "flash_other"),
    "film of another challenge": ("refuse", "step_missed"),
    "other colours": ("human", "flash_unseen"),
    "no colours": ("human", "flash_unseen"),
    "swapped half way": ("refuse", "face_changed"),
    "swapped three frames": ("refuse", "face_changed"),
    "two faces": ("refuse", "faces_several"),
    "mask over the mouth": ("refuse", "covered"),
    "parts reordered": ("refuse", "step_missed"),
    "frames shuffled": ("refuse", "step_missed"),
    "still picture": ("refuse", "frozen"),
    "frozen camera": ("refuse", "frozen"),
    "looped film": ("refuse", "repeated"),
    "perfect times": ("human", "even_times"),
}


@pytest.mark.parametrize("scene", ATTACKS)
def test_no_attack_passes_and_each_is_named(studio: Studio, scene: str) -> None:
    film = studio.clip(scene, ASKED, elsewhere=ELSEWHERE, seed=5, fps=6.5)
    judged = judge(studio.watch(film))
    outcome, code = ATTACKS[scene]
    assert judged.outcome == outcome, judged.findings
    assert code in codes(judged)


def test_the_same_recording_handed_in_again_is_known(studio: Studio) -> None:
    film = studio.clip("honest", ASKED, seed=8, fps=7)
    digest = clip_digest(studio.watch(film).frames)
    again = studio.watch(studio.again(film, seed=1))
    assert "seen_before" in codes(judge(again, earlier=(digest,)))
    another = studio.watch(studio.clip("honest", ASKED, seed=9, fps=7))
    assert codes(judge(another, earlier=(digest,))) == set()


def test_another_persons_face_is_not_the_cards(studio: Studio) -> None:
    look = studio.watch(studio.clip("honest", ASKED, "cage.jpg", seed=4, fps=6.5))
    face = pack_embedding(look.frames[judge(look).best].embedding)
    seen = {}
    for photo in ("cage2_crop.jpg", "SeanConnery.jpg"):
        path = studio.path_of(photo)
        seen[photo] = distance(face, pack_embedding(studio.look(path).embedding))
    assert seen["cage2_crop.jpg"] < LIMITS.number("face_human")
    assert seen["SeanConnery.jpg"] > LIMITS.number("face_human")
