"""Who carries out what was agreed to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from yunquan.approvals.types import Proposal


class Carrier(Protocol):
    """A room that proposes acts of some kinds and does them once they are agreed to."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of proposals that are this room's."""
        ...

    def sentence(self, proposal: Proposal, locale: str, text: Callable[..., str]) -> str:
        """What will happen, or has."""
        ...

    async def carry_out(self, actor: str, proposal: Proposal) -> Proposal:
        """Do it and keep what became of it; again is harmless. Raises Conflict."""
        ...
