"""risk.alert_p99_ms: from the commit in the counter's log to the alert on the page, in a real
browser, and to the bytes at a reader of the stream without one.

A whole brokerage runs (counter, readers, jobs, surveillance, web), without the simulated exchange:
every order is refused at once, one rule holds of every refusal, and so each order is one alert.
Limit: two wakes over sockets, a read, the kernel, one durable commit, two more sockets and a
browser's task: 5 ms on a quiet machine with a disk of its own; the promise is 20.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyotp
from pyotp.totp import TOTP

from benchmarks import disk
from benchmarks.risk.kernel import busy
from benchmarks.rows import Row, middle, percentile, row
from yunquan.app.processes.role import ask_status
from yunquan.app.settings import Settings, load_settings
from yunquan.app.wiring import login_desk
from yunquan.counter import SocketClient
from yunquan.counter.types import PlaceOrder
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.log import read_records
from yunquan.kernel.transaction import Database
from yunquan.rulebook import store as rules
from yunquan.rulebook.events import RuleStateSet
from yunquan.rulebook.types import Condition, RuleState, RuleText, RuleVersion
from yunquan.security import find_principal, log_in, second_factor_uri
from yunquan.security.types import LoginRequest, OpenedSession, PrincipalKind
from yunquan.surveillance import store

NUMBER: Final = 999
ACCOUNT: Final = "6000000001"
GAP_S: Final = 0.12
READY_WITHIN_S: Final = 180.0
HEARD_WITHIN_S: Final = 30.0
RULE: Final = RuleText(
    "benchmark.refused",
    "order_rate",
    "account",
    (Condition(("refused",), "account.refused.m1 >= 1"),),
    2,
    "委托被拒",
    "Refused",
    "benchmark",
    "F",
    quiet_s=0,
    most=100_000,
)
# Times of what is added to the list of alerts, by the page's own clock, which is the machine's.
LOOK: Final = """
window.seen = {};
new MutationObserver((changes) => {
  const now = performance.timeOrigin + performance.now();
  for (const change of changes) for (const node of change.addedNodes)
    if (node.id?.startsWith("alert-")) window.seen[node.id.slice(6)] ??= now;
}).observe(document.querySelector(".risk-alerts"), { childList: true });
"""


class House:
    """A brokerage of our own on a free port."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.rooms_url(), SystemClock())

    def staff(self, name: str, password: str) -> str:
        """A session's token."""
        desk = login_desk(self.settings, self.database)
        with self.database.read() as tx:
            known = find_principal(tx, PrincipalKind.STAFF, name)
            assert known is not None
            uri = second_factor_uri(tx, known.id, desk.vault)
        code = TOTP(pyotp.parse_uri(uri).secret).now()
        opened = asyncio.run(log_in(desk, LoginRequest(PrincipalKind.STAFF, name, password, code)))
        assert isinstance(opened, OpenedSession), opened
        return opened.token

    def publish(self) -> None:
        """One rule more, as the office of rules writes it."""
        with self.database.transaction("benchmark") as tx:
            one = RuleVersion(RULE, 1, RuleState.LIVE, NUMBER, "benchmark", 0, "benchmark")
            rules.insert_rule(tx, one)
            told = RuleStateSet(RULE.code, 1, "live", NUMBER, RULE, "benchmark", "benchmark")
            tx.emit(told)

    def commits(self) -> dict[int, int]:
        """When the counter's records of refused orders were committed, ms, by sequence."""
        database = Database(self.settings.counter_url(0), SystemClock())
        with database.read() as tx:
            page = read_records(tx.connection, "counter-0", 1, limit=100_000)
        database.dispose()
        return {one.first_seq: one.at_ms for one in page if b"order_refused" in one.body}

    def alerts(self) -> dict[str, int]:
        """The event's time, ms, by the alert's id."""
        with self.database.read() as tx:
            found = store.list_alerts(tx, before_ms=2**62, limit=100_000, rule=RULE.code)
        return {one.id: one.at_ms for one in found}

    async def refuse(self, count: int) -> None:
        """So many orders, one after the other, each refused and each an alert."""
        client = SocketClient(self.settings.counter_address(0))
        await client.start()
        for number in range(count):
            await client.submit(
                PlaceOrder(f"bench:{number}", ACCOUNT, "600519.SH", 1, 100_000, 100, "2026-07-13")
            )
            await asyncio.sleep(GAP_S)
        await client.close()


