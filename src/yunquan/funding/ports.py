"""What funding needs of a bank."""

from __future__ import annotations

from typing import Protocol

from yunquan.funding.types import BankAnswer, BankRequest

# Nothing has left for the bank: the one failure after which a transfer is surely not done.
NOT_SENT = "bank.not_sent"


class Bank(Protocol):
    """A bank that does a serial once, however often it is asked to.

    code: its name in our books. day: what it books under now, "" while unknown.
    """

    code: str

    @property
    def day(self) -> str: ...

    @property
    def is_up(self) -> bool: ...

    async def transfer(self, request: BankRequest) -> BankAnswer:
        """Move the money, or the first answer to this serial.

        Raises Unavailable bank.not_sent when it has surely not been done, another Unavailable when
        it may or may not have been.
        """
        ...

    async def sign(self, bank_account: str, holder: str, password: str) -> str:
        """Whether an account there is this holder's and they agree to be bound 签约: "", or the
        code of why not. Nothing moves. Raises Unavailable.
        """
        ...

    async def reverse(self, serial: str, day: str) -> BankAnswer:
        """Undo a serial of ours on its bank's day. Raises Unavailable."""
        ...

    async def list_files(self) -> tuple[tuple[str, int], ...]:
        """Days whose files are ready, with their newest version. Raises Unavailable."""
        ...

    async def fetch_file(self, day: str, version: int) -> bytes:
        """A day's file as the bank gives it. Raises Unavailable."""
        ...
