"""WitnessEyes by the vision process, against the face that was checked before."""

from __future__ import annotations

from yunquan.verification import Verification
from yunquan.witness.types import WitnessFinding


class FilmEyes:
    """The port WitnessEyes."""

    def __init__(self, verification: Verification) -> None:
        self._films = verification.films

    def look(self, owner: str, film: bytes, length_ms: int) -> tuple[WitnessFinding, ...]:
        found = self._films.look(owner, film, length_ms)
        return tuple(
            WitnessFinding(one.code, one.outcome, int(one.facts.get("second", -1))) for one in found
        )
