"""What every role shares: logs, signals, dying with its parent, and a small HTTP answer to "how are
you".
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from prometheus_client import REGISTRY, generate_latest

from yunquan.app.settings import Settings
from yunquan.kernel.wire import start_server

Health = Callable[[], tuple[bool, dict[str, Any]]]
_PARENT_CHECK_S = 1.0


def configure_logs(role: str, level: str) -> None:
    """One JSON object a line on standard error, with role and time."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            lambda _logger, _name, event: {"role": role, **event},
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)


def run_role(role: str, settings: Settings, main: Callable[[asyncio.Event], Any]) -> int:
    """Run `main(stop)` until it returns; SIGTERM, SIGINT and the parent's death set `stop`. Exit
    code 0 or 1.
    """
    configure_logs(role, settings.log_level)
    try:
        import uvloop  # noqa: PLC0415  not on every platform

        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    except ImportError:
        runner = asyncio.Runner()
    with runner:
        return runner.run(_until_stopped(main))


def keep_what_stays() -> None:
    """What is in memory now stays: a collection that walked it again would hold up everybody."""
    gc.collect()
    gc.freeze()


async def _until_stopped(main: Callable[[asyncio.Event], Any]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    orphan = asyncio.create_task(watch_parent(stop))
    try:
        return int(await main(stop) or 0)
    finally:
        orphan.cancel()


async def watch_parent(stop: asyncio.Event) -> None:
    """Set `stop` when the parent has died: whoever starts anew must find no one left over."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(_PARENT_CHECK_S)
    stop.set()


async def serve_status(address: str, health: Health) -> asyncio.Server:
    """/health (200 or 503, JSON) and /metrics (Prometheus text) over HTTP at a socket address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2):
                request = await reader.readuntil(b"\r\n")
            path = request.split(b" ")[1]
            if path == b"/metrics":
                status, kind, body = (
                    b"200 OK",
                    b"text/plain; version=0.0.4",
                    generate_latest(REGISTRY),
                )
            elif path == b"/health":
                good, facts = health()
                status = b"200 OK" if good else b"503 Service Unavailable"
                kind, body = b"application/json", msgspec.json.encode({"ok": good, **facts})
            else:
                status, kind, body = b"404 Not Found", b"text/plain", b""
            head = b"HTTP/1.0 " + status + b"\r\nContent-Type: " + kind + b"\r\nContent-Length: "
            writer.write(head + str(len(body)).encode() + b"\r\n\r\n" + body)
            await writer.drain()
        writer.close()

    return await start_server(answer, address)


async def ask_status(address: str, path: str = "/health") -> tuple[int, bytes]:
    """Status code and body of a role's answer. Raises OSError or TimeoutError when it doesn't."""
    async with asyncio.timeout(2):
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"))
    try:
        writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        async with asyncio.timeout(3):
            reply = await reader.read()
    finally:
        writer.close()
    head, _, body = reply.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body
