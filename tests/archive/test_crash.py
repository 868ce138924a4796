"""Killed at every call that reaches the disk: no row without its file, no file that stays behind
for ever, and the same can be done again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.archive.conftest import PDF, keep, make_archive, new
from tests.fixtures_database import NewUrl
from yunquan.archive import sweep, verify
from yunquan.archive.types import DocumentFilter
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database

KILLED = 9
# Opens, writes, syncs, renames and commits, counted over the whole of one `keep`.
CHILD = """
import os, sys
from pathlib import Path
from tests.archive.conftest import keep, make_archive, new
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database

left = int(sys.argv[3])

def step(real):
    def wrapped(*given, **more):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*given, **more)
    return wrapped

database = Database(sys.argv[1], ManualClock())
archive = make_archive(database, Path(sys.argv[2]))
with database.read():
    pass
os.fsync, os.open = step(os.fsync), step(os.open)
Path.replace, Path.mkdir = step(Path.replace), step(Path.mkdir)
type(archive.files)._write = step(type(archive.files)._write)
from yunquan.archive import store
store.insert_document, store.insert_words = step(store.insert_document), step(store.insert_words)
from yunquan.kernel import log
log.append = step(log.append)
keep(archive, new())
step(lambda: None)()
print(left)
"""


def run(url: str, folder: Path, after: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, url, str(folder), str(after)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> int:
    """How many there are, counted on a run that nobody kills."""
    folder = tmp_path_factory.mktemp("steps")
    url = f"sqlite:///{folder / 'rooms.db'}"
    (folder / "rooms.db").write_bytes(migrated_sqlite.read_bytes())
    done = run(url, folder / "archive", 1000)
    assert done.returncode == 0, done.stderr
    return 1000 - int(done.stdout)


def test_killed_at_every_step(steps: int, new_url: NewUrl, tmp_path: Path) -> None:
    assert steps >= 9
    clock = ManualClock()
    for after in range(steps):
        url, folder = new_url("sqlite"), tmp_path / f"archive-{after}"
        died = run(url, folder, after)
        assert died.returncode == KILLED, died.stderr
        database = Database(url, clock)
        archive = make_archive(database, folder)
        findings = list(verify(archive))
        assert all(finding.holds for finding in findings), (after, findings)
        there = archive.find(DocumentFilter()).items
        # Only the last death comes after the commit.
        assert len(there) == (1 if after == steps - 1 else 0)
        document = keep(archive, new())
        with database.read() as tx:
            assert archive.read(tx, document) == PDF
        clock.advance(10 * 365 * 86_400)
        sweep(archive)
        assert len([path for path in archive.files.lying()]) == 1
        assert all(finding.code == "archive.whole" for finding in verify(archive))
        clock.advance(-10 * 365 * 86_400)
        database.dispose()


def test_a_full_disk_is_named_and_leaves_nothing(
    new_url: NewUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yunquan.kernel.errors import Unavailable

    database = Database(new_url("sqlite"), ManualClock())
    archive = make_archive(database, tmp_path / "archive")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(Unavailable, match=r"archive\.disk"):
            keep(archive, new())
    assert list(archive.files.lying()) == []
    assert keep(archive, new())
    database.dispose()
