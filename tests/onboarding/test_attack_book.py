"""docs/attacks.md says of every attack what comes of it, as the tests do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.fixtures_database import ROOT

FOLDER = Path(__file__).parent
LEAST = 40
_ROW = re.compile(r"\| (\d+) \| (.+?) \| (.+?) \| (.+?) \| `(.+?)::(.+?)` \|")


def functions(path: Path) -> dict[str, str]:
    """Tests of a file, each with the first sentence said of it."""
    body = ast.parse(path.read_text("utf-8")).body
    found = [one for one in body if isinstance(one, ast.FunctionDef)]
    tests = [one for one in found if one.name.startswith("test_")]
    return {one.name: ast.get_docstring(one) or "" for one in tests}


def rows() -> list[tuple[str, ...]]:
    text = (ROOT / "docs" / "attacks.md").read_text("utf-8")
    return [match.groups() for match in _ROW.finditer(text)]


def test_numbers_run_on_and_every_column_is_filled() -> None:
    assert [row[0] for row in rows()] == [str(n + 1) for n in range(len(rows()))]
    assert all(re.search("[\u4e00-\u9fff]", row[2]) for row in rows())


def test_every_attack_here_is_in_the_book_and_says_the_same() -> None:
    tried = {
        (f"onboarding/{path.name}", name): said
        for path in sorted(FOLDER.glob("test_attacks_*.py"))
        for name, said in functions(path).items()
    }
    book = {(row[4], row[5]): f"{row[1]}: {row[3]}" for row in rows() if row[4].startswith("onb")}
    assert len(tried) >= LEAST
    assert book == {key: said.removesuffix(".") for key, said in tried.items()}


def test_what_lives_in_other_rooms_is_there() -> None:
    for *_, path, name in rows():
        assert name in functions(ROOT / "tests" / path), (path, name)
