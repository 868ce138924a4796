"""Looking at a signed paper: by itself, against what we signed, and under its seal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

from yunquan.archive import Archive
from yunquan.clients.rules import mask_name
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Invalid, NotFound
from yunquan.kernel.transaction import Database
from yunquan.signing import store
from yunquan.signing.adapters.examination import Examination
from yunquan.signing.adapters.sm2_seal import examine_seal, sm3
from yunquan.signing.rules import papers
from yunquan.signing.rules.papers import EVIDENCE
from yunquan.signing.types import SealLine, SignatureReport

LARGEST: Final = 20 << 20


class Verifier:
    """The office of verification. Whoever asks learns no more than the paper shows, and the
    signer's name masked.
    """

    def __init__(
        self,
        database: Database,
        archive: Archive,
        examination: Examination,
        roots: tuple[bytes, bytes],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._archive = archive
        self._examination = examination
        self._root, self._seal_root = roots
        self._now = now

    def verify(self, paper: bytes, seal: bytes = b"") -> SignatureReport:
        """What can be said of a PDF. seal: as it came with it; without it the one we keep for this
        very file. Raises Invalid signing.paper_too_large, Unavailable signing.busy.
        """
        if len(paper) > LARGEST:
            raise Invalid("signing.paper_too_large", limit_mb=LARGEST >> 20)
        digest = hashlib.sha256(paper).hexdigest()
        found = self._examination.examine(paper, to_ms(self._now()))
        code = papers.read_code(found.place)
        with self._database.read() as tx:
            known = store.find_paper(tx, sha256=digest)
            named = store.find_paper(tx, verify_code=code) if code else None
        codes = list(found.codes)
        if known is None and named is not None:
            codes.append("signing.not_what_was_signed")
        given = seal or (known.paper.seal if known else b"")
        line = SealLine("", "", 0, ())
        if given:
            line = examine_seal(given, paper, self._seal_root, self._root)
            codes += line.codes
        about = known.paper if known else None
        return SignatureReport(
            not codes,
            known is not None,
            tuple(dict.fromkeys(codes)),
            about.title if about else "",
            about.version if about else 0,
            mask_name(found.signer),
            found.signed_at_ms,
            found.certificate,
            found.level,
            digest,
            sm3(paper).hex(),
            line.name,
            line.sealed_at_ms,
            about.verify_code if about else "",
            found.reason.removeprefix(EVIDENCE) if found.reason.startswith(EVIDENCE) else "",
        )

    def verify_code(self, code: str) -> SignatureReport:
        """The same of the paper that bears this code, from our archive. Raises Invalid
        signing.code, NotFound signing.code_unknown.
        """
        bare = papers.read_code(code)
        if not bare:
            raise Invalid("signing.code")
        with self._database.read() as tx:
            known = store.find_paper(tx, verify_code=bare)
            if known is None:
                raise NotFound("signing.code_unknown")
            paper = self._archive.read(tx, known.paper.document)
        return self.verify(paper, known.paper.seal)

    def seal_of(self, paper: bytes) -> bytes:
        """The seal we keep for this very file, DER. Raises NotFound signing.unknown."""
        with self._database.read() as tx:
            known = store.find_paper(tx, sha256=hashlib.sha256(paper).hexdigest())
        if known is None:
            raise NotFound("signing.unknown")
        return known.paper.seal
