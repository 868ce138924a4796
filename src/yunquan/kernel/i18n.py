"""Sentences for codes, in zh-CN (first) and English, from Babel catalogues. Code, ids and logs stay
English.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from yunquan.kernel.money import fen_to_text, milli_to_text

LOCALES = ("zh_CN", "en")
DEFAULT_LOCALE = LOCALES[0]


class Catalogue:
    """All messages by locale and code. A missing code shows as the code itself: ugly, findable,
    never a crash.
    """

    def __init__(self, messages: dict[str, dict[str, str]]) -> None:
        self.messages = messages

    @classmethod
    def load(cls, directory: Path) -> Catalogue:
        """Read every `<locale>/*.po` below `directory`. The same code in two files of a locale
        raises ValueError.
        """
        messages: dict[str, dict[str, str]] = {}
        for locale in LOCALES:
            texts = messages.setdefault(locale, {})
            for path in sorted((directory / locale).glob("*.po")):
                with path.open("rb") as file:
                    entries = {
                        str(entry.id): str(entry.string) for entry in read_po(file) if entry.id
                    }
                if twice := texts.keys() & entries.keys():
                    raise ValueError(f"{path}: defined twice: {sorted(twice)}")
                texts.update(entries)
        return cls(messages)

    def text(self, code: str, /, locale: str = DEFAULT_LOCALE, **facts: Any) -> str:
        """The sentence of `code` with its facts filled in (one of them may be called "code")."""
        template = (
            self.messages.get(locale, {}).get(code)
            or self.messages[DEFAULT_LOCALE].get(code)
            or code
        )
        try:
            return template.format(**_spoken(facts), **_in_language(facts, locale))
        except (KeyError, IndexError, ValueError):
            return template


def _in_language(facts: dict[str, Any], locale: str) -> dict[str, Any]:
    """Facts that people wrote in both languages, "notice_zh" and "notice_en", as "notice"."""
    ending = "_zh" if locale == DEFAULT_LOCALE else "_en"
    return {
        name.removesuffix(ending): value for name, value in facts.items() if name.endswith(ending)
    }


def _spoken(facts: dict[str, Any]) -> dict[str, Any]:
    """Readable facts, amounts with thousands separated: for sentences, not for programs."""
    shown = readable(facts)
    for name in facts:
        if name.endswith(("_fen", "_milli")):
            bare = name.removesuffix("_fen").removesuffix("_milli")
            whole, dot, rest = str(shown.get(bare, "")).partition(".")
            if whole.removeprefix("-").isdigit():
                shown[bare] = f"{int(whole):,}{dot}{rest}"
    return shown


def readable(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as people read them: integers named *_fen or *_milli become CNY text, under the name
    without the unit.
    """
    shown: dict[str, Any] = {}
    for name, value in facts.items():
        if name.endswith("_fen") and isinstance(value, int):
            shown[name.removesuffix("_fen")] = fen_to_text(value)
        elif name.endswith("_milli") and isinstance(value, int):
            shown[name.removesuffix("_milli")] = milli_to_text(value)
        else:
            shown[name] = value
    return shown
