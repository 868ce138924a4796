"""Run a measurement in a fresh process, so that none inherits another's memory:
`child.run("benchmarks.x:f", n=3)`.
"""

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
_ENDS_WITHIN_S = 10.0


class Process:
    """A measurement under way in another process."""

    def __init__(self, function: str, *, interpreted: bool = False, **arguments: Any) -> None:
        paths = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
        environment = {**os.environ, "PYTHONPATH": paths}
        if interpreted:
            environment["YUNQUAN_INTERPRETED"] = "1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.child", function, json.dumps(arguments)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._name = function

    def result(self) -> Any:
        """What the function returned, once it did. Raises RuntimeError if it failed."""
        output, _ = self._process.communicate()
        answers = [line for line in output.splitlines() if line.startswith(MARK)]
        if self._process.returncode or len(answers) != 1:
            raise RuntimeError(f"{self._name} failed with code {self._process.returncode}")
        return json.loads(answers[0].removeprefix(MARK))

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def stop(self) -> None:
        """End it, if it hasn't ended by itself: first as it may end its own, then at once."""
        self._process.terminate()
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()


def run(function: str, *, interpreted: bool = False, **arguments: Any) -> Any:
    """What `function` ("module:name") returns for these arguments, both as JSON."""
    return Process(function, interpreted=interpreted, **arguments).result()


def main(function: str, arguments: str) -> None:
    """The other side: call it and print its answer."""
    module, _, name = function.partition(":")
    answer = getattr(importlib.import_module(module), name)(**json.loads(arguments))
    print(MARK + json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
