"""What a web worker runs. Its links start with the app and stop with it."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from litestar import Litestar

from yunquan.app.links import Links
from yunquan.app.processes.role import configure_logs, keep_what_stays, watch_parent
from yunquan.app.seed import seed_people
from yunquan.app.settings import load_settings
from yunquan.app.wiring import accounts_probe, build


def create_app() -> Any:
    """The web app over this machine's settings."""
    settings = load_settings()
    configure_logs("web", settings.log_level)
    links = Links(settings)
    demo = seed_people(settings, links.database) if settings.demo else None
    probes = {}
    if demo is not None and settings.world:
        accounts = [client.opening.account for client in demo.clients]
        probes["accounts"] = accounts_probe(links.counters, accounts)
    app: Litestar = build(settings, links, probes)
    if demo is not None:
        # Public logins, shown on the login page of a demonstration only.
        app.state.demo_logins = demo.logins
    tasks: list[asyncio.Task[None]] = []

    async def start() -> None:
        tasks.append(asyncio.create_task(_end_with_server()))
        tasks.extend(await links.start())
        keep_what_stays()

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await links.stop()

    app.on_startup.append(start)
    app.on_shutdown.append(stop)
    return app


async def _end_with_server() -> None:
    """A worker whose server was killed would keep the port and answer beside the next one."""
    orphaned = asyncio.Event()
    await watch_parent(orphaned)
    os._exit(1)
