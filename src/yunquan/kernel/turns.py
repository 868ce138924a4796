"""Whose turn it is to write into a SQLite file.

SQLite has one writer, and whoever waits for it looks again and again at growing intervals: a
process that writes one thing after the other starves the rest until they give up. Here whoever is
first in line holds the line while it waits, so that nobody gets in between, and the rest wait
behind it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from yunquan.kernel.errors import Unavailable

PATIENCE_S: Final = 10.0
FIRST_S, BEHIND_S = 0.001, 0.005


class Turns:
    """Turns at one file, among all threads and processes of this machine. A process that dies
    leaves its place.
    """

    def __init__(self, file: Path) -> None:
        self._line = f"{file}.line.lock"
        self._turn = f"{file}.turn.lock"

    @contextmanager
    def taken(self, patience_s: float = PATIENCE_S) -> Generator[None]:
        """Have the turn. Raises Unavailable storage.failed when others have it for too long."""
        until = time.monotonic() + patience_s
        line = _locked(self._line, BEHIND_S, until)
        try:
            turn = _locked(self._turn, FIRST_S, until)
        finally:
            os.close(line)
        try:
            yield
        finally:
            os.close(turn)


def _locked(path: str, every_s: float, until: float) -> int:
    """The open file, whose closing gives the lock back."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(file)
                raise Unavailable("storage.failed", reason="database is busy") from None
            time.sleep(every_s)
        else:
            return file
