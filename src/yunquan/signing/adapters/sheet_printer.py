"""Agreements and stamps by Typst: a compiler a thread and sheet, kept, so that fonts are read once.

The same adapter as that of statements, which stands on a higher floor; its fonts are handed in.
"""

from __future__ import annotations

import importlib.resources
import threading
from pathlib import Path
from typing import Any, Final

import msgspec
import typst

from yunquan.signing.types import Sheet, Stamp

# Archival PDF with its fonts inside, which readers will open in twenty years.
STANDARD: Final = "a-2b"
SEAL_DOTS_PER_INCH: Final = 300


class SheetPrinter:
    """Prints on the calling thread. The same sheet gives the same bytes."""

    def __init__(self, fonts: Path) -> None:
        self._folder = fonts
        self._kept = threading.local()
        self._lock = threading.Lock()
        self._fonts: typst.Fonts | None = None

    def agreement(self, sheet: Sheet) -> bytes:
        """The paper as it is previewed and signed."""
        return self._pdf("agreement.typ", sheet)

    def stamp(self, stamp: Stamp) -> bytes:
        """One page with what is seen of a signature."""
        return self._pdf("stamp.typ", stamp)

    def face(self, around: str, within: str) -> bytes:
        """The firm's seal alone, PNG."""
        told = {"paper": msgspec.json.encode((around, within)).decode()}
        made: Any = self._compiler("face.typ").compile(
            sys_inputs=told, format="png", ppi=SEAL_DOTS_PER_INCH
        )
        return bytes(made)

    def _pdf(self, name: str, paper: Sheet | Stamp) -> bytes:
        told = {"paper": msgspec.json.encode(paper).decode()}
        compiler = self._compiler(name)
        # No time of making: what is shown and what is signed are the same bytes.
        try:
            made: Any = compiler.compile(
                sys_inputs=told, format="pdf", pdf_standards=[STANDARD], timestamp=0
            )
        except typst.TypstError as error:
            if "could not be displayed" not in str(error):
                raise
            # A sign that our fonts lack, of a rare name: the standard forbids it, people need it.
            made = compiler.compile(sys_inputs=told, format="pdf", timestamp=0)
        return bytes(made)

    def _compiler(self, name: str) -> typst.Compiler:
        kept: dict[str, typst.Compiler] = self._kept.__dict__.setdefault("compilers", {})
        if name not in kept:
            here = Path(str(importlib.resources.files("yunquan.signing"))) / "adapters"
            kept[name] = typst.Compiler(
                here / name, root=here, font_paths=self._loaded(), ignore_system_fonts=True
            )
        return kept[name]

    def _loaded(self) -> typst.Fonts:
        with self._lock:
            if self._fonts is None:
                self._fonts = typst.Fonts(
                    include_system_fonts=False,
                    include_embedded_fonts=False,
                    font_paths=[str(self._folder)],
                )
            return self._fonts
