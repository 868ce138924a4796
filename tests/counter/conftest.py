"""Counters for the tests of the driver and of its socket."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.counter.desk import Desk
from yunquan.counter import Journal, SnapshotFiles
from yunquan.counter.adapters import client as client_module
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database


@pytest.fixture
def desk(database: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    """A funded account on a counter whose journal is in the database."""
    made = Desk(Journal(database, "0"), SnapshotFiles(tmp_path / "snapshots"), clock)
    made.begin()
    made.open_account()
    made.deposit(100_000_000)
    return made


@pytest.fixture
def address() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="yq-"))  # short: sockets have short names
    yield f"unix:{folder / 'c.sock'}"
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def quick_reconnects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_BACKOFF_S", (0.01,))
