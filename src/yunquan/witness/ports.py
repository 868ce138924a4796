"""What this room asks of eyes and ears that aren't in it."""

from __future__ import annotations

from typing import Protocol

from yunquan.witness.types import RecordingLook


class WitnessEyes(Protocol):
    """Looks at a whole recording and says what it saw and heard. Raises Unavailable while it
    can't; a person looks then all the same.
    """

    def look(self, recording: bytes, media_type: str, owner: str) -> RecordingLook: ...
