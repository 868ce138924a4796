"""A signing office over both kinds of database, and one set that is only looked at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.signing.office import ACTOR, ALL, SIGNER, Office, make_office
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.transaction import Database
from yunquan.signing.types import SignedSet


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return make_office(database, tmp_path)


@pytest.fixture(scope="module")
def signed(
    tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path
) -> Iterator[tuple[Office, SignedSet]]:
    """Eight papers signed in an office of their own; nobody changes it."""
    folder = tmp_path_factory.mktemp("signed")
    shutil.copy(migrated_sqlite, folder / "rooms.db")
    database = Database(f"sqlite:///{folder / 'rooms.db'}", ManualClock())
    office = make_office(database, folder)
    yield office, office.signing.sign(ACTOR, "one", SIGNER, ALL, office.shown())
    database.dispose()
