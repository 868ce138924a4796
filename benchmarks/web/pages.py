"""web.page_p99_ms: how long the slowest page takes when a large firm's people look around.

Each user opens a page, waits for it whole, looks at it for a while, and opens another; each page is
as likely as the next, staff's and clients' alike. Limit: what a person takes for at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import uvloop

from benchmarks import child, disk
from benchmarks.http.brokerage import cpu_of
from benchmarks.http.load import Connection
from benchmarks.rows import RESULTS, Row, percentile, row

USERS = 50
LOOKS_S = 2.0
WARM_S = 10.0
_READY_WITHIN_S = 300.0
# Queries under which a page does more work than when it is opened plainly, and what its path
# needs. A path with parameters and without an entry is left out, by name.
FILLED: dict[str, tuple[str, ...]] = {
    "/stocks/{symbol}": ("/stocks/600519.SH", "/stocks/600100.SH"),
    "/orders": ("/orders", "/orders?view=history", "/orders?view=fills"),
    "/orders/export": ("/orders/export?what=fills&from_day=2026-03-01&to_day=2026-03-28",),
    "/cash": ("/cash", "/cash?kind=fee", "/cash?from_day=2026-03-01&to_day=2026-03-28"),
    "/cash/export": ("/cash/export?from_day=2026-03-01&to_day=2026-03-28",),
    "/market": ("/market", "/market?sort=change_desc", "/market?sort=turnover_desc&group=main"),
    "/orders/{order_id}": ("/orders/{order}",),
    # An address that leads on; what it leads to is measured as itself.
    "/statements/span": (),
    "/statements/{period}": (
        "/statements/2026-03",
        "/statements/2026-03?form=pdf",
        "/statements/2026-03-02..2026-03-06?form=csv",
    ),
    "/search": ("/search?q=6001", "/search?q=zzzz"),
    "/transfer": ("/transfer", "/transfer?direction=out"),
    "/staff/orders": ("/staff/orders", "/staff/orders?symbol=600519.SH"),
    "/staff/ledger": ("/staff/ledger", "/staff/ledger?account={account}"),
    "/staff/ledger.csv": ("/staff/ledger.csv?account={account}",),
    "/staff": (
        "/staff",
        "/staff?q=many0777777",
        "/staff?q=9000777777",
        "/staff?q=王晨欣",
        "/staff?q=nobody-of-that-name",
        "/staff?client={client}",
        "/staff?client={client}&tab=history",
        "/staff?client={client}&tab=postings",
        "/staff?client={client}&tab=looks",
        "/staff?client={client}&order={order}",
    ),
}
_HEADERS = "Host: localhost\r\nAccept: text/html\r\nAccept-Language: zh-CN\r\nAccept-Encoding: gzip"


def filled(pages: list[dict[str, str]]) -> tuple[list[dict[str, str]], list[str]]:
    """Addresses to open with who may, and paths left out."""
    found, left_out = [], []
    for page in pages:
        path = page["path"]
        addresses = FILLED.get(path, () if "{" in path else (path,))
        if not addresses:
            left_out.append(path)
        found += [{"path": address, "who": page["who"]} for address in addresses]
    return found, left_out


def request(page: dict[str, str], person: dict[str, str], staff: str) -> bytes:
    """What a browser sends for a page: the cookie of whom it is for, none where anyone may."""
    token = {"client": person["token"], "staff": staff}.get(page["who"], "")
    cookie = f"\r\nCookie: yq_session={token}" if token else ""
    path = page["path"].format(**person) if "{" in page["path"] else page["path"]
    encoded = "".join(c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in path)
    return f"GET {encoded} HTTP/1.1\r\n{_HEADERS}{cookie}\r\n\r\n".encode()


def look(port: int, file: str, seconds: float, looks_s: float, server: int) -> dict[str, Any]:
    """Users at once for so long, after as many seconds of warming up; waits by page."""
    told = msgspec.json.decode(Path(file).read_bytes())
    pages, _ = filled(told["pages"])
    waits: dict[str, list[float]] = {page["path"]: [] for page in pages}
    odd: dict[str, int] = {}

    async def user(number: int, person: dict[str, str], begins: float, ends: float) -> None:
        loop, dice, free = asyncio.get_running_loop(), Random(number), deque[Connection]()
        await loop.create_connection(lambda: Connection(free), "127.0.0.1", port)
        while (now := time.perf_counter()) < ends:
            page, answered = dice.choice(pages), loop.create_future()
            free.popleft().send(
                request(page, person, told["staff"]),
                lambda status, _, since, answered=answered: answered.set_result((status, since)),
                now,
            )
            status, since = await answered
            if since >= begins:
                waits[page["path"]].append((time.perf_counter() - since) * 1000)
            if status != 200:
                name = f"{page['path']} {status}"
                odd[name] = odd.get(name, 0) + 1
            await asyncio.sleep(dice.expovariate(1 / looks_s))
        free[0].close()

    async def main() -> float:
        begins = time.perf_counter() + min(WARM_S, seconds)
        people = enumerate(told["people"])
        users = [user(number, one, begins, begins + seconds) for number, one in people]
        spent = cpu_of(server)
        await asyncio.gather(*users)
        return (cpu_of(server) - spent) / (seconds + min(WARM_S, seconds))

    cpu = uvloop.run(main())
    return {"waits": waits, "odd": odd, "cpu": cpu}


@contextlib.contextmanager
def serving(clients: int, users: int) -> Iterator[tuple[int, Path, int]]:
    """A worker on a free port: (port, the file for its visitors, its process id)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with disk.folder() as place:
        arguments = {"folder": str(place), "port": port, "clients": clients, "users": users}
        process = child.Process("benchmarks.web.serving:serve", **arguments)
        try:
            deadline = time.monotonic() + _READY_WITHIN_S
            while not (place / "ready.json").exists():
                if time.monotonic() > deadline:
                    raise TimeoutError("the worker isn't ready")
                time.sleep(0.1)
            yield port, place / "ready.json", process.pid
        finally:
            process.stop()