@contextmanager
def house() -> Iterator[House]:
    """Started, one rule published beside those of the firm; stopped and removed at the end."""
    disk.WORK.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=disk.WORK))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    told = {"YUNQUAN_DATA": str(folder), "YUNQUAN_PORT": port, "YUNQUAN_WORLD": "off"}
    with (folder / "up.log").open("wb") as out:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "yunquan", "up"],
            env={**os.environ, **told},
            stdout=out,
            stderr=out,
        )
    made = House(load_settings({**os.environ, **told}))
    try:
        asyncio.run(_ready(made.settings))
        made.publish()
        yield made
    finally:
        process.terminate()
        process.wait(60)
        made.database.dispose()
        shutil.rmtree(folder, ignore_errors=True)


async def _ready(settings: Settings) -> None:
    """Surveillance reads, and the web answers whatever it thinks of the market's silence."""
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError, TimeoutError, ValueError, IndexError):
            _, body = await ask_status(settings.socket("surveillance-status"))
            _, writer = await asyncio.open_connection(settings.host, settings.port)
            writer.close()
            if json.loads(body)["reading"]:
                return
        await asyncio.sleep(0.2)
    raise RuntimeError("the brokerage did not come up")


async def read_stream(settings: Settings, token: str, seen: dict[str, float]) -> None:
    """A reader of the stream that looks at its watch, ms, whenever bytes come."""
    reader, writer = await asyncio.open_connection(settings.host, settings.port)
    writer.write(
        f"GET /stream?topics=alerts HTTP/1.1\r\nHost: {settings.host}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode()
    )
    while body := await reader.read(1 << 16):
        now = time.time() * 1_000
        for found in re.findall(rb'"id":"(alt_\w+)"', body):
            seen.setdefault(found.decode(), now)
    writer.close()


async def _drive(made: House, token: str, count: int) -> dict[str, float]:
    seen = dict[str, float]()
    reading = asyncio.create_task(read_stream(made.settings, token, seen))
    await asyncio.sleep(1)
    await made.refuse(count)
    until = time.monotonic() + HEARD_WITHIN_S
    while len(seen) < count and time.monotonic() < until:
        await asyncio.sleep(0.1)
    reading.cancel()
    return seen


def measured(count: int) -> dict[str, Any]:
    """Milliseconds of each alert from the commit to the reader of the stream, and to the page."""
    # Only benchmarks of pages need a browser.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    with house() as made:
        token = made.staff("risk", "yunquan-staff-1")
        with sync_playwright() as playwright:
            return _looked_at(made, token, count, playwright.chromium, program)


def _looked_at(
    made: House, token: str, count: int, chromium: Any, program: str | None
) -> dict[str, Any]:
    address = f"http://{made.settings.host}:{made.settings.port}"
    browser = chromium.launch(executable_path=program, args=["--no-sandbox"])
    context = browser.new_context(base_url=address)
    context.add_cookies([{"name": "yq_session", "value": token, "url": address}])
    page = context.new_page()
    page.goto("/staff/watch")
    page.evaluate(LOOK)
    # The browser is driven by this thread's loop: the orders are sent from another.
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(lambda: asyncio.run(_drive(made, token, count)))
        while not work.done():
            page.wait_for_timeout(200)
        streamed = work.result()
    page.wait_for_timeout(500)
    painted = page.evaluate("window.seen")
    browser.close()
    at_ms = made.alerts()
    return {
        "alerts": len(at_ms),
        "commits": len(made.commits()),
        "streamed": [streamed[one] - at for one, at in at_ms.items() if one in streamed],
        "painted": [painted[one] - at for one, at in at_ms.items() if one in painted],
    }


def bench(*, quick: bool) -> list[Row]:
    """To the page, and to the reader of the stream."""
    count = 10 if quick else 400
    found = measured(count)
    told = f"{count} orders, {found['alerts']} alerts"
    rows = list[Row]()
    for name, key, where in (
        ("risk.alert_p99_ms", "painted", "the element on the page in Chromium"),
        ("risk.alert_p99_ms.stream", "streamed", "the bytes at a reader of the stream"),
    ):
        times = found[key]
        rows.append(
            row(
                name,
                percentile(times, 0.99),
                "ms",
                size=f"from the commit to {where}, one alert at a time",
                limit="<= 20",
                note=f"p50 {middle(times):.1f}, p95 {percentile(times, 0.95):.1f}, most"
                f" {max(times):.1f} ms; {told}, {len(times)} came; {busy()}",
            )
        )
    return rows
