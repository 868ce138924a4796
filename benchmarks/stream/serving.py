"""A web worker as granian runs it, over a market in which every symbol changes five times a second;
each change carries its moment in its volume.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from msgspec.structs import replace

from tests.partners.brokerage import PASSWORD, make_brokerage, notice, quote
from yunquan.app import migrations
from yunquan.app.web import WebValues
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.transaction import Database, make_engine
from yunquan.market.types import MarketStatus
from yunquan.security import log_in
from yunquan.security.types import LoginRequest, PrincipalKind

SYMBOLS = [f"{600000 + number:06d}.SH" for number in range(300)]
UPDATES_PER_S = 5
_PLACES = 50
# So fast that a Level 1 reader too hears a symbol five times a second.
_SPEED = 60.0


def create_app() -> Any:
    """The web app with its own changing market; a client's token beside its database."""
    folder = Path(os.environ["YUNQUAN_BENCH_FOLDER"])
    url = f"sqlite:///{folder}/rooms.db"
    engine = make_engine(url)
    migrations.migrate(engine)
    engine.dispose()
    values = WebValues(streams_per_member=10_000)
    made = make_brokerage(Database(url, SystemClock()), folder, values)
    board = made.desk.quotes
    board.on_market(MarketStatus("2026-07-13", "09:45:00", "continuous", _SPEED))
    for symbol in SYMBOLS:
        board.on_instrument(notice(symbol, "晨山酒业", "Chenshan Spirits", 100_000))
    app = made.app()
    tasks: list[asyncio.Task[None]] = []

    async def start() -> None:
        opened: Any = await log_in(
            made.login, LoginRequest(PrincipalKind.CLIENT, "linxz", PASSWORD)
        )
        tasks.append(asyncio.create_task(_change(board)))
        (folder / "token").write_text(opened.token)

    app.on_startup.append(start)
    return app


async def _change(board: Any) -> None:
    """Change every symbol five times a second, some every twentieth of that time."""
    loop, steps = asyncio.get_running_loop(), 0
    began = loop.time()
    while True:
        board.on_heard()
        for symbol in SYMBOLS[steps % _PLACES :: _PLACES]:
            fresh = quote(symbol, 100_000 + 10 * (steps % 900), steps + 2)
            board.on_quote(replace(fresh, volume=time.monotonic_ns() // 1000))
        steps += 1
        due = began + steps / (UPDATES_PER_S * _PLACES)
        await asyncio.sleep(max(due - loop.time(), 0))


def serve(folder: str, port: int) -> None:
    """Serve until told to stop."""
    os.environ["YUNQUAN_BENCH_FOLDER"] = folder
    Granian(
        "benchmarks.stream.serving:create_app",
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        loop=Loops.uvloop,
        websockets=False,
        backlog=4096,
        workers_kill_timeout=5,
        log_level=LogLevels.warning,
        log_access=False,
    ).serve()
