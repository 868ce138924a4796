"""What goes wrong with a portrait before a camera, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from tests.vision.studio.person import HEIGHT, WIDTH, Picture


def _small(picture: Picture) -> Picture:
    shrunk = cv2.resize(picture, None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA)
    shown = np.full_like(picture, 150)
    shown[100 : 100 + shrunk.shape[0], 120 : 120 + shrunk.shape[1]] = shrunk
    return shown


def _twice(picture: Picture) -> Picture:
    half = cv2.resize(picture, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    return np.hstack([half, half])


def _cloth(picture: Picture) -> Picture:
    shown = picture.copy()
    cv2.ellipse(shown, (WIDTH // 2, 372), (112, 92), 0, 0, 360, (196, 214, 226), -1)
    for line in range(320, 440, 22):
        cv2.line(shown, (140, line), (340, line + 6), (176, 196, 210), 2)
    return shown


def _tilted(picture: Picture) -> Picture:
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 32, 1.0)
    return cv2.warpAffine(picture, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)


HARMS: Final[dict[str, Callable[[Picture], Picture]]] = {
    "blur": lambda picture: cv2.GaussianBlur(picture, (0, 0), 5),
    "dark": lambda picture: (picture * 0.15).astype(np.uint8),
    "small": _small,
    "twice": _twice,
    "cloth": _cloth,
    "tilted": _tilted,
    "none": lambda picture: cv2.GaussianBlur(picture[:120, :160], (0, 0), 9),
}
