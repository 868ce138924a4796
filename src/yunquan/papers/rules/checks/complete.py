"""Every document that is wanted is there, once, with a text, and signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import PaperFinding


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.missing, papers.twice, papers.empty, papers.unsigned."""
    count = Counter(paper.code for paper in sheaf.opening.papers)
    for wanted in sheaf.wanted():
        paper = sheaf.of(wanted.code)
        if paper is None:
            yield finding("papers.missing", wanted.code)
            continue
        if not any(page.strip() for page in paper.pages):
            yield finding("papers.empty", wanted.code)
        if wanted.signed and not (paper.signed_at_ms and paper.signed_by):
            yield finding("papers.unsigned", wanted.code)
    for code, copies in count.items():
        if copies > 1:
            yield finding("papers.twice", code, facts={"copies": str(copies)})
