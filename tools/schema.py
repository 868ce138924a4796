"""Schemas others rely on: events of the log and the API: `python -m tools.schema [--check]`.

An event's schema never changes under its tag: a new shape is a new version with an upcaster.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import msgspec

from tools.tree import ROOT
from yunquan.app.event_kinds import event_kinds

EVENTS = ROOT / "docs" / "schema" / "events.json"


def event_schemas() -> str:
    kinds = event_kinds()
    schemas: dict[str, Any] = {tag: msgspec.json.schema(kinds[tag]) for tag in sorted(kinds)}
    return json.dumps(schemas, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    check = "--check" in sys.argv
    wanted = event_schemas()
    stale = not EVENTS.is_file() or EVENTS.read_text() != wanted
    if stale and not check:
        EVENTS.parent.mkdir(parents=True, exist_ok=True)
        EVENTS.write_text(wanted)
    arguments = ["--check"] if check else []
    api = subprocess.run(
        [sys.executable, "-m", "yunquan.app.schema", *arguments], cwd=ROOT, check=False
    )
    if check and stale:
        print("stale: docs/schema/events.json; run make schema")
    sys.exit(1 if api.returncode or (check and stale) else 0)


if __name__ == "__main__":
    main()
