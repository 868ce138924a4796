"""The tree, read once for the laws of the house and the generators of pages and texts."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "yunquan"
WORLD = ROOT / "src" / "yunquan_world"
LOCALES = PACKAGE / "app" / "locale"
# Left out of the laws on a room's shape: the ground under all rooms and the roof over them.
NOT_SHAPED = {"kernel", "app"}
FACES = {
    "investor",
    "standing",
    "workbench",
    "cockpit",
    "partners",
    "opening",
    "acceptance",
    "riskdesk",
}


def rooms() -> list[str]:
    """Folders of src/yunquan that hold Python, `_compiled` left out."""
    return sorted(
        folder.name
        for folder in PACKAGE.iterdir()
        if folder.is_dir() and folder.name.isidentifier() and not folder.name.startswith("_")
        if next(folder.rglob("*.py"), None)
    )


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that git tracks or would add, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    names = sorted({name for name in listed.decode().split("\0") if name})
    return tuple(Path(name) for name in names if (ROOT / name).is_file())


def python_files(*folders: str) -> Iterator[Path]:
    """Python files below the given folders (of the root), relative to the root."""
    for path in files():
        if path.suffix == ".py" and any(path.is_relative_to(folder) for folder in folders):
            yield path


@functools.cache
def text(path: Path) -> str:
    """Content of a file named relative to the root; binary files read as empty."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@functools.cache
def syntax(path: Path) -> ast.Module:
    return ast.parse(text(path), filename=str(path))


def docstrings(tree: ast.Module) -> set[ast.AST]:
    """The constants of a module that are docstrings."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }
