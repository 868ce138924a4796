"""A brokerage a test, its web, and visitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.fixtures_database import NewDatabase
from tests.partners.brokerage import Brokerage, Visitor, make_brokerage


@pytest.fixture
def brokerage(new_database: NewDatabase, tmp_path: Path) -> Iterator[Brokerage]:
    made = make_brokerage(new_database("sqlite"), tmp_path)
    yield made
    made.passwords.close()


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
