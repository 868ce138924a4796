"""What a web worker runs. Its links start with the app and stop with it."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Litestar

from yunquan.app.links import Links
from yunquan.app.processes.role import configure_logs
from yunquan.app.settings import load_settings
from yunquan.app.wiring import build


def create_app() -> Any:
    """The web app over this machine's settings."""
    settings = load_settings()
    configure_logs("web", settings.log_level)
    links = Links(settings)
    app: Litestar = build(settings, links)
    tasks: list[asyncio.Task[None]] = []

    async def start() -> None:
        tasks.extend(await links.start())

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await links.stop()

    app.on_startup.append(start)
    app.on_shutdown.append(stop)
    return app
