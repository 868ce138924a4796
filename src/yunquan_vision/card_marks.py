"""What a picture of a card says besides its print: glare, blur, cut edges, copies, screens, edits.

All are rough measures in 1/10,000 or levels; what counts as too much is decided elsewhere.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np

from yunquan_vision.letters import Letter, Rectangle
from yunquan_vision.meshes import Picture
from yunquan_vision.outlines import Quad

_BURNT: Final = 250
_TEXT_RIGHT: Final = 650
_RIM: Final = 3  # pixels from the picture's border


def measures(picture: Picture, flat: Picture, quad: Quad) -> dict[str, int]:
    grey = cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY)
    return {
        "sharpness": sharpness(grey),
        "light": round(float(grey.mean()) * 100),
        "glare": glare(flat),
        "cropped": cropped(picture, quad),
        "colour": colour(flat),
        "moire": moire(picture, quad),
    }


def of_field(flat: Picture, box: Rectangle, *, beside: bool) -> dict[str, int]:
    """beside: print may go on to the right, where glare would have eaten it."""
    left, top, width, height = box
    part = flat[max(top, 0) : top + height, max(left, 0) : left + width]
    if not part.size:
        return {"glare": 0, "sharpness": 0}
    right = max(left + width + 20, _TEXT_RIGHT if beside else 0)
    around = flat[max(top, 0) : top + height, max(left - 20, 0) : right]
    return {
        "glare": glare(around),
        "sharpness": sharpness(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)),
    }


def sharpness(grey: Picture) -> int:
    """Steepness of the steepest edges against the spread of levels: noise hardly counts."""
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.2).astype(np.float32)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    steep = float(np.percentile(np.hypot(across, down), 99))
    low, high = np.percentile(smooth, (1, 99))
    return round(1000 * steep / max(float(high - low), 20.0))


def glare(part: Picture) -> int:
    """Share that is burnt out in all three colours, in patches; paper is not that bright."""
    burnt = (part.min(2) >= _BURNT).astype(np.uint8)
    patches = cv2.morphologyEx(burnt, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return round(10_000 * float(patches.mean()))


def cropped(picture: Picture, quad: Quad) -> int:
    """How many of the four sides run along or beyond the picture's border."""
    high, wide = picture.shape[:2]
    xs, ys = quad[:, 0], quad[:, 1]
    beyond = 0
    for one in range(4):
        two = (one + 1) % 4
        for values, most in ((xs, wide), (ys, high)):
            if (
                max(values[one], values[two]) <= _RIM
                or min(values[one], values[two]) >= most - 1 - _RIM
            ):
                beyond += 1
    return beyond


def colour(flat: Picture) -> int:
    """Spread of hue over the card in 1/100 of a level: a black-and-white copy has next to none."""
    small = cv2.resize(flat, (214, 135), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)[..., 1:]
    away = np.linalg.norm(lab - np.median(lab.reshape(-1, 2), axis=0), axis=1 + 1)
    return round(100 * float(np.percentile(away, 97)))


def moire(picture: Picture, quad: Quad) -> int:
    """Strength of the sharpest regular pattern in the card's middle against its surroundings."""
    left, top = (max(0, int(level)) for level in quad.min(0))
    right, bottom = (int(level) for level in quad.max(0))
    part = cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    size = 256
    high, wide = part.shape
    if min(high, wide) < size:
        return 0
    best = 0.0
    for quarter in (1, 2, 3):
        x = min(max(0, quarter * wide // 4 - size // 2), wide - size)
        y = (high - size) // 2
        piece = part[y : y + size, x : x + size].astype(np.float32)
        piece = piece - cv2.GaussianBlur(piece, (0, 0), 4)
        window: Any = np.hanning(size)[:, None] * np.hanning(size)[None]
        power = np.abs(np.fft.fftshift(np.fft.fft2(np.clip(piece, -25, 25) * window)))
        around = cv2.GaussianBlur(power, (0, 0), 8) + 1e-3
        ratio = power / around
        cy, cx = np.ogrid[:size, :size]
        far = np.hypot(cy - size // 2, cx - size // 2)
        best = max(best, float(ratio[(far > 28) & (far < 126)].max()))
    return round(100 * best)


def odd_digit(flat: Picture, box: Rectangle, letters: list[Letter]) -> int:
    """How unlike its neighbours the oddest digit stands on its ground, in 1/100 of their spread.

    A digit that was erased and written again has another ground and colour, maybe other ink. Light
    falls unevenly, so the ground of a digit is held against the paper right above and below it.
    """
    if len(letters) < 12:
        return 0
    _, top, _, height = box
    lab = cv2.cvtColor(flat, cv2.COLOR_RGB2LAB).astype(np.float32)
    step = (letters[-1].at - letters[0].at) / (len(letters) - 1)
    facts = list[Any]()
    for letter in letters:
        start, end = max(0, round(letter.at - step / 2)), round(letter.at + step / 2)
        cell = lab[top : top + height, start:end]
        above, below = (
            lab[max(0, top - 34) : top - 12, start:end],
            lab[top + height + 12 :, start:end],
        )
        if min(cell.shape[1], above.size, below[:22].size) < 6:
            continue
        paper = (_middle(above) + _middle(below[:22])) / 2
        light = cell[..., 0]
        ground = cell[light > np.percentile(light, 55)]
        facts.append(
            np.append(np.median(ground, axis=0) - paper, np.percentile(light, 6) - paper[0])
        )
    if len(facts) < 12:
        return 0
    values = np.array(facts)
    middle = np.array(
        [np.median(values[max(0, at - 4) : at + 5], axis=0) for at in range(len(values))]
    )
    away = np.abs(values - middle)
    usual = np.median(away, axis=0) + np.array([1.2, 0.6, 0.6, 6.0])
    return round(100 * float((away / usual).max()))


def _middle(part: Picture) -> Any:
    return np.median(part.reshape(-1, 3), axis=0)


def jpeg(picture: Picture) -> bytes:
    done, content = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92]
    )
    return content.tobytes() if done else b""
