"""One scene a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.onboarding.office import Scene
from yunquan.kernel.transaction import Database


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Scene:
    return Scene(database, tmp_path)
