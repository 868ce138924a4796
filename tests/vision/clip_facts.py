"""A clip as the worker would report it of an obliging person: rules are tested without a worker."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import msgspec

from tests.vision.limits import LIMITS
from yunquan.vision.rules import challenges
from yunquan.vision.rules.challenges import COLOURS, draw_challenge
from yunquan.vision.types import Challenge, ClipSource, FrameFacts, LivenessLook

KINDS = ("turn_left", "turn_right", "nod", "blink", "open_mouth")
REST = {"yaw": -200, "pitch": -1200, "eyes": 2800, "mouth": 20}
FULL = {
    "turn_left": {"yaw": 2400},
    "turn_right": {"yaw": -2400},
    "nod": {"pitch": -1600},
    "blink": {"eyes": -2200},
    "open_mouth": {"mouth": 2900},
    "read_digits": {"mouth": 1300},
}


def asked(*kinds: str, number: int = 0) -> Challenge:
    """The first challenge of a series of seeds with these steps in this order."""
    every = (*KINDS, challenges.READ_DIGITS)
    while True:
        seed = hashlib.sha256(b"facts%d" % number).digest()
        drawn = draw_challenge(seed, 0, LIMITS, kinds=every)
        if tuple(step.kind for step in drawn.steps) == kinds:
            return drawn
        number += 1


def source_of(challenge: Challenge) -> ClipSource:
    return ClipSource(challenge.nonce, "Front Camera", 480, 640, mobile=True)


def vector(of: int, apart: float = 0.0) -> tuple[float, ...]:
    """A made-up face's numbers; `apart`: how far from that face's first."""
    numbers = [math.sin(of * 7.0 + k) * 0.06 for k in range(128)]
    numbers[0] += apart
    return tuple(numbers)


def clip(challenge: Challenge, *, strength: float = 0.2, nose: float = 0.38) -> LivenessLook:
    """strength: how much of the screen's light the face sends back; nose: how far it stands out."""
    frames = list[FrameFacts]()
    times = [30 + 118 * n + (n * 37) % 13 for n in range(challenge.length_ms // 118)]
    for index, at_ms in enumerate(times):
        posture = dict(REST)
        for step in challenge.steps:
            share = _hump((at_ms - step.from_ms - 300) / 1300, step.kind)
            for name, most in FULL[step.kind].items():
                posture[name] += round(most * share)
        sine = math.sin(math.radians((posture["yaw"] - REST["yaw"]) / 100))
        skin, room = _light(challenge, at_ms - 80, strength, index)
        frames.append(
            FrameFacts(
                index=index,
                at_ms=at_ms,
                faces=1,
                digest=hashlib.sha256(b"%d" % index).hexdigest()[:32],
                moved=45 + index % 7,
                room_change=4 + index % 3,
                room=room,
                box=(120 + index % 3, 170 - index % 2, 180, 240),
                roll=-100 + index % 5,
                sharpness=180,
                moire=5400 + 40 * (index % 9),
                skin=skin,
                face_change=20,
                lips=2600 + index % 40,
                bulge=-30 + round(10_000 * nose * sine),
                plane_residual=40 + round(1700 * abs(sine)),
                embedding=vector(1, 0.02 * (index % 4)) if index % 8 == 0 else (),
                **posture,
            )
        )
    return LivenessLook(480, 640, tuple(frames))


def _hump(x: float, kind: str) -> float:
    if not 0 < x < 1:
        return 0.0
    if kind == "nod":
        return math.sin(2 * math.pi * x)
    if kind == "read_digits":
        return abs(math.sin(4 * math.pi * x))
    if kind == "blink":
        return 1.0 if 0.4 < x < 0.6 else 0.0
    return min(1.0, 3.2 * min(x, 1 - x))


def _light(
    challenge: Challenge, at_ms: int, strength: float, index: int
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    shown: tuple[float, ...] = (0.3, 0.3, 0.3)
    for flash in challenge.flashes:
        if flash.from_ms <= at_ms < flash.to_ms:
            shown = COLOURS[flash.colour]
    noise = (index * 7919 % 11) - 5

    def lit(base: int, share: float, level: float) -> int:
        return round(base * (1 - 0.3 * share + share * level) ** (1 / 2.2)) + noise

    skin = tuple(
        lit(base, strength, s) for base, s in zip((17000, 13500, 11800), shown, strict=True)
    )
    room = tuple(lit(base, 0.02, s) for base, s in zip((12000, 12200, 12600), shown, strict=True))
    return (skin[0], skin[1], skin[2]), (room[0], room[1], room[2])


def changed(look: LivenessLook, change: Callable[[FrameFacts], dict[str, object]]) -> LivenessLook:
    """Each frame with the fields that `change` names for it."""
    frames = tuple(msgspec.structs.replace(frame, **change(frame)) for frame in look.frames)
    return msgspec.structs.replace(look, frames=frames)
