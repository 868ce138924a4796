"""The papers of an opening as the checks see them: rules of the day, folded pages, fields found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yunquan.papers.rules.folding import Folded, fold, place_of
from yunquan.papers.rules.rows import PaperRules
from yunquan.papers.types import OpeningPaper, OpeningPapers, PaperFinding, Place, WantedPaper
from yunquan.suitability.rules.rows import FirmRows

ERROR = "error"
WARN = "warn"
# Up to the end of the line or the next field on it.
_VALUE = r"[ \t\u3000]*[:：][ \t\u3000]*(?P<value>[^\n；;]*?)(?=[ \t\u3000]{2,}|[\n；;]|$)"


@dataclass(frozen=True, slots=True)
class Said:
    """A field as a document says it. place: None when only its facts do."""

    field: str
    value: str
    place: Place | None


class Sheaf:
    """All papers with what every check needs, made once. firm: for levels and the matrix."""

    def __init__(self, opening: OpeningPapers, rules: PaperRules, firm: FirmRows) -> None:
        self.opening = opening
        self.rules = rules
        self.firm = firm
        self._folded: dict[int, tuple[Folded, ...]] = {}
        self._said: dict[int, tuple[Said, ...]] = {}

    def wanted(self) -> tuple[WantedPaper, ...]:
        """Documents that this opening takes."""
        conditions = {"", *(["mismatch"] if self.opening.confirmed else [])}
        return tuple(one for one in self.rules.papers if one.when in conditions)

    def of(self, code: str) -> OpeningPaper | None:
        """A document by its code; the first, if it is there twice."""
        return next((one for one in self.opening.papers if one.code == code), None)

    def folded(self, paper: OpeningPaper) -> tuple[Folded, ...]:
        """Its pages as words are looked for in them."""
        if id(paper) not in self._folded:
            self._folded[id(paper)] = tuple(fold(page) for page in paper.pages)
        return self._folded[id(paper)]

    def said(self, paper: OpeningPaper) -> tuple[Said, ...]:
        """Every field it says, in its text first, then in its facts."""
        if id(paper) not in self._said:
            found = [
                Said(label.name, match["value"].strip(), place)
                for label in self.rules.labels
                for match, place in _matches(paper, label.labels)
            ]
            found += [Said(name, value, None) for name, value in paper.facts.items()]
            self._said[id(paper)] = tuple(found)
        return self._said[id(paper)]


def _matches(paper: OpeningPaper, labels: tuple[str, ...]) -> Iterator[tuple[re.Match[str], Place]]:
    words = "|".join(re.escape(label) for label in labels)
    pattern = re.compile(rf"(?:^|(?<=[\s；;（(]))(?:{words}){_VALUE}", re.MULTILINE)
    for number, page in enumerate(paper.pages, 1):
        for match in pattern.finditer(page):
            yield match, place_of(page, number, match.start("value"), match.end("value"))


def finding(
    code: str,
    document: str,
    place: Place | None = None,
    *,
    facts: dict[str, str] | None = None,
    severity: str = ERROR,
) -> PaperFinding:
    """A finding; an error unless it is said to be less."""
    return PaperFinding(code, severity, document, place, facts or {})
