"""Others that the vision room asks."""

from __future__ import annotations

from typing import Protocol


class SpeechRecogniser(Protocol):
    """Hears digits read aloud. Nothing that comes with the project understands spoken Mandarin: no
    package was found that carries a proven model, so the operator brings one or people listen.
    """

    def digits(self, audio: bytes) -> str:
        """audio: a WAV the worker accepted (16 kHz, mono, 16 bits). "" when nothing is heard."""
        ...
