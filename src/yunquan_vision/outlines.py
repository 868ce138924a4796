"""Where the card is in a picture: the four corners of the likeliest card-shaped outline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import cv2
import numpy as np

from yunquan_vision.meshes import Picture

# 85.6 mm by 54 mm, flattened at 12.5 pixels to the millimetre.
WIDE: Final = 1070
HIGH: Final = 675
_LOOKED_AT: Final = 640
_ASPECT: Final = WIDE / HIGH
Quad = Any  # four corners, clockwise from the top left, float32


def find_outline(picture: Picture) -> Quad | None:
    """Corners in the picture's pixels, or None."""
    high, wide = picture.shape[:2]
    factor = _LOOKED_AT / max(high, wide)
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    best, best_score = None, 0.0
    for mask in _masks(small):
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:3]:
            found = _quad(contour)
            score = _score(found, contour, small.shape) if found is not None else 0.0
            if score > best_score:
                best, best_score = found, score
    return None if best is None else (best / factor).astype(np.float32)


def flatten(picture: Picture, quad: Quad) -> Picture:
    onto = np.array([[0, 0], [WIDE, 0], [WIDE, HIGH], [0, HIGH]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), onto)
    return cv2.warpPerspective(
        picture, matrix, (WIDE, HIGH), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def sides_of(quad: Quad) -> tuple[float, float]:
    """Mean width and height in pixels."""
    top, right, bottom, left = (
        float(np.linalg.norm(quad[one] - quad[two]))
        for one, two in ((0, 1), (1, 2), (2, 3), (3, 0))
    )
    return (top + bottom) / 2, (left + right) / 2


def _masks(small: Picture) -> Iterator[Picture]:
    """Ways to tell a card from what it lies on; light falls unevenly, so not one does for all."""
    smooth = cv2.GaussianBlur(small, (0, 0), 2)
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB).astype(np.float32)
    rim = np.concatenate(
        [
            lab[:6].reshape(-1, 3),
            lab[-6:].reshape(-1, 3),
            lab[:, :6].reshape(-1, 3),
            lab[:, -6:].reshape(-1, 3),
        ]
    )
    away = np.linalg.norm(lab - np.median(rim, axis=0), axis=2)
    yield _otsu(away)
    hue = np.linalg.norm((lab - np.median(rim, axis=0))[..., 1:], axis=2)
    yield _otsu(hue)
    yield _otsu(lab[..., 0])
    # A shadow's edge is soft, a card's hard.
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    near, far = cv2.GaussianBlur(grey, (0, 0), 1.2), float(np.median(grey))
    edges = cv2.Canny(near, 0.25 * far, 0.75 * far)
    yield cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    local = cv2.adaptiveThreshold(
        cv2.GaussianBlur(grey, (0, 0), 2),
        255,
        cv2.ADAPTIVE_THRESH_MEAN_C,
        cv2.THRESH_BINARY,
        201,
        -6,
    )
    yield _solid(local)


def _otsu(values: Any) -> Picture:
    scaled = np.clip(values, 0, 255).astype(np.uint8)
    _, mask = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return _solid(mask)


def _solid(mask: Picture) -> Picture:
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    return cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))


def _quad(contour: Any) -> Quad | None:
    hull = cv2.convexHull(contour)
    if cv2.contourArea(hull) < 8000:
        return None
    length = cv2.arcLength(hull, True)
    for part in (0.02, 0.03, 0.045, 0.06, 0.08):
        corners = cv2.approxPolyDP(hull, part * length, True)
        if len(corners) == 4:
            rough = _ordered(corners[:, 0].astype(np.float32))
            return _sharpened(rough, contour[:, 0].astype(np.float32))
        if len(corners) < 4:
            break
    return _ordered(cv2.boxPoints(cv2.minAreaRect(hull)))


def _ordered(corners: Any) -> Quad:
    """Clockwise from the corner nearest the top left, the first side a long one where it can be."""
    middle = corners.mean(0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    around = corners[np.argsort(angles)]
    wide, high = sides_of(around)
    if high > wide * 1.15:
        around = np.roll(around, -1, axis=0)
    return around


def _sharpened(rough: Quad, points: Any) -> Quad:
    """Corners are round: each side is a line through the middle of its edge, and they cross."""
    lines = list[tuple[Any, Any]]()
    for one, two in zip(rough, np.roll(rough, -1, axis=0), strict=True):
        along = (two - one) / max(float(np.linalg.norm(two - one)), 1.0)
        reach = (points - one) @ along
        aside = np.abs((points - one) @ np.array([-along[1], along[0]]))
        span = float(np.linalg.norm(two - one))
        near = points[(reach > 0.15 * span) & (reach < 0.85 * span) & (aside < 0.03 * span + 4)]
        if len(near) < 12:
            lines.append((one, along))
            continue
        vx, vy, x, y = cv2.fitLine(near, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        lines.append((np.array([x, y]), np.array([vx, vy])))
    corners = [_cross(lines[at - 1], lines[at]) for at in range(4)]
    if any(corner is None for corner in corners):
        return rough
    found = np.array(corners, np.float32)
    return found if float(np.abs(found - rough).max()) < 40 else rough


def _cross(one: tuple[Any, Any], two: tuple[Any, Any]) -> Any:
    matrix = np.array([[one[1][0], -two[1][0]], [one[1][1], -two[1][1]]], np.float64)
    if abs(np.linalg.det(matrix)) < 0.05:
        return None
    step = np.linalg.solve(matrix, (two[0] - one[0]).astype(np.float64))
    return one[0] + step[0] * one[1]


def _score(quad: Quad, contour: Any, shape: tuple[int, ...]) -> float:
    """0 for what can't be a card; better the fuller and the more card-shaped it is."""
    area = float(cv2.contourArea(quad.astype(np.float32)))
    share = area / (shape[0] * shape[1])
    wide, high = sides_of(quad)
    aspect = wide / max(high, 1.0)
    if share < 0.08 or share > 0.985 or not 1.2 < aspect < 2.1:
        return 0.0
    if not cv2.isContourConvex(quad.reshape(-1, 1, 2).astype(np.float32)):
        return 0.0
    hull = cv2.convexHull(contour)
    fits = min(area, cv2.contourArea(hull)) / max(area, cv2.contourArea(hull), 1.0)
    return fits**3 * (1 - min(0.6, abs(np.log(aspect / _ASPECT)))) * min(1.0, 0.6 + share)
