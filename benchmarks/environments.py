"""Virtual environments for peers whose libraries mustn't enter ours, made when first asked for and
kept in .work/.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.disk import WORK

PATIENCE = ("--retries", "5", "--timeout", "120")
JAVA = "openjdk-17-jre-headless"


class NotHere(Exception):
    """A peer that can't be had on this machine; its text says why."""


def python_of(name: str, *packages: str) -> Path:
    """The interpreter of an environment with exactly these packages. Raises NotHere."""
    folder = WORK / f"peers-{name}"
    python, stamp = folder / "bin" / "python", folder / "stamp"
    wanted = "\n".join((sys.version, *packages))
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    print(f"     (making an environment for {', '.join(packages)}, once)", flush=True)
    WORK.mkdir(exist_ok=True)
    _run([sys.executable, "-m", "venv", "--clear", folder])
    _run([python, "-m", "pip", "install", "-qq", *PATIENCE, *packages])
    stamp.write_text(wanted)
    return python


def java() -> str:
    """Where Java is; on Debian it is installed when missing and we may. Raises NotHere."""
    if not shutil.which("java"):
        if not (shutil.which("apt-get") and os.geteuid() == 0):
            raise NotHere(f"no java; on Debian and Ubuntu, as root: apt-get install {JAVA}")
        print(f"     (installing {JAVA})", flush=True)
        _run(["apt-get", "-qq", "update"])
        _run(["apt-get", "-qq", "install", "-y", "--no-install-recommends", JAVA])
    found = shutil.which("java")
    assert found is not None
    return found


def _run(command: list[str | Path]) -> None:
    environment = {
        **os.environ,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise NotHere(f"{Path(command[0]).name} failed: {''.join(last)[:200]}")
