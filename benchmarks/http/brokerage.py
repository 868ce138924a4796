"""A whole brokerage as `yunquan up` starts it, on a free port, with clients for the benchmarks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import child, disk
from yunquan.app.links import sealing
from yunquan.app.settings import Settings, load_settings
from yunquan.app.wiring import login_desk
from yunquan.clients import issue_simulated_securities, open_accounts, register_client
from yunquan.clients.types import CashKind, NewAccounts, NewClient, Opening, Permission
from yunquan.counter import SocketClient
from yunquan.counter.types import Deposit, OpenAccount, SecuritiesAccount, TransferIn
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.residents import check_digit
from yunquan.kernel.transaction import Database
from yunquan.security import Argon2Passwords
from yunquan.security.service.principals import load_principal
from yunquan.security.service.sessions import open_session
from yunquan.security.types import HashParameters, LoginRequest, PrincipalId, PrincipalKind

WORLD_ORDERS_PER_S = 500
READY_WITHIN_S = 120.0
STOPPED_WITHIN_S = 40.0
PASSWORD = "a long enough password 7"
CASH_FEN = 100_000_000_000
HELD_SHARES = 1_000_000
# Whose books the benchmarks' orders go to: real samples of the main board.
SYMBOLS = ("600519.SH", "603375.SH", "000001.SZ")
TOGETHER = 100


class Brokerage:
    """The running processes and where they serve."""

    def __init__(self, data: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        kept = {name: text for name, text in os.environ.items() if not name.startswith("YUNQUAN_")}
        self.environment = kept | {
            "PYTHONPATH": os.pathsep.join((str(child.ROOT / "src"), str(child.ROOT))),
            "YUNQUAN_DATA": str(data),
            "YUNQUAN_PORT": str(self.port),
            "YUNQUAN_LOG": "WARNING",
            # Trading hours only, at their natural pace, with the flow that the promise names.
            "YUNQUAN_WORLD_HOURS": "always",
            "YUNQUAN_WORLD_UNIVERSE": "none",
            "YUNQUAN_SPEED": "1",
            "YUNQUAN_WORLD_ORDERS_PER_S": str(WORLD_ORDERS_PER_S),
        }
        self.settings: Settings = load_settings(self.environment)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "yunquan.app.cli", "up"],
            cwd=child.ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        """Until /health answers 200. Raises TimeoutError."""
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"yunquan up ended with {self._process.returncode}")
            with contextlib.suppress(OSError):
                if self.get("/health")[0] == 200:
                    return
            time.sleep(0.2)
        raise TimeoutError("yunquan up is not ready")

    def get(self, path: str, token: str = "") -> tuple[int, bytes]:
        """One request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    def prices(self, token: str) -> dict[str, tuple[int, int]]:
        """Limits of the day by symbol, in 0.001 CNY: (down, up)."""
        found = {}
        for symbol in SYMBOLS:
            status, body = self.get(f"/api/v1/instruments/{symbol}", token)
            assert status == 200, body
            view: dict[str, Any] = msgspec.json.decode(body)
            down, up = (round(float(view[name]) * 1000) for name in ("limit_down", "limit_up"))
            found[symbol] = (down, up)
        return found

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds so far of each role, its workers included."""
        return cpu_below(self._process.pid)

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


@contextlib.contextmanager
def running() -> Iterator[Brokerage]:
    """A fresh brokerage on the repository's disk; stopped and removed at the end."""
    with disk.folder() as place:
        brokerage = Brokerage(place / "data")
        try:
            brokerage.wait()
            yield brokerage
        finally:
            brokerage.stop()


def cpu_of(root: int) -> float:
    """CPU seconds of a process and everything below it."""
    tick = os.sysconf("SC_CLK_TCK")
    spent, above = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            above[int(folder.name)] = int(fields[1])
            spent[int(folder.name)] = (int(fields[11]) + int(fields[12])) / tick
    total = 0.0
    for pid, seconds in spent.items():
        at = pid
        while at != root and at in above:
            at = above[at]
        total += seconds if at == root else 0.0
    return total


