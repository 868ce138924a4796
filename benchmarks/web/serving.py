"""A web worker as granian runs it, over the tables of a large firm: every client's account is in
rooms.db, those who look at their pages are at the counter too.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import msgspec
from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from litestar import Litestar

from benchmarks.web.seed import seed_clients, seed_orders
from tests.partners.brokerage import DAY, Brokerage, make_brokerage, notice, quote
from yunquan import cockpit, investor, workbench
from yunquan.app import migrations
from yunquan.app.processes.role import keep_what_stays
from yunquan.cockpit.pages import router as cockpit_pages
from yunquan.cockpit.service.cockpit import Cockpit
from yunquan.counter.types import PlaceOrder
from yunquan.investor.pages import router as investor_pages
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.residents import check_digit
from yunquan.kernel.transaction import Database, make_engine
from yunquan.security.service.principals import find_principal
from yunquan.security.service.sessions import open_session
from yunquan.security.types import LoginRequest, PrincipalKind
from yunquan.workbench.pages import router as workbench_pages

SYMBOLS = [f"{600000 + number:06d}.SH" for number in range(300)]
ORDERS_TODAY = 8
FACES = ("yunquan.investor.pages", "yunquan.workbench.pages", "yunquan.cockpit.pages")
_ROOMS = {
    room.__name__.rpartition(".")[2]: Path(room.__file__ or "").parent
    for room in (investor, workbench, cockpit)
}
_HEARD_EVERY_S = 1.0


def create_app() -> Litestar:
    """The web app; what its visitors need in a file beside its database."""
    folder = Path(os.environ["YUNQUAN_BENCH_FOLDER"])
    clients, users = (int(os.environ[f"YUNQUAN_BENCH_{name}"]) for name in ("CLIENTS", "USERS"))
    file = folder / "rooms.db"
    engine = make_engine(f"sqlite:///{file}")
    migrations.migrate(engine)
    engine.dispose()
    began = time.monotonic()
    seed_clients(file, clients - users - 2)
    made = make_brokerage(Database(f"sqlite:///{file}", SystemClock()), folder)
    for symbol in SYMBOLS:
        made.desk.quotes.on_instrument(notice(symbol, "晨山酒业", "Chenshan Spirits", 100_000))
        made.desk.quotes.on_quote(quote(symbol, 100_000))
    people = [_person(made, number) for number in range(users)]
    past = seed_orders(file, [one["account"] for one in people], SYMBOLS)
    seeded_s = time.monotonic() - began
    office = Cockpit(made.desk)
    app = made.app([investor_pages, workbench_pages, cockpit_pages], _ROOMS, cockpit=office)
    tasks: list[asyncio.Task[None]] = []

    async def start() -> None:
        tasks.append(asyncio.create_task(_beat(made.desk.quotes)))
        tasks.append(asyncio.create_task(office.run()))
        told = {
            "people": people,
            "staff": _token(made, "ops", PrincipalKind.STAFF),
            "pages": _pages(app),
            "past": past,
            "seeded_s": seeded_s,
        }
        keep_what_stays()  # as every worker does
        ready = folder / "ready.new"
        ready.write_bytes(msgspec.json.encode(told))
        ready.rename(folder / "ready.json")

    app.on_startup.append(start)
    return app


def _person(made: Brokerage, number: int) -> dict[str, str]:
    """A client who looks at their pages: with a login, cash, shares and orders of today."""
    login = f"looker{number}"
    seventeen = f"99{1000 + number:04d}19800101{100 + number:03d}"
    account = made.add_client(login, seventeen + check_digit(seventeen), cash_fen=10_000_000_00)
    answers = [
        made.submit(
            PlaceOrder(f"{login}:{turn}", account, "600519.SH", 1, 95_000 + 10 * turn, 100, DAY)
        )
        for turn in range(ORDERS_TODAY)
    ]
    assert all(answer.accepted for answer in answers), answers
    token = _token(made, login, PrincipalKind.CLIENT)
    client = made.clients[login]
    return {"account": account, "client": client, "token": token, "order": made.venue.orders[-1]}


def _token(made: Brokerage, login: str, kind: PrincipalKind) -> str:
    with made.desk.database.transaction() as tx:
        principal = find_principal(tx, kind, login)
        assert principal
        asked = LoginRequest(kind, login, "", device="bench")
        return open_session(made.login, tx, principal, asked).token


def _pages(app: Litestar) -> list[dict[str, str]]:
    """Every page of the faces that is fetched: its path, and who may fetch it."""
    found = []
    for route in app.routes:
        handler = getattr(route, "route_handler_map", {}).get("GET")
        handler = handler[0] if isinstance(handler, tuple) else handler
        if handler and handler.fn.__module__.startswith(FACES):
            found.append({"path": route.path_format, "who": handler.opt["who"]})
    return found


async def _beat(board: Any) -> None:
    """The feed's heartbeat: the market stands still but isn't stale."""
    while True:
        board.on_heard()
        await asyncio.sleep(_HEARD_EVERY_S)


def serve(folder: str, port: int, clients: int, users: int) -> None:
    """Serve until told to stop."""
    os.environ |= {
        "YUNQUAN_BENCH_FOLDER": folder,
        "YUNQUAN_BENCH_CLIENTS": str(clients),
        "YUNQUAN_BENCH_USERS": str(users),
    }
    Granian(
        "benchmarks.web.serving:create_app",
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        loop=Loops.uvloop,
        websockets=False,
        workers_kill_timeout=5,
        log_level=LogLevels.warning,
        log_access=False,
    ).serve()
