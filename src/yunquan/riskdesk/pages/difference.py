"""What another version of a rule says otherwise, as people read it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yunquan.rulebook.types import Condition, RuleText

# Told in this order; conditions come after them.
FIELDS: Final = (
    "title_zh", "title_en", "kind", "subject", "grade", "within_s", "quiet_s", "most",
    "basis", "certainty",
)  # fmt: skip
# A word is a name, a number or one sign: a difference never cuts a name in two.
WORD: Final = re.compile(r"\s+|[A-Za-z0-9_.]+|[<>=!]=|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextChange:
    """field: of the text, or "step" and "without" with their number. pieces: words in order, each
    with "same", "gone" or "new" before it.
    """

    field: str
    number: int
    pieces: tuple[tuple[str, str], ...]


def difference(old: RuleText, new: RuleText) -> list[TextChange]:
    """What is another, field by field; of conditions word by word."""
    found = [
        TextChange(name, 0, _words(str(before), str(after)))
        for name in FIELDS
        if (before := getattr(old, name)) != (after := getattr(new, name))
    ]
    return (
        found
        + _parts("step", old.conditions, new.conditions)
        + _parts("without", old.without, new.without)
    )


def _parts(part: str, old: Sequence[Condition], new: Sequence[Condition]) -> list[TextChange]:
    found = list[TextChange]()
    for at in range(max(len(old), len(new))):
        before, after = (_said(one[at]) if at < len(one) else "" for one in (old, new))
        if before != after:
            found.append(TextChange(part, at + 1, _words(before, after)))
    return found


def _said(one: Condition) -> str:
    return f"{' '.join(one.on)}: {one.when}"


def _words(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """Pieces in order, each "same", "gone" or "new"."""
    before, after = WORD.findall(old), WORD.findall(new)
    pieces = list[tuple[str, str]]()
    for what, a, b, c, d in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        if what == "equal":
            pieces.append(("same", "".join(before[a:b])))
            continue
        pieces += [
            (how, said)
            for how, said in (("gone", "".join(before[a:b])), ("new", "".join(after[c:d])))
            if said
        ]
    return tuple(pieces)
