"""The identity card and the assessment held on the day everything was signed."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.kernel.zone import day_of
from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import PaperFinding


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.card_expired, papers.assessment_expired."""
    truth = sheaf.opening.truth
    signed = [paper.signed_at_ms for paper in sheaf.opening.papers if paper.signed_at_ms]
    last = day_of(max(signed)) if signed else sheaf.opening.day
    for field, code in (
        ("card_valid_until", "papers.card_expired"),
        ("assessment_valid_until", "papers.assessment_expired"),
    ):
        until = truth.get(field, "")
        if until and until < last:
            yield finding(code, "", facts={"until": until, "day": last})
