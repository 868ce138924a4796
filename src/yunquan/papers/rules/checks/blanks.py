"""Nothing was left to be filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yunquan.papers.rules.folding import place_of
from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import PaperFinding

_BLANK: Final = re.compile(
    r"_{3,}|＿{3,}|\{\{.*?\}\}|\{[a-z_]{2,30}\}|【\s*】|\[\s{1,20}\]|(?<![A-Za-z0-9])[Xx×]{3,}"
    r"(?![A-Za-z0-9])|(?<![A-Za-z])(?:TODO|TBD|None|null|undefined)(?![A-Za-z])|（\s*待填\s*）"
)


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.blank."""
    for paper in sheaf.opening.papers:
        for number, page in enumerate(paper.pages, 1):
            for match in _BLANK.finditer(page):
                place = place_of(page, number, *match.span())
                yield finding("papers.blank", paper.code, place, facts={"said": match[0][:20]})
