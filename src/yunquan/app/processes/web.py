"""The web's process: granian with one or more workers, each with its own link to counters, exchange
feed and bank.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from yunquan.app.processes.role import configure_logs
from yunquan.app.settings import Settings

logger = logging.getLogger("yunquan.web")

# An open stream would hold a stopping worker back for ever.
KILL_AFTER_S = 5
_PARENT_CHECK_S = 1.0


def run_web(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT."""
    configure_logs("web", settings.log_level)
    # A thread: the server has no event loop of its own to ask in.
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    server = Granian(
        "yunquan.app.processes.asgi:create_app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        websockets=False,
        backlog=4096,
        workers_kill_timeout=KILL_AFTER_S,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        log_access=False,
    )
    server.serve()
    return 0


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_S)
    os.kill(os.getpid(), signal.SIGTERM)
