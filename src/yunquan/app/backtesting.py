"""Between the jobs and the process of back-tests: one line to it, lines from it. That process is
last in line for the processor, so it writes nothing to the database: whoever holds the writers'
turn and never runs holds up those who go first.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from yunquan.backtests import Backtests
from yunquan.backtests.types import Backtest, BacktestResult

logger = logging.getLogger("yunquan.jobs")

COMMAND: Final = (sys.executable, "-m", "yunquan.app.processes", "backtest")
# A back-test that died at once is not begun again at once.
AGAIN_AFTER_S: Final = 10.0
ENDS_WITHIN_S: Final = 5.0


class Report(msgspec.Struct, omit_defaults=True):
    """How far a back-test is; the last one with what came out, or the code of why nothing did."""

    done: int = 0
    total: int = 0
    result: BacktestResult | None = None
    failed: str = ""


class BacktestChild:
    """Starts a process when a back-test waits, and writes down what it says. A process of its own:
    it reads for minutes, takes the memory of a second monitor, and is nobody's loss when it dies.
    """

    def __init__(self, office: Backtests, command: Sequence[str] = COMMAND) -> None:
        self._office = office
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._again_s = 0.0
        self._stopping = False
        self._begun = False

    def look(self) -> None:
        """Begin where one waits and nobody runs."""
        if self._reader is not None and self._reader.is_alive():
            return
        if not self._begun:
            # Whoever ran before this process began died with the one before it.
            self._office.recover()
            self._begun = True
        if time.monotonic() < self._again_s or not self._office.is_waiting():
            return
        if (one := self._office.claim()) is None:
            return
        child = subprocess.Popen(  # noqa: S603  our own program
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._child = child
        self._reader = threading.Thread(target=self._follow, args=(child, one), daemon=True)
        self._reader.start()

    def _follow(self, child: subprocess.Popen[bytes], one: Backtest) -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            with child.stdin as wish:
                wish.write(msgspec.json.encode(one) + b"\n")
        except BrokenPipeError:
            logger.warning("back-test's process ended before it began")
        ended = False
        with child.stdout as lines:
            for line in lines:
                report = msgspec.json.decode(line, type=Report)
                if report.result is not None or report.failed:
                    ended = True
                    self._office.finish(one, report.result, failed=report.failed)
                elif not self._office.progress(one.id, report.done, report.total):
                    child.terminate()
        code = child.wait()
        if self._stopping:
            self._office.put_back(one)
        elif not ended:
            # One that was cancelled stays so.
            logger.warning("back-test ended without a result", extra={"code": code})
            self._again_s = time.monotonic() + AGAIN_AFTER_S
            self._office.recover()

    def stop(self) -> None:
        """What it was at waits for whoever begins next."""
        self._stopping = True
        if self._child is not None and self._reader is not None:
            self._child.terminate()
            self._reader.join(ENDS_WITHIN_S)
            self._child.kill()
