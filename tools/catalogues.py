"""The texts people read: which codes the source names, and which of them lack a text.

`make i18n` adds every missing code with an empty text to <room>.po of both languages and sorts the
files; the laws of the house fail until the texts are written.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tools.tree import LOCALES, PACKAGE, docstrings, files, python_files, syntax, text

LANGUAGES = ("zh_CN", "en")
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}(?<!_)")
SPOKEN_IN_TEMPLATE = re.compile(r"""\bt\(\s*["']([a-z0-9_.]+)["']""")
# Strings shaped like a code that are none: files, loggers, messages of the ASGI protocol.
NOT_A_CODE = re.compile(
    r"(yunquan|yunquan_world|http|lifespan|websocket|sqlalchemy|alembic|litestar|granian|asyncio|"
    r"urllib3|logging|os)\..*"
    r"|.*\.(db|sock|json|css|js|html|py|po|md|csv|log|parquet|toml|keys?|typ|pem|svg|ico|zip|gz|txt|ini)"
)

# The name a reader of the log keeps its offset under.
NAMES_OF_READERS = {"counter.projection"}


def read_catalogue(locale: str, name: str) -> Catalog:
    """One file, e.g. `zh_CN`, `market.po`."""
    with (LOCALES / locale / name).open("rb") as file:
        return read_po(file, locale=locale)


def texts_of(locale: str, name: str) -> dict[str, str]:
    """Code -> text of one file."""
    return {str(entry.id): str(entry.string) for entry in read_catalogue(locale, name) if entry.id}


def names(locale: str) -> set[str]:
    """File names of a language's catalogues."""
    return {path.name for path in (LOCALES / locale).glob("*.po")}


def all_texts(locale: str) -> dict[str, str]:
    """Code -> text over all files of a language."""
    texts: dict[str, str] = {}
    for name in sorted(names(locale)):
        texts |= texts_of(locale, name)
    return texts


@functools.cache
def codes_in_source() -> dict[str, str]:
    """Code -> where it was seen first: literals of the Python code and t('...') of templates."""
    tables = table_names()
    seen: dict[str, str] = {}
    for path in python_files("src/yunquan"):
        told = docstrings(syntax(path))
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told:
                word = node.value
                if is_code(word) and word.split(".")[0] not in tables:
                    seen.setdefault(word, f"{path}:{node.lineno}")
    for path in files():
        if path.suffix == ".html" and path.is_relative_to("src/yunquan"):
            for word in filter(is_code, SPOKEN_IN_TEMPLATE.findall(text(path))):
                seen.setdefault(word, str(path))
    return seen


def is_code(word: str) -> bool:
    shaped = CODE.fullmatch(word) and not NOT_A_CODE.fullmatch(word)
    return bool(shaped) and word not in NAMES_OF_READERS


def table_names() -> set[str]:
    """First arguments of Table(...): `table.column` names a column, not a code."""
    calls = (
        node
        for path in python_files("src/yunquan", "migrations")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
    )
    return {str(ast.literal_eval(call.args[0])) for call in calls if "able" in ast.dump(call.func)}


def home_of(code: str, place: str) -> str:
    """The file a new code belongs to: `ui.<face>.<key>` to its face, others to their room."""
    if code.startswith("ui."):
        return f"{code.split('.')[1]}.po"
    return f"{Path(place).relative_to('src/yunquan').parts[0]}.po"


def main() -> None:
    missing = 0
    for locale in LANGUAGES:
        known = all_texts(locale)
        wanted: dict[str, list[str]] = {name: [] for name in names("zh_CN") | names("en")}
        for code, place in codes_in_source().items():
            if code not in known:
                wanted.setdefault(home_of(code, place), []).append(code)
                print(f"{locale}: no text for {code} ({place})")
                missing += 1
        for name, codes in wanted.items():
            rewrite(locale, name, codes)
    sys.exit(1 if missing else 0)


def rewrite(locale: str, name: str, new_codes: list[str]) -> None:
    path = PACKAGE / "app" / "locale" / locale / name
    catalogue = read_catalogue(locale, name) if path.is_file() else Catalog(locale=locale)
    for code in new_codes:
        catalogue.add(code, "")
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, sort_output=True, omit_header=True)


if __name__ == "__main__":
    main()