def cpu_below(root: int) -> dict[str, float]:
    """CPU seconds by role of the processes below one, as /proc tells; {} where there is none."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    names: dict[int, str] = {}
    tick = os.sysconf("SC_CLK_TCK")
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            pid = int(folder.name)
            parents[pid] = int(fields[1])
            spent[pid] = (int(fields[11]) + int(fields[12])) / tick
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            module = words[words.index("-m") + 1 :] if "-m" in words else [""]
            names[pid] = module[1] if module[0] == "yunquan.app.processes" else module[0]
    found: dict[str, float] = {}
    for pid, seconds in spent.items():
        role, above = names.get(pid, ""), pid
        while above in parents and parents[above] != root:
            above = parents[above]
            role = names.get(above, role)
        if above in parents and pid != root:
            found[role] = found.get(role, 0.0) + seconds
    return found


def seed(environment: dict[str, str], clients: int, sessions: int, file: str) -> int:
    """Register clients with funded accounts and open sessions for them; tokens and accounts into
    `file` as JSON. How many sessions there are.
    """
    settings = load_settings(environment)
    database = Database(settings.rooms_url(), SystemClock())
    desk, seals = login_desk(settings, database), sealing(settings)
    hashed = Argon2Passwords(HashParameters()).hash_now(PASSWORD)
    people: list[dict[str, Any]] = []
    openings: list[Opening] = []
    for first in range(0, clients, TOGETHER):
        with database.transaction("system") as tx:
            for number in range(first, min(first + TOGETHER, clients)):
                born = f"19{50 + number // 9000:02d}0101"
                seventeen = f"990000{born}{100 + number % 900:03d}"
                if number >= 900:
                    seventeen = f"99{number:04d}{born}{100 + number % 900:03d}"
                new = NewClient(
                    f"bench{number}",
                    "测试客户",
                    f"1000{number:07d}",
                    seventeen + check_digit(seventeen),
                    "2036-01-01",
                    frozenset(Permission),
                )
                client = register_client(tx, new, hashed, seals)
                securities = issue_simulated_securities(tx, CashKind.ORDINARY)
                opening = open_accounts(tx, client.id, NewAccounts(CashKind.ORDINARY, securities))
                openings.append(opening)
                principal = load_principal(tx, PrincipalId(client.principal))
                asked = LoginRequest(PrincipalKind.CLIENT, new.login_name, "", device="bench")
                each = sessions // clients + (number < sessions % clients)
                tokens = [open_session(desk, tx, principal, asked).token for _ in range(each)]
                people.append(
                    {"login": new.login_name, "account": opening.account, "tokens": tokens}
                )
    database.dispose()
    asyncio.run(fund(settings, openings))
    Path(file).write_bytes(msgspec.json.encode(people))
    return sum(len(person["tokens"]) for person in people)


async def fund(settings: Settings, openings: list[Opening]) -> None:
    """Open the accounts at the counter, with cash and shares."""
    counter = SocketClient(settings.counter_address(0))
    await counter.start()
    for opening in openings:
        account = opening.account
        securities = tuple(
            SecuritiesAccount(s.market, s.number, s.designated, s.custody_unit)
            for s in opening.securities
        )
        commands = [
            OpenAccount(
                f"bench:{account}:open",
                account,
                str(opening.client),
                str(opening.kind),
                opening.currency,
                securities,
                opening.permissions,
                opening.id_valid_until,
            ),
            Deposit(f"bench:{account}:cash", account, CASH_FEN, "simbank"),
            *(
                TransferIn(f"bench:{account}:{symbol}", account, symbol, HELD_SHARES, "elsewhere")
                for symbol in SYMBOLS
            ),
        ]
        answers = [await counter.submit(command) for command in commands[:1]]
        answers += await asyncio.gather(*(counter.submit(command) for command in commands[1:]))
        assert all(answer.accepted for answer in answers), answers
    await counter.close()
