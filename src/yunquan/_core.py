"""Load the compiled core in place of its sources, while it was made from exactly these sources.

tools/compile_core.py builds it. YUNQUAN_INTERPRETED=1 leaves it aside; so does any change of a
source it was made from: old machine code never runs. Nothing here is needed for correctness.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
import sysconfig
from collections.abc import Sequence
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
COMPILED = HERE / "_compiled"


class CompiledCore:
    """A finder of `sys.meta_path` that answers for the compiled modules only."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.extensions: dict[str, Path] = {
            name: folder / file for name, file in (manifest["shared"] | manifest["modules"]).items()
        }
        self.packages: dict[str, str] = {
            name: str(HERE.joinpath(*name.split(".")[1:])) for name in manifest["packages"]
        }

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The import system's question; None hands over to the next finder."""
        extension = self.extensions.get(fullname)
        if extension is None:
            return None
        loader = ExtensionFileLoader(fullname, str(extension))
        inside = [self.packages[fullname]] if fullname in self.packages else None
        return importlib.util.spec_from_file_location(
            fullname, extension, loader=loader, submodule_search_locations=inside
        )


def use_compiled_core(folder: Path = COMPILED) -> None:
    """Called once by the package, before any of its modules is imported."""
    if os.environ.get("YUNQUAN_INTERPRETED") or is_in_use():
        return
    manifest_file = folder / "manifest.json"
    if not manifest_file.is_file():
        return
    manifest = json.loads(manifest_file.read_text())
    if manifest["suffix"] != sysconfig.get_config_var("EXT_SUFFIX"):
        return
    for source, known in manifest["sources"].items():
        file = HERE.parent / source
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != known:
            return
    sys.meta_path.insert(0, CompiledCore(folder, manifest))


def is_in_use() -> bool:
    """True when this process runs the compiled core; for yunquan doctor and the benchmarks."""
    return any(isinstance(finder, CompiledCore) for finder in sys.meta_path)
