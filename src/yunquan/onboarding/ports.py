"""What an opening needs of others that it must not know: the counters' line."""

from __future__ import annotations

from typing import Protocol

from yunquan.clients.types import Opening


class CounterLine(Protocol):
    """The counters, asked from a thread. Harmless to repeat. Raises Unavailable."""

    def open_account(self, opening: Opening) -> None:
        """Open what isn't open yet."""
        ...

    def designate(self, account: str, number: str) -> None:
        """Let a Shanghai account trade."""
        ...
