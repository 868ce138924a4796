"""What an attack is answered with."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from yunquan.kernel.errors import YunquanError


@contextmanager
def refused(code: str) -> Generator[None]:
    """What is done inside is refused with this code."""
    with pytest.raises(YunquanError) as caught:
        yield
    assert caught.value.code == code
