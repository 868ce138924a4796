"""Compile the pure core with mypyc: the modules of [tool.yunquan] compiled in pyproject.toml.

The extension modules go to src/yunquan/_compiled/ beside a manifest that holds the SHA-256 of every
source they were made from; yunquan/_core.py loads them only while all of these still match, so a
stale build can't run. Without a C compiler the core is interpreted: same behaviour, less speed.
"""

from __future__ import annotations

import ast
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
LOG = ROOT / "build" / "compile_core.log"
FAILURE = LOG.with_suffix(".failed")
SUFFIX: str = sysconfig.get_config_var("EXT_SUFFIX")


def main() -> None:
    modules = modules_to_compile()
    if os.environ.get("YUNQUAN_INTERPRETED") or not modules or is_fresh(modules):
        return
    if not any(shutil.which(compiler) for compiler in ("cc", "gcc", "clang")):
        say("no C compiler, so the core runs interpreted (the same, but slower)")
        return
    with tempfile.TemporaryDirectory(prefix="yunquan-core-") as work:
        # Everything below reads this copy: the tree may change while the compiler runs.
        copy = Path(work) / "src"
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("_compiled", "static"))
        sources = {path: digest(copy / path) for path in sources_reached(modules, copy)}
        if FAILURE.is_file() and json.loads(FAILURE.read_text()) == sources:
            say(f"not compiled, so it runs interpreted; see {LOG.relative_to(ROOT)}")
            return
        say(f"compiling {len(modules)} modules of the core, once; this takes a minute")
        result = compile_in(copy, modules)
        LOG.parent.mkdir(exist_ok=True)
        LOG.write_text(result.stdout)
        if result.returncode:
            FAILURE.write_text(json.dumps(sources))
            say(f"compiling failed, so it runs interpreted; see {LOG.relative_to(ROOT)}")
            return
        keep(copy, modules, sources)
    say(f"compiled: {', '.join(sorted(modules))}")


def modules_to_compile() -> dict[str, str]:
    """Module -> its source, relative to src/; packages and single modules alike."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["yunquan"]["compiled"]
    sources = {module: source_of(module) for module in named}
    missing = [module for module, source in sources.items() if source is None]
    if missing:
        sys.exit(f"core: pyproject.toml names modules to compile that are not there: {missing}")
    return {module: source for module, source in sources.items() if source}


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


def compile_in(copy: Path, modules: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run mypyc in a copy of src/, so that nothing else lands in the tree."""
    # Silent: only the modules to compile are judged here; make check judges all of them.
    arguments = ["--follow-imports=silent", "--ignore-missing-imports", *modules.values()]
    (copy / "build_core.py").write_text(
        "from setuptools import setup\n"
        "from mypyc.build import mypycify\n"
        f"core = mypycify({arguments!r}, opt_level='3', debug_level='0')\n"
        "setup(name='yunquan-core', packages=[], ext_modules=core)\n"
    )
    command = [sys.executable, "build_core.py", "build_ext", "--inplace", "--build-lib", "lib"]
    return subprocess.run(
        command,
        cwd=copy,
        env={**os.environ, "MYPYPATH": str(copy), "YUNQUAN_INTERPRETED": "1"},
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def keep(copy: Path, modules: dict[str, str], sources: dict[str, str]) -> None:
    """Take over the extensions and their manifest in one step."""
    fresh = COMPILED.with_name(f"_compiled.{os.getpid()}")
    fresh.mkdir()
    built: dict[str, str] = {}
    for extension in sorted(copy.rglob(f"*{SUFFIX}")):
        relative = extension.relative_to(copy)
        if relative.parts[0] == "lib":
            continue
        name = ".".join(relative.parts)[: -len(SUFFIX)]
        built[name.removesuffix(".__init__")] = f"{name}{SUFFIX}"
        shutil.copyfile(extension, fresh / f"{name}{SUFFIX}")
    missing = set(modules) - set(built)
    assert not missing, f"mypyc built nothing for {sorted(missing)}"
    manifest = {
        "suffix": SUFFIX,
        "modules": {name: built[name] for name in modules},
        "shared": {name: file for name, file in built.items() if name not in modules},
        "packages": [name for name, path in modules.items() if path.endswith("__init__.py")],
        "sources": sources,
    }
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    shutil.rmtree(COMPILED, ignore_errors=True)
    fresh.rename(COMPILED)


def sources_reached(modules: dict[str, str], folder: Path) -> list[str]:
    """The compiled sources and all that they import: their types and constants are built in."""
    waiting, reached = list(modules), set[str]()
    while waiting:
        source = source_of(waiting.pop())
        if source is None or source in reached:
            continue
        reached.add(source)
        for node in ast.walk(ast.parse((folder / source).read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = [f"{node.module}.{name.name}" for name in node.names]
                waiting += [part if source_of(part) else node.module for part in parts]
            elif isinstance(node, ast.Import):
                waiting += [name.name for name in node.names]
    return sorted(reached)


def source_of(module: str) -> str | None:
    """Path of one of our modules relative to src/; None for other people's and for names."""
    path = Path(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if module.startswith("yunquan.") and (SOURCE / candidate).is_file():
            return str(candidate)
    return None


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(text: str) -> None:
    print(f"core: {text}", flush=True)


if __name__ == "__main__":
    main()
