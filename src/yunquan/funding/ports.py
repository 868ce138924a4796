"""What funding needs of a bank."""

from __future__ import annotations

from typing import Protocol

from yunquan.funding.types import BankAnswer, BankRequest


class Bank(Protocol):
    """A bank that does a serial once, however often it is asked to.

    code: its name in our books. always_open: it keeps no hours, so no window of ours applies.
    """

    code: str
    always_open: bool

    async def transfer(self, request: BankRequest) -> BankAnswer:
        """Move the money, or the first answer to this serial. Never answers `unknown`.

        Raises Unavailable when it may or may not have been done.
        """
        ...

    async def query(self, serial: str) -> BankAnswer:
        """What became of a serial. Raises Unavailable."""
        ...
