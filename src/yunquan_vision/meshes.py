"""The face in a picture as 478 points, and what their geometry says: pose, eyes, mouth, light.

All measures leave this package as integers: angles in 1/100 degree, ratios and distances in
1/10,000, colours in 1/100 of a level (0..255). Left and right are the person's own.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

import cv2
import numpy as np

# mediapipe imports it for drawings that nobody here makes; it isn't installed.
sys.modules.setdefault("matplotlib", ModuleType("matplotlib"))
sys.modules.setdefault("matplotlib.pyplot", ModuleType("matplotlib.pyplot"))
from mediapipe.python.solutions import face_mesh  # noqa: E402

Picture = np.ndarray[Any, Any]
Points = np.ndarray[Any, Any]

RIGHT_EYE: Final = (33, 160, 158, 133, 153, 144)
LEFT_EYE: Final = (263, 387, 385, 362, 380, 373)
# The midline from brow to under the nose, on which a nose stands out of any flat thing.
GLABELLA, NOSE_TIP, NOSE_FOOT, CHIN = 168, 1, 2, 152
LIP_TOP, LIP_BOTTOM = 13, 14
MOUTH_RIGHT, MOUTH_LEFT = 61, 291
# Cheeks and brow: bare skin in most faces, and what the screen lights first.
SKIN: Final = (50, 280, 151)
# Points that expressions hardly move, for the question whether two views are views of one plane.
RIGID: Final = (
    10,
    151,
    9,
    168,
    6,
    197,
    195,
    5,
    4,
    1,
    33,
    133,
    362,
    263,
    127,
    356,
    234,
    454,
    116,
    345,
    93,
    323,
)

# The generic head (centimetres, y up, z towards the camera) of the points the pose is solved from.
_POSE_POINTS: Final = (1, 33, 263, 61, 291, 152, 168, 10, 133, 362)
_HEAD: Final = np.array(
    [
        (0.0, -1.127, 7.476),
        (-4.446, 2.664, 3.173),
        (4.446, 2.664, 3.173),
        (-2.456, -4.343, 4.284),
        (2.456, -4.343, 4.284),
        (0.0, -9.403, 4.264),
        (0.0, 3.271, 5.236),
        (0.0, 8.262, 4.482),
        (-1.856, 2.585, 3.758),
        (1.856, 2.585, 3.758),
    ]
)


class MeshReader:
    """Finds faces; one a picture or one a clip, as it follows a face from frame to frame."""

    def __init__(self, *, follows: bool, most_faces: int) -> None:
        self._mesh = face_mesh.FaceMesh(
            static_image_mode=not follows,
            max_num_faces=most_faces,
            refine_landmarks=True,
            min_detection_confidence=0.5,
            min_tracking_confidence=0.5,
        )

    def read(self, picture: Picture) -> list[Points]:
        """Of each face 478 rows (x, y, z) in pixels, the largest face first; RGB in."""
        found = self._mesh.process(picture).multi_face_landmarks or []  # pyright: ignore[reportAttributeAccessIssue]
        height, width = picture.shape[:2]
        faces = [
            np.array([(p.x * width, p.y * height, p.z * width) for p in face.landmark])
            for face in found
        ]
        return sorted(faces, key=lambda face: -float(np.ptp(face[:, 1])))

    def close(self) -> None:
        self._mesh.close()


@dataclass(frozen=True)
class Pose:
    """Degrees. yaw > 0: to the person's left; pitch > 0: up; roll > 0: to the left shoulder."""

    yaw: float
    pitch: float
    roll: float


def pose_of(face: Points, width: int, height: int) -> Pose:
    focal = 1.2 * max(width, height)
    camera = np.array([(focal, 0, width / 2), (0, focal, height / 2), (0, 0, 1)])
    head = _HEAD * (1, -1, -1)  # the camera's y runs down and its z away
    seen = np.ascontiguousarray(face[list(_POSE_POINTS), :2])
    _, turn, _ = cv2.solvePnP(head, seen, camera, np.zeros(4), flags=cv2.SOLVEPNP_SQPNP)
    matrix = cv2.Rodrigues(turn)[0]
    yaw = np.arctan2(matrix[2, 0], np.hypot(matrix[0, 0], matrix[1, 0]))
    pitch = np.arctan2(-matrix[2, 1], matrix[2, 2])
    roll = np.arctan2(matrix[1, 0], matrix[0, 0])
    return Pose(*(float(np.degrees(angle)) for angle in (yaw, pitch, roll)))


def eye_span(face: Points) -> float:
    """Pixels from one eye's outer corner to the other's, in space: a turn doesn't shorten it."""
    return float(np.linalg.norm(face[263] - face[33])) or 1.0


def eye_opening(face: Points) -> tuple[float, float]:
    """(right, left): height over width of each eye; about 0.3 open, under 0.15 closed."""
    return _opening(face, RIGHT_EYE), _opening(face, LEFT_EYE)


def _opening(face: Points, eye: tuple[int, ...]) -> float:
    outer, top_1, top_2, inner, low_2, low_1 = (face[i, :2] for i in eye)
    width = float(np.linalg.norm(outer - inner)) or 1.0
    return float(np.linalg.norm(top_1 - low_1) + np.linalg.norm(top_2 - low_2)) / (2 * width)


def mouth_opening(face: Points) -> float:
    """Gap between the lips over the span of the eyes."""
    return float(np.linalg.norm(face[LIP_TOP, :2] - face[LIP_BOTTOM, :2])) / eye_span(face)


def box_of(face: Points) -> tuple[int, int, int, int]:
    """(left, top, width, height) in pixels."""
    left, top = face[:, :2].min(0)
    right, bottom = face[:, :2].max(0)
    return int(left), int(top), int(right - left), int(bottom - top)


def nose_bulge(face: Points) -> float:
    """How far the tip of the nose stands beside the line from brow to chin, over the eyes' span.

    On anything flat, or bent about one upright axis, that line stays straight however it is turned.
    """
    top, tip, foot = face[GLABELLA, :2], face[NOSE_TIP, :2], face[CHIN, :2]
    along = foot - top
    away = tip - top
    length = float(np.hypot(*along)) or 1.0
    return float(along[1] * away[0] - along[0] * away[1]) / length / eye_span(face)


def plane_residual(front: Points, turned: Points) -> float:
    """What is left when one view is explained as the other seen on a plane, over the eyes' span.

    Root mean square over the points expressions hardly move. A flat photograph leaves the points'
    noise only.
    """
    source = np.ascontiguousarray(front[list(RIGID), :2])
    target = np.ascontiguousarray(turned[list(RIGID), :2])
    matrix, _ = cv2.findHomography(source, target, 0)
    if matrix is None:
        return 0.0
    carried = cv2.perspectiveTransform(source[None], matrix)[0]
    return float(np.sqrt(((carried - target) ** 2).sum(1).mean())) / eye_span(front)
