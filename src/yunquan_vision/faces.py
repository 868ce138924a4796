"""One picture with a face: how many, where, how good, and its vector."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np

from yunquan_vision import meshes, textures
from yunquan_vision.meshes import MeshReader, Picture, Points
from yunquan_vision.vectors import FaceVectors

# What a mask covers and what dark glasses cover, and the bare skin they are compared with.
_LOWER_FACE: Final = (164, 18, 57, 287, 200, 214, 434)
_AROUND_EYES: Final = (33, 133, 362, 263, 159, 386, 145, 374)
_UPPER_FACE: Final = (151, 9, 108, 337)
_LARGEST_SIDE: Final = 1280


class FaceReader:
    """The models, loaded once a process."""

    def __init__(self, vectors: FaceVectors) -> None:
        self._mesh = MeshReader(follows=False, most_faces=3)
        self._vectors = vectors

    def look(self, picture: Picture) -> dict[str, Any]:
        """picture: RGB. The fields of the brokerage's FaceLook."""
        height, width = picture.shape[:2]
        smaller = min(1.0, _LARGEST_SIDE / max(height, width))
        if smaller < 1:
            picture = cv2.resize(
                picture, None, fx=smaller, fy=smaller, interpolation=cv2.INTER_AREA
            )
        found = self.find(picture)
        if not found:
            return {"faces": 0, "width": width, "height": height}
        measured = self._measure(picture, found[0])
        measured["box"] = tuple(round(side / smaller) for side in measured["box"])
        return {"faces": len(found), "width": width, "height": height, **measured}

    def find(self, picture: Picture) -> list[Points]:
        """The largest first. The mesh's own detector takes near faces; the other one finds those it
        overlooks.
        """
        found = self._mesh.read(picture)
        for box in self._vectors.boxes(picture):
            if any(_same_place(box, meshes.box_of(face)) for face in found):
                continue
            left, top, width, height = box
            around = (left - width // 2, top - height // 2, 2 * width, 2 * height)
            near = textures.crop(picture, around)
            for face in self._mesh.read(np.ascontiguousarray(near))[:1]:
                face[:, :2] += (max(around[0], 0), max(around[1], 0))
                found.append(face)
        return sorted(found, key=lambda face: -float(np.ptp(face[:, 1])))

    def _measure(self, picture: Picture, face: Points) -> dict[str, Any]:
        height, width = picture.shape[:2]
        box = meshes.box_of(face)
        pose = meshes.pose_of(face, width, height)
        levels = textures.crop(textures.grey(picture), box)
        left, right = np.array_split(levels, 2, axis=1)
        skin = textures.skin_colour(picture, face)
        return {
            "box": box,
            "sharpness": round(textures.sharpness(picture, box)),
            "light": hundredths(float(np.mean(skin))),
            "uneven": hundredths(abs(float(left.mean()) - float(right.mean()))),
            "glare": share(float((levels > 250).mean())),
            "yaw": hundredths(pose.yaw),
            "pitch": hundredths(pose.pitch),
            "roll": hundredths(pose.roll),
            "eyes": share(min(meshes.eye_opening(face))),
            "mouth": share(meshes.mouth_opening(face)),
            "lower_cover": share(_cover(picture, face, _LOWER_FACE)),
            "eye_cover": share(_cover(picture, face, _AROUND_EYES)),
            "lips": hundredths(lips(picture, face)),
            "embedding": self._vectors.of(picture, face),
        }


def _same_place(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    middles = [(box[0] + box[2] / 2, box[1] + box[3] / 2) for box in (one, other)]
    apart = np.hypot(middles[0][0] - middles[1][0], middles[0][1] - middles[1][1])
    return bool(apart < 0.5 * max(one[2], other[2]))


def _cover(picture: Picture, face: Points, where: tuple[int, ...]) -> float:
    """Distance in Lab of a part of the face from its brow, lightness counted by half, over 100."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    half = max(2, int(meshes.eye_span(face) * 0.06))

    def colour(points: tuple[int, ...]) -> Picture:
        patches = [
            textures.crop(lab, (int(x) - half, int(y) - half, 2 * half, 2 * half)).reshape(-1, 3)
            for x, y in face[list(points), :2]
        ]
        full = [patch for patch in patches if patch.size]
        return np.median(np.concatenate(full), 0) if full else np.zeros(3)

    apart = (colour(where) - colour(_UPPER_FACE)) * (0.5, 1, 1)
    return float(np.linalg.norm(apart)) / 100


def lips(picture: Picture, face: Points) -> float:
    """Spread of the levels around the mouth: lips have edges, a mask's cloth has hardly any."""
    right, top = face[61, 0], face[2, 1]
    left, bottom = face[291, 0], face[17, 1] + 0.1 * meshes.eye_span(face)
    box = (int(right), int(top), int(left - right), int(bottom - top))
    mouth = textures.crop(textures.grey(picture), box)
    return float(mouth.std()) if mouth.size else 0.0


def hundredths(value: float) -> int:
    return round(value * 100)


def share(value: float) -> int:
    """In 1/10,000."""
    return round(value * 10_000)
