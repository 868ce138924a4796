"""Other documents than the resident ID card, as far as the project goes: not at all."""

from __future__ import annotations

from yunquan.kernel.errors import Invalid
from yunquan.vision.types import DocumentReading


class NoDocumentReader:
    """Says of every document that it isn't read here, so that the applicant is sent to a branch."""

    def read(self, kind: str, pictures: tuple[bytes, ...]) -> DocumentReading:
        """Raises Invalid vision.document_not_read."""
        raise Invalid("vision.document_not_read", kind=kind)
