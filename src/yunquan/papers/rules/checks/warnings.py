"""The risk warnings that a document must carry are in it, and aren't denied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yunquan.papers.rules.folding import fold_word
from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import OpeningPaper, PaperFinding, WantedPhrase

# Right before the phrase, these turn it round.
_TURNED: Final = ("并非", "不是", "不存在", "isnottruethat", "not")


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.phrase_missing."""
    for phrase in sheaf.rules.phrases:
        paper = sheaf.of(phrase.document)
        if paper and paper.locale == phrase.locale and not _has(sheaf, paper, phrase):
            facts = {"phrase": phrase.name, "wanted": phrase.any_of[0]}
            yield finding("papers.phrase_missing", phrase.document, facts=facts)


def _has(sheaf: Sheaf, paper: OpeningPaper, phrase: WantedPhrase) -> bool:
    whole = "".join(page.text for page in sheaf.folded(paper))
    for words in phrase.any_of:
        wanted = fold_word(words)
        at = whole.find(wanted)
        while at >= 0:
            if not whole[:at].endswith(_TURNED):
                return True
            at = whole.find(wanted, at + 1)
    return False
