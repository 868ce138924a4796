"""Turns at a SQLite file: who writes without end has nobody starve, who dies holds nobody up."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.flows.walk import ROOT
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.transaction import Database
from yunquan.kernel.turns import Turns

HOLDER = """
import sys, time
from pathlib import Path
from yunquan.kernel.turns import Turns
with Turns(Path(sys.argv[1])).taken():
    print("mine", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the turn and keeps it."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "some.db")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    yield process
    process.kill()
    process.wait()


def test_whoever_writes_without_end_lets_others_in_between(tmp_path: Path) -> None:
    """Without turns the patient one would look at a moment when it's free about once a minute."""
    greedy, patient = (Database(f"sqlite:///{tmp_path / 'one.db'}", ManualClock()) for _ in "ab")
    with greedy.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE written (who TEXT)"))
    inside, waiting = threading.Event(), threading.Event()

    def write_patiently() -> None:
        inside.wait()
        waiting.set()
        with patient.transaction() as tx:
            tx.execute(sa.text("INSERT INTO written VALUES ('patient')"))

    other = threading.Thread(target=write_patiently)
    other.start()
    for _ in range(100):
        with greedy.transaction() as tx:
            tx.execute(sa.text("INSERT INTO written VALUES ('greedy')"))
            inside.set()
            waiting.wait()
            time.sleep(0.01)  # it takes its time
        if not other.is_alive():
            break
    other.join()
    with greedy.read() as tx:
        order = [row.who for row in tx.execute(sa.text("SELECT who FROM written ORDER BY rowid"))]
    assert order.index("patient") <= 3
    assert order.count("patient") == 1
    greedy.dispose()
    patient.dispose()


def test_a_turn_held_for_too_long_is_said(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with (
        pytest.raises(Unavailable) as caught,
        Turns(tmp_path / "some.db").taken(patience_s=0.05),
    ):
        raise AssertionError
    assert caught.value.code == "storage.failed"


def test_a_killed_process_holds_nobody_up(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with Turns(tmp_path / "some.db").taken(patience_s=5):
        pass
    assert (tmp_path / "some.db.turn.lock").exists()


def test_each_write_has_the_file_for_itself(tmp_path: Path) -> None:
    """Many threads add one to a number that they read before: none is lost."""
    database = Database(f"sqlite:///{tmp_path / 'sum.db'}", ManualClock())
    with database.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE total (number INTEGER)"))
        tx.execute(sa.text("INSERT INTO total VALUES (0)"))

    def add() -> None:
        for _ in range(20):
            with database.transaction() as tx:
                number = tx.execute(sa.text("SELECT number FROM total")).scalar_one()
                tx.execute(sa.text("UPDATE total SET number = :n"), {"n": number + 1})

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        assert tx.execute(sa.text("SELECT number FROM total")).scalar_one() == 160
    database.dispose()
