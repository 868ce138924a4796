"""The process of one back-test: hears what to run, says how far it is and what came out, ends. The
jobs start it when one waits, so that its memory is given back.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable

import msgspec

from yunquan.app.backtesting import Report
from yunquan.app.processes.surveillance import sizes_of, sources_of
from yunquan.app.settings import Settings
from yunquan.backtests import Runner
from yunquan.backtests.types import Backtest
from yunquan.kernel.clock import SystemClock
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.transaction import Database

logger = logging.getLogger("yunquan.backtest")

# Behind everybody.
NICENESS = 19


async def run_backtest(settings: Settings, stop: asyncio.Event) -> int:
    """Run the one that is told on standard input."""
    os.nice(NICENESS)
    line = await asyncio.to_thread(sys.stdin.buffer.readline)
    one = msgspec.json.decode(line, type=Backtest)
    rooms = Database(settings.rooms_url(), SystemClock())
    runner = Runner(rooms, sources_of(settings, rooms), sizes_of(settings))
    await asyncio.to_thread(run_one, runner, one, _say, stop.is_set)
    rooms.dispose()
    return 0


def _say(report: Report) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    sys.stdout.buffer.flush()


def run_one(
    runner: Runner, one: Backtest, say: Callable[[Report], None], stopping: Callable[[], bool]
) -> None:
    """Run it and say what happens; nothing more once it shall stop."""

    def told(done: int, total: int) -> bool:
        say(Report(done, total))
        return not stopping()

    try:
        result = runner.run(one, told)
    except YunquanError as error:
        say(Report(failed=error.code))
    except Exception:
        logger.exception("back-test failed", extra={"backtest": one.id})
        say(Report(failed="backtests.broken"))
    else:
        if result is not None:
            say(Report(result=result))
