"""The pages of docs/ that are read off the code: `python -m tools.pages [--check]`."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from collections.abc import Callable
from pathlib import Path

from tools import rule_comparison
from tools.catalogues import all_texts
from tools.tree import ROOT, rooms, syntax

GENERATED = "<!-- Made by make docs from the code. Change the code, not this page. -->\n\n"


def codes_page() -> str:
    """Every refusal and error a customer or a partner's program can meet."""
    chinese, english = all_texts("zh_CN"), all_texts("en")
    lines = [
        "# Codes of refusals and errors\n",
        "Programs rely on the code; people read the text in their language. "
        "Names in braces are facts that come with the code.\n",
        "| code | 中文 | English |",
        "| --- | --- | --- |",
    ]
    for code in sorted(code for code in english if not code.startswith("ui.")):
        lines.append(f"| `{code}` | {cell(chinese.get(code, ''))} | {cell(english[code])} |")
    return "\n".join(lines) + "\n"


def cell(words: str) -> str:
    return words.replace("|", "\\|").replace("\n", " ")


def rooms_page() -> str:
    """The rooms from the roof down, each with what its door says."""
    lines = [
        "# Rooms and floors\n",
        "From the roof down: a room imports lower rooms only, by their doors; upwards it speaks by "
        "events. Rooms on one line are independent.\n",
    ]
    for floor in floors():
        for room in floor:
            says = ast.get_docstring(syntax(Path(f"src/yunquan/{room}/__init__.py"))) or ""
            lines.append(f"## `{room}`\n\n{says}\n")
    return "\n".join(lines)


def floors() -> list[list[str]]:
    """Rooms that exist, in the order of .importlinter."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = contracts["importlinter:contract:floors"]["layers"].strip().splitlines()
    there = rooms()
    named = [re.findall(r"\w+", layer) for layer in layers]
    return [[room for room in floor if room in there] for floor in named]


PAGES: dict[str, Callable[[], str]] = {
    "docs/codes.md": codes_page,
    "docs/rooms.md": rooms_page,
    "docs/rules-compared.md": rule_comparison.page,
}


def main() -> None:
    stale = []
    for name, write in PAGES.items():
        path, wanted = ROOT / name, GENERATED + write()
        if path.is_file() and path.read_text() == wanted:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(wanted)
    if stale and "--check" in sys.argv:
        sys.exit(f"stale: {', '.join(stale)}; run make docs")


if __name__ == "__main__":
    main()
