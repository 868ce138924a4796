"""`python -m yunquan_world --data DIR --venue unix:/x/venue.sock --bank unix:/x/bank.sock`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from yunquan_world.bars import BarsError
from yunquan_world.faults import parse_bank_faults, parse_faults, parse_span
from yunquan_world.settings import Settings
from yunquan_world.world import FolderInUseError, World

log = logging.getLogger(__name__)


def settings_from(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """The settings of a command line; what it leaves out comes from the environment."""

    def from_environment(name: str, default: str) -> str:
        return environment.get(name) or default

    parser = argparse.ArgumentParser(
        prog="yunquan_world", description="A simulated exchange and a simulated bank."
    )
    add = parser.add_argument
    add("--data", required=True, type=Path, help="folder for everything it keeps")
    add("--venue", required=True, help="exchange's address: unix:/path or tcp:host:port")
    add("--bank", required=True, help="bank's address: unix:/path or tcp:host:port")
    add(
        "--seed",
        type=int,
        default=from_environment("YUNQUAN_WORLD_SEED", "7"),
        help="all chance comes from it (YUNQUAN_WORLD_SEED, 7)",
    )
    add(
        "--speed",
        type=float,
        default=from_environment("YUNQUAN_SPEED", "10"),
        help="market seconds in a real second (YUNQUAN_SPEED, 10)",
    )
    add(
        "--hours",
        choices=("day", "always"),
        default=from_environment("YUNQUAN_WORLD_HOURS", "day"),
        help="always: no pause at noon or at night (YUNQUAN_WORLD_HOURS, day)",
    )
    add(
        "--first-day",
        default=from_environment("YUNQUAN_FIRST_DAY", "2026-07-13"),
        help="trading day of the first start (YUNQUAN_FIRST_DAY, 2026-07-13)",
    )
    add(
        "--bars",
        type=Path,
        default=environment.get("YUNQUAN_BARS") or None,
        help="CSV or Parquet of daily bars in place of the samples (YUNQUAN_BARS)",
    )
    add(
        "--orders-per-s",
        type=float,
        default=from_environment("YUNQUAN_WORLD_ORDERS_PER_S", "300"),
        help="other people's orders in a real second (YUNQUAN_WORLD_ORDERS_PER_S, 300)",
    )
    add(
        "--latency-ms",
        type=parse_span,
        default=from_environment("YUNQUAN_WORLD_LATENCY_MS", "20-120"),
        help="from a member to the host (YUNQUAN_WORLD_LATENCY_MS, 20-120)",
    )
    add(
        "--faults",
        type=parse_faults,
        default=from_environment("YUNQUAN_WORLD_FAULTS", ""),
        help="such as drop=0.01,repeat=0.01,reorder=0.01,disconnect=0.001,latency_ms=5-30"
        " (YUNQUAN_WORLD_FAULTS)",
    )
    add(
        "--bank-faults",
        type=parse_bank_faults,
        default=from_environment("YUNQUAN_WORLD_BANK_FAULTS", ""),
        help="such as lose_answer=0.05,disconnect=0.01,delay_ms=100-2000"
        " (YUNQUAN_WORLD_BANK_FAULTS)",
    )
    add("--log-level", default=from_environment("YUNQUAN_LOG_LEVEL", "INFO").upper())
    options = parser.parse_args(arguments)
    logging.basicConfig(
        level=options.log_level,
        stream=sys.stderr,
        format="%(asctime)s level=%(levelname)s logger=%(name)s %(message)s",
    )
    try:
        return Settings(
            data=options.data,
            venue=options.venue,
            bank=options.bank,
            seed=options.seed,
            speed=options.speed,
            hours=options.hours,
            first_day=options.first_day,
            bars=options.bars,
            orders_per_s=options.orders_per_s,
            order_latency_ms=options.latency_ms,
            faults=options.faults,
            bank_faults=options.bank_faults,
        )
    except ValueError as error:
        parser.error(str(error))


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    world = World(settings)
    await world.start()
    await stopping.wait()
    await world.stop()


def main() -> int:
    settings = settings_from(sys.argv[1:], os.environ)
    try:
        import uvloop  # noqa: PLC0415 - faster where it is installed, not needed
    except ImportError:
        runner = asyncio.run
    else:
        runner = uvloop.run
    try:
        runner(run(settings))
    except (BarsError, FolderInUseError, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
