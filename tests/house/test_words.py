"""Everything a person reads exists in both languages; everything we name is in the glossary."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.house.tree import LOCALES, docstrings, files, python_files, rooms, syntax, text

CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}")
SPOKEN_IN_TEMPLATE = re.compile(r"""\bt\(\s*["']([a-z0-9_.]+)["']""")
# Strings shaped like a code that are none: files, loggers, messages of the ASGI protocol.
NOT_A_CODE = re.compile(
    r"(yunquan|yunquan_world|http|lifespan|websocket|sqlalchemy|alembic|litestar|granian|asyncio|"
    r"urllib3|logging)\..*"
    r"|.*\.(db|sock|json|css|js|html|py|po|md|csv|log|parquet|toml|key|pem|svg|ico|zip|gz|txt|ini)"
)
GLOSSARY = Path("docs/glossary.md")


def catalogue(locale: str, name: str) -> dict[str, str]:
    with (LOCALES / locale / name).open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def catalogue_names(locale: str) -> set[str]:
    return {path.name for path in (LOCALES / locale).glob("*.po")}


def all_texts(locale: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name in sorted(catalogue_names(locale)):
        texts |= catalogue(locale, name)
    return texts


def table_names() -> set[str]:
    """First arguments of Table(...): `table.column` names a column, not a code."""
    calls = (
        node
        for path in python_files("src/yunquan", "migrations")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
    )
    return {str(ast.literal_eval(call.args[0])) for call in calls if "able" in ast.dump(call.func)}


def codes_in_source() -> dict[str, str]:
    """Code -> where it was seen first: literals of the Python code and t('...') of templates."""
    tables = table_names()
    seen: dict[str, str] = {}
    for path in python_files("src/yunquan"):
        told = docstrings(syntax(path))
        for node in ast.walk(syntax(path)):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            word = node.value
            if node in told or not CODE.fullmatch(word) or NOT_A_CODE.fullmatch(word):
                continue
            if word.split(".")[0] not in tables:
                seen.setdefault(word, f"{path}:{node.lineno}")
    for path in files():
        if path.suffix == ".html" and path.is_relative_to("src/yunquan"):
            for word in SPOKEN_IN_TEMPLATE.findall(text(path)):
                seen.setdefault(word, str(path))
    return seen


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_every_code_has_a_text(locale: str) -> None:
    known = all_texts(locale)
    missing = {code: place for code, place in codes_in_source().items() if code not in known}
    assert missing == {}, f"write them in src/yunquan/app/locale/{locale}/<room>.po"


def test_both_languages_have_the_same_catalogues() -> None:
    assert catalogue_names("zh_CN") == catalogue_names("en")


@pytest.mark.parametrize("name", sorted(catalogue_names("zh_CN") & catalogue_names("en")))
def test_a_pair_of_catalogues_says_the_same(name: str) -> None:
    chinese, english = catalogue("zh_CN", name), catalogue("en", name)
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
    for name in sorted(catalogue_names("en")):
        for code in catalogue("en", name):
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
    built = set(re.findall(r"""["'`]([a-z][a-z0-9_.]*\.)(?:\{|\$\{|["'`]\s*[~+])""", source))
    dead = [
        code
        for code in all_texts("en")
        if code not in source and not any(code.startswith(start) for start in built)
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
    source = "\n".join(text(path) for path in python_files("src"))
    assert {name for name in glossary_names() if not re.search(rf"\b{name}\b", source)} == set()
