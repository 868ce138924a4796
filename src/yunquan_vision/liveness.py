"""A clip frame by frame: facts of each, nothing decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import cv2
import numpy as np

from yunquan_vision import meshes, textures
from yunquan_vision.faces import hundredths, lips, share
from yunquan_vision.meshes import MeshReader, Picture, Points
from yunquan_vision.vectors import FaceVectors

# Vectors are the dearest fact (some 60 ms each); these many are enough to place each doubt.
MOST_VECTORS: Final = 10
_SMALL: Final = (64, 48)


@dataclass
class _Seen:
    """One frame while its neighbours are looked at."""

    facts: dict[str, Any]
    picture: Picture
    face: Points | None
    small: Picture
    upright: Picture | None = field(default=None)


class ClipReader:
    """The models, loaded once a process."""

    def __init__(self, vectors: FaceVectors) -> None:
        self._vectors = vectors

    def watch(self, frames: Sequence[tuple[int, int, bytes, Picture]]) -> dict[str, Any]:
        """frames: (index, milliseconds, the bytes, the picture in RGB). The fields of the
        brokerage's LivenessLook.
        """
        reader = MeshReader(follows=True, most_faces=2)
        try:
            seen = [self._see(reader, *frame) for frame in frames]
        finally:
            reader.close()
        for before, after in pairwise(seen):
            _compare(before, after)
        _views_of_depth(seen)
        for chosen in _worth_a_vector(seen):
            if chosen.face is not None:
                chosen.facts["embedding"] = self._vectors.of(chosen.picture, chosen.face)
        shapes = {frame.picture.shape[:2] for frame in seen}
        height, width = shapes.pop() if len(shapes) == 1 else (0, 0)
        return {"width": width, "height": height, "frames": [frame.facts for frame in seen]}

    def _see(
        self, reader: MeshReader, index: int, at_ms: int, content: bytes, picture: Picture
    ) -> _Seen:
        found = reader.read(picture)
        facts: dict[str, Any] = {
            "index": index,
            "at_ms": at_ms,
            "faces": len(found),
            "digest": textures.digest_of(content),
        }
        small = cv2.resize(picture, _SMALL, interpolation=cv2.INTER_AREA)
        if not found:
            return _Seen(facts, picture, None, small)
        face = found[0]
        height, width = picture.shape[:2]
        pose = meshes.pose_of(face, width, height)
        box = meshes.box_of(face)
        mask = textures.room_mask(picture.shape, box)
        facts |= {
            "box": box,
            "room": _colour(textures.room_colour(picture, mask)),
            "yaw": hundredths(pose.yaw),
            "pitch": hundredths(pose.pitch),
            "roll": hundredths(pose.roll),
            "eyes": share(float(np.mean(meshes.eye_opening(face)))),
            "mouth": share(meshes.mouth_opening(face)),
            "sharpness": round(textures.sharpness(picture, box)),
            "moire": share(textures.pattern_strength(picture, face)),
            "skin": _colour(textures.skin_colour(picture, face)),
            "lips": hundredths(lips(picture, face)),
            "bulge": share(meshes.nose_bulge(face)),
        }
        return _Seen(facts, picture, face, small, textures.upright(picture, face))


def _colour(rgb: tuple[float, float, float]) -> tuple[int, int, int]:
    return hundredths(rgb[0]), hundredths(rgb[1]), hundredths(rgb[2])


def _compare(before: _Seen, after: _Seen) -> None:
    levels = [frame.small.astype(np.float32) for frame in (before, after)]
    after.facts["moved"] = hundredths(float(np.abs(levels[0] - levels[1]).mean()))
    mask = np.ones(_SMALL[::-1], bool)
    for frame in (before, after):
        if frame.face is not None:
            scale = _SMALL[0] / frame.picture.shape[1], _SMALL[1] / frame.picture.shape[0]
            left, top, width, height = frame.facts["box"]
            box = (
                int(left * scale[0]),
                int(top * scale[1]),
                int(width * scale[0]),
                int(height * scale[1]),
            )
            mask &= textures.room_mask(mask.shape, box)
    if mask.sum() > 32:
        rooms = [textures.even(frame.small.mean(2)[mask]) for frame in (before, after)]
        after.facts["room_change"] = share(textures.unlikeness(rooms[0], rooms[1]))
    if before.upright is not None and after.upright is not None:
        after.facts["face_change"] = share(textures.unlikeness(before.upright, after.upright))


def _views_of_depth(seen: Sequence[_Seen]) -> None:
    """Of each frame how badly it is explained as the frontal one seen on a plane."""
    with_face = [frame for frame in seen if frame.face is not None]
    if not with_face:
        return
    middle = float(np.median([frame.facts["yaw"] for frame in with_face]))
    front = min(with_face, key=lambda frame: abs(frame.facts["yaw"] - middle)).face
    for frame in with_face:
        if front is not None and frame.face is not None:
            frame.facts["plane_residual"] = share(meshes.plane_residual(front, frame.face))


def _worth_a_vector(seen: Sequence[_Seen]) -> list[_Seen]:
    """Spread over the clip, and wherever face or room changed most: a swap hides between looks."""
    with_face = [n for n, frame in enumerate(seen) if frame.face is not None]
    if not with_face:
        return []
    spread = {with_face[n] for n in np.linspace(0, len(with_face) - 1, 5).round().astype(int)}
    doubtful = sorted(
        with_face,
        key=lambda n: (
            -max(seen[n].facts.get("face_change", 0), seen[n].facts.get("room_change", 0))
        ),
    )
    frontal = min(with_face, key=lambda n: _turned(seen[n].facts))
    chosen = spread | {frontal}
    for n in doubtful:
        if len(chosen) >= MOST_VECTORS:
            break
        chosen.add(n)
    return [seen[n] for n in sorted(chosen)]


def _turned(facts: dict[str, Any]) -> float:
    """Small for a frontal, sharp look with open eyes: what the card is compared with."""
    return (
        abs(facts["yaw"])
        + abs(facts["roll"])
        + facts["mouth"]
        - 2 * min(facts["eyes"], 3000)
        - min(facts["sharpness"], 400)
    )
