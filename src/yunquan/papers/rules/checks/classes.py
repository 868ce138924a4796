"""The risk class in the documents is the one the questionnaire came to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yunquan.papers.rules.sheaf import Sheaf, finding
from yunquan.papers.types import PaperFinding
from yunquan.suitability.types import RiskClass

_CLASS: Final = re.compile(r"C\s*([1-5])", re.IGNORECASE)
_LOWEST: Final = ("最低", "lowest")


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.class_differs, papers.class_unreadable, papers.not_assessed."""
    true = sheaf.opening.truth.get("risk_class", "")
    if not true:
        yield finding("papers.not_assessed", "")
    for paper in sheaf.opening.papers:
        for said in sheaf.said(paper):
            if said.field != "risk_class" or not said.value:
                continue
            read = class_in(said.value)
            if not read:
                yield finding("papers.class_unreadable", paper.code, said.place)
            elif true and read != true:
                facts = {"said": read, "true": true}
                yield finding("papers.class_differs", paper.code, said.place, facts=facts)


def class_in(text: str) -> str:
    """The class that a text names; "" when it names none, or several."""
    found = {match[1] for match in _CLASS.finditer(text)}
    lowest = any(word in text.casefold() for word in _LOWEST)
    if lowest and found <= {"1"}:
        return RiskClass.LOWEST.value
    return f"C{found.pop()}" if len(found) == 1 and not lowest else ""
