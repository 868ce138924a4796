"""The bank card belongs to whoever opens the account."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.papers.rules.folding import masked, same
from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import PaperFinding


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.other_holder. Source: reference 4: bank and broker agree on name and number."""
    name = sheaf.opening.truth.get("name", "")
    for paper in sheaf.opening.papers:
        for said in sheaf.said(paper):
            if said.field == "card_holder" and said.value and not same(said.value, name):
                facts = {"said": masked(said.value), "true": masked(name)}
                yield finding("papers.other_holder", paper.code, said.place, facts=facts)
