"""Clips acted out after a challenge: the honest one, and what fraudsters hold before a camera."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

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
        ends = min(until, starts + pace.uniform(1000, 1350))
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
    noise = np.random.default_rng(manner.seed)
    done = list[tuple[int, bytes]]()
    for shot in shots:
        picture = shot.picture.astype(np.float32)
        picture = picture + noise.normal(0, manner.noise, picture.shape)
        done.append((shot.at_ms, jpeg(np.clip(picture, 0, 255).astype(np.uint8), manner.quality)))
    return done


def jpeg(picture: Picture, quality: int) -> bytes:
    ok, content = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    assert ok
    return content.tobytes()


# --- what fraudsters do ---------------------------------------------------------------------------


def flat_photo(person: Person, plan: Plan, manner: Manner, *, bent: float = 0.0) -> list[Shot]:
    """A print, turned as the steps ask. bent: radius of an upright cylinder in widths, 0: flat."""

    def shot(at_ms: int) -> Shot:
        act = act_at(plan, manner, at_ms)
        turned = _held_up(person.still, act.yaw * 1.4, act.pitch * 1.4, bent)
        lit = _screen_light(turned, act.light, manner.face_light * 0.8)
        return Shot(at_ms, lit)

    return [shot(at_ms) for at_ms in moments(plan, manner)]


def _held_up(print_: Picture, yaw: float, pitch: float, bent: float) -> Picture:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    x, y = np.meshgrid(np.linspace(-1, 1, 41), np.linspace(-1.3, 1.3, 53))
    if bent:
        angle = x / bent
        across, depth = bent * np.sin(angle), bent * (1 - np.cos(angle))
    else:
        across, depth = x, np.zeros_like(x)
    a, b = np.radians([-yaw, -pitch])
    x_2 = across * np.cos(a) + depth * np.sin(a)
    z_2 = -across * np.sin(a) + depth * np.cos(a)
    y_2 = y * np.cos(b) - z_2 * np.sin(b)
    z_3 = y * np.sin(b) + z_2 * np.cos(b)
    scale = 4.0 / (4.0 + z_3) * WIDTH / 2 * 0.95
    seen = np.stack([x_2 * scale + WIDTH / 2, y_2 * scale + HEIGHT / 2], 2)
    at = np.stack([(x + 1) * WIDTH / 2, (y + 1.3) * HEIGHT / 2.6], 2)
    return _carry(print_, at, seen, rows, columns)


def _carry(picture: Picture, at: Any, seen: Any, rows: Picture, columns: Picture) -> Picture:
    """A picture on a bent grid, each of its cells seen as a small plane."""
    room = np.full((HEIGHT, WIDTH, 3), (168, 160, 150), np.uint8)
    map_x, map_y = np.full_like(rows, -1), np.full_like(rows, -1)
    for r in range(at.shape[0] - 1):
        for c in range(at.shape[1] - 1):
            corners = seen[[r, r, r + 1, r + 1], [c, c + 1, c + 1, c]].astype(np.float32)
            source = at[[r, r, r + 1, r + 1], [c, c + 1, c + 1, c]].astype(np.float32)
            left, top = np.maximum(np.floor(corners.min(0)).astype(int), 0)
            right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, (WIDTH, HEIGHT))
            if right <= left or bottom <= top:
                continue
            matrix = cv2.getPerspectiveTransform(corners, source)
            xs, ys = columns[top:bottom, left:right], rows[top:bottom, left:right]
            w = matrix[2, 0] * xs + matrix[2, 1] * ys + matrix[2, 2]
            map_x[top:bottom, left:right] = (
                matrix[0, 0] * xs + matrix[0, 1] * ys + matrix[0, 2]
            ) / w
            map_y[top:bottom, left:right] = (
                matrix[1, 0] * xs + matrix[1, 1] * ys + matrix[1, 2]
            ) / w
    shown = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.where((map_x >= 0)[..., None], shown, room)


def _screen_light(picture: Picture, light: tuple[float, float, float], strength: float) -> Picture:
    linear = (picture / 255.0) ** 2.2
    linear = linear * (1 - 0.3 * strength + strength * np.array(light))
    return (255 * np.clip(linear, 0, 1) ** (1 / 2.2)).astype(np.uint8)


def on_a_screen(
    shots: Sequence[Shot], plan: Plan, manner: Manner, *, dots: float = 0.12
) -> list[Shot]:
    """A film shown on another screen and filmed again: its dots beat with the camera's, its colours
    are harder, the applicant's own screen is only mirrored in the glass.
    """
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    draw = random.Random(manner.seed + 3)
    pitch, slant = draw.uniform(2.3, 3.4), draw.uniform(0.05, 0.2)
    done = list[Shot]()
    for shot in shots:
        sway = draw.uniform(-1, 1)
        u = columns * np.cos(slant) + rows * np.sin(slant) + sway
        v = rows * np.cos(slant) - columns * np.sin(slant)
        beat = (
            np.stack([1 + dots * np.sin(2 * np.pi * (u / pitch + k / 3)) for k in range(3)], 2)
            * (1 + 0.5 * dots * np.sin(2 * np.pi * v / pitch))[..., None]
        )
        linear = (shot.picture / 255.0) ** 2.5 * beat * np.array([0.92, 0.98, 1.08])
        act = act_at(plan, manner, shot.at_ms)
        glass = 0.03 * np.array(act.light)
        linear = linear * 0.95 + glass
        picture = (255 * np.clip(linear, 0, 1) ** (1 / 2.2)).astype(np.uint8)
        done.append(Shot(shot.at_ms, picture))
    return done


def masked(shots: Sequence[Shot], part: Callable[[Picture], Picture]) -> list[Shot]:
    return [Shot(shot.at_ms, part(shot.picture)) for shot in shots]
