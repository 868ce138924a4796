"""Opening a picture from a stranger: its kind and size are read before a pixel is decoded."""

from __future__ import annotations

import io
import warnings
from typing import Final

import cv2
import numpy as np
from PIL import Image

from yunquan_vision.meshes import Picture

_KINDS: Final = ("JPEG", "PNG", "WEBP")
LARGEST_BYTES: Final = 12_000_000
MOST_PIXELS: Final = 25_000_000
LONGEST_SIDE: Final = 8000
SHORTEST_SIDE: Final = 64


class NotAPicture(ValueError):
    """The file is not what it says, or too large or small; its text is the error's code."""


def open_picture(
    content: bytes, *, kinds: tuple[str, ...] = _KINDS, most_pixels: int = MOST_PIXELS
) -> Picture:
    """RGB, upright as its camera says. Raises NotAPicture."""
    if len(content) > LARGEST_BYTES:
        raise NotAPicture("vision.too_large")
    width, height = _size(content, kinds)
    if width * height > most_pixels or max(width, height) > LONGEST_SIDE:
        raise NotAPicture("vision.too_large")
    if min(width, height) < SHORTEST_SIDE:
        raise NotAPicture("vision.too_small")
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        picture = None
    # What is decoded must be what was announced, turned or not.
    if picture is None or {*picture.shape[:2]} != {width, height}:
        raise NotAPicture("vision.not_an_image")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def _size(content: bytes, kinds: tuple[str, ...]) -> tuple[int, int]:
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=kinds) as opened:
            warnings.simplefilter("ignore")
            return opened.size
    except Image.DecompressionBombError:
        raise NotAPicture("vision.too_large") from None
    except Exception:  # a header may break its reader in any way it likes
        raise NotAPicture("vision.not_an_image") from None
