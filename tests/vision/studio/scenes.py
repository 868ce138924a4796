"""A clip acted out after a challenge by a person who means it, and what leaves their camera."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from tests.vision.studio.person import HEIGHT, WIDTH, Act, Person, Picture

LIGHTS: Final = {
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
    "yellow": (1.0, 1.0, 0.0),
    "cyan": (0.0, 1.0, 1.0),
    "magenta": (1.0, 0.0, 1.0),
}
DARK: Final = (0.3, 0.3, 0.3)


@dataclass(frozen=True)
class Plan:
    """A challenge as the studio needs it: (kind, from, to) and (colour, from, to) in ms."""

    steps: tuple[tuple[str, int, int], ...]
    flashes: tuple[tuple[str, int, int], ...]
    length_ms: int


@dataclass(frozen=True)
class Manner:
    """How somebody acts and is lit. late_ms: the screen is seen that much later by the camera."""

    seed: int = 1
    fps: float = 8.0
    turn: float = 24.0
    nod: float = 14.0
    mouth: float = 0.6
    late_ms: int = 90
    face_light: float = 0.22
    room_light: float = 0.03
    noise: float = 2.0
    quality: int = 82


@dataclass(frozen=True)
class Shot:
    at_ms: int
    picture: Picture


def act_at(plan: Plan, manner: Manner, at_ms: float) -> Act:
    """What an obliging person does at a moment: sways a little, follows each step after a while."""
    draw = random.Random(manner.seed)
    phases = [draw.uniform(0, 6.28) for _ in range(5)]
    t = at_ms / 1000
    act = Act(
        yaw=1.2 * np.sin(0.9 * t + phases[0]),
        pitch=0.9 * np.sin(1.1 * t + phases[1]),
        roll=0.8 * np.sin(0.7 * t + phases[2]),
        right=2.5 * np.sin(0.8 * t + phases[3]),
        down=2.0 * np.sin(0.6 * t + phases[4]),
    )
    for number, (kind, since, until) in enumerate(plan.steps):
        pace = random.Random(f"{manner.seed}:{number}")
        starts = since + pace.uniform(250, 550)
        longer = 1.8 if kind == "read_digits" else 1.0
        ends = min(until, starts + longer * pace.uniform(1000, 1350))
        act = _DOES[kind](act, manner, (at_ms - starts) / (ends - starts))
    light = DARK
    for colour, since, until in plan.flashes:
        if since + manner.late_ms <= at_ms < until + manner.late_ms:
            light = LIGHTS[colour]
    return replace(act, light=light)


def _hump(x: float) -> float:
    """0, up, hold, down, 0 for x from 0 to 1."""
    if not 0 < x < 1:
        return 0.0
    return float(np.clip(min(x, 1 - x) * 3.2, 0, 1))


def _nods(act: Act, manner: Manner, x: float) -> Act:
    swing = np.sin(2 * np.pi * x) * (0 < x < 1)
    return replace(act, pitch=act.pitch - manner.nod * float(swing))


def _speaks(act: Act, manner: Manner, x: float) -> Act:
    talk = abs(np.sin(4 * np.pi * x)) * (0 < x < 1)
    return replace(act, mouth=0.55 * manner.mouth * float(talk))


_DOES: Final[dict[str, Callable[[Act, Manner, float], Act]]] = {
    "turn_left": lambda act, manner, x: replace(act, yaw=act.yaw + manner.turn * _hump(x)),
    "turn_right": lambda act, manner, x: replace(act, yaw=act.yaw - manner.turn * _hump(x)),
    "nod": _nods,
    "blink": lambda act, manner, x: replace(act, blink=_hump((x - 0.35) * 3.0)),
    "open_mouth": lambda act, manner, x: replace(act, mouth=manner.mouth * _hump(x)),
    "read_digits": _speaks,
}


def moments(plan: Plan, manner: Manner) -> list[int]:
    """When the camera takes a frame: never quite evenly."""
    draw = random.Random(manner.seed + 7)
    step, at, found = 1000 / manner.fps, 30.0, list[int]()
    while at < plan.length_ms:
        found.append(round(at + draw.uniform(-9, 9)))
        at += step
    return found


def honest(person: Person, plan: Plan, manner: Manner) -> list[Shot]:
    def shot(at_ms: int) -> Shot:
        act = act_at(plan, manner, at_ms)
        return Shot(
            at_ms,
            person.show(act, face_light=manner.face_light, room_light=manner.room_light),
        )

    return [shot(at_ms) for at_ms in moments(plan, manner)]


def developed(shots: Sequence[Shot], manner: Manner) -> list[tuple[int, bytes]]:
    """What leaves the camera: sensor noise, then JPEG."""
    draw = np.random.default_rng(manner.seed)
    grain = draw.normal(0, manner.noise, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.float32)
    done = list[tuple[int, bytes]]()
    for shot in shots:
        top, left = draw.integers(0, 64, 2)
        noisy = shot.picture + grain[top : top + HEIGHT, left : left + WIDTH]
        done.append((shot.at_ms, jpeg(np.clip(noisy, 0, 255).astype(np.uint8), manner.quality)))
    return done


def jpeg(picture: Picture, quality: int) -> bytes:
    ok, content = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    assert ok
    return content.tobytes()
