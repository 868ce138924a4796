"""What this package does with cards, faces and voices, by name: bytes from the wire in, plain
facts out.

A refusal is a ValueError whose text is the error's code (`vision.not_an_image` and so on).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np

from yunquan_vision.cards import CardReader
from yunquan_vision.faces import FaceReader
from yunquan_vision.films import FilmReader
from yunquan_vision.liveness import ClipReader
from yunquan_vision.pictures import SHORTEST_SIDE, NotAPicture, open_picture
from yunquan_vision.vectors import FaceVectors
from yunquan_vision.voice import RATE, VoiceReader

MOST_FRAMES: Final = 240
# A frame of a clip is what a phone's front camera gives at 480 x 640, or twice that.
MOST_FRAME_PIXELS: Final = 1_300_000
# Half a second of nothing, as a WAV.
_QUIET: Final = (
    struct.pack("<4sI4s4sI", b"RIFF", 36 + RATE, b"WAVE", b"fmt ", 16)
    + struct.pack("<HHIIHH4sI", 1, 1, RATE, RATE * 2, 2, 16, b"data", RATE)
    + bytes(RATE)
)


class Looks:
    """Models are loaded when first used and kept for the life of the process."""

    @cached_property
    def _vectors(self) -> FaceVectors:
        return FaceVectors()

    @cached_property
    def _faces(self) -> FaceReader:
        return FaceReader(self._vectors)

    @cached_property
    def _cards(self) -> CardReader:
        return CardReader()

    @cached_property
    def _ears(self) -> VoiceReader:
        return VoiceReader()

    def load(self) -> None:
        """Everything that is loaded late, now: behind the walls a start would be too slow."""
        self._ears.listen(_QUIET)
        picture = np.zeros((SHORTEST_SIDE, SHORTEST_SIDE, 3), np.uint8)
        self._faces.look(picture)
        self._cards.read(picture, "front")
        ClipReader(self._vectors).watch([(0, 0, b"", picture)])

    def by_name(self) -> dict[str, Callable[..., dict[str, Any]]]:
        return {
            "read_card": self.read_card,
            "look_at_face": self.look_at_face,
            "look_at_film": self.look_at_film,
            "watch": self.watch,
            "listen": self.listen,
        }

    def read_card(self, image: bytes, side: str) -> dict[str, Any]:
        """side: "front" or "back", as asked for. The fields of CardReading."""
        return self._cards.read(open_picture(image), side)

    def look_at_face(self, image: bytes) -> dict[str, Any]:
        """The fields of FaceLook."""
        return self._faces.look(open_picture(image))

    def look_at_film(self, film: bytes, length_ms: int) -> dict[str, Any]:
        """The fields of FilmLook."""
        return FilmReader(self._faces, self._vectors).look(film, length_ms)

    def watch(self, frames: Sequence[tuple[int, int, bytes]]) -> dict[str, Any]:
        """frames: (index, milliseconds, JPEG). The fields of LivenessLook."""
        if len(frames) > MOST_FRAMES:
            raise NotAPicture("vision.too_long")
        opened = [
            (
                index,
                at_ms,
                jpeg,
                open_picture(jpeg, kinds=("JPEG",), most_pixels=MOST_FRAME_PIXELS),
            )
            for index, at_ms, jpeg in frames
        ]
        return ClipReader(self._vectors).watch(opened)

    def listen(self, audio: bytes) -> dict[str, Any]:
        """The fields of VoiceLook."""
        return self._ears.listen(audio)
