"""The migrations make exactly the tables that the rooms describe, on both databases."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.fixtures_database import KINDS, ROOT, Postgres
from yunquan.app.migrations import is_current, migrate
from yunquan.kernel.transaction import make_engine, metadata


@pytest.fixture(
    params=[
        pytest.param(kind, marks=[pytest.mark.postgres] if kind == "postgresql" else [])
        for kind in KINDS
    ]
)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """A database without a single table."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        server.run("DROP DATABASE IF EXISTS bare")
        server.run("CREATE DATABASE bare")
        url = server.address.format("bare")
    engine = make_engine(url)
    yield engine
    engine.dispose()


def described() -> sa.MetaData:
    """Every table of every room."""
    for store in (ROOT / "src" / "yunquan").glob("*/store.py"):
        importlib.import_module(f"yunquan.{store.parent.name}.store")
    importlib.import_module("yunquan.kernel.readers")
    importlib.import_module("yunquan.kernel.log")
    return metadata


def test_migrations_make_what_the_rooms_describe(empty: sa.Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, described()) == []


def test_a_database_is_current_after_and_not_before(empty: sa.Engine) -> None:
    assert not is_current(empty)
    migrate(empty)
    assert is_current(empty)
    with empty.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    assert not is_current(empty), "this database lacks migrations that the program needs"
    with empty.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert not is_current(empty), "a newer program has been here"


def test_migrating_again_changes_nothing(empty: sa.Engine) -> None:
    migrate(empty)
    before = {
        name: sa.inspect(empty).get_columns(name) for name in sa.inspect(empty).get_table_names()
    }
    migrate(empty)
    after = {
        name: sa.inspect(empty).get_columns(name) for name in sa.inspect(empty).get_table_names()
    }
    assert [*before] == [*after]
    assert str(before) == str(after)


def test_the_history_is_one_line() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    assert len(scripts.get_heads()) == 1
    numbers = [one.revision for one in scripts.walk_revisions()][::-1]
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
    for one in scripts.walk_revisions():
        assert one.down_revision == (
            None if one.revision == "0001" else f"{int(one.revision) - 1:04d}"
        )


def test_a_step_that_fails_leaves_nothing_half_done(tmp_path: Path) -> None:
    """The second start finds either all tables of a step or none."""
    engine = make_engine(f"sqlite:///{tmp_path / 'stuck.db'}")
    with engine.begin() as connection:
        # In the way of a later migration.
        connection.execute(sa.text("CREATE TABLE counter_posting (x INTEGER)"))
    with pytest.raises(sa.exc.OperationalError):
        migrate(engine)
    assert not is_current(engine)
    assert sa.inspect(engine).get_table_names() == ["counter_posting"]
    engine.dispose()
