"""Every test: those that share the machine, then those with a whole brokerage each, two at a time,
then those that need the machine alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_TEST_FOUND = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", default="2", help="processes for the tests that may share")
    workers = parser.parse_args().workers
    spread = ("--dist", "worksteal", "-n")
    codes = (
        pytest("-m", "not alone and not whole", *spread, workers, "--durations", "15"),
        pytest("-m", "whole", *spread, "2", "--durations", "5"),
        pytest("-m", "alone", "--durations", "10"),
    )
    sys.exit(next((code for code in codes if code not in {0, NO_TEST_FOUND}), 0))


def pytest(*arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    main()
