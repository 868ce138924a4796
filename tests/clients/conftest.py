"""A database with a vault: what the tests of clients need."""

from __future__ import annotations

import pytest

from yunquan.clients import Sealing
from yunquan.security import Sm4Vault


@pytest.fixture
def sealing() -> Sealing:
    return Sealing(Sm4Vault(b"k" * 16), b"d" * 32)
