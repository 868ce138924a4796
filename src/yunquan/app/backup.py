"""Backup and restore of a data folder: one archive, taken while everything runs, checked before it
replaces anything.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from yunquan.app.settings import Settings
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import Conflict, Invalid

MANIFEST = "manifest.json"
KEPT_FOLDERS = ("snapshots", "heads", "keys", "world")


def backup(settings: Settings, archive: Path) -> int:
    """Write the archive; how many files it holds.

    rooms.db is copied before the counters' databases: readers' offsets then never point beyond the
    log beside them.
    Raises Invalid backup.postgres for a server database, whose own tools do this better.
    """
    if settings.database:
        raise Invalid("backup.postgres")
    if archive.exists():
        raise Conflict("backup.exists", path=archive.name)
    digests: dict[str, str] = {}
    draft = archive.with_name(archive.name + ".draft")
    with (
        tempfile.TemporaryDirectory(dir=archive.parent) as work,
        tarfile.open(draft, "w:gz", compresslevel=3) as tar,
    ):
        for path in _databases_first(settings.data):
            name = path.relative_to(settings.data).as_posix()
            source = _copied(path, Path(work)) if path.suffix == ".db" else path
            digests[name] = _digest(source)
            tar.add(source, name)
        manifest = {"made_at": SystemClock().now().isoformat(), "files": digests}
        body = json.dumps(manifest, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(body)
        tar.addfile(entry, io.BytesIO(body))
    draft.replace(archive)
    return len(digests)


def _databases_first(data: Path) -> Iterator[Path]:
    yield from sorted(data.glob("rooms.db"))
    yield from sorted(data.glob("counter-*.db"))
    for folder in KEPT_FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            if path.is_file() and not path.name.endswith(("-wal", "-shm", ".draft", ".sock")):
                yield path


def _copied(path: Path, work: Path) -> Path:
    """A consistent copy of a SQLite file that others may be writing."""
    target = work / path.name
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restore(settings: Settings, archive: Path) -> int:
    """Unpack into an empty data folder; how many files. Everything is checked aside first, then
    moved into place at once.

    Raises Conflict restore.not_empty, Invalid restore.damaged naming the file.
    """
    data = settings.data
    if data.exists() and any(data.iterdir()):
        raise Conflict("restore.not_empty", path=data.name)
    data.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data.parent) as work:
        folder = Path(work) / "data"
        folder.mkdir(mode=0o700)
        digests = _unpack(archive, folder)
        for name, digest in digests.items():
            path = folder / name
            if not path.is_file() or _digest(path) != digest:
                raise Invalid("restore.damaged", file=name)
        if data.exists():
            data.rmdir()
        folder.rename(data)
    return len(digests)


def _unpack(archive: Path, folder: Path) -> dict[str, str]:
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        manifest = folder / MANIFEST
        files = json.loads(manifest.read_text())["files"]
        manifest.unlink()
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError) as error:
        raise Invalid("restore.damaged", file=f"{archive.name}: {error}") from error
    return files
