"""A photograph of a card: laid on something, seen askew, in bad light, by a shaking hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import cv2
import numpy as np

from yunquan_cards.printer import HEIGHT, WIDTH, Picture
from yunquan_cards.templates import Template

Draw = np.random.Generator
VIEW: Final = (1280, 900)
_GRAIN: Final = 1_000_000


@dataclass(frozen=True)
class Damage:
    """turn: degrees. askew: corners moved, in parts of the width. dim: how uneven the light is.
    noise: levels. quality: of the JPEG. shake: pixels. scale: of the card in the picture.
    """

    turn: float
    askew: float
    dim: float
    noise: float
    quality: int
    shake: float = 0
    scratches: int = 0
    shadow: float = 0
    scale: float = 0.85


LEVELS: Final = (
    Damage(1.5, 0.008, 0.05, 1, 92),
    Damage(4, 0.02, 0.12, 3, 85, 0, 0),
    Damage(7, 0.035, 0.22, 5, 76, 2, 2),
    Damage(10, 0.05, 0.32, 8, 66, 3, 4, 0.3, 0.78),
    Damage(14, 0.065, 0.42, 11, 55, 5, 8, 0.45, 0.68),
)


def photograph(card: Picture, template: Template, level: int, seed: int) -> Picture:
    """level: 0 clean to 4 heavy."""
    damage = LEVELS[level]
    draw = np.random.default_rng([seed, level])
    scratched = _scratch(card, damage, draw)
    scene = _surface(template, int(draw.integers(4)))
    onto = _corners(damage, draw)
    matrix = cv2.getPerspectiveTransform(_rectangle(), onto)
    laid = cv2.warpPerspective(scratched, matrix, VIEW, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(_rounded(), matrix, VIEW, flags=cv2.INTER_AREA)
    under = cv2.warpAffine(mask, np.array([[1, 0, 6], [0, 1, 8]], np.float32), VIEW)
    shade = cv2.blur(cv2.blur(under, (19, 19)), (19, 19))
    share = mask[..., None] * np.float32(1 / 255)
    picture = scene * ((1 - shade * np.float32(0.5 / 255))[..., None] * (1 - share)) + laid * share
    picture *= _light(damage, draw)
    picture = _shake(picture, damage, draw)
    at = int(draw.integers(_GRAIN))
    grain = _grain()[at : at + picture.size].reshape(picture.shape)
    picture += grain * np.float32(damage.noise)
    return np.clip(picture, 0, 255).astype(np.uint8)


@cache
def _grain() -> Picture:
    """Enough noise for any picture, begun at another place for each."""
    count = VIEW[0] * VIEW[1] * 3 + _GRAIN
    return np.random.default_rng(1).standard_normal(count, np.float32)


def jpeg(picture: Picture, quality: int = 90) -> bytes:
    done, content = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise ValueError("not encodable")
    return content.tobytes()


def taken(card: Picture, template: Template, level: int, seed: int) -> bytes:
    """The photograph as the phone sends it."""
    return jpeg(photograph(card, template, level, seed), LEVELS[level].quality)


def _rectangle() -> Picture:
    return np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)


@cache
def _rounded() -> Picture:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    r = 38
    cv2.rectangle(mask, (r, 0), (WIDTH - r, HEIGHT), 255, -1)
    cv2.rectangle(mask, (0, r), (WIDTH, HEIGHT - r), 255, -1)
    for x in (r, WIDTH - r):
        for y in (r, HEIGHT - r):
            cv2.circle(mask, (x, y), r, 255, -1)
    return mask


def _corners(damage: Damage, draw: Draw) -> Picture:
    wide, high = VIEW
    angle = np.deg2rad(draw.uniform(-damage.turn, damage.turn))
    scale = damage.scale * draw.uniform(0.94, 1.04) * wide / WIDTH
    # Turned, it must still fit.
    need_w = (WIDTH * abs(np.cos(angle)) + HEIGHT * abs(np.sin(angle))) * scale
    need_h = (WIDTH * abs(np.sin(angle)) + HEIGHT * abs(np.cos(angle))) * scale
    room = 1 - 2.6 * damage.askew
    scale *= min(1.0, 0.96 * room * wide / need_w, 0.96 * room * high / need_h)
    centred = (_rectangle() - (WIDTH / 2, HEIGHT / 2)) * scale
    turned = centred @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = draw.uniform(-damage.askew, damage.askew, (4, 2)) * WIDTH * scale
    return (turned + moved + (wide / 2, high / 2)).astype(np.float32)


@cache
def _surface(template: Template, piece: int) -> Picture:
    """piece: which of four pieces of it."""
    draw = np.random.default_rng(piece)
    wide, high = VIEW
    base = np.full((high, wide, 3), template.ground, np.float32)
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
    if template.surface == "wood":
        grain = np.sin(y / 9 + 4 * np.sin(x / 260 + draw.uniform(0, 6)) + y / 47)
        base *= 1 + 0.16 * grain[..., None]
    elif template.surface == "cloth":
        base *= 1 + 0.09 * (np.sin(x / 1.9) * np.sin(y / 1.9))[..., None]
    elif template.surface == "stone":
        coarse = draw.normal(0, 1, (high // 10, wide // 10)).astype(np.float32)
        base *= 1 + 0.13 * cv2.resize(coarse, VIEW, interpolation=cv2.INTER_CUBIC)[..., None]
    elif template.surface == "paper":
        base += draw.normal(0, 3, (high, wide, 1)).astype(np.float32)
    return base


def _scratch(card: Picture, damage: Damage, draw: Draw) -> Picture:
    marked = card.copy()
    for _ in range(damage.scratches):
        one = draw.uniform(0, 1, 2) * (WIDTH, HEIGHT)
        angle, length = draw.uniform(0, np.pi), draw.uniform(60, 300)
        two = one + length * np.array([np.cos(angle), np.sin(angle)])
        tone = int(draw.uniform(190, 250))
        from_to: Any = (tuple(map(int, one)), tuple(map(int, two)))
        cv2.line(marked, *from_to, (tone, tone, tone), 1, cv2.LINE_AA)
    return marked


def _light(damage: Damage, draw: Draw) -> Picture:
    """What each pixel is multiplied by; light has no edges that a coarse grid wouldn't hold."""
    x, y = np.meshgrid(np.linspace(-1, 1, 320), np.linspace(-1, 1, 225))
    angle = draw.uniform(0, 2 * np.pi)
    slope = 1 + damage.dim * 0.5 * (x * np.cos(angle) + y * np.sin(angle))
    if damage.shadow:
        edge = x * np.cos(angle + 1) + y * np.sin(angle + 1) - draw.uniform(-0.5, 0.5)
        slope = slope * (1 - damage.shadow / (1 + np.exp(-edge * 25)))
    tint = 1 + draw.uniform(-1, 1, 3) * damage.dim * 0.15
    light = slope[..., None] * tint * draw.uniform(0.88, 1.0)
    return cv2.resize(light.astype(np.float32), VIEW, interpolation=cv2.INTER_LINEAR)


def _shake(picture: Picture, damage: Damage, draw: Draw) -> Picture:
    length = round(draw.uniform(0.5, 1) * damage.shake)
    if length < 2:
        return picture
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    angle = draw.uniform(0, np.pi)
    dx, dy = np.cos(angle) * length / 2, np.sin(angle) * length / 2
    ends: Any = ((round(length - dx), round(length - dy)), (round(length + dx), round(length + dy)))
    cv2.line(kernel, *ends, 1.0, 1)
    return cv2.filter2D(picture, -1, kernel / kernel.sum())
