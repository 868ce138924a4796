"""What stands around a rule's conditions: whether it can be kept and shown."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from yunquan.kernel.errors import Refused
from yunquan.rulebook.types import RuleText

CODE: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+){0,3}", re.ASCII)
LONGEST: Final = {"code": 60, "title_zh": 80, "title_en": 120, "basis": 300}
CERTAINTIES: Final = ("V", "KM", "F")


def check_words(text: RuleText, kinds: Collection[str]) -> Refused | None:
    """Whether its names, titles and source can be kept and shown; None when they can."""
    if len(text.code) > LONGEST["code"] or not CODE.fullmatch(text.code):
        return Refused("rulebook.code")
    if text.kind not in kinds:
        return Refused("rulebook.kind", {"kind": text.kind[:40]})
    if text.certainty not in CERTAINTIES:
        return Refused("rulebook.certainty", {"certainty": text.certainty[:10]})
    for name in ("title_zh", "title_en", "basis"):
        said = getattr(text, name)
        if not said.strip() or len(said) > LONGEST[name] or not said.isprintable():
            return Refused("rulebook.words", {"name": name, "most": LONGEST[name]})
    return None


def title_of(text: RuleText, locale: str) -> str:
    """A rule's title in a language."""
    return text.title_en if locale == "en" else text.title_zh
