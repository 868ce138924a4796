"""Dependencies are few, used, locked, and each says why it is there."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from tools.tree import python_files, syntax, text

PROJECT = tomllib.loads(text(Path("pyproject.toml")))["project"]
MOST_AT_RUN_TIME = 22
# Name on the index -> name in an import, where they differ.
IMPORTED_AS = {"argon2-cffi": "argon2", "chinesecalendar": "chinese_calendar"}


def direct() -> list[Requirement]:
    return [Requirement(line) for line in PROJECT["dependencies"]]


def locked(name: str) -> dict[str, str]:
    """Package -> version of a lock."""
    pins = re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text(Path(f"requirements/{name}.txt")), re.M)
    return dict(pins)


def test_every_dependency_has_its_line_of_reason() -> None:
    lines = text(Path("pyproject.toml")).split("dependencies = [")[1].split("[project.scripts]")[0]
    named = [line for line in lines.splitlines() if line.strip().startswith('"')]
    assert len(named) > len(direct())
    assert [line for line in named if not re.search(r'",\s+# \S.{10}', line)] == []


def test_there_are_few_at_run_time() -> None:
    assert len(direct()) <= MOST_AT_RUN_TIME


def test_locks_hold_what_the_project_asks_for() -> None:
    extras = PROJECT["optional-dependencies"]
    in_run = [
        *direct(),
        *map(Requirement, extras["postgres"] + extras["screening"] + extras["make"]),
    ]
    wanted = {
        "run": in_run,
        "node": [Requirement(line) for line in extras["node"]],
        "dev": [*in_run, *map(Requirement, extras["node"] + extras["dev"])],
    }
    for name, requirements in wanted.items():
        pins = locked(name)
        stale = [
            str(asked) for asked in requirements if pins.get(asked.name, "") not in asked.specifier
        ]
        assert stale == [], f"requirements/{name}.txt: run make lock"


def test_locks_agree_with_each_other() -> None:
    run, dev = locked("run"), locked("dev")
    assert {name: pin for name, pin in run.items() if dev.get(name) != pin} == {}


def test_no_dependency_is_dead() -> None:
    imported = {
        name.split(".")[0]
        for path in python_files("src", "migrations")
        for node in ast.walk(syntax(path))
        for name in names_imported(node)
    }
    needed = {IMPORTED_AS.get(each.name, each.name.replace("-", "_")) for each in direct()}
    assert needed - imported == set()


def names_imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
