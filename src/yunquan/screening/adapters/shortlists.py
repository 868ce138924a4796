"""The shortlist this machine can have: all faces at once with numpy, else one by one."""

from __future__ import annotations

import heapq
import importlib.util
from collections.abc import Sequence

from yunquan.screening.ports import Distance, Shortlist


class FaceRow:
    """Shortlist without numpy: right, and slow beyond some ten thousand faces."""

    def __init__(self, distance: Distance) -> None:
        self._distance = distance
        self._faces: list[bytes] = []

    def add(self, faces: Sequence[bytes]) -> None:
        self._faces += faces

    def nearest(self, face: bytes, most: int) -> Sequence[int]:
        apart = ((self._distance(face, other), place) for place, other in enumerate(self._faces))
        return [place for _, place in heapq.nsmallest(most, apart)]


def make_shortlist(distance: Distance) -> Shortlist:
    """An empty shortlist, the quickest there is here."""
    if importlib.util.find_spec("numpy") is None:
        return FaceRow(distance)
    from yunquan.screening.adapters.face_matrix import FaceMatrix  # noqa: PLC0415 - optional

    return FaceMatrix()
