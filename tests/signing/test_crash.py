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
# Dies as often as it is told of places, each time as a child that has the imports already.
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

left = sys.maxsize

def step(owner, name):
    real = getattr(owner, name)
    def wrapped(*given, **more):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*given, **more)
    setattr(owner, name, wrapped)

for owner, name in (
    (SheetPrinter, "agreement"), (SheetPrinter, "stamp"), (OwnCa, "issue"), (PaperSigner, "sign"),
    (SealMaker, "seal"), (OwnTsa, "stamp"), (SealedFiles, "lay"),
    (archive_store, "insert_document"), (store, "insert_set"), (log, "append"),
):
    step(owner, name)

def sign(url, folder, steps):
    global left
    database = Database(url, ManualClock())
    office = make_office(database, Path(folder))
    codes = ("risk", "esign")
    shown = office.shown(codes=codes)
    left = steps
    office.signing.sign(ACTOR, "one", SIGNER, codes, shown)
    left -= 1
    if left < 0:
        os._exit(9)
    print(left, flush=True)
    os._exit(0)

for line in sys.stdin:
    url, folder, steps = line.split("|")
    child = os.fork()
    if not child:
        try:
            sign(url, folder, int(steps))
        finally:
            os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def run(url: str, folder: Path, after: int) -> list[str]:
    return run_all([(url, folder, after)])


def run_all(deaths: list[tuple[str, Path, int]]) -> list[str]:
    """What each said: its exit code, before it the steps that were left if it came through."""
    told = "".join(f"{url}|{folder}|{after}\n" for url, folder, after in deaths)
    command = [sys.executable, "-c", CHILD]
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> int:
    """How many there are, counted on a run that nobody kills."""
    folder = tmp_path_factory.mktemp("steps")
    (folder / "rooms.db").write_bytes(migrated_sqlite.read_bytes())
    left, code = run(f"sqlite:///{folder / 'rooms.db'}", folder, 1000)
    assert code == "0"
    return 1000 - int(left)


def test_killed_between_any_two_steps(steps: int, new_url: NewUrl, tmp_path: Path) -> None:
    assert steps >= 20
    clock = ManualClock()
    deaths = [(new_url("sqlite"), tmp_path / str(after), after) for after in range(steps)]
    assert run_all(deaths) == [str(KILLED)] * steps
    for url, folder, after in deaths:
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
