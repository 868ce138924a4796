"""Whoever opens the account signed every document, and nobody else did."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import PaperFinding


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.other_signer."""
    for paper in sheaf.opening.papers:
        if paper.signed_by and paper.signed_by != sheaf.opening.owner:
            yield finding("papers.other_signer", paper.code)
