"""Every test: first those that share the machine, then those that need it alone."""

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
    shared = pytest("-m", "not alone", "-n", workers, "--dist", "worksteal", "--durations", "15")
    alone = pytest("-m", "alone", "--durations", "10")
    if alone == NO_TEST_FOUND:
        alone = 0
    sys.exit(shared or alone)


def pytest(*arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    main()
