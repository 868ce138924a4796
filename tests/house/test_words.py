"""Everything a person reads exists in both languages; everything we name is in the glossary."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from tools.catalogues import LANGUAGES, all_texts, codes_in_source, names, texts_of
from tools.tree import files, python_files, rooms, syntax, text

GLOSSARY = Path("docs/glossary.md")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_code_has_a_text(locale: str) -> None:
    known = all_texts(locale)
    missing = {code: place for code, place in codes_in_source().items() if code not in known}
    assert missing == {}, "make i18n adds them, you write the texts"


def test_both_languages_have_the_same_catalogues() -> None:
    assert names("zh_CN") == names("en")


@pytest.mark.parametrize("name", sorted(names("zh_CN") & names("en")))
def test_a_pair_of_catalogues_says_the_same(name: str) -> None:
    chinese, english = texts_of("zh_CN", name), texts_of("en", name)
    assert chinese.keys() == english.keys()
    assert [code for code, words in (chinese | english).items() if not words.strip()] == []
    different = [code for code in chinese if facts(chinese[code]) != facts(english[code])]
    assert different == [], "the same named facts belong in both texts"


def facts(template: str) -> set[str]:
    """Names in the braces of a text; `{price!s:>8}` names price."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_no_code_is_explained_twice() -> None:
    seen: dict[str, str] = {}
    twice = []
    for name in sorted(names("en")):
        for code in texts_of("en", name):
            if code in seen:
                twice.append(f"{code}: {seen[code]} and {name}")
            seen[code] = name
    assert twice == []


def test_no_text_is_dead() -> None:
    """A text is used when its code stands in the source, or the start of it is built upon."""
    source = "\n".join(
        text(path)
        for path in files()
        if path.is_relative_to("src") and path.suffix in {".py", ".html", ".js"}
    )
    written = set(re.findall(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*", source))
    built = set(re.findall(r"""["'`]([a-z][a-z0-9_.]*\.)(?:\{|\$\{|["'`]\s*[~+])""", source))
    dead = [
        code
        for code in all_texts("en")
        if code not in written and not any(code.startswith(start) for start in built)
    ]
    assert dead == [], "said nowhere: remove the texts, or use them"


def glossary_names() -> set[str]:
    """Names in the third column."""
    rows = [line.split("|") for line in text(GLOSSARY).splitlines() if line.startswith("|")]
    return {name for row in rows if len(row) > 4 for name in re.findall(r"`([^`]+)`", row[3])}


@pytest.mark.parametrize("room", [room for room in rooms() if room != "app"])
def test_every_public_type_is_in_the_glossary(room: str) -> None:
    path = Path(f"src/yunquan/{room}/types.py")
    if path not in files():
        return
    public = {
        node.name
        for node in syntax(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
    assert public - glossary_names() == set(), f"add them to {GLOSSARY}"


def test_the_glossary_names_nothing_that_is_gone() -> None:
    words = {word for path in python_files("src") for word in re.findall(r"[\w.]+", text(path))}
    words |= {part for word in words for part in word.split(".")}
    assert glossary_names() - words == set()
