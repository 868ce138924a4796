"""A brokerage a test, its web, and visitors."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.fixtures_database import NewDatabase
from tests.partners.brokerage import Brokerage, Visitor, make_brokerage
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database


@pytest.fixture
def brokerage(new_database: NewDatabase, tmp_path: Path) -> Iterator[Brokerage]:
    made = make_brokerage(new_database("sqlite"), tmp_path)
    yield made
    made.passwords.close()


@pytest.fixture(scope="session")
def steady(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A client of a brokerage that many tests share: for requests that change nothing."""
    folder = tmp_path_factory.mktemp("steady")
    shutil.copy(migrated_sqlite, folder / "rooms.db")
    clock = ManualClock()
    database = Database(f"sqlite:///{folder / 'rooms.db'}", clock, IdSource(clock, 7))
    made = make_brokerage(database, folder)
    with TestClient(made.app(), raise_server_exceptions=False) as client:
        yield Visitor(made, client, "linxz")
    made.passwords.close()
    database.dispose()


@pytest.fixture
def web(brokerage: Brokerage) -> Iterator[TestClient[Litestar]]:
    with TestClient(brokerage.app(), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def visitor(brokerage: Brokerage, web: TestClient[Litestar]) -> Callable[[str], Visitor]:
    return lambda name: Visitor(brokerage, web, name)


@pytest.fixture
def client(visitor: Callable[[str], Visitor]) -> Visitor:
    """The client with money."""
    return visitor("linxz")


@pytest.fixture
def staff(visitor: Callable[[str], Visitor]) -> Visitor:
    """Operations and risk."""
    return visitor("ops")
