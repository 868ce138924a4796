"""Others that the vision room asks."""

from __future__ import annotations

from typing import Protocol

from yunquan.vision.types import (
    CardReading,
    DocumentReading,
    FaceLook,
    FilmLook,
    LivenessClip,
    LivenessLook,
    VoiceLook,
)


class Vision(Protocol):
    """Looks at what strangers hand in. Refused files raise Invalid with what is wrong with them;
    Unavailable vision.down, vision.busy or vision.timeout: nothing is known, ask again.
    """

    def read_card(self, image: bytes, side: str) -> CardReading:
        """side: "front" or "back", as asked for; judged by judge_card."""
        ...

    def look_at_face(self, image: bytes) -> FaceLook:
        """A JPEG, PNG or WebP."""
        ...

    def watch(self, clip: LivenessClip) -> LivenessLook:
        """What each frame shows; judged by judge_liveness."""
        ...

    def look_at_film(self, film: bytes, length_ms: int) -> FilmLook:
        """A WebM or MP4 as browsers record it, and its length; judged by judge_film."""
        ...

    def listen(self, audio: bytes) -> VoiceLook:
        """A WAV: 16 kHz, mono, 16 bits."""
        ...


class SpeechRecogniser(Protocol):
    """Hears digits read aloud. Nothing that comes with the project understands spoken Mandarin: no
    package was found that carries a proven model, so the operator brings one or people listen.
    """

    def digits(self, audio: bytes) -> str:
        """audio: a WAV the worker accepted (16 kHz, mono, 16 bits). "" when nothing is heard."""
        ...


class DocumentReader(Protocol):
    """Reads another document than the resident ID card: see DOCUMENT_KINDS. None comes with the
    project; a supplier's is plugged in here.
    """

    def read(self, kind: str, pictures: tuple[bytes, ...]) -> DocumentReading:
        """Raises Invalid vision.document_not_read for a kind it doesn't read."""
        ...


class ChipReader(Protocol):
    """Reads a resident ID card's chip over a phone's NFC, by a licensed supplier's service: only
    the Ministry of Public Security's modules can open it.
    """

    def read(self, session: str) -> CardReading:
        """session: what the phone's kit handed over. Every confidence is 10,000."""
        ...
