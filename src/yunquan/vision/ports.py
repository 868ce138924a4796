"""Others that the vision room asks."""

from __future__ import annotations

from typing import Protocol

from yunquan.vision.types import CardReading, DocumentReading


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
