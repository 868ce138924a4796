"""The tools around the code keep their word too."""

from __future__ import annotations

import hashlib
import json
import sys
import sysconfig
from pathlib import Path

import pytest

from tools import vendor_assets
from yunquan import _core


@pytest.fixture
def no_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not looked for the compiled core yet."""
    others = [f for f in sys.meta_path if not isinstance(f, _core.CompiledCore)]
    monkeypatch.setattr(sys, "meta_path", others)
    monkeypatch.delenv("YUNQUAN_INTERPRETED", raising=False)


def build(folder: Path, source: str, known: str, suffix: str | None = None) -> Path:
    manifest = {
        "suffix": suffix or sysconfig.get_config_var("EXT_SUFFIX"),
        "modules": {"yunquan.core_of_a_test": "core.so"},
        "shared": {},
        "packages": [],
        "sources": {source: known},
    }
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def digest_of_core() -> str:
    return hashlib.sha256(Path(_core.__file__).read_bytes()).hexdigest()


@pytest.mark.usefixtures("no_core")
def test_a_fresh_core_is_used(tmp_path: Path) -> None:
    _core.use_compiled_core(build(tmp_path, "yunquan/_core.py", digest_of_core()))
    assert _core.is_in_use()


@pytest.mark.usefixtures("no_core")
def test_a_core_made_from_other_sources_never_runs(tmp_path: Path) -> None:
    _core.use_compiled_core(build(tmp_path, "yunquan/_core.py", "0" * 64))
    _core.use_compiled_core(build(tmp_path, "yunquan/no_such_source.py", "0" * 64))
    _core.use_compiled_core(build(tmp_path, "yunquan/_core.py", digest_of_core(), ".other.so"))
    _core.use_compiled_core(tmp_path / "nothing_built")
    assert not _core.is_in_use()


@pytest.mark.usefixtures("no_core")
def test_the_core_can_be_left_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUNQUAN_INTERPRETED", "1")
    _core.use_compiled_core(build(tmp_path, "yunquan/_core.py", digest_of_core()))
    assert not _core.is_in_use()


def test_assets_are_copied_with_licences_and_hashes(tmp_path: Path) -> None:
    source, target = tmp_path / "node_modules", tmp_path / "vendor"
    for origin in (vendor_assets.FILES | vendor_assets.LICENCES).values():
        (source / origin).parent.mkdir(parents=True, exist_ok=True)
        (source / origin).write_text(origin)
    manifest = vendor_assets.copy_assets(source, target)
    assert manifest.keys() == vendor_assets.FILES.keys()
    assert json.loads((target / "vendor.json").read_text()) == manifest
    assert all((target / licence).is_file() for licence in vendor_assets.LICENCES)
    for name, digest in manifest.items():
        assert hashlib.sha256((target / name).read_bytes()).hexdigest().startswith(digest)
