"""Compile the pure core with mypyc: the modules of [tool.yunquan] compiled in pyproject.toml.

The extension modules go to src/yunquan/_compiled/ beside a manifest that holds the SHA-256 of every
source they were made from; yunquan/_core.py loads them only while all of these still match, so a
stale build can't run. Without a C compiler the core is interpreted: same behaviour, less speed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
COMPILED = SOURCE / "yunquan" / "_compiled"
MANIFEST = COMPILED / "manifest.json"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


def main() -> None:
    modules = modules_to_compile()
    if os.environ.get("YUNQUAN_INTERPRETED") or not modules or is_fresh(modules):
        return
    shutil.rmtree(COMPILED, ignore_errors=True)
    if not (shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")):
        say("no C compiler, so the core runs interpreted (the same, but slower)")
        return
    say(f"compiling {len(modules)} modules of the core, once; this takes a minute")
    with tempfile.TemporaryDirectory(prefix="yunquan-core-") as work:
        result = compile_in(Path(work), modules)
        if result.returncode:
            log = ROOT / "build" / "compile_core.log"
            log.parent.mkdir(exist_ok=True)
            log.write_text(result.stdout)
            say("compiling failed, so the core runs interpreted; see build/compile_core.log")
            # A build asked for by name must not look as if it had worked.
            sys.exit(1 if "--must" in sys.argv else 0)
        keep(Path(work), modules)


def modules_to_compile() -> dict[str, str]:
    """Module -> its source, relative to src/; packages and single modules alike."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["yunquan"]["compiled"]
    found: dict[str, str] = {}
    for module in named:
        path = Path(*module.split("."))
        package = path / "__init__.py"
        found[module] = str(package if (SOURCE / package).is_file() else path.with_suffix(".py"))
    return found


def is_fresh(modules: dict[str, str]) -> bool:
    """True when the last build was made from these modules as they are now, by this Python."""
    if not MANIFEST.is_file():
        return False
    manifest = json.loads(MANIFEST.read_text())
    same_modules = set(manifest["modules"]) == set(modules) and manifest["suffix"] == SUFFIX
    return same_modules and all(
        (SOURCE / path).is_file() and digest(SOURCE / path) == known
        for path, known in manifest["sources"].items()
    )


def compile_in(work: Path, modules: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run mypyc on a copy of the sources, so that nothing else lands in the tree."""
    shutil.copytree(SOURCE, work / "src", ignore=shutil.ignore_patterns("_compiled", "static"))
    script = (
        "from setuptools import setup\n"
        "from mypyc.build import mypycify\n"
        f"setup(name='yunquan-core', packages=[], ext_modules=mypycify({list(modules.values())!r},"
        " opt_level='3', debug_level='0'))\n"
    )
    (work / "src" / "build_core.py").write_text(script)
    command = [sys.executable, "build_core.py", "build_ext", "--inplace"]
    environment = {**os.environ, "MYPYPATH": str(work / "src"), "YUNQUAN_INTERPRETED": "1"}
    return subprocess.run(
        command,
        cwd=work / "src",
        env=environment,
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def keep(work: Path, modules: dict[str, str]) -> None:
    """Take over the extensions, the manifest last: without it nothing is loaded."""
    COMPILED.mkdir(parents=True)
    built: dict[str, str] = {}
    for extension in sorted((work / "src").rglob(f"*{SUFFIX}")):
        relative = extension.relative_to(work / "src")
        name = ".".join(relative.parts)[: -len(SUFFIX)]
        kept = f"{name}{SUFFIX}"
        shutil.copyfile(extension, COMPILED / kept)
        built[name.removesuffix(".__init__")] = kept
    missing = set(modules) - set(built)
    assert not missing, f"mypyc built nothing for {sorted(missing)}"
    manifest = {
        "suffix": SUFFIX,
        "modules": {name: built[name] for name in modules},
        "shared": {name: kept for name, kept in built.items() if name not in modules},
        "packages": [name for name, path in modules.items() if path.endswith("__init__.py")],
        "sources": {path: digest(SOURCE / path) for path in sources_reached(work)},
    }
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")
    say(f"compiled: {', '.join(sorted(modules))}")


def sources_reached(work: Path) -> list[str]:
    """All our modules that mypy read for this build: types of one are built into another."""
    cache = work / "src" / ".mypy_cache"
    reached = {
        str(path)
        for path in (p.relative_to(SOURCE) for p in (SOURCE / "yunquan").rglob("*.py"))
        if list(cache.glob(f"*/{path.with_suffix('')}.meta.*"))
    }
    return sorted(reached | set(modules_to_compile().values()))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(text: str) -> None:
    print(f"core: {text}", flush=True)


if __name__ == "__main__":
    main()
