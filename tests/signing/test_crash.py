"""Killed between any two steps of a signing: nothing is half signed, and it can be done again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures_database import NewUrl
from tests.signing.office import ACTOR, SIGNER, make_office
from yunquan.archive import sweep, verify
from yunquan.archive.types import DocumentFilter
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database

KILLED = 9
CODES = ("risk", "esign")
CHILD = """
import os, sys
from pathlib import Path
from tests.signing.office import ACTOR, SIGNER, make_office
from yunquan.archive import store as archive_store
from yunquan.archive.adapters.sealed_files import SealedFiles
from yunquan.kernel import log
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database
from yunquan.signing import store
from yunquan.signing.adapters.own_ca import OwnCa
from yunquan.signing.adapters.own_tsa import OwnTsa
from yunquan.signing.adapters.pades import PaperSigner
from yunquan.signing.adapters.sheet_printer import SheetPrinter
from yunquan.signing.adapters.sm2_seal import SealMaker

left = int(sys.argv[3])

def step(owner, name):
    real = getattr(owner, name)
    def wrapped(*given, **more):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*given, **more)
    setattr(owner, name, wrapped)

database = Database(sys.argv[1], ManualClock())
office = make_office(database, Path(sys.argv[2]))
codes = ("risk", "esign")
shown = office.shown(codes=codes)
for owner, name in (
    (SheetPrinter, "agreement"), (SheetPrinter, "stamp"), (OwnCa, "issue"), (PaperSigner, "sign"),
    (SealMaker, "seal"), (OwnTsa, "stamp"), (SealedFiles, "lay"),
    (archive_store, "insert_document"), (store, "insert_set"), (log, "append"),
):
    step(owner, name)
office.signing.sign(ACTOR, "one", SIGNER, codes, shown)
left -= 1
if left < 0:
    os._exit(9)
print(left)
"""


def run(url: str, folder: Path, after: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, url, str(folder), str(after)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> int:
    """How many there are, counted on a run that nobody kills."""
    folder = tmp_path_factory.mktemp("steps")
    (folder / "rooms.db").write_bytes(migrated_sqlite.read_bytes())
    done = run(f"sqlite:///{folder / 'rooms.db'}", folder, 1000)
    assert done.returncode == 0, done.stderr
    return 1000 - int(done.stdout)


def test_killed_between_any_two_steps(steps: int, new_url: NewUrl, tmp_path: Path) -> None:
    assert steps >= 20
    clock = ManualClock()
    for after in range(steps):
        url, folder = new_url("sqlite"), tmp_path / str(after)
        died = run(url, folder, after)
        assert died.returncode == KILLED, died.stderr
        database = Database(url, clock)
        office = make_office(database, folder)
        there = office.archive.find(DocumentFilter()).items
        # Two papers and their evidence, or nothing; only the last death comes after the commit.
        assert len(there) == (3 if after == steps - 1 else 0), after
        assert all(finding.holds for finding in verify(office.archive))
        seen = office.shown(codes=CODES)
        made = office.signing.sign(ACTOR, "one", SIGNER, CODES, seen)
        assert office.signing.sign(ACTOR, "one", SIGNER, CODES, seen) == made
        assert len(office.archive.find(DocumentFilter()).items) == 3
        clock.advance(10 * 365 * 86_400)
        sweep(office.archive)
        clock.advance(-10 * 365 * 86_400)
        assert len(list(office.archive.files.lying())) == 3
        database.dispose()
