"""What light and pixels say apart from a face's shape: sharpness, colours, patterns, change."""

from __future__ import annotations

import hashlib
from typing import Final

import cv2
import numpy as np

from yunquan_vision import meshes
from yunquan_vision.meshes import Picture, Points

UPRIGHT_PX: Final = 48
# Levels by which a surface with something on it differs within itself.
_BARE: Final = 12.0
_EYES_AND_MOUTH: Final = ((33, (14, 17)), (263, (34, 17)), (13, (24, 36)))


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def grey(picture: Picture) -> Picture:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def crop(picture: Picture, box: tuple[int, int, int, int]) -> Picture:
    left, top, width, height = box
    rows, columns = picture.shape[:2]
    left, top = max(left, 0), max(top, 0)
    return picture[top : min(top + max(height, 1), rows), left : min(left + max(width, 1), columns)]


def sharpness(picture: Picture, box: tuple[int, int, int, int]) -> float:
    """Variance of the Laplacian of the face brought to 160 pixels, so that size doesn't count."""
    face = grey(crop(picture, box))
    if min(face.shape) < 8:
        return 0.0
    scale = 160 / max(face.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    face = cv2.resize(face, None, fx=scale, fy=scale, interpolation=how)
    return float(cv2.Laplacian(face, cv2.CV_64F).var())


def skin_colour(picture: Picture, face: Points) -> tuple[float, float, float]:
    """Mean colour of the cheeks and the brow."""
    half = max(2, int(meshes.eye_span(face) * 0.08))
    patches = []
    for point in meshes.SKIN:
        x, y = face[point, :2].astype(int)
        patch = crop(picture, (x - half, y - half, 2 * half, 2 * half))
        if patch.size:
            patches.append(patch.reshape(-1, 3).mean(0))
    if not patches:
        return 0.0, 0.0, 0.0
    red, green, blue = np.mean(patches, 0)
    return float(red), float(green), float(blue)


def room_mask(shape: tuple[int, ...], box: tuple[int, int, int, int]) -> Picture:
    """True where neither face, hair nor shoulders are to be expected."""
    mask = np.ones(shape[:2], bool)
    left, top, width, height = box
    pad = int(width * 0.45)
    first = max(left - pad, 0)
    mask[max(top - int(height * 0.5), 0) :, first : left + width + pad] = False
    mask[top + height :, :] = False
    return mask


def room_colour(picture: Picture, mask: Picture) -> tuple[float, float, float]:
    if mask.sum() < 64:
        return 0.0, 0.0, 0.0
    red, green, blue, _ = cv2.mean(picture, mask.astype(np.uint8))
    return red, green, blue


def upright(picture: Picture, face: Points) -> Picture:
    """The face brought to one place and size by eyes and mouth, grey, mean 0, deviation 1."""
    source = np.array([face[i, :2] for i, _ in _EYES_AND_MOUTH], np.float32)
    target = np.array([to for _, to in _EYES_AND_MOUTH], np.float32)
    matrix = cv2.getAffineTransform(source, target)
    small = cv2.warpAffine(grey(picture), matrix, (UPRIGHT_PX, UPRIGHT_PX), flags=cv2.INTER_AREA)
    return even(small)


def even(picture: Picture) -> Picture:
    """Mean 0 and deviation 1: light that changes for all alike doesn't count.

    A bare wall stays nearly 0, or its noise would look like one room after another.
    """
    values = picture.astype(np.float32)
    return (values - values.mean()) / max(float(values.std()), _BARE)


def unlikeness(one: Picture, other: Picture) -> float:
    """1 - correlation of two pictures that were made even; 0 the same, 1 nothing in common."""
    return float(((one - other) ** 2).mean()) / 2


def pattern_strength(picture: Picture, face: Points) -> float:
    """How far the strongest line of the spectrum stands above its surroundings, in powers of ten.

    Skin has no regular pattern finer than 1/8 of a face; a screen's dots, photographed, have.
    JPEG's own grid of 8 pixels and its multiples are left out.
    """
    left, top, width, height = meshes.box_of(face)
    side = 1 << int(np.log2(max(min(width, height), 16)))
    side = min(side, 256)
    x, y = left + (width - side) // 2, top + (height - side) // 2
    patch = grey(crop(picture, (x, y, side, side))).astype(np.float32)
    if patch.shape != (side, side) or side < 64:
        return 0.0
    window = np.outer(np.hanning(side), np.hanning(side))
    power = np.log10(np.abs(np.fft.rfft2((patch - patch.mean()) * window)) + 1)
    around = cv2.medianBlur(power.astype(np.float32), 5)
    rows = np.abs(np.fft.fftfreq(side))[:, None]
    columns = np.fft.rfftfreq(side)[None, :]
    radius = np.hypot(rows, columns)
    eighth = 1.6 / side
    grid = (np.abs(rows * 8 - np.round(rows * 8)) < eighth * 8) & (
        np.abs(columns * 8 - np.round(columns * 8)) < eighth * 8
    )
    axes = (rows < eighth) | (columns < eighth)
    looked_at = (radius > 0.12) & ~grid & ~axes
    return float((power - around)[looked_at].max())
