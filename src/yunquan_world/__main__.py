"""`python -m yunquan_world --data DIR --venue unix:/x/venue.sock --bank unix:/x/bank.sock`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yunquan_world.bars import BarsError
from yunquan_world.faults import parse_bank_faults, parse_faults, parse_office_faults, parse_span
from yunquan_world.hours import parse_pauses
from yunquan_world.settings import Settings
from yunquan_world.world import FolderInUseError, World

log = logging.getLogger(__name__)

_PARENT_CHECK_S = 1.0


@dataclass(frozen=True)
class _Option:
    """A setting that may also come from the environment. field: its name in Settings."""

    flag: str
    field: str
    variable: str
    default: str
    parse: Callable[[str], object]
    text: str


def _optional_path(text: str) -> Path | None:
    return Path(text) if text else None


def _switch(text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise ValueError(f"{text!r} is neither on nor off")
    return text.lower() == "on"


_OPTIONS = (
    _Option("--seed", "seed", "YUNQUAN_WORLD_SEED", "7", int, "all chance comes from it"),
    _Option("--speed", "speed", "YUNQUAN_SPEED", "10", float, "market seconds in a real second"),
    _Option(
        "--hours",
        "hours",
        "YUNQUAN_WORLD_HOURS",
        "day",
        str,
        "day, or always: no pause at noon or at night",
    ),
    _Option(
        "--first-day",
        "first_day",
        "YUNQUAN_FIRST_DAY",
        "2026-07-13",
        str,
        "trading day of the first start",
    ),
    _Option(
        "--bars",
        "bars",
        "YUNQUAN_BARS",
        "",
        _optional_path,
        "CSV or Parquet of daily bars in place of the samples",
    ),
    _Option(
        "--universe",
        "universe",
        "YUNQUAN_WORLD_UNIVERSE",
        "",
        str,
        "generated securities: full, small, none; full beside the samples, none beside a file",
    ),
    _Option(
        "--orders-per-s",
        "orders_per_s",
        "YUNQUAN_WORLD_ORDERS_PER_S",
        "300",
        float,
        "other people's orders in a real second",
    ),
    _Option(
        "--latency-ms",
        "order_latency_ms",
        "YUNQUAN_WORLD_LATENCY_MS",
        "20-120",
        parse_span,
        "from a member to the host",
    ),
    _Option(
        "--pauses",
        "pauses_s",
        "YUNQUAN_WORLD_PAUSES",
        "",
        parse_pauses,
        "real seconds of phases between the sessions, such as opening_call=20,lunch=1",
    ),
    _Option(
        "--quota",
        "gateway_orders_per_s",
        "YUNQUAN_WORLD_QUOTA",
        "0",
        int,
        "orders a gateway may send in a second, 0 for no limit",
    ),
    _Option(
        "--control",
        "control",
        "YUNQUAN_WORLD_CONTROL",
        "",
        str,
        "the operator's address, unix:/path",
    ),
    _Option(
        "--faults",
        "faults",
        "YUNQUAN_WORLD_FAULTS",
        "",
        parse_faults,
        "such as drop=0.01,repeat=0.01,reorder=0.01,disconnect=0.001,latency_ms=5-30",
    ),
    _Option(
        "--bank-faults",
        "bank_faults",
        "YUNQUAN_WORLD_BANK_FAULTS",
        "",
        parse_bank_faults,
        "such as lose_answer=0.05,disconnect=0.01,delay_ms=100-2000",
    ),
    _Option(
        "--offices",
        "offices",
        "YUNQUAN_OFFICES",
        "",
        str,
        "address of police, depository, carrier and lists; none without it",
    ),
    _Option(
        "--office-faults",
        "office_faults",
        "YUNQUAN_WORLD_OFFICE_FAULTS",
        "",
        parse_office_faults,
        "such as lose_answer=0.05,disconnect=0.01,refuse=0.01,delay_ms=100-2000",
    ),
    _Option(
        "--demo",
        "demo",
        "YUNQUAN_DEMO",
        "on",
        _switch,
        "on: people and their phones may be looked at through the offices",
    ),
)


def settings_from(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """The settings of a command line; what it leaves out comes from the environment."""
    parser = argparse.ArgumentParser(
        prog="yunquan_world", description="A simulated exchange and a simulated bank."
    )
    parser.add_argument("--data", required=True, type=Path, help="folder for all it keeps")
    for flag in ("--venue", "--bank"):
        parser.add_argument(flag, required=True, help="address: unix:/path or tcp:host:port")
    for option in _OPTIONS:
        parser.add_argument(
            option.flag,
            dest=option.field,
            default=environment.get(option.variable) or option.default,
            help=f"{option.text} ({option.variable}, {option.default or 'none'})",
        )
    given = parser.parse_args(arguments)
    values: dict[str, object] = {}
    for option in _OPTIONS:
        try:
            values[option.field] = option.parse(getattr(given, option.field))
        except ValueError as error:
            parser.error(f"{option.flag} or {option.variable}: {error}")
    try:
        return Settings(data=given.data, venue=given.venue, bank=given.bank, **values)  # pyright: ignore[reportArgumentType] - each parser gives its field's type
    except ValueError as error:
        parser.error(str(error))


async def run(settings: Settings, parent: int = 0) -> None:
    """Serve until SIGTERM or SIGINT, then drain. What it can't go on with is raised.

    parent: the process whose death ends this one too; 0 for none.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    world = World(settings)
    await world.start()
    stop = asyncio.create_task(stopping.wait())
    watch = asyncio.create_task(_watch(parent, stopping))
    await asyncio.wait([stop, world.failure], return_when=asyncio.FIRST_COMPLETED)
    watch.cancel()
    if world.failure.done():
        # No drain: the memory is ahead of the disk. A restart brings all that was told.
        stop.cancel()
        await world.failure
    await world.stop()


async def _watch(parent: int, stopping: asyncio.Event) -> None:
    while not parent or os.getppid() == parent:
        await asyncio.sleep(_PARENT_CHECK_S)
    stopping.set()


def main() -> int:
    logging.basicConfig(
        level=os.environ.get("YUNQUAN_LOG_LEVEL", "INFO").upper(),
        stream=sys.stderr,
        format="%(asctime)s level=%(levelname)s logger=%(name)s %(message)s",
    )
    settings = settings_from(sys.argv[1:], os.environ)
    try:
        import uvloop  # noqa: PLC0415 - faster where it is installed, not needed
    except ImportError:
        runner = asyncio.run
    else:
        runner = uvloop.run
    try:
        runner(run(settings, int(os.environ.get("WORLD_PARENT", "0"))))
    except (BarsError, FolderInUseError, OSError, sqlite3.Error) as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
