"""What makes a sheet of a paper."""

from __future__ import annotations

from typing import Protocol

from yunquan.statements.types import Paper


class Printer(Protocol):
    """Sets papers. The same paper gives the same bytes."""

    async def pdf(self, paper: Paper) -> bytes:
        """The paper as PDF. Raises Unavailable statement.busy when it takes too long."""
        ...
