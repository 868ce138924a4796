"""What is compiled and kept is never older than its sources."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from yunquan.indicators.rules import jit

ROOM = Path(jit.__file__).parent.parent
CALLED = (
    "from yunquan.indicators.rules.jit import compiled\n\n\n"
    "@compiled\ndef inner():\n    return {}\n"
)
CALLER = (
    "from yunquan.indicators.rules.jit import compiled\n"
    "from jit_called import inner\n\n\n@compiled\ndef outer():\n    return inner()\n"
)


def outer_in(folder: Path, number: int) -> Any:
    """The caller, freshly imported, after what it calls was written anew."""
    (folder / "jit_called.py").write_text(CALLED.format(number))
    (folder / "jit_caller.py").write_text(CALLER)
    for name in ("jit_called", "jit_caller"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return importlib.import_module("jit_caller").outer


def test_a_change_of_what_is_called_is_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(jit, "EDITION", b"one")
    assert outer_in(tmp_path, 1)() == 1
    kept = sorted(tmp_path.glob("__pycache__/jit_caller.outer*.nbc"))
    assert kept
    monkeypatch.setattr(jit, "EDITION", b"two")
    assert outer_in(tmp_path, 2)() == 2


def test_the_edition_is_of_every_source(tmp_path: Path) -> None:
    room = tmp_path / "room"
    shutil.copytree(ROOM, room, ignore=shutil.ignore_patterns("__pycache__"))
    was = jit.edition(room)
    assert was == jit.EDITION
    for path in [*room.glob("rules/*.py"), room / "types.py"]:
        text = path.read_text("utf-8")
        path.write_text(text + "\n", "utf-8")
        assert jit.edition(room) != was, path.name
        path.write_text(text, "utf-8")
