"""What fraudsters hold before a camera or feed into a browser: each a clip from a challenge.

Drawn, not filmed: prints are planes and cylinders, a screen is a pattern of dots that beats with
the sensor's. They show what the rules react to, not how a skilled attacker would fare.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np

from tests.vision.studio.person import HEIGHT, WIDTH, Person, Picture
from tests.vision.studio.scenes import (
    Manner,
    Plan,
    Shot,
    act_at,
    developed,
    honest,
    jpeg,
    moments,
)

Film = list[tuple[int, bytes]]


@dataclass(frozen=True)
class Cast:
    """Who acts after which plan. other: somebody else; elsewhere: a plan drawn for another clip."""

    person: Person
    other: Person
    plan: Plan
    elsewhere: Plan
    manner: Manner


def made(scene: str, cast: Cast) -> Film:
    """The clip of a scene: its times and JPEGs."""
    return SCENES[scene](cast)


def _filmed(shots: Callable[[Cast], Sequence[Shot]]) -> Callable[[Cast], Film]:
    return lambda cast: developed(shots(cast), cast.manner)


def _acted(cast: Cast) -> list[Shot]:
    return list(_played(cast.person, cast.plan, cast.manner))


@lru_cache(maxsize=3)
def _played(person: Person, plan: Plan, manner: Manner) -> tuple[Shot, ...]:
    """Many scenes begin with the same honest one."""
    return tuple(honest(person, plan, manner))


def _splice(first: int, last: int) -> Callable[[Cast], list[Shot]]:
    def shots(cast: Cast) -> list[Shot]:
        acted = _acted(cast)
        acted[first:last] = _played(cast.other, cast.plan, cast.manner)[first:last]
        return acted

    return shots


def _other_colours(cast: Cast) -> list[Shot]:
    colours = [colour for colour, _, _ in cast.elsewhere.flashes]
    times = [(since, until) for _, since, until in cast.plan.flashes]
    flashes = tuple((c, *t) for c, t in zip(colours, times, strict=True))
    return honest(cast.person, replace(cast.plan, flashes=flashes), cast.manner)


def _two_faces(cast: Cast) -> list[Shot]:
    """Somebody else looks over the shoulder the whole time."""
    small = cv2.resize(cast.other.still[120:420, 90:390], (190, 190), interpolation=cv2.INTER_AREA)
    done = list[Shot]()
    for shot in _acted(cast):
        picture = shot.picture.copy()
        picture[10:200, 285:475] = small
        done.append(Shot(shot.at_ms, picture))
    return done


def _hidden_mouth(cast: Cast) -> list[Shot]:
    """A surgical mask, drawn as cloth over everything below the eyes."""
    done = list[Shot]()
    for shot in _acted(cast):
        picture = shot.picture.copy()
        cv2.ellipse(picture, (WIDTH // 2, 372), (112, 92), 0, 0, 360, (196, 214, 226), -1)
        for line in range(320, 440, 22):
            cv2.line(picture, (140, line), (340, line + 6), (176, 196, 210), 2)
        done.append(Shot(shot.at_ms, picture))
    return done


def _reordered(cast: Cast) -> Film:
    """The middle third first, under the times of the first."""
    film = developed(_acted(cast), cast.manner)
    third = len(film) // 3
    order = [*film[third : 2 * third], *film[:third], *film[2 * third :]]
    return [(at_ms, content) for (at_ms, _), (_, content) in zip(film, order, strict=True)]


def _shuffled(cast: Cast) -> Film:
    film = developed(_acted(cast), cast.manner)
    contents = [content for _, content in film]
    random.Random(cast.manner.seed).shuffle(contents)
    return [(at_ms, content) for (at_ms, _), content in zip(film, contents, strict=True)]


def _still(cast: Cast) -> Film:
    film = developed(_acted(cast), cast.manner)
    return [(at_ms, film[0][1]) for at_ms, _ in film]


def _freezes(cast: Cast) -> Film:
    """The camera stands still for a second and a half and goes on."""
    film = developed(_acted(cast), cast.manner)
    return [(at, film[24][1] if 24 < n < 37 else content) for n, (at, content) in enumerate(film)]


def _looped(cast: Cast) -> Film:
    film = developed(_acted(cast), cast.manner)
    return [(at_ms, film[n % 30][1]) for n, (at_ms, _) in enumerate(film)]


def _even(cast: Cast) -> Film:
    """Injected by a program that knows the exact time of each frame."""
    film = developed(_acted(cast), cast.manner)
    step = round(1000 / cast.manner.fps)
    return [(30 + step * n, content) for n, (_, content) in enumerate(film)]


def again(film: Film, seed: int) -> Film:
    """The same recording handed in once more: cropped, scaled, coded anew, a little later."""
    draw = random.Random(seed)
    left, top, late = draw.randint(2, 12), draw.randint(2, 12), draw.randint(-20, 90)
    done = Film()
    for at_ms, content in film:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        picture = cv2.resize(picture[top:-8, left:-6], (360, 480), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
        done.append((at_ms + late + 20, jpeg(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), 66)))
    return done


def flat_photo(person: Person, plan: Plan, manner: Manner, *, bent: float = 0.0) -> list[Shot]:
    """A print, turned as the steps ask. bent: radius of an upright cylinder in widths, 0: flat."""

    def shot(at_ms: int) -> Shot:
        act = act_at(plan, manner, at_ms)
        turned = _held_up(person.still, act.yaw * 1.4, act.pitch * 1.4, bent)
        lit = _screen_light(turned, act.light, manner.face_light * 0.8)
        return Shot(at_ms, lit)

    return [shot(at_ms) for at_ms in moments(plan, manner)]


def _held_up(print_: Picture, yaw: float, pitch: float, bent: float) -> Picture:
    """A sheet seen in space: one plane, or upright strips of a cylinder."""
    strips = 25 if bent else 2
    x, y = np.meshgrid(np.linspace(-1, 1, strips), np.array([-1.3, 1.3]))
    if bent:
        across, depth = bent * np.sin(x / bent), bent * (1 - np.cos(x / bent))
    else:
        across, depth = x, np.zeros_like(x)
    a, b = np.radians([-yaw, -pitch])
    x_turned = across * np.cos(a) + depth * np.sin(a)
    z_turned = -across * np.sin(a) + depth * np.cos(a)
    y_nodded = y * np.cos(b) - z_turned * np.sin(b)
    z_nodded = y * np.sin(b) + z_turned * np.cos(b)
    scale = 4.0 / (4.0 + z_nodded) * WIDTH / 2 * 0.95
    seen = np.stack([x_turned * scale + WIDTH / 2, y_nodded * scale + HEIGHT / 2], 2)
    at = np.stack([(x + 1) * WIDTH / 2, (y + 1.3) * HEIGHT / 2.6], 2)
    shown = np.full((HEIGHT, WIDTH, 3), (168, 160, 150), np.uint8)
    for strip in range(strips - 1):
        _lay(print_, at[:, strip : strip + 2], seen[:, strip : strip + 2], shown)
    return shown


def _lay(print_: Picture, at: Any, seen: Any, shown: Picture) -> None:
    """One flat strip of the sheet onto what is seen."""
    order = [(0, 0), (0, 1), (1, 1), (1, 0)]
    source = np.array([at[place] for place in order], np.float32)
    target = np.array([seen[place] for place in order], np.float32)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillConvexPoly(mask, np.round(target).astype(np.int32), 255)
    matrix = cv2.getPerspectiveTransform(source, target)
    warped = cv2.warpPerspective(
        print_, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    cv2.copyTo(warped, mask, shown)


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


SCENES: Final[dict[str, Callable[[Cast], Film]]] = {
    "honest": _filmed(_acted),
    "flat print turned": _filmed(lambda c: flat_photo(c.person, c.plan, c.manner)),
    "bent print turned": _filmed(lambda c: flat_photo(c.person, c.plan, c.manner, bent=0.9)),
    "screen replay": _filmed(lambda c: on_a_screen(_acted(c), c.plan, c.manner)),
    "faint screen replay": _filmed(lambda c: on_a_screen(_acted(c), c.plan, c.manner, dots=0.03)),
    "film of another challenge": _filmed(lambda c: honest(c.person, c.elsewhere, c.manner)),
    "other colours": _filmed(_other_colours),
    "no colours": _filmed(
        lambda c: honest(c.person, c.plan, replace(c.manner, face_light=0.008, room_light=0.008))
    ),
    "swapped half way": _filmed(_splice(40, 200)),
    "swapped three frames": _filmed(_splice(44, 47)),
    "two faces": _filmed(_two_faces),
    "mask over the mouth": _filmed(_hidden_mouth),
    "parts reordered": _reordered,
    "frames shuffled": _shuffled,
    "still picture": _still,
    "frozen camera": _freezes,
    "looped film": _looped,
    "perfect times": _even,
}
