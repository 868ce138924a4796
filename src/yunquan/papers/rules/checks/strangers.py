"""No document carries another person's number: of an identity card, a mobile, a bank card."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yunquan.kernel.residents import is_resident_number
from yunquan.papers.rules.folding import masked, place_of
from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import PaperFinding

_ID: Final = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")
_MOBILE: Final = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.foreign_number."""
    truth = sheaf.opening.truth
    own_id, own_mobile = truth.get("id_number", "").upper(), truth.get("mobile", "")
    own = {own_id, own_mobile, truth.get("bank_account", "")}
    for paper in sheaf.opening.papers:
        for number, page in enumerate(paper.pages, 1):
            for kind, pattern in (("id_number", _ID), ("mobile", _MOBILE)):
                for match in pattern.finditer(page):
                    found = match[0].upper()
                    if found in own or (kind == "id_number" and not is_resident_number(found)):
                        continue
                    place = place_of(page, number, *match.span())
                    facts = {"kind": kind, "said": masked(found)}
                    yield finding("papers.foreign_number", paper.code, place, facts=facts)
