"""A face as 128 numbers: dlib's network on a face set upright by its five-point predictor.

The 68-point predictor of the same package was trained on pictures whose terms exclude commercial
use, so it isn't loaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import dlib
import face_recognition_models
import numpy as np

from yunquan_vision.meshes import Picture, Points

_MODELS: Final = Path(face_recognition_models.__file__).parent / "models"


class FaceVectors:
    """Both models, loaded once a process."""

    def __init__(self) -> None:
        five = _MODELS / "shape_predictor_5_face_landmarks.dat"
        network = _MODELS / "dlib_face_recognition_resnet_model_v1.dat"
        self._five: Any = dlib.shape_predictor(str(five))  # pyright: ignore[reportAttributeAccessIssue]
        self._network: Any = dlib.face_recognition_model_v1(str(network))  # pyright: ignore[reportAttributeAccessIssue]
        self._detector: Any = dlib.get_frontal_face_detector()  # pyright: ignore[reportAttributeAccessIssue]

    def of(self, picture: Picture, face: Points) -> tuple[float, ...]:
        """The vector of a face whose mesh is known; RGB in."""
        left, top = face[:468, :2].min(0)
        right, bottom = face[:468, :2].max(0)
        side = (bottom - top) * 0.8
        middle = (left + right) / 2
        corners = (middle - side / 2, bottom - side * 1.1, middle + side / 2, bottom - side * 0.1)
        return self._vector(picture, dlib.rectangle(*(int(c) for c in corners)))  # pyright: ignore[reportAttributeAccessIssue]

    def boxes(self, picture: Picture) -> list[tuple[int, int, int, int]]:
        """(left, top, width, height) of faces of 80 pixels and more, also far or tilted ones."""
        return [
            (box.left(), box.top(), box.width(), box.height())
            for box in self._detector(np.ascontiguousarray(picture), 0)
        ]

    def _vector(self, picture: Picture, rectangle: object) -> tuple[float, ...]:
        shape = self._five(picture, rectangle)
        return tuple(float(x) for x in self._network.compute_face_descriptor(picture, shape))
