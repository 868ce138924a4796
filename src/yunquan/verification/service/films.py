"""Who is in a witness film, held against the face that was checked."""

from __future__ import annotations

from yunquan.kernel.errors import Invalid
from yunquan.verification.service.faces import FaceChecks
from yunquan.verification.service.parts import VerificationParts, noted, thresholds_on
from yunquan.verification.types import Noted
from yunquan.vision import judge_film
from yunquan.vision.rules.films import NOT_READ


class FilmChecks:
    """Looks at films that another room keeps; keeps nothing itself."""

    def __init__(self, parts: VerificationParts, faces: FaceChecks) -> None:
        self._parts = parts
        self._faces = faces

    def look(self, owner: str, film: bytes, length_ms: int) -> tuple[Noted, ...]:
        """What the machine finds. A film that can't be read is a finding, too. Raises Unavailable
        vision.*: nobody has looked.
        """
        with self._parts.database.read() as tx:
            enrolled, limits = self._faces.vector_of(tx, owner), thresholds_on(tx)
        try:
            seen = self._parts.vision.look_at_film(film, length_ms)
        except Invalid:
            return (Noted(NOT_READ, "human", {"second": 0}),)
        return noted(judge_film(seen, length_ms, enrolled, limits).findings)
