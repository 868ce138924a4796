"""Every event of every room, for whoever reads the whole log."""

from __future__ import annotations

import importlib
from pathlib import Path

import msgspec

PACKAGE = Path(__file__).resolve().parent.parent


def event_kinds() -> dict[str, type[msgspec.Struct]]:
    """Tag -> event, over the events.py of every room."""
    found: dict[str, type[msgspec.Struct]] = {}
    for path in sorted(PACKAGE.glob("*/events.py")):
        module = importlib.import_module(f"yunquan.{path.parent.name}.events")
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                tag = str(kind.__struct_config__.tag)
                if "@" in tag:
                    found[tag] = kind
    return found
