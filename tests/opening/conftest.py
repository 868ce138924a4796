"""An opening, and an applicant's browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from tests.opening.applicant import Applicant
from tests.opening.counter import Opening, make_opening


@pytest.fixture
def opening(tmp_path: Path) -> Opening:
    return make_opening(tmp_path)


@pytest.fixture
def applicant(opening: Opening) -> Iterator[Applicant]:
    with TestClient(opening.app, base_url="http://stall.local") as client:
        yield Applicant(opening, client)
