"""Bringing a database to the current tables: Alembic, one linear history, under `migrations/`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine


def _scripts() -> Path:
    packaged = Path(__file__).parent / "_migrations"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "migrations"


def migrate(engine: Engine) -> None:
    """Apply what is missing, all in one transaction where the database can."""
    config = Config()
    config.set_main_option("script_location", str(_scripts()))
    with engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Whether the database has every migration this program knows, and none it doesn't."""
    config = Config()
    config.set_main_option("script_location", str(_scripts()))
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found == ScriptDirectory.from_config(config).get_current_head()
