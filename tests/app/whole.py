"""A whole brokerage as real processes, in a folder and on a port of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.fixtures_database import ROOT

# Twice what is asked for, which one test asserts: a busy machine fails that one alone.
READY_WITHIN_S = 60.0
ROLES = ("web", "readers", "counter", "follower", "yunquan_world")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, holds: Callable[[], Any], within_s: float = 15.0) -> Any:
    """What `holds` gives once it is true; an assertion that names it otherwise."""
    deadline = time.monotonic() + within_s
    while True:
        with contextlib.suppress(httpx.TransportError):
            if found := holds():
                return found
        assert time.monotonic() < deadline, f"{what}: not within {within_s} s"
        time.sleep(0.05)


class Whole:
    """`yunquan up` and what a test asks of it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.port = free_port()
        self.output = folder / "up.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **{
                name: value for name, value in os.environ.items() if not name.startswith("YUNQUAN_")
            },
            "PYTHONPATH": str(ROOT / "src"),
            "YUNQUAN_DATA": str(self.data),
            "YUNQUAN_PORT": str(self.port),
            "YUNQUAN_WORLD_HOURS": "always",
            "YUNQUAN_WORLD_UNIVERSE": "none",
        }

    def command(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one `yunquan` command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "yunquan.app.cli", *words],
            env={**self.environment, **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self) -> float:
        """`yunquan up`; the seconds until /health answers 200."""
        began_s = time.monotonic()
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "yunquan.app.cli", "up"],
                env=self.environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_for("/health answers 200", self.healthy, READY_WITHIN_S)
        except AssertionError:
            print(self.logs())
            raise
        return time.monotonic() - began_s

    def healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"up has ended with {self.process.returncode}"
        return httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=3).status_code == 200

    def interrupt(self) -> tuple[int, float]:
        """Ctrl-C; the exit code and how long it took."""
        assert self.process is not None
        began_s = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(40)
        self.process = None
        return code, time.monotonic() - began_s

    def pids(self) -> dict[str, int]:
        """The running processes of each role's first process, by role."""
        assert self.process is not None
        found: dict[str, int] = {}
        for pid, parent, words in processes():
            if parent == self.process.pid:
                # One that is just being started, or has just died, has another command line.
                module = words.partition(" -m ")[2].removeprefix("yunquan.app.processes ")
                name = next((role for role in ROLES if module.startswith(role)), "")
                found[name] = pid
        return found

    def left(self) -> list[str]:
        """Command lines of processes of this brokerage that are there now."""
        mark = f"YUNQUAN_DATA={self.data}\0".encode()
        found = []
        for pid, _, words in processes():
            with contextlib.suppress(OSError):
                if mark in Path(f"/proc/{pid}/environ").read_bytes() + b"\0":
                    found.append(f"{pid} {words}")
        return found

    def end(self) -> None:
        """Leave nothing running, whatever happened."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        for line in self.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(line.split()[0]), signal.SIGKILL)

    def logs(self) -> str:
        """The end of each role's log, for a test that failed."""
        parts = [f"== up\n{self.output.read_text()[-3000:]}"] if self.output.exists() else []
        for path in sorted((self.data / "logs").glob("*.log")):
            lines = [
                line for line in path.read_text().splitlines() if '"event":"request"' not in line
            ]
            parts.append(f"== {path.stem}\n" + "\n".join(lines[-30:])[-4000:])
        return "\n".join(parts)


def processes() -> Iterator[tuple[int, int, str]]:
    """(process id, parent, command line) of everything that runs."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words = (
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
                yield int(folder.name), parent, words


class Client:
    """Somebody logged in over the API."""

    def __init__(self, whole: Whole, login: str = "demo", password: str = "yunquan-demo-1") -> None:
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{whole.port}/api/v1", timeout=15)
        self.http.headers["accept-language"] = "en"
        answer = self.http.post("/sessions", json={"login_name": login, "password": password})
        assert answer.status_code == 201, answer.text
        self.http.headers["authorization"] = f"Bearer {answer.json()['token']}"
        self.account: str = self.get("/me")["accounts"][0]
        self.keys = (f"test-{secrets.token_hex(8)}-{number}" for number in itertools.count())

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def send(self, method: str, path: str, key: str = "", **body: Any) -> httpx.Response:
        """A request that changes something, under a key of its own unless one is given."""
        headers = {"idempotency-key": key or next(self.keys)}
        content = {"json": {"account": self.account, **body}} if method == "POST" else {}
        return self.http.request(method, path, headers=headers, **content)

    def place(self, symbol: str, side: str, price: str, qty: int, key: str = "") -> Any:
        body = {"symbol": symbol, "side": side, "price": price, "qty": qty}
        answer = self.send("POST", "/orders", key, **body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def order(self, order: str) -> Any:
        return self.get(f"/orders/{order}")

    def patiently(self, method: str, path: str, key: str, **body: Any) -> Any:
        """Repeat under the same key until the outcome is known, as a client should."""

        def answer() -> Any:
            found = self.send(method, path, key, **body)
            return found.json() if found.status_code in (200, 201) else None

        return wait_for(f"{method} {path} is answered", answer, 30)
