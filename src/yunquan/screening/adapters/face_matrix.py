"""Faces in one block of memory, looked through at once.

A face is a row of little-endian numbers of four bytes, as `vision.rules.faces.pack_embedding` makes
them; what is near in the sense of Euclid comes first. The distance that decides is another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

_GROWTH: Final = 4096
_NUMBER: Final = np.dtype("<f4")


class FaceMatrix:
    """Shortlist over all faces that were added."""

    def __init__(self) -> None:
        self._rows: Any = np.empty((0, 0), _NUMBER)
        self._lengths: Any = np.empty(0, _NUMBER)
        self._count = 0

    def add(self, faces: Sequence[bytes]) -> None:
        """Raises ValueError for what is no face, or of another size than the others."""
        if not faces:
            return
        more = np.frombuffer(b"".join(faces), _NUMBER).reshape(len(faces), -1)
        if self._count and more.shape[1] != self._rows.shape[1]:
            raise ValueError("faces of different sizes")
        room = self._count + len(faces)
        if room > len(self._rows):
            # By an eighth, so that copying is rare however many there are.
            size = room + max(_GROWTH, room // 8)
            grown = np.empty((size, more.shape[1]), _NUMBER)
            if self._count:
                grown[: self._count] = self._rows[: self._count]
            lengths = np.empty(size, _NUMBER)
            lengths[: self._count] = self._lengths[: self._count]
            self._rows, self._lengths = grown, lengths
        self._rows[self._count : room] = more
        self._lengths[self._count : room] = np.einsum("ij,ij->i", more, more)
        self._count = room

    def nearest(self, face: bytes, most: int) -> Sequence[int]:
        """Raises ValueError for what is no face."""
        if not self._count:
            return []
        asked = np.frombuffer(face, _NUMBER)
        if asked.shape[0] != self._rows.shape[1]:
            raise ValueError("a face of another size")
        count = self._count
        apart = self._lengths[:count] - 2.0 * (self._rows[:count] @ asked)
        if count <= most:
            return [int(place) for place in np.argsort(apart)]
        places = np.argpartition(apart, most)[:most]
        return [int(place) for place in places[np.argsort(apart[places])]]
