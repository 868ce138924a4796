"""Same names in every room, nothing too long, nothing dead."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tests.house.test_doors import graph, inside, room_of
from tools.tree import (
    FACES,
    NOT_SHAPED,
    PACKAGE,
    ROOT,
    files,
    python_files,
    rooms,
    syntax,
    text,
)

FILES = {
    "__init__.py",
    "types.py",
    "events.py",
    "errors.py",
    "ports.py",
    "rules.py",
    "store.py",
    "service.py",
    "readers.py",
    "jobs.py",
}
FACE_FILES = FILES - {"store.py", "rules.py"} | {"api.py", "pages.py", "store.py"}
# A noun a file of rules, or a verb's noun of a service, once the single file outgrew 300 lines.
FOLDERS = {"adapters", "rules", "service", "store"}
FACE_FOLDERS = {"templates", "static", "api", "pages"}
MEANINGLESS = {"utils.py", "helpers.py", "common.py", "manager.py", "base.py", "misc.py"}
LINES_OF_A_FILE = 500
LINES_OF_A_FUNCTION = 60
LINES_OF_A_ROOM = 2500
RATCHET = Path("tests/house/ratchet.json")
# Started by name, not by import.
ENTRANCES = {"yunquan._core", "yunquan_world.__main__", "yunquan.__main__"}


@pytest.mark.parametrize("room", [room for room in rooms() if room not in NOT_SHAPED])
def test_a_room_holds_only_the_known_names(room: str) -> None:
    known_files = FACE_FILES if room in FACES else FILES
    known_folders = FOLDERS | FACE_FOLDERS if room in FACES else FOLDERS
    here = [path.relative_to(f"src/yunquan/{room}") for path in files_of(room)]
    strange_files = {str(path) for path in here if len(path.parts) == 1} - known_files
    strange_folders = {path.parts[0] for path in here if len(path.parts) > 1} - known_folders
    assert strange_files | strange_folders == set()
    assert (PACKAGE / room / "__init__.py").is_file(), "a room needs its door"


def files_of(room: str) -> list[Path]:
    return [path for path in files() if path.is_relative_to(f"src/yunquan/{room}")]


def test_every_door_says_what_the_room_is_for() -> None:
    silent = [
        room
        for room in rooms()
        if not ast.get_docstring(syntax(Path(f"src/yunquan/{room}/__init__.py")))
    ]
    assert silent == []


def test_no_file_has_a_name_without_meaning() -> None:
    assert [str(path) for path in files() if path.name in MEANINGLESS] == []


def test_nothing_grows_beyond_its_measure() -> None:
    """Ratchet: what was too long before is listed, with a reason, and nothing is added."""
    allowed = json.loads(text(RATCHET))
    found = too_long()
    caps = {name: entry["at_most"] for name, entry in allowed.items()}
    grown = {name: lines for name, lines in found.items() if lines > caps.get(name, 0)}
    assert grown == {}, "split it; a longer list in ratchet.json is no way out"
    assert caps.keys() - found.keys() == set(), f"cured: remove these from {RATCHET}"
    assert [name for name, entry in allowed.items() if len(entry["why"]) < 20] == []


def too_long() -> dict[str, int]:
    """Name of a file, `file:function` or room -> lines, for all beyond their measure."""
    lengths: dict[str, int] = {}
    for path in python_files("src", "tests", "tools", "benchmarks", "migrations"):
        lines = len(text(path).splitlines())
        if lines > LINES_OF_A_FILE:
            lengths[str(path)] = lines
        # A customer's story in a test and a list of tables in a migration may be longer.
        if path.parts[0] not in {"tests", "migrations"}:
            lengths |= long_functions(path)
    for room in rooms():
        modules = [path for path in files_of(room) if path.suffix == ".py"]
        lines = sum(len(text(path).splitlines()) for path in modules)
        if lines > LINES_OF_A_ROOM and room not in NOT_SHAPED:
            lengths[f"src/yunquan/{room}"] = lines
    return lengths


def long_functions(path: Path) -> dict[str, int]:
    functions = [
        node
        for node in ast.walk(syntax(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    lengths = {
        f"{path}:{node.name}": (node.end_lineno or 0) - node.lineno + 1 for node in functions
    }
    return {name: lines for name, lines in lengths.items() if lines > LINES_OF_A_FUNCTION}


def test_no_module_is_dead() -> None:
    """Every module is imported by another, or is a door, a migration or an entrance."""
    started = ENTRANCES | set(scripts()) | {"yunquan", "yunquan_world"}
    # A server's factory, a role's module: started by a name in a string.
    starters = [*python_files("src", "tools"), Path("Makefile")]
    named = "\n".join(text(path) for path in starters)
    dead = [
        module
        for module in graph().modules
        if module.split(".")[0] in {"yunquan", "yunquan_world"}
        if not graph().find_modules_that_directly_import(module)
        if module not in started and not is_package(module)
        if not any(call in named for call in ways_to_start(module))
    ]
    assert dead == [], "imported by nothing in src/"


def ways_to_start(module: str) -> tuple[str, ...]:
    """How a string may name a module: whole, or with its last part filled in (`package.{kind}`)."""
    package = module.rpartition(".")[0]
    return f'"{module}', f"-m {module}", f'"{package}.{{'


def scripts() -> list[str]:
    """Modules behind the console scripts of pyproject.toml."""
    lines = text(Path("pyproject.toml")).split("[project.scripts]")[1].split("[")[0].splitlines()
    return [line.split('"')[1].split(":")[0] for line in lines if "=" in line]


def is_package(module: str) -> bool:
    return (ROOT / "src" / Path(*module.split(".")) / "__init__.py").is_file()


@pytest.mark.parametrize("face", [room for room in rooms() if room in FACES])
def test_no_template_or_asset_is_dead(face: str) -> None:
    speakers = [
        path for path in files_of_source() if path.suffix in {".py", ".html", ".js", ".css"}
    ]
    dead = []
    for path in files_of(face):
        if path.suffix not in {".html", ".js", ".css", ".svg"}:
            continue
        if not any(path.name in text(other) for other in speakers if other != path):
            dead.append(str(path))
    assert dead == [], "named by no page, template, script or style"


def files_of_source() -> list[Path]:
    return [path for path in files() if path.is_relative_to("src/yunquan")]


def test_every_jobs_module_is_wired() -> None:
    unwired = [
        module
        for module in graph().modules
        if inside(module) == "jobs" and room_of(module)
        if not any(
            room_of(user) == "app" for user in graph().find_modules_that_directly_import(module)
        )
    ]
    assert unwired == []
