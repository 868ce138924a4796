"""A film out of a stranger's browser, looked at about once a second: who is in the picture."""

from __future__ import annotations

import io
from typing import Any, Final

import cv2

from yunquan_vision.faces import FaceReader
from yunquan_vision.meshes import Picture
from yunquan_vision.pictures import SHORTEST_SIDE, NotAPicture
from yunquan_vision.vectors import FaceVectors

LARGEST_BYTES: Final = 24_000_000
# What browsers record in, by its first bytes; the many other kinds that FFmpeg knows stay shut.
_BEGINNINGS: Final = ((0, b"\x1a\x45\xdf\xa3"), (4, b"ftyp"))
_CODECS: Final = frozenset({b"VP80", b"VP90", b"AV01", b"av01", b"avc1", b"h264", b"H264"})
MOST_PIXELS: Final = 2_100_000
# Three minutes at 60 pictures a second, and some.
MOST_PICTURES: Final = 12_000
MOST_LOOKS, MOST_VECTORS = 60, 8
_SHORTEST_STEP_MS: Final = 500
_LARGEST_SIDE: Final = 960


class FilmReader:
    """The models are those of the pictures' reader."""

    def __init__(self, faces: FaceReader, vectors: FaceVectors) -> None:
        self._faces = faces
        self._vectors = vectors

    def look(self, content: bytes, length_ms: int) -> dict[str, Any]:
        """length_ms: as the file's own blocks say; the looks are spread over it. The fields of the
        brokerage's FilmLook.
        """
        film = _opened(content)
        step_ms = max(_SHORTEST_STEP_MS, length_ms / MOST_LOOKS)
        glances, ended_ms, next_ms, vector_ms = list[dict[str, Any]](), 0, 0.0, 0.0
        for _ in range(MOST_PICTURES):
            if not film.grab():
                break
            ended_ms = max(ended_ms, round(film.get(cv2.CAP_PROP_POS_MSEC)))
            if ended_ms < next_ms or len(glances) > MOST_LOOKS:
                continue
            picture, next_ms = _picture(film), ended_ms + step_ms
            found = self._faces.find(picture)
            glance: dict[str, Any] = {"at_ms": ended_ms, "faces": len(found)}
            if found and ended_ms >= vector_ms:
                vector_ms = ended_ms + length_ms / MOST_VECTORS
                glance["embedding"] = self._vectors.of(picture, found[0])
            glances.append(glance)
        return {"ended_ms": ended_ms, "glances": glances}


def _opened(content: bytes) -> Any:
    if len(content) > LARGEST_BYTES:
        raise NotAPicture("vision.too_large")
    if not any(content[at : at + len(magic)] == magic for at, magic in _BEGINNINGS):
        raise NotAPicture("vision.not_a_film")
    film = cv2.VideoCapture()
    one_thread = [cv2.CAP_PROP_N_THREADS, 1]
    # Of memory: behind the walls there is no file to open.
    if not film.open(io.BytesIO(content), cv2.CAP_FFMPEG, one_thread):
        raise NotAPicture("vision.not_a_film")
    codec = int(film.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
    if codec.to_bytes(4, "little") not in _CODECS:
        raise NotAPicture("vision.not_a_film")
    sides = (film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_HEIGHT))
    _check_size(*sides)
    return film


def _check_size(width: float, height: float) -> None:
    if width * height > MOST_PIXELS:
        raise NotAPicture("vision.too_large")
    if min(width, height) < SHORTEST_SIDE:
        raise NotAPicture("vision.too_small")


def _picture(film: Any) -> Picture:
    """The one just decoded, in RGB. Its size may change within a film."""
    ok, picture = film.retrieve()
    if not ok:
        raise NotAPicture("vision.not_a_film")
    height, width = picture.shape[:2]
    _check_size(width, height)
    smaller = _LARGEST_SIDE / max(width, height)
    if smaller < 1:
        picture = cv2.resize(picture, None, fx=smaller, fy=smaller, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
