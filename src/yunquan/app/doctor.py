"""`yunquan doctor`: what is set, what is simulated, and how everything is, in one look at three in
the morning.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from yunquan._core import is_in_use
from yunquan.app.migrations import is_current
from yunquan.app.processes.role import ask_status
from yunquan.app.processes.supervisor import is_ready, last_lines, parse_log
from yunquan.app.settings import Settings
from yunquan.app.verification import existing_databases
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import Unavailable
from yunquan.kernel.log import read_head, streams
from yunquan.kernel.transaction import Database
from yunquan.market import last_announced_day, load_calendar
from yunquan.market.rules import horizon, horizon_fault
from yunquan.vision import PoolVision

LEAST_FREE_MB = 500


def examine(settings: Settings) -> Iterator[tuple[str, str]]:
    """(mark, line) pairs; mark is "ok", "!!" for what needs a person, or "--" for what is merely
    so.
    """
    yield (
        "--",
        f"python {sys.version.split()[0]}, core {'compiled' if is_in_use() else 'interpreted'}",
    )
    for field in fields(settings):
        value = getattr(settings, field.name)
        # A database URL carries a password.
        shown = "postgresql (url hidden)" if field.name == "database" and value else value
        yield "--", f"{field.name} = {shown}"
    if settings.world:
        yield (
            "--",
            "simulated: exchange, other traders, prices within the day, the banks, police,"
            " depository, short messages and lists, the time of day",
        )
    free_mb = shutil.disk_usage(_existing(settings.data)).free // 1_000_000
    yield ("ok" if free_mb > LEAST_FREE_MB else "!!"), f"{free_mb} MB free on disk"
    yield _vision(settings)
    yield from _databases(settings)
    yield from _calendar(settings)
    yield from asyncio.run(_roles(settings))
    web = is_ready(settings)
    yield (
        ("ok" if web else "!!"),
        f"web http://{settings.host}:{settings.port} {'serves' if web else 'does not answer'}",
    )
    yield from _complaints(settings)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it: that is where it will be made."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _vision(settings: Settings) -> tuple[str, str]:
    """Starts one process that looks at pictures and ends it again."""
    pool = PoolVision(settings.vision_python, 1, settings.vision_memory_mb)
    try:
        missing = {"files", "limits", "calls"} - set(pool.start())
    except Unavailable:
        return "!!", f"vision: doesn't start with {settings.vision_python}; make setup makes it"
    finally:
        pool.stop()
    if missing:
        return "!!", f"vision: starts, but without the walls {', '.join(sorted(missing))}"
    return "ok", "vision: starts behind all its walls"


def _databases(settings: Settings) -> Iterator[tuple[str, str]]:
    databases = existing_databases(settings)
    if not databases:
        yield "!!", f"no brokerage has run in {settings.data}"
    for name, url in databases.items():
        database = Database(url, SystemClock())
        try:
            current = is_current(database.engine)
            with database.read() as tx:
                heads = [read_head(tx.connection, stream) for stream in streams(tx.connection)]
        except (Unavailable, DBAPIError, OSError) as error:
            yield "!!", f"{name}: {error}"
        else:
            ends = ", ".join(f"{head.stream} at {head.next_seq - 1}" for head in heads)
            told = f"{'' if current else 'needs migration; '}{ends or 'empty log'}"
            yield ("ok" if current else "!!"), f"{name}: {told}"
        finally:
            database.dispose()


def _calendar(settings: Settings) -> Iterator[tuple[str, str]]:
    """How far the trading calendar reaches from the market's day, once the market has named it."""
    if not existing_databases(settings):
        return
    database = Database(settings.rooms_url(), SystemClock())
    try:
        with database.read() as tx:
            calendar, day = load_calendar(tx), last_announced_day(tx)
    except (Unavailable, DBAPIError, OSError) as error:
        yield "!!", f"calendar: {error}"
        return
    finally:
        database.dispose()
    known_to = calendar.known_to or "no day"
    if not day:
        yield "--", f"calendar: trading days known to {known_to}"
        return
    left = horizon(calendar, day)
    told = f"calendar: {left} trading days known after {day}, to {known_to}"
    yield ("!!" if horizon_fault(left) else "ok"), told


async def _roles(settings: Settings) -> list[tuple[str, str]]:
    names = ["readers", "jobs", "surveillance", *(["crowd"] if settings.plays_crowd else [])]
    for number in range(settings.counters):
        names += [f"counter-{number}", f"follower-{number}"]
    found: list[tuple[str, str]] = []
    for name in names:
        try:
            code, body = await ask_status(settings.socket(f"{name}-status"))
            found.append(("ok" if code == 200 else "!!", f"{name}: {body.decode()}"))
        except (OSError, TimeoutError):
            found.append(("!!", f"{name}: not running"))
    return found


def _complaints(settings: Settings) -> Iterator[tuple[str, str]]:
    """The last warnings and errors of every role."""
    for path in sorted((settings.data / "logs").glob("*.log")):
        lines = [line for line in last_lines(path, 400) if _is_complaint(line)]
        for line in lines[-3:]:
            yield "--", f"{path.stem}: {line[:300]}"


def _is_complaint(line: str) -> bool:
    level = parse_log(line).get("level", "")
    return (
        level in ("warning", "error", "critical")
        or "level=ERROR" in line
        or line.startswith("Traceback")
    )
