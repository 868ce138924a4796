"""What documents say of the person is what was verified, and the same in each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yunquan.papers.rules.folding import masked, same
from yunquan.papers.rules.sheaf import Said, Sheaf, finding
from yunquan.papers.types import PaperFinding

# Fields with a check of their own.
ELSEWHERE: Final = frozenset({"card_holder", "risk_class", "signed_on"})


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.differs, papers.documents_differ, papers.field_missing."""
    first: dict[str, tuple[str, Said]] = {}
    for paper in sheaf.opening.papers:
        for said in sheaf.said(paper):
            if said.field in ELSEWHERE or not said.value:
                continue
            true = sheaf.opening.truth.get(said.field, "")
            if true:
                if not same(said.value, true):
                    facts = {"field": said.field, "said": masked(said.value), "true": masked(true)}
                    yield finding("papers.differs", paper.code, said.place, facts=facts)
                continue
            other, earlier = first.setdefault(said.field, (paper.code, said))
            if not same(said.value, earlier.value) and not same(earlier.value, said.value):
                facts = {"field": said.field, "said": masked(said.value), "other": other}
                yield finding("papers.documents_differ", paper.code, said.place, facts=facts)
    yield from _missing(sheaf)


def _missing(sheaf: Sheaf) -> Iterator[PaperFinding]:
    for wanted in sheaf.wanted():
        paper = sheaf.of(wanted.code)
        if paper is None:
            continue
        fields = {said.field for said in sheaf.said(paper) if said.value}
        for field in wanted.states:
            if field not in fields:
                yield finding("papers.field_missing", wanted.code, facts={"field": field})
