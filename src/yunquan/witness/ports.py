"""What this room asks of eyes and ears that aren't in it."""

from __future__ import annotations

from typing import Protocol

from yunquan.witness.types import WitnessFinding


class WitnessEyes(Protocol):
    """Looks at a whole film and says who is in it; it hears nothing. Raises Unavailable while it
    can't; a person looks then all the same.
    """

    def look(self, owner: str, film: bytes, length_ms: int) -> tuple[WitnessFinding, ...]: ...
