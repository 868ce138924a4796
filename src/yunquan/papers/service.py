"""Running the checks over the papers of an opening, and keeping what they found."""

from __future__ import annotations

import functools
from typing import Final

import msgspec
from cryptography.hazmat.primitives import hashes

from yunquan.kernel.i18n import Catalogue
from yunquan.kernel.transaction import ReadTx, Tx
from yunquan.papers import store
from yunquan.papers.events import PapersChecked
from yunquan.papers.rules import words
from yunquan.papers.rules.checks import check_all
from yunquan.papers.rules.sheaf import Sheaf
from yunquan.papers.types import OpeningPapers, PaperFinding, PapersRun, PapersRunId
from yunquan.suitability import load_firm_rows

_encoder: Final = msgspec.json.Encoder(order="deterministic")


class Papers:
    """The office that checks papers by machine. Made once a process: it keeps the rows."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._rows = store.load_paper_rows()
        self._firm = load_firm_rows()

    def look(self, opening: OpeningPapers) -> tuple[PaperFinding, ...]:
        """What the checks find, kept nowhere."""
        return check_all(Sheaf(opening, self._rows.on(opening.day), self._firm))

    def check_opening(self, tx: Tx, opening: OpeningPapers) -> tuple[PaperFinding, ...]:
        """What the checks find, kept with the digest of what they looked at, so that it can be said
        later what the machine had seen when somebody approved."""
        found = self.look(opening)
        digest = digest_of(opening)
        run = PapersRun(
            tx.ids.new(PapersRunId), opening.owner, opening.day, digest, found, tx.now_ms()
        )
        store.insert_run(tx, run)
        told = [(one.code, one.severity, one.document) for one in found]
        fact = PapersChecked(str(run.id), run.owner, run.day, digest, told, tx.actor)
        tx.emit(fact)
        return found

    def newest(self, tx: ReadTx, owner: str) -> PapersRun | None:
        """The last run over somebody's papers."""
        return store.newest_run(tx, owner)

    def sentence(self, one: PaperFinding, locale: str) -> str:
        """A finding in words."""
        return words.sentence(one, functools.partial(self._catalogue.text, locale=locale))

    def hand_over(self, tx: Tx, before: str, after: str) -> None:
        """What belonged to an application belongs to the client; again changes nothing."""
        store.hand_over(tx, before, after)


def digest_of(opening: OpeningPapers) -> str:
    """SM3 of everything that was looked at."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(_encoder.encode(opening))
    return digest.finalize().hex()
