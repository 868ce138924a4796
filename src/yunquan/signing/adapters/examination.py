"""Hands a PDF to an examiner's process and hears what it found; a process that dies of it, or takes
too long, is an answer too.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from typing import Final

import msgspec

from yunquan.kernel.errors import Unavailable
from yunquan.signing.adapters.examiner import ANSWER_BYTES, Task
from yunquan.signing.types import PaperFacts

AT_ONCE: Final = 2
LONGEST_S: Final = 20.0
PATIENCE_S: Final = 5.0
EXAMINER: Final = "yunquan.signing.adapters.examiner"


class Examination:
    """Examines papers, a few at once. root: under which signatures must stand, DER."""

    def __init__(self, root: bytes, longest_s: float = LONGEST_S, at_once: int = AT_ONCE) -> None:
        self._root = root
        self._longest_s = longest_s
        self._free = threading.BoundedSemaphore(at_once)

    def examine(self, paper: bytes, now_ms: int) -> PaperFacts:
        """What the file tells by itself. Raises Unavailable signing.busy."""
        if not self._free.acquire(timeout=PATIENCE_S):
            raise Unavailable("signing.busy")
        try:
            return self._ask(msgspec.msgpack.encode(Task(paper, self._root, now_ms)))
        finally:
            self._free.release()

    def _ask(self, task: bytes) -> PaperFacts:
        # Not a pipe: an examiner gone bad may fill this file to its limit, and no more.
        with tempfile.TemporaryFile() as told:
            process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-I", "-m", EXAMINER],
                stdin=subprocess.PIPE,
                stdout=told,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
            try:
                process.communicate(task, timeout=self._longest_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                return PaperFacts(codes=("signing.too_heavy",))
            told.seek(0)
            answer = told.read(ANSWER_BYTES)
        try:
            return msgspec.msgpack.decode(answer, type=PaperFacts)
        except msgspec.MsgspecError:
            return PaperFacts(codes=("signing.too_heavy",))
