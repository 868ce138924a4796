"""One studio for all tests of faces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vision.stage import Studio
from tools import photos


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    photos.fetch()
    made = Studio(tmp_path_factory.mktemp("studio"))
    yield made
    made.close()
