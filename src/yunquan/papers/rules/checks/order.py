"""Signatures in their order, before the approval, on the day that the document names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yunquan.kernel.zone import day_of
from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import PaperFinding

_DAY: Final = re.compile(r"(\d{4})\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})")


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.order, papers.signed_after_approval, papers.day_differs, papers.day_unreadable."""
    for row in sheaf.rules.orders:
        before, after = sheaf.of(row.before), sheaf.of(row.after)
        if before and after and 0 < after.signed_at_ms < before.signed_at_ms:
            yield finding("papers.order", row.after, facts={"before": row.before})
    approved = sheaf.opening.approved_at_ms
    for paper in sheaf.opening.papers:
        if 0 < approved < paper.signed_at_ms:
            yield finding("papers.signed_after_approval", paper.code)
        for said in sheaf.said(paper):
            if said.field != "signed_on" or not paper.signed_at_ms:
                continue
            signed = day_of(paper.signed_at_ms)
            named = _DAY.search(said.value)
            if named is None:
                yield finding("papers.day_unreadable", paper.code, said.place)
            elif f"{named[1]}-{int(named[2]):02d}-{int(named[3]):02d}" != signed:
                facts = {"said": said.value[:20], "signed": signed}
                yield finding("papers.day_differs", paper.code, said.place, facts=facts)
