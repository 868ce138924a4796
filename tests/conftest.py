"""Fixtures that every room's tests may ask for."""

from __future__ import annotations

import gc

from hypothesis import settings

from tests.fixtures_browser import chromium, desktop, phone
from tests.fixtures_database import (
    clock,
    database,
    kind,
    migrated_sqlite,
    new_database,
    new_url,
    postgres,
)

__all__ = [
    "chromium",
    "clock",
    "database",
    "desktop",
    "kind",
    "migrated_sqlite",
    "new_database",
    "new_url",
    "phone",
    "postgres",
]

# No test judges by how long an example takes: the machine may be busy with others.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_collection_finish() -> None:
    """What is loaded by now stays, and apps of hundreds of routes come and go: looking through all
    of it for garbage again and again took a quarter of the tests' time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
