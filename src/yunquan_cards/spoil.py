"""Ways a picture of a card goes wrong or is made to: each has a name that tests ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from PIL import Image, ImageDraw

from yunquan_cards.photograph import VIEW, Draw
from yunquan_cards.printer import (
    DIGIT_STEP,
    NUMBER_AT,
    PORTRAIT,
    SCALE,
    Picture,
    font,
)

# --- of the card itself, before it is photographed ------------------------------------------------


def edited_digit(card: Picture, place: int, digit: str) -> Picture:
    """A digit of the number scraped off and written again in another hand. place: 0 to 17."""
    left = round((NUMBER_AT[0] + DIGIT_STEP * place) * SCALE)
    top, wide, high = (
        round((NUMBER_AT[1] + 2) * SCALE),
        round(DIGIT_STEP * SCALE),
        round(44 * SCALE),
    )
    edited = card.copy()
    edited[top : top + high, left : left + wide] = np.array((246, 244, 238), np.uint8)
    drawn = Image.fromarray(edited)
    face = font("sans", 700, round(36 * SCALE))
    ImageDraw.Draw(drawn).text((left + 3, top - 12), digit, font=face, fill=(8, 8, 8))
    return np.asarray(drawn).copy()


def swapped_portrait(card: Picture, other: Picture) -> Picture:
    """Another card's portrait glued on, a little askew."""
    left, top, wide, high = (round(part * SCALE) for part in PORTRAIT)
    glued = card.copy()
    cut = other[top : top + high, left : left + wide]
    glued[top + 4 : top + high + 4, left - 5 : left + wide - 5] = np.clip(
        cut.astype(np.float32) * (1.03, 0.98, 0.95), 0, 255
    ).astype(np.uint8)
    return glued


# --- of the photograph ----------------------------------------------------------------------------


def glare(picture: Picture, draw: Draw) -> Picture:
    """A lamp's reflection over the middle of the text."""
    high, wide = picture.shape[:2]
    x, y = np.meshgrid(np.arange(wide), np.arange(high))
    at_x, at_y = wide * draw.uniform(0.34, 0.42), high * draw.uniform(0.42, 0.58)
    far = np.hypot((x - at_x) / 150, (y - at_y) / 95)
    lamp = np.clip(1.7 - far, 0, 1)[..., None]
    return (picture * (1 - lamp) + 255 * lamp).astype(np.uint8)


def blur(picture: Picture, draw: Draw) -> Picture:
    return cv2.GaussianBlur(picture, (0, 0), draw.uniform(6, 8))


def crop(picture: Picture, draw: Draw) -> Picture:
    """The left of the card lies beyond the picture."""
    return picture[:, round(picture.shape[1] * draw.uniform(0.16, 0.2)) :].copy()


def copy(picture: Picture, draw: Draw) -> Picture:
    """A black-and-white copy 复印件: hard contrast, grain, no colour, whiter than any card."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    hard = 255 / (1 + np.exp(-(grey - 118) / 26)) + draw.normal(0, 5, grey.shape)
    return cv2.cvtColor(np.clip(hard, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)


def screen(picture: Picture, draw: Draw) -> Picture:
    """The photograph shown on another screen and photographed: a grid of points, beating with the
    camera's own, in a dark bezel.
    """
    wide, high = VIEW
    inner = cv2.resize(picture, (round(wide * 0.86), round(high * 0.86))).astype(np.float32)
    rows, columns = inner.shape[:2]
    pitch, tilt = draw.uniform(2.6, 3.4), draw.uniform(0.02, 0.05)
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    along, down = x + tilt * y, y - tilt * x
    for channel in range(3):
        phase = 2 * np.pi * channel / 3
        grid = 0.84 + 0.16 * np.cos(2 * np.pi * along / pitch + phase)
        inner[..., channel] *= grid * (0.94 + 0.06 * np.cos(2 * np.pi * down / pitch))
    inner = inner * (1.05, 1.05, 1.2) + 6
    shown = np.full((high, wide, 3), 12, np.float32)
    top, left = (high - rows) // 2, (wide - columns) // 2
    shown[top : top + rows, left : left + columns] = inner
    return np.clip(shown + draw.normal(0, 2, shown.shape), 0, 255).astype(np.uint8)


def upside_down(picture: Picture, draw: Draw) -> Picture:
    return cv2.rotate(picture, cv2.ROTATE_180)


def dark(picture: Picture, draw: Draw) -> Picture:
    return (picture * draw.uniform(0.12, 0.16)).astype(np.uint8)


def small(picture: Picture, draw: Draw) -> Picture:
    return cv2.resize(picture, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)


def empty(picture: Picture, draw: Draw) -> Picture:
    """The desk alone."""
    ground = picture[:8].reshape(-1, 3).mean(0)
    return np.clip(ground + draw.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


SPOILINGS: Final[dict[str, Callable[[Picture, Draw], Any]]] = {
    "glare": glare,
    "blur": blur,
    "crop": crop,
    "copy": copy,
    "screen": screen,
    "upside_down": upside_down,
    "dark": dark,
    "small": small,
    "empty": empty,
}