def table(waits: dict[str, list[float]]) -> list[dict[str, Any]]:
    """A line a page, the slowest first."""
    lines = [
        {
            "page": page,
            "times": len(found),
            "p50_ms": round(percentile(found, 0.5), 1),
            "p99_ms": round(percentile(found, 0.99), 1),
            "worst_ms": round(max(found), 1),
        }
        for page, found in waits.items()
        if found
    ]
    return sorted(lines, key=lambda line: -line["p99_ms"])


def bench(*, quick: bool) -> list[Row]:
    """One row: the slowest page; every page in results/web_pages.json's table."""
    clients, users, seconds, looks_s = (
        (1000, 5, 3.0, 0.02) if quick else (1_000_000, USERS, 120.0, LOOKS_S)
    )
    with serving(clients, users) as (port, file, pid):
        told = msgspec.json.decode(file.read_bytes())
        found = child.run(
            "benchmarks.web.pages:look",
            port=port,
            file=str(file),
            seconds=seconds,
            looks_s=looks_s,
            server=pid,
        )
    lines, (_, left_out) = table(found["waits"]), filled(told["pages"])
    if not quick:
        text = msgspec.json.format(msgspec.json.encode(lines), indent=2)
        (RESULTS / "tables").mkdir(exist_ok=True)
        (RESULTS / "tables" / "web_pages.json").write_bytes(text + b"\n")
    assert not found["odd"], found["odd"]
    everything = [wait for waits in found["waits"].values() for wait in waits]
    fewest = min(line["times"] for line in lines)
    slowest = "; ".join(
        f"{line['page']} p50 {line['p50_ms']:.0f}, p99 {line['p99_ms']:.0f}" for line in lines[:4]
    )
    return [
        row(
            "web.page_p99_ms",
            lines[0]["p99_ms"],
            "ms",
            size=(
                f"{users} users at once, {looks_s:g} s between pages, {clients:,} accounts in the"
                f" tables, {told['past']:,} past orders, one worker"
            ),
            limit="< 150",
            note=(
                f"the slowest of {len(lines)} pages, each opened {fewest} times or more;"
                f" all pages together p50 {percentile(everything, 0.5):.0f}, p99"
                f" {percentile(everything, 0.99):.0f} ms; slowest: {slowest}; the counter runs in"
                f" the worker and holds {users + 2} accounts, the market stands still; worker"
                f" {found['cpu']:.0%} of a core; seeded in {told['seeded_s']:.0f} s; left out:"
                f" {', '.join(left_out) or 'none'}; by page in results/tables/web_pages.json"
            ),
        )
    ]
