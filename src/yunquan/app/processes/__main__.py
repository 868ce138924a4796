"""One role, with the imports of that role only: `python -m yunquan.app.processes counter:0`."""

from __future__ import annotations

import importlib
import sys

from yunquan.app.processes.role import run_role
from yunquan.app.settings import load_settings

ROLES = ("web", "readers", "jobs", "surveillance", "crowd", "counter", "follower")
NUMBERED = ("counter", "follower")


def run(name: str) -> int:
    """Run "web", "readers", "counter:0" or "follower:0" until it is told to stop; its exit code."""
    kind, _, number = name.partition(":")
    if kind not in ROLES or (kind in NUMBERED) != number.isdigit():
        known = ", ".join(f"{one}:0" if one in NUMBERED else one for one in ROLES)
        print(f"unknown role {name}; there are {known}", file=sys.stderr)
        return 2
    settings = load_settings()
    # The counter neither needs nor waits for what the web imports.
    main = getattr(importlib.import_module(f"yunquan.app.processes.{kind}"), f"run_{kind}")
    if kind == "web":
        return main(settings)
    parts = [settings, int(number)] if number else [settings]
    return run_role(name, settings, lambda stop: main(*parts, stop))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1] if len(sys.argv) > 1 else ""))
