"""A real NATS server of a test: its own port and folder, killed and started again at will."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path


class Server:
    """nats-server of the wheel, with JetStream on disk."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"nats://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """On the same folder as before; whoever connects waits for it."""
        binary = Path(sys.executable).parent / "nats-server"
        where = ["-a", "127.0.0.1", "-p", str(self.port), "-sd", str(self._folder)]
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([binary, "-js", *where], stderr=log)

    def kill(self) -> None:
        """As a power cut would, but for the disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
