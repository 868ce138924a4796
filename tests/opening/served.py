"""An app served for a browser from a thread of the test's own process: the test goes on turning
what its fakes say.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

SLOW_START_S: Final = 60


@contextmanager
def served(app: Litestar, path: str = "/open") -> Iterator[str]:
    """Its address. path: a page that answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    loop = asyncio.new_event_loop()
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI)

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(server.serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + SLOW_START_S
    while True:
        try:
            urllib.request.urlopen(f"{url}{path}", timeout=5).close()
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(SLOW_START_S)
