"""A person who moves, made of one photograph: its mesh with depth turns, blinks, speaks and is lit.

Runs in the vision environment (OpenCV, mediapipe). What it makes is an actor for tests, not a
person: one photograph holds no other side of a head, no teeth and no second expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from mediapipe.python.solutions import face_mesh_connections

from yunquan_vision import meshes

Picture = np.ndarray[Any, Any]
WIDTH, HEIGHT = 480, 640
FACE_HEIGHT: Final = 250

_UPPER_LIDS: Final = (
    ((246, 161, 160, 159, 158, 157, 173), (7, 163, 144, 145, 153, 154, 155)),
    ((466, 388, 387, 386, 385, 384, 398), (249, 390, 373, 374, 380, 381, 382)),
)
_LID_SKIN: Final = ((247, 30, 29, 27, 28, 56, 190), (467, 260, 259, 257, 258, 286, 414))
_INNER_LIPS: Final = (
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)


@dataclass(frozen=True)
class Act:
    """How the person is at a moment. Degrees, their own left positive; openings 0..1; pixels."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    blink: float = 0.0
    mouth: float = 0.0
    right: float = 0.0
    down: float = 0.0
    light: tuple[float, float, float] = (0.3, 0.3, 0.3)


class Person:
    def __init__(self, photo: Picture, *, face_height: int = FACE_HEIGHT) -> None:
        """photo: RGB with one clear frontal face."""
        self.still = _framed(photo, face_height)
        self._points, self._weights = _vertices(self.still)
        self._triangles = _triangulate(self._points[:, :2])
        oval = _oval()
        self._oval = oval
        self._centre = self._points[oval].mean(0)
        self._span = float(np.ptp(self._points[:468, 0]))

    def show(self, act: Act, *, face_light: float = 0.22, room_light: float = 0.03) -> Picture:
        """One frame, RGB. face_light: share of the screen's light in the face's, at full white."""
        moved = self._move(act)
        frame = self._warp(moved)
        if act.mouth > 0.03:
            self._open_mouth(frame, moved)
        return self._lit(frame, moved, act.light, face_light, room_light)

    def _move(self, act: Act) -> Picture:
        points = self._points.copy()
        for (upper, lower), skin in zip(_UPPER_LIDS, _LID_SKIN, strict=True):
            drop = (points[list(lower)] - points[list(upper)]) * act.blink
            points[list(upper)] += drop
            points[list(skin)] += drop * 0.55
        gap = act.mouth * 0.30 * self._span
        lips_y = points[13, 1]
        below = points[:468, 1] - lips_y
        falls = np.clip(below / (0.10 * self._span), 0, 1)
        falls[list(_INNER_LIPS[0])] = 0
        falls[list(_INNER_LIPS[1])] = np.sin(np.linspace(0, np.pi, 11))
        points[:468, 1] += gap * falls
        return self._turn(points, act)

    def _turn(self, points: Picture, act: Act) -> Picture:
        # A head turns about an axis behind the face, in the neck.
        pivot = self._centre + np.array([0, 0.25, 0.55]) * self._span
        out = points.copy()
        for weight in np.unique(self._weights):
            if weight == 0:
                continue
            chosen = self._weights == weight
            matrix = _rotation(act.yaw * weight, act.pitch * weight, act.roll * weight)
            out[chosen] = (points[chosen] - pivot) @ matrix.T + pivot
            out[chosen, :2] += (act.right * weight, act.down * weight)
        far = 4.0 * self._span
        scale = far / (far + out[:, 2:3] - self._points[:, 2:3])
        middle = np.array([WIDTH / 2, HEIGHT / 2])
        out[:, :2] = (out[:, :2] - middle) * scale + middle
        return out

    def _warp(self, moved: Picture) -> Picture:
        triangles = self._triangles
        depth = moved[triangles, 2].mean(1)
        owner = np.full((HEIGHT, WIDTH), -1, np.int32)
        corners = np.round(moved[triangles, :2] * 16).astype(np.int32)
        for index in np.argsort(-depth):
            cv2.fillConvexPoly(owner, corners[index], int(index), cv2.LINE_8, 4)
        source = self._points[triangles, :2]
        target = np.concatenate([moved[triangles, :2], np.ones((len(triangles), 3, 1))], 2)
        flat = np.abs(np.linalg.det(target)) < 1e-3
        target[flat] = np.eye(3)
        affine = np.linalg.solve(target, source)
        # Every second pixel: between two of them a map of planes hardly bends.
        owner, rows, columns = owner[::2, ::2], *np.mgrid[0:HEIGHT:2, 0:WIDTH:2].astype(np.float32)
        chosen = affine.astype(np.float32)[np.maximum(owner, 0)]
        x = chosen[..., 0, 0] * columns + chosen[..., 1, 0] * rows + chosen[..., 2, 0]
        y = chosen[..., 0, 1] * columns + chosen[..., 1, 1] * rows + chosen[..., 2, 1]
        outside = owner < 0
        x[outside], y[outside] = columns[outside], rows[outside]
        back = np.array([(2, 0, 0), (0, 2, 0)], np.float32)
        maps = [
            cv2.warpAffine(one, back, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
            for one in (x, y)
        ]
        return cv2.remap(self.still, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def _open_mouth(self, frame: Picture, moved: Picture) -> None:
        ring = np.concatenate(
            [moved[list(_INNER_LIPS[0]), :2], moved[list(_INNER_LIPS[1][::-1]), :2]]
        )
        mask = np.zeros((HEIGHT, WIDTH), np.float32)
        cv2.fillPoly(mask, [np.round(ring).astype(np.int32)], 1.0)
        mask = cv2.GaussianBlur(mask, (5, 5), 0)[..., None]
        frame[:] = (frame * (1 - mask) + np.array([60, 22, 24]) * mask).astype(np.uint8)

    def _lit(
        self,
        frame: Picture,
        moved: Picture,
        light: tuple[float, float, float],
        face_light: float,
        room_light: float,
    ) -> Picture:
        small = np.zeros((HEIGHT // 4, WIDTH // 4), np.float32)
        ring = np.round(moved[self._oval, :2] / 4).astype(np.int32)
        cv2.fillPoly(small, [ring], 1.0)
        small = cv2.GaussianBlur(cv2.dilate(small, np.ones((5, 5))), (9, 9), 0)
        near = room_light + (face_light - room_light) * cv2.resize(small, (WIDTH, HEIGHT))
        gain = [(1 - 0.3 * near + near * level) ** (1 / 2.2) for level in light]
        return cv2.convertScaleAbs(frame * np.stack(gain, 2))


def _rotation(yaw: float, pitch: float, roll: float) -> Picture:
    # Image axes: x right, y down, z away. The person's left is the picture's right.
    a, b, c = np.radians([-yaw, -pitch, roll])
    about_y = np.array([(np.cos(a), 0, np.sin(a)), (0, 1, 0), (-np.sin(a), 0, np.cos(a))])
    about_x = np.array([(1, 0, 0), (0, np.cos(b), -np.sin(b)), (0, np.sin(b), np.cos(b))])
    about_z = np.array([(np.cos(c), -np.sin(c), 0), (np.sin(c), np.cos(c), 0), (0, 0, 1)])
    return about_z @ about_x @ about_y


def _framed(photo: Picture, face_height: int) -> Picture:
    """The photograph moved and scaled until its largest face is so high, in the frame's middle."""
    face = _read(photo)
    left, top, width, height = meshes.box_of(face)
    scale = face_height / height
    centre = np.array([left + width / 2, top + height / 2]) * scale
    shift = np.array([WIDTH / 2, HEIGHT * 0.46]) - centre
    matrix = np.array([(scale, 0, shift[0]), (0, scale, shift[1])])
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    if scale < 1:  # warpAffine takes no averages: shrink first
        photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        matrix[0, 0] = matrix[1, 1] = 1.0
    return cv2.warpAffine(
        photo, matrix, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )


def _read(picture: Picture) -> Picture:
    reader = meshes.MeshReader(follows=False, most_faces=1)
    found = reader.read(picture)
    reader.close()
    if not found:
        raise ValueError("no face in the photograph")
    return found[0]


def _oval() -> list[int]:
    """The face's outline in order."""
    after = dict(face_mesh_connections.FACEMESH_FACE_OVAL)
    ring = [next(iter(after))]
    while len(ring) < len(after):
        ring.append(after[ring[-1]])
    return ring


def _vertices(still: Picture) -> tuple[Picture, Picture]:
    """All points (x, y, depth) and their part in a turn: the face all, hair much, the room none."""
    face = _read(still)[:468]
    face[:, 2] -= face[:, 2].min()
    oval = face[_oval()]
    centre, span = oval.mean(0), float(np.ptp(face[:, 0]))
    rings, weights = [face], [np.ones(len(face))]
    for reach, depth, weight in ((1.22, 0.25, 0.9), (1.5, 0.5, 0.5), (2.0, 0.6, 0.0)):
        ring = oval.copy()
        ring[:, :2] = centre[:2] + (oval[:, :2] - centre[:2]) * reach
        ring[:, 2] += depth * span
        low = ring[:, 1] > face[152, 1]
        rings.append(ring)
        weights.append(np.where(low, weight * 0.6, weight))
    edge = [(x, y, 1.2 * span) for x in (-80, WIDTH / 2, WIDTH + 80) for y in (-80, HEIGHT + 80)]
    edge += [(x, HEIGHT / 2, 1.2 * span) for x in (-80, WIDTH + 80)]
    rings.append(np.array(edge))
    weights.append(np.zeros(len(edge)))
    points, heft = np.concatenate(rings), np.concatenate(weights)
    inside = (
        (points[:, 0] > -100)
        & (points[:, 0] < WIDTH + 100)
        & (points[:, 1] > -100)
        & (points[:, 1] < HEIGHT + 100)
    )
    return points[inside], heft[inside]


def _triangulate(points: Picture) -> Picture:
    division = cv2.Subdiv2D((-200, -200, WIDTH + 400, HEIGHT + 400))
    known: dict[tuple[float, float], int] = {}
    for index, (x, y) in enumerate(points.astype(np.float32)):
        key = (round(float(x), 2), round(float(y), 2))
        known.setdefault(key, index)
        division.insert((float(x), float(y)))
    triangles = []
    for corners in division.getTriangleList().reshape(-1, 3, 2):
        keys = [(round(float(x), 2), round(float(y), 2)) for x, y in corners]
        if all(key in known for key in keys):
            triangles.append([known[key] for key in keys])
    return np.array(triangles)
