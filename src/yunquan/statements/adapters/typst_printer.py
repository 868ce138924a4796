"""PDF by Typst: a compiler a thread, kept, so that fonts are read once."""

from __future__ import annotations

import asyncio
import importlib.resources
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec
import typst

from yunquan.kernel.errors import Unavailable
from yunquan.statements.types import Paper

THREADS: Final = 2
MOST_WAITING: Final = 32
LONGEST_S: Final = 20.0
STANDARD: Final = "ua-1"


class TypstPrinter:
    """Prints on threads of its own; refuses when too many wait. The compiler lets other threads
    run while it works. A paper that takes too long is given up on, though its thread ends it.
    """

    def __init__(self, threads: int = THREADS, longest_s: float = LONGEST_S) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="printer")
        self._kept = threading.local()
        self._lock = threading.Lock()
        self._fonts: typst.Fonts | None = None
        self._longest_s = longest_s
        self._waiting = 0

    async def pdf(self, paper: Paper) -> bytes:
        """The paper as tagged PDF. Raises Unavailable statement.busy."""
        if self._waiting >= MOST_WAITING:
            raise Unavailable("statement.busy")
        work = self._pool.submit(self.print_now, paper)
        self._waiting += 1
        loop = asyncio.get_running_loop()
        work.add_done_callback(lambda _: loop.call_soon_threadsafe(self._ended))
        try:
            async with asyncio.timeout(self._longest_s):
                return await asyncio.wrap_future(work)
        except TimeoutError:
            raise Unavailable("statement.busy") from None

    def _ended(self) -> None:
        self._waiting -= 1

    def print_now(self, paper: Paper, form: Any = "pdf") -> Any:
        """On the calling thread: bytes, or one image a page with form "png"."""
        compiler = getattr(self._kept, "compiler", None)
        if compiler is None:
            compiler = self._kept.compiler = self._made()
        told = {"paper": msgspec.json.encode(paper).decode()}
        if form == "pdf":
            return _as_pdf(compiler, told)
        return compiler.compile(sys_inputs=told, format=form)

    def _made(self) -> typst.Compiler:
        room = Path(str(importlib.resources.files("yunquan.statements")))
        with self._lock:
            if self._fonts is None:
                self._fonts = typst.Fonts(
                    include_system_fonts=False,
                    include_embedded_fonts=False,
                    font_paths=[str(room / "fonts")],
                )
        # By its path: a compiler forgets a sheet given as bytes after the first paper.
        sheet = (room / "adapters" / "paper").with_suffix(".typ")
        return typst.Compiler(
            sheet, root=room / "adapters", font_paths=self._fonts, ignore_system_fonts=True
        )


def _as_pdf(compiler: typst.Compiler, told: dict[str, str]) -> Any:
    # No time of making: what is signed must be the same whenever it is printed.
    try:
        return compiler.compile(
            sys_inputs=told, format="pdf", pdf_standards=[STANDARD], timestamp=0
        )
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        # A sign that our fonts lack, of a rare name: the standard forbids it, the client needs it.
        return compiler.compile(sys_inputs=told, format="pdf", timestamp=0)
