"""What a clip's facts are judged as: the honest one passes, each trick is named."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import msgspec
import pytest

from tests.vision.clip_facts import KINDS, asked, changed, clip, source_of, vector
from tests.vision.limits import LIMITS
from yunquan.vision.rules.challenges import COLOURS
from yunquan.vision.rules.liveness import judge_liveness, told_to_applicant
from yunquan.vision.rules.recordings import clip_digest, clip_distance
from yunquan.vision.types import (
    Challenge,
    ClipSource,
    Flash,
    FrameFacts,
    Judgement,
    LivenessLook,
    VoiceLook,
)

ASKED = asked("turn_left", "blink", "open_mouth")
Change = Callable[[FrameFacts], dict[str, object]]


def judge(
    look: LivenessLook,
    challenge: Challenge = ASKED,
    source: ClipSource | None = None,
    *,
    now_ms: int = 15_000,
    voice: VoiceLook | None = None,
    earlier: tuple[bytes, ...] = (),
) -> Judgement:
    source = source or source_of(challenge)
    return judge_liveness(
        look, challenge, source, LIMITS, now_ms=now_ms, voice=voice, earlier=earlier
    )


def codes(judgement: Judgement) -> set[str]:
    return {finding.code for finding in judgement.findings if finding.outcome != "pass"}


@pytest.mark.parametrize(
    "kinds",
    [kinds for kinds in permutations(KINDS, 3) if {"turn_left", "turn_right"} & set(kinds)],
)
def test_whoever_does_what_is_asked_passes_in_every_order(kinds: tuple[str, ...]) -> None:
    challenge = asked(*kinds)
    judged = judge(clip(challenge), challenge)
    assert (judged.outcome, codes(judged)) == ("pass", set())
    assert {f.code for f in judged.findings} == {"liveness.depth_seen", "liveness.flash_seen"}
    assert clip(challenge).frames[judged.best].embedding


@pytest.mark.parametrize(
    "done",
    [kinds for kinds in permutations(KINDS, 3) if kinds != ("turn_left", "blink", "open_mouth")],
)
def test_a_film_of_other_steps_or_of_another_order_never_passes(done: tuple[str, ...]) -> None:
    steps = tuple(
        msgspec.structs.replace(step, kind=kind)
        for step, kind in zip(ASKED.steps, done, strict=True)
    )
    acted = msgspec.structs.replace(ASKED, steps=steps)
    judged = judge(clip(acted))
    assert judged.outcome == "refuse"
    assert "liveness.step_missed" in codes(judged)


def test_a_film_with_every_movement_in_it_does_too_much() -> None:
    acted = asked("turn_left", "blink", "open_mouth")
    look = clip(acted)
    busy = changed(
        look,
        lambda f: {"yaw": f.yaw - 3200} if ASKED.steps[1].from_ms < f.at_ms < 4400 else {},
    )
    assert "liveness.unasked" in codes(judge(busy))


def between(first: int, last: int, **fields: object) -> Change:
    return lambda frame: fields if first <= frame.index <= last else {}


TRICKS: dict[str, tuple[Change, str, str]] = {
    "nothing moves": (
        lambda f: {"yaw": -200, "eyes": 2800, "mouth": 20, "bulge": -30, "plane_residual": 30},
        "liveness.step_missed",
        "refuse",
    ),
    "a print is turned": (
        lambda f: {"bulge": -30 + f.index % 5, "plane_residual": 120},
        "liveness.flat",
        "refuse",
    ),
    "a print is bent: no plane, no nose": (
        lambda f: {"bulge": round(0.4 * f.bulge)},
        "liveness.flat",
        "refuse",
    ),
    "a nose hardly stands out": (
        lambda f: {"bulge": round(0.65 * f.bulge)},
        "liveness.depth_unsure",
        "human",
    ),
    "dots of another screen": (lambda f: {"moire": 9800}, "liveness.screen", "refuse"),
    "a faint regular pattern": (lambda f: {"moire": 7200}, "liveness.pattern", "human"),
    "another face from the middle on": (
        lambda f: {"embedding": vector(1, 0.7)} if f.embedding and f.index > 40 else {},
        "liveness.face_changed",
        "refuse",
    ),
    "another face in one frame": (
        between(48, 48, embedding=vector(1, 0.62)),
        "liveness.face_changed",
        "refuse",
    ),
    "perhaps another face": (
        between(48, 48, embedding=vector(1, 0.49)),
        "liveness.face_unsure",
        "human",
    ),
    "another room in three frames": (between(40, 42, room_change=9000), "liveness.cut", "refuse"),
    "the room moves": (between(40, 42, room_change=3200), "liveness.room_moved", "human"),
    "the face jumps": (between(40, 60, box=(330, 170, 180, 240)), "liveness.cut", "refuse"),
    "the face grows at once": (between(40, 60, box=(60, 70, 300, 420)), "liveness.cut", "refuse"),
    "a camera that froze": (between(20, 34, moved=0), "liveness.frozen", "refuse"),
    "one picture again later": (between(50, 50, digest="0" * 32), "", "pass"),
    "a loop": (
        lambda f: {"digest": f"{f.index % 20:032d}"},
        "liveness.repeated",
        "refuse",
    ),
    "two faces": (between(10, 20, faces=2), "liveness.faces_several", "refuse"),
    "somebody passes behind": (between(10, 11, faces=2), "", "pass"),
    "the face leaves": (between(30, 45, faces=0), "liveness.face_lost", "refuse"),
    "times to the very millisecond": (
        lambda f: {"at_ms": 30 + 118 * f.index},
        "liveness.even_times",
        "human",
    ),
    "two frames at one time": (
        lambda f: {"at_ms": f.at_ms - 118} if f.index == 30 else {},
        "liveness.impossible_times",
        "refuse",
    ),
    "a pause in which anything could happen": (
        lambda f: {"at_ms": f.at_ms + 1000} if f.index > 70 else {},
        "liveness.gap",
        "refuse",
    ),
    "indexes out of order": (
        lambda f: {"index": {30: 31, 31: 30}.get(f.index, f.index)},
        "liveness.out_of_order",
        "refuse",
    ),
    "cloth over the mouth": (lambda f: {"lips": 350}, "liveness.covered", "refuse"),
    "no vectors": (lambda f: {"embedding": ()}, "liveness.no_clear_face", "refuse"),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_each_trick_is_named(trick: str) -> None:
    change, code, outcome = TRICKS[trick]
    judged = judge(changed(clip(ASKED), change))
    assert judged.outcome == outcome
    assert code in codes(judged) if code else not codes(judged)


def test_few_frames_are_judged_no_further() -> None:
    look = clip(ASKED)
    short = msgspec.structs.replace(look, frames=look.frames[:20])
    assert codes(judge(short)) == {"liveness.too_few_frames"}
    assert codes(judge(msgspec.structs.replace(look, frames=()))) == {"liveness.too_few_frames"}


def test_a_clip_that_ends_early_or_comes_late_is_refused() -> None:
    look = clip(ASKED)
    cut = msgspec.structs.replace(look, frames=look.frames[:50])
    assert "liveness.wrong_length" in codes(judge(cut))
    assert "liveness.late" in codes(judge(look, now_ms=ASKED.expires_at_ms + 1))


def test_another_challenges_nonce_is_refused_and_a_virtual_camera_is_looked_at() -> None:
    look, source = clip(ASKED), source_of(ASKED)
    forged = msgspec.structs.replace(source, nonce="f" * 32)
    assert "liveness.other_challenge" in codes(judge(look, source=forged))
    for name in ("OBS Virtual Camera", "ManyCam Video", "fake_device_0", "虚拟摄像头"):
        judged = judge(look, source=msgspec.structs.replace(source, camera=name))
        assert (judged.outcome, codes(judged)) == ("human", {"liveness.virtual_camera"})
    wide = msgspec.structs.replace(source, width=1280, height=720)
    assert codes(judge(look, source=wide)) == {"liveness.wide_phone"}


# --- colours of the screen ------------------------------------------------------------------------


def recoloured(*colours: str) -> Challenge:
    flashes = tuple(
        msgspec.structs.replace(flash, colour=colour)
        for flash, colour in zip(ASKED.flashes, colours, strict=True)
    )
    return msgspec.structs.replace(ASKED, flashes=flashes)


def test_a_face_in_bright_sun_answers_no_colour_and_a_person_looks() -> None:
    judged = judge(clip(ASKED, strength=0.0))
    assert (judged.outcome, codes(judged)) == ("human", {"liveness.flash_unseen"})


def test_weak_light_still_counts() -> None:
    assert judge(clip(ASKED, strength=0.05)).outcome == "pass"


def test_colours_of_another_challenge_are_refused() -> None:
    drawn = [flash.colour for flash in ASKED.flashes]
    outcomes = []
    for colours in permutations(COLOURS, 4):
        same = sum(a == b for a, b in zip(colours, drawn, strict=True))
        judged = judge(clip(recoloured(*colours)))
        if same <= 1:
            assert judged.outcome != "pass", colours
        outcomes.append(judged.outcome)
    assert outcomes.count("refuse") > 0.6 * len(outcomes)


def test_times_of_the_colours_are_the_browsers_within_reason() -> None:
    late = tuple(flash.from_ms + 250 for flash in ASKED.flashes)
    slow = msgspec.structs.replace(
        ASKED,
        flashes=tuple(
            Flash(flash.colour, at, at + flash.to_ms - flash.from_ms)
            for flash, at in zip(ASKED.flashes, late, strict=True)
        ),
    )
    source = msgspec.structs.replace(source_of(ASKED), shown_ms=late)
    assert judge(clip(slow), source=source).outcome == "pass"
    wild = msgspec.structs.replace(source, shown_ms=tuple(at + 3000 for at in late))
    assert "liveness.flash_off_time" in codes(judge(clip(ASKED), source=wild))
    few = msgspec.structs.replace(source, shown_ms=late[:1])
    assert "liveness.flash_off_time" in codes(judge(clip(ASKED), source=few))


# --- digits read aloud ----------------------------------------------------------------------------


def test_digits_are_spoken_while_they_are_shown() -> None:
    challenge = asked("turn_right", "read_digits", "nod")
    step = challenge.steps[1]
    look = clip(challenge)
    spoken = VoiceLook(12_000, ((step.from_ms + 300, step.from_ms + 1900),), 1600)
    assert judge(look, challenge, voice=spoken).outcome == "pass"
    before = VoiceLook(12_000, ((0, step.from_ms - 100),), 1600)
    assert "liveness.not_spoken" in codes(judge(look, challenge, voice=before))
    assert codes(judge(look, challenge)) == {"liveness.unheard"}


# --- the same video twice -------------------------------------------------------------------------


def test_the_same_clip_is_known_again_cropped_and_delayed_and_holds_no_face() -> None:
    look = clip(ASKED)
    digest = clip_digest(look.frames)
    again = changed(
        look,
        lambda f: {
            "at_ms": f.at_ms + 430,
            "box": (f.box[0] - 20, f.box[1] - 12, f.box[2], f.box[3]),
            "yaw": f.yaw + 15 * (f.index % 3),
        },
    )
    assert "liveness.seen_before" in codes(judge(again, earlier=(b"", digest)))
    assert len(digest) == 14 * (1 + (look.frames[-1].at_ms - look.frames[0].at_ms) // 200)
    other = clip(asked("turn_left", "blink", "open_mouth", number=5000))
    assert clip_distance(digest, clip_digest(other.frames)) > LIMITS.number("same_clip_most")
    assert "liveness.seen_before" not in codes(judge(look, earlier=(clip_digest(other.frames),)))


def test_digests_of_nothing_compare_with_anything() -> None:
    assert clip_digest(()) == b""
    assert clip_distance(b"", clip_digest(clip(ASKED).frames)) > LIMITS.number("same_clip_most")


def test_an_applicant_reads_what_helps_and_a_fraudster_learns_nothing() -> None:
    look = clip(ASKED)
    assert told_to_applicant(judge(look)) == ()
    printed = judge(changed(look, TRICKS["a print is bent: no plane, no nose"][0]))
    assert told_to_applicant(printed) == ("liveness.not_confirmed",)
    idle = judge(changed(look, TRICKS["nothing moves"][0]))
    assert told_to_applicant(idle) == ("liveness.step_missed",)
