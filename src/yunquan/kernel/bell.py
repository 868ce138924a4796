"""A bell between processes of one machine: rung after a commit, so that whoever reads the log
needn't look for it all the time. A ring may be lost; whoever listens looks by itself now and then.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path


class Bell:
    """Rings at a path; whether anybody hears it is nobody's business here."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def ring(self) -> None:
        """Never waits, never fails."""
        with contextlib.suppress(OSError):
            self._socket.sendto(b"", self._path)

    def close(self) -> None:
        """Ring no more."""
        self._socket.close()


async def hear(path: Path, heard: Callable[[], None]) -> Callable[[], None]:
    """Call `heard` on the loop for every ring, or once for several; what ends it is returned."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.setblocking(False)
    listening.bind(str(path))
    path.chmod(0o600)
    loop = asyncio.get_running_loop()

    def rung() -> None:
        with contextlib.suppress(OSError):
            while True:
                listening.recv(1)
        heard()

    def end() -> None:
        loop.remove_reader(listening)
        listening.close()

    loop.add_reader(listening, rung)
    return end
