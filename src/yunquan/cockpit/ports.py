"""What the cockpit needs of parts that aren't rooms below it."""

from __future__ import annotations

from typing import Protocol

from yunquan.cockpit.types import DayEndState
from yunquan.kernel.transaction import ReadTx


class DayEndView(Protocol):
    """Who knows how the last day end went."""

    def load_state(self, tx: ReadTx) -> DayEndState:
        """The last run."""
        ...


class NoDayEnd:
    """A brokerage without a day end: it never ran."""

    def load_state(self, tx: ReadTx) -> DayEndState:
        """Never."""
        del tx
        return DayEndState()


class WebView(Protocol):
    """Who knows how the web of this process serves."""

    def p99_ms(self) -> float | None:
        """The time within which 99 of 100 answers came, None before the first."""
        ...

    def open_streams(self) -> int:
        """How many streams are open."""
        ...
