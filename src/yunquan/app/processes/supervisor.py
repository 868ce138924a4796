"""`yunquan up`: migrates, starts every role as a process, restarts what dies, and drains in order
on Ctrl-C.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import IO

from yunquan.app.migrations import migrate
from yunquan.app.settings import Settings
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import Conflict
from yunquan.kernel.transaction import Database

READY_WITHIN_S = 60.0
DRAIN_WITHIN_S = 15.0
# A role that dies again at once is given time before the next try; one that lived long starts
# fresh.
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SETTLED_AFTER_S = 30.0
FENCED = 3


@dataclass
class Role:
    """One process to keep running. order: drained from low to high."""

    name: str
    command: list[str]
    order: int
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    failures: int = 0
    retry_at_s: float = field(default=0.0)


def roles_of(settings: Settings) -> list[Role]:
    """Every role this machine runs, in the order they drain: faces first, the exchange last."""
    me = [sys.executable, "-m", "yunquan.app.processes"]
    roles = [Role("web", [*me, "web"], 0)]
    roles += [Role(name, [*me, name], 1) for name in ("readers", "jobs", "surveillance")]
    if settings.plays_crowd:
        roles.append(Role("crowd", [*me, "crowd"], 0))
    for number in range(settings.counters):
        roles.append(Role(f"follower-{number}", [*me, f"follower:{number}"], 3))
        roles.append(Role(f"counter-{number}", [*me, f"counter:{number}"], 2))
    if settings.world:
        world = [sys.executable, "-m", "yunquan_world", "--data", str(settings.data / "world")]
        world += ["--venue", settings.venue_address, "--bank", settings.bank_address]
        world += ["--offices", settings.offices_address]
        world += ["--demo", "on" if settings.demo else "off"]
        roles.append(Role("world", world, 4))
    return roles


@contextlib.contextmanager
def only_one(settings: Settings) -> Generator[None]:
    """Hold the data folder's lock. Raises Conflict app.already_running."""
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (settings.data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Conflict("app.already_running", data=str(settings.data)) from None
    with lock:
        yield


def check_port(settings: Settings) -> None:
    """Raises Conflict app.address_in_use when somebody else serves there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise Conflict("app.address_in_use", port=settings.port) from None


def migrate_all(settings: Settings) -> None:
    """Bring every database to the current tables."""
    urls = {settings.rooms_url(), *(settings.counter_url(n) for n in range(settings.counters))}
    for url in sorted(urls):
        database = Database(url, SystemClock())
        migrate(database.engine)
        database.dispose()


class Supervisor:
    """Starts, watches and stops the roles. Their output goes to files in `data/logs`."""

    def __init__(self, settings: Settings, roles: list[Role]) -> None:
        self.settings = settings
        self.roles = roles
        self.stopping = False
        self._logs: dict[str, IO[bytes]] = {}

    def run(self, announce: str) -> int:
        """Until SIGINT or SIGTERM; 0 after an orderly drain."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop())
        try:
            for role in sorted(self.roles, key=lambda role: -role.order):
                self._start(role)
            if self._wait_ready():
                print(announce, flush=True)
            while not self.stopping:
                self._revive()
                time.sleep(0.2)
        finally:
            self._drain()
        return 0

    def _stop(self) -> None:
        self.stopping = True

    def _start(self, role: Role) -> None:
        folder = self.settings.data / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        if role.name not in self._logs:
            self._logs[role.name] = (folder / f"{role.name}.log").open("ab")
        role.started_s = time.monotonic()
        # Its own process group: Ctrl-C reaches only the supervisor, which drains in order.
        role.process = subprocess.Popen(  # noqa: S603  our own program
            role.command,
            stdout=self._logs[role.name],
            stderr=subprocess.STDOUT,
            process_group=0,
            env={**os.environ, "WORLD_PARENT": str(os.getpid())},
        )

    def _wait_ready(self) -> bool:
        deadline = time.monotonic() + READY_WITHIN_S
        while not self.stopping:
            if is_ready(self.settings):
                return True
            self._revive()
            if time.monotonic() > deadline:
                print(
                    f"not ready yet; see {self.settings.data / 'logs'}", file=sys.stderr, flush=True
                )
                deadline = float("inf")
            time.sleep(0.1)
        return False

    def _revive(self) -> None:
        now = time.monotonic()
        for role in self.roles:
            if role.process is None:
                if now >= role.retry_at_s:
                    self._start(role)
                continue
            code = role.process.poll()
            if code is None:
                continue
            # Workers of a killed server would go on beside those of the next.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(role.process.pid, signal.SIGKILL)
            role.failures = role.failures + 1 if now - role.started_s < SETTLED_AFTER_S else 1
            wait_s = BACKOFF_S[min(role.failures - 1, len(BACKOFF_S) - 1)]
            why = "another counter writes its stream" if code == FENCED else f"exit code {code}"
            print(f"{role.name} stopped ({why}); again in {wait_s} s", file=sys.stderr, flush=True)
            role.process, role.retry_at_s = None, now + wait_s

    def _drain(self) -> None:
        for order in sorted({role.order for role in self.roles}):
            batch = [r.process for r in self.roles if r.order == order and r.process]
            for process in batch:
                process.terminate()
            deadline = time.monotonic() + DRAIN_WITHIN_S
            for process in batch:
                try:
                    process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        for log in self._logs.values():
            log.close()


def is_ready(settings: Settings) -> bool:
    """Whether /health of the web answers 200."""
    connection = HTTPConnection(settings.host, settings.port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, ValueError):
        return False
    finally:
        connection.close()


def last_lines(path: Path, count: int = 20) -> list[str]:
    """The end of a log file, for doctor."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 64_000))
        return file.read().decode(errors="replace").splitlines()[-count:]
    return []


def parse_log(line: str) -> dict[str, str]:
    """One structured log line, or {} when it is something else."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
