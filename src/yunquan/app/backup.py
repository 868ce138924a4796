"""Backup and restore of a data folder: one archive, taken while everything runs, checked before it
replaces anything.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from yunquan.app.settings import Settings
from yunquan.app.verification import existing_databases
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import Conflict, Invalid, NotFound

MANIFEST = "manifest.json"
SQLITE = (".db", ".sqlite")
# What a manifest that is none leads to.
MALFORMED = (ValueError, KeyError, TypeError, AttributeError)
# Folders that tell of the log, and those left out: every start makes them anew, or, as the tape,
# they are large and forgotten after some days.
TELLING = ("keys", "heads", "snapshots", "surveillance")
LEFT_OUT = ("run", "logs", "tape")
PASSING = ("-wal", "-shm", "-journal", ".draft", ".sock", ".lock")


def backup(settings: Settings, archive: Path) -> int:
    """Write the archive, readable by its owner only since it holds keys; how many files it holds.

    Raises Invalid backup.postgres for a server database, whose own tools do this better, NotFound
    app.no_data, and Conflict backup.exists.
    """
    if settings.database:
        raise Invalid("backup.postgres")
    if not existing_databases(settings):
        raise NotFound("app.no_data", data=str(settings.data))
    if archive.exists():
        raise Conflict("backup.exists", path=archive.name)
    archive.parent.mkdir(parents=True, exist_ok=True)
    digests: dict[str, str] = {}
    draft = archive.with_name(archive.name + ".draft")
    draft.unlink(missing_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=archive.parent) as work,
        os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as tar,
    ):
        for path in _in_order(settings.data):
            name = path.relative_to(settings.data).as_posix()
            copy = Path(work) / "copy"
            try:
                _copy(path, copy)
            except FileNotFoundError:
                continue  # a snapshot that was replaced meanwhile
            digests[name] = _digest(copy)
            tar.add(copy, name)
            copy.unlink()
        manifest = {"made_at": SystemClock().now().isoformat(), "files": digests}
        body = json.dumps(manifest, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(body)
        tar.addfile(entry, io.BytesIO(body))
    draft.replace(archive)
    return len(digests)


def _in_order(data: Path) -> Iterator[Path]:
    """Whatever tells of something is copied before what it tells of, while all of it grows: signed
    heads and snapshots before the log, steps of an opening before what they did, readers' offsets
    before the log they read, the counters before the exchange whose reports they have
    taken, rows of documents, films and files before these.
    """
    for folder in TELLING:
        yield from _files(data / folder)
    for pattern in ("workflows.db", "rooms.db", "counter-*.db"):
        yield from sorted(data.glob(pattern))
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        if folder.name not in (*TELLING, *LEFT_OUT):
            yield from _files(folder)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith(PASSING):
            yield path


def _copy(path: Path, target: Path) -> None:
    """A consistent copy of a file that others may be writing."""
    if path.suffix not in SQLITE:
        shutil.copy2(path, target)
        return
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    target.chmod(path.stat().st_mode)


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
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.relative_to(folder).as_posix() not in digests:
                raise Invalid("restore.damaged", file=path.relative_to(folder).as_posix())
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
        return {str(name): str(digest) for name, digest in files.items()}
    except (tarfile.TarError, OSError, EOFError, zlib.error, *MALFORMED) as error:
        raise Invalid("restore.damaged", file=f"{archive.name}: {error}") from error
