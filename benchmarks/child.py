"""Run one measurement in a fresh process, so that none inherits another's memory: `child.run("benchmarks.x:f", n=3)`."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MARK = "RESULT "


def run(function: str, *, interpreted: bool = False, **arguments: Any) -> Any:
    """What `function` ("module:name") returns for these arguments, both as JSON. Raises if it fails."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    if interpreted:
        environment["YUNQUAN_INTERPRETED"] = "1"
    command = [sys.executable, "-m", "benchmarks.child", function, json.dumps(arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    (answer,) = (line for line in done.stdout.splitlines() if line.startswith(MARK))
    return json.loads(answer.removeprefix(MARK))


def main(function: str, arguments: str) -> None:
    """The other side: call it and print its answer."""
    module, _, name = function.partition(":")
    answer = getattr(importlib.import_module(module), name)(**json.loads(arguments))
    print(MARK + json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
