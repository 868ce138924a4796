"""What must hold before a commit, in one go. Prints every failure, not only the first."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable
STEPS: dict[str, list[str]] = {
    "types (basedpyright)": [str(BIN / "basedpyright")],
    "format (ruff format)": [str(BIN / "ruff"), "format", "--check", "."],
    "lint (ruff check)": [str(BIN / "ruff"), "check", "."],
    "floors (lint-imports)": [str(BIN / "lint-imports"), "--no-cache"],
    "laws of the house": [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/house"],
    "generated pages": [PYTHON, "-m", "tools.pages", "--check"],
    "schemas": [PYTHON, "-m", "tools.schema", "--check"],
}
# Two cores: the type checker is the longest and runs beside the rest.
AT_ONCE = 2


@dataclass(frozen=True)
class Verdict:
    """How one step ended. seconds: wall clock."""

    name: str
    passed: bool
    output: str
    seconds: float


def judge(name: str, command: list[str]) -> Verdict:
    started = time.monotonic()
    result = subprocess.run(
        command,
        cwd=ROOT,
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}"},
    )
    return Verdict(name, result.returncode == 0, result.stdout, time.monotonic() - started)


def main() -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = list(pool.map(judge, STEPS.keys(), STEPS.values()))
    for verdict in verdicts:
        if not verdict.passed:
            print(f"\n--- {verdict.name}\n{verdict.output.rstrip()}")
    print()
    for verdict in verdicts:
        mark = "ok    " if verdict.passed else "FAILED"
        print(f"{mark} {verdict.seconds:5.1f} s  {verdict.name}")
    sys.exit(0 if all(verdict.passed for verdict in verdicts) else 1)


if __name__ == "__main__":
    main()
