"""The name a program gives to what it asks for, so that a repeat has no second effect. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from yunquan.kernel.errors import Invalid

LONGEST_KEY: Final = 64
_KEY: Final = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_KEY}}}")


def key_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The Idempotency-Key: letters, digits, dot, dash, underscore. Raises Invalid
    request.key_missing, request.key_malformed.
    """
    for name, value in headers:
        if name == b"idempotency-key":
            key = value.decode("latin-1")
            if not _KEY.fullmatch(key):
                raise Invalid("request.key_malformed", longest=LONGEST_KEY)
            return key
    raise Invalid("request.key_missing")
